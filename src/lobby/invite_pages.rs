//! `/play/link` and `/play/invite/<token>`: a match with a friend by link.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use time::Duration;
use tower_sessions::Session;

use super::{
    forms::PointsForm,
    invites::{self, Invite},
    pages::match_url,
    queue,
};
use crate::{
    accounts::{guests, viewer::Viewer},
    clock,
    cluster::bus::Note,
    error::Error,
    id::Id,
    live::model::{Mode, NewMatch, NewSeat},
    page::{Page, redirect_with},
    pong::Rules,
    state::AppState,
    web::address::ClientAddress,
};

/// How long a link works.
const LIFETIME: Duration = Duration::hours(1);
/// Open invitations that one player may have.
const MOST_OPEN: i64 = 20;

/// What the inviter sees: the link.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/invite.html")]
pub struct InvitePage {
    page: Page,
    /// Whether the other replicas cannot be heard.
    degraded: bool,
    url: String,
    token: String,
    minutes: i64,
    points: u8,
}

/// What the invited sees.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/invited.html")]
pub struct InvitedPage {
    page: Page,
    token: String,
    inviter: String,
    minutes: i64,
    points: u8,
}

/// An invitation that is over.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/invite_over.html")]
pub struct InviteOverPage {
    page: Page,
}

/// `POST /play/link`: makes an invitation.
///
/// # Errors
/// The database's; [`Error::TooMany`] with too many open ones.
pub async fn create(
    State(state): State<AppState>,
    session: Session,
    viewer: Viewer,
    address: ClientAddress,
    Form(form): Form<PointsForm>,
) -> Result<Redirect, Error> {
    let (_, rules) = form.rules()?;
    let player = guests::ensure(&state, &session, &viewer, address).await?;
    let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
    let rules = serde_json::to_string(&rules).map_err(|error| Error::Internal(error.to_string()))?;
    let (stored, now) = (token.clone(), clock::now());
    let limited = state.config.rate_limits.is_on();
    let made = state.db.write(move |c| {
        if limited && invites::open_count(c, player.id, now)? >= MOST_OPEN {
            return Ok(false);
        }
        invites::insert(c, &stored, player.id, &rules, now, now + LIFETIME).map(|()| true)
    });
    if !made.await? {
        return Err(Error::TooMany { retry_after: std::time::Duration::from_secs(600) });
    }
    Ok(Redirect::to(&format!("/play/invite/{token}")))
}

/// The invitation of a token and its inviter's name, if there is one.
async fn find(state: &AppState, token: &str) -> Result<Option<(Invite, String)>, Error> {
    let token = token.to_owned();
    Ok(state.db.run(move |c| invites::find(c, &token)).await?)
}

/// The answer when there is no such invitation, or no longer.
fn over(page: Page) -> Response {
    (StatusCode::GONE, InviteOverPage { page }).into_response()
}

/// `GET /play/invite/{token}`: the link for who made it, the question for everybody else.
///
/// # Errors
/// The database's.
pub async fn show(State(state): State<AppState>, page: Page, Path(token): Path<String>) -> Result<Response, Error> {
    let Some((invite, inviter)) = find(&state, &token).await? else { return Ok(over(page)) };
    if let Some(taken) = invite.match_id {
        let url = match_url(taken);
        let player = page.viewer.0.as_ref().map(|player| player.id);
        if state.db.run(move |c| invites::is_player(c, taken, player)).await? {
            return Ok(Redirect::to(&url).into_response());
        }
        return Ok(over(page));
    }
    let left = invite.expires_at - clock::now();
    if !left.is_positive() {
        return Ok(over(page));
    }
    let minutes = (left.whole_seconds() + 59) / 60;
    let points = rules_of(&invite)?.points_to_win;
    if page.viewer.is(invite.inviter_id) {
        let url = format!("{}/play/invite/{token}", page.base_url);
        let degraded = state.cluster.is_degraded();
        return Ok(InvitePage { page, degraded, url, token, minutes, points }.into_response());
    }
    Ok(InvitedPage { page, token, inviter, minutes, points }.into_response())
}

fn rules_of(invite: &Invite) -> Result<Rules, Error> {
    serde_json::from_str(&invite.rules)
        .map_err(|error| Error::Internal(format!("rules of invitation {}: {error}", invite.id)))
}

/// `POST /play/invite/{token}`: accepts; of two at once only one gets the match.
///
/// # Errors
/// The database's; too many guests from one address.
pub async fn accept(
    State(state): State<AppState>,
    session: Session,
    page: Page,
    address: ClientAddress,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    let Some((invite, _)) = find(&state, &token).await? else { return Ok(over(page)) };
    if page.viewer.is(invite.inviter_id) {
        return Ok(redirect_with(&format!("/play/invite/{token}"), "notice-invite-own"));
    }
    if invite.match_id.is_some() || invite.expires_at <= clock::now() {
        return Ok(Redirect::to(&format!("/play/invite/{token}")).into_response());
    }
    let rules = rules_of(&invite)?;
    let player = guests::ensure(&state, &session, &page.viewer, address).await?;
    state.matches_made.count(&player.id).await?;
    let live = state.live.clone();
    let taken = state.db.write(move |c| {
        queue::leave(c, player.id)?;
        let seats = vec![NewSeat::Player(invite.inviter_id), NewSeat::Player(player.id)];
        let id = live.create(c, &NewMatch { mode: Mode::Link, rules, seats })?;
        // Rolled back with the match when somebody was faster.
        if invites::take(c, invite.id, id, clock::now())? {
            Ok(id)
        } else {
            Err(diesel::result::Error::RollbackTransaction)
        }
    });
    match taken.await {
        Ok(id) => {
            state.cluster.tell_all(&Note::Invite { token, match_id: id });
            state.queue.changed();
            Ok(Redirect::to(&match_url(id)).into_response())
        }
        Err(crate::db::DbError::Query(diesel::result::Error::RollbackTransaction)) => Ok(over(page)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /play/invite/{token}/cancel`: takes one's own invitation back.
///
/// # Errors
/// The database's; [`Error::Forbidden`] for somebody else's.
pub async fn cancel(
    State(state): State<AppState>,
    viewer: Viewer,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    let player: Id = viewer.0.ok_or(Error::Forbidden)?.id;
    if state.db.write(move |c| invites::cancel(c, &token, player)).await? {
        return Ok(redirect_with("/play", "notice-invite-cancelled"));
    }
    Ok(redirect_with("/play", "notice-invite-over"))
}
