//! `/play/link` and `/play/invite/<token>`: a match with a friend by link.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use data_encoding::BASE64URL_NOPAD;
use time::Duration;

use super::{
    Lobby,
    forms::PointsForm,
    invites::{self, Invite},
    queue,
    sources::{INVITE, Taken},
};
use crate::{
    clock,
    db::{DbError, json},
    error::Error,
    id::Id,
    live::{
        self,
        model::{Mode, NewMatch, NewSeat},
    },
    page::{Page, redirect_with},
    paths,
    players::{viewer::Viewer, visitor::Visitor},
    pong::Rules,
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
    /// Whether messages of the other replicas cannot be received.
    degraded: bool,
    url: String,
    token: String,
    /// The topic that the page listens to.
    topic: String,
    minutes: i64,
    points: u8,
}

/// What the invited person sees.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/invited.html")]
pub struct InvitedPage {
    page: Page,
    token: String,
    inviter: String,
    minutes: i64,
    points: u8,
}

/// Shown for an invitation that has ended.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/invite_over.html")]
pub struct InviteOverPage {
    page: Page,
}

/// `POST /play/link`: makes an invitation.
///
/// # Errors
/// [`Error::TooMany`] with too many open invitations; database errors.
pub async fn create(
    State(lobby): State<Lobby>,
    visitor: Visitor,
    Form(form): Form<PointsForm>,
) -> Result<Redirect, Error> {
    let (_, rules) = form.rules()?;
    let player = visitor.player().await?;
    let token = BASE64URL_NOPAD.encode(&rand::random::<[u8; 16]>());
    let (stored, now) = (token.clone(), clock::now());
    let limited = lobby.is_limited;
    let made = lobby.db.write(move |connection| {
        if limited && invites::open_count(connection, player.id, now)? >= MOST_OPEN {
            return Ok(false);
        }
        invites::insert(connection, &stored, player.id, &json::write(&rules)?, now, now + LIFETIME).map(|()| true)
    });
    if !made.await? {
        return Err(Error::TooMany { retry_after: std::time::Duration::from_secs(600) });
    }
    Ok(Redirect::to(&paths::invite(&token)))
}

/// The invitation with a token and its inviter's name, if there is one.
async fn find(lobby: &Lobby, token: &str) -> Result<Option<(Invite, String)>, Error> {
    let token = token.to_owned();
    Ok(lobby.db.run(move |connection| invites::find(connection, &token)).await?)
}

/// The answer when the invitation does not exist or has ended.
fn over(page: Page) -> Response {
    (StatusCode::GONE, InviteOverPage { page }).into_response()
}

/// `GET /play/invite/{token}`: the link for the inviter, the question for everybody else.
///
/// # Errors
/// Database errors.
pub async fn show(State(lobby): State<Lobby>, page: Page, Path(token): Path<String>) -> Result<Response, Error> {
    let Some((invite, inviter)) = find(&lobby, &token).await? else { return Ok(over(page)) };
    if let Some(taken) = invite.match_id {
        let player = page.viewer.id();
        if lobby.db.run(move |connection| invites::is_player(connection, taken, player)).await? {
            return Ok(Redirect::to(&paths::play(taken)).into_response());
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
        let url = format!("{}{}", page.base_url, paths::invite(&token));
        let (degraded, topic) = (lobby.is_degraded(), format!("{INVITE}:{}", invite.id));
        return Ok(InvitePage { page, degraded, url, token, topic, minutes, points }.into_response());
    }
    Ok(InvitedPage { page, token, inviter, minutes, points }.into_response())
}

fn rules_of(invite: &Invite) -> Result<Rules, Error> {
    json::read(&invite.rules).map_err(|error| Error::Internal(format!("rules of invitation {}: {error}", invite.id)))
}

/// `POST /play/invite/{token}`: accepts; of two people at once, only one gets the match.
///
/// # Errors
/// [`Error::TooMany`] with too many guests from one address; database errors.
pub async fn accept(
    State(lobby): State<Lobby>,
    page: Page,
    visitor: Visitor,
    Path(token): Path<String>,
) -> Result<Response, Error> {
    let Some((invite, _)) = find(&lobby, &token).await? else { return Ok(over(page)) };
    if page.viewer.is(invite.inviter_id) {
        return Ok(redirect_with(&paths::invite(&token), "notice-invite-own"));
    }
    if invite.match_id.is_some() || invite.expires_at <= clock::now() {
        return Ok(Redirect::to(&paths::invite(&token)).into_response());
    }
    let rules = rules_of(&invite)?;
    let player = visitor.player().await?;
    lobby.matches_made.count(&player.id).await?;
    let taken = lobby.db.write(move |connection| {
        queue::leave(connection, player.id)?;
        let seats = vec![NewSeat::Player(invite.inviter_id), NewSeat::Player(player.id)];
        let id = live::create(connection, &NewMatch { mode: Mode::Link, rules, seats })?;
        // Rolled back together with the match when somebody else was faster.
        if invites::take(connection, invite.id, id, clock::now())? {
            Ok(id)
        } else {
            Err(diesel::result::Error::RollbackTransaction)
        }
    });
    match taken.await {
        Ok(id) => {
            lobby.push.to_topic(&invite.id.to_string(), &Taken { match_id: id });
            lobby.waiting.changed();
            Ok(Redirect::to(&paths::play(id)).into_response())
        }
        Err(DbError::Query(diesel::result::Error::RollbackTransaction)) => Ok(over(page)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /play/invite/{token}/cancel`: withdraws one's own invitation.
///
/// # Errors
/// [`Error::Forbidden`] for somebody else's invitation; database errors.
pub async fn cancel(State(lobby): State<Lobby>, viewer: Viewer, Path(token): Path<String>) -> Result<Response, Error> {
    let player: Id = viewer.id().ok_or(Error::Forbidden)?;
    if lobby.db.write(move |connection| invites::cancel(connection, &token, player)).await? {
        return Ok(redirect_with(paths::LOBBY, "notice-invite-cancelled"));
    }
    Ok(redirect_with(paths::LOBBY, "notice-invite-over"))
}
