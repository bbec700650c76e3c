//! `/play`: the four ways to a match.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::{
    forms::{ALIAS_LENGTH, BotForm, KeyboardForm, PointsForm},
    invites,
    queue::{self, Standing},
};
use crate::{
    accounts::{guests, viewer::Viewer},
    clock,
    db::{DbConnection, DbError},
    error::Error,
    id::Id,
    live::model::{Mode, NewMatch, NewSeat, Rematch},
    page::{Page, redirect_with},
    state::AppState,
};

/// The choices of points, and the one that is chosen at first.
pub const POINTS: [u8; 4] = [3, 5, 7, 11];

/// `/play`.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/play.html")]
pub struct LobbyPage {
    page: Page,
    standing: Standing,
    /// Whether the other replicas cannot be heard.
    degraded: bool,
    /// The match that the viewer is in already.
    current: Option<Id>,
    right: String,
    right_error: Option<&'static str>,
    alias_length: usize,
}

/// The card of the queue alone, as it is pushed.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/anyone.html")]
pub struct AnyoneCard {
    pub(super) page: Page,
    pub(super) standing: Standing,
    pub(super) degraded: bool,
}

/// The URL of a match to play.
#[must_use]
pub fn match_url(id: Id) -> String {
    format!("/matches/{id}/play")
}

async fn lobby_page(page: Page, state: &AppState) -> Result<LobbyPage, Error> {
    let player = page.viewer.0.as_ref().map(|player| player.id);
    let look = state.db.run(move |c| {
        let current = player.map_or(Ok(None), |player| invites::current_match(c, player))?;
        Ok((queue::look(c, player, clock::now())?, current))
    });
    let (standing, current) = look.await?;
    let right = page.t("lobby-keyboard-right-default");
    let degraded = state.cluster.is_degraded();
    Ok(LobbyPage { page, standing, degraded, current, right, right_error: None, alias_length: ALIAS_LENGTH })
}

/// `GET /play`; goes on to the match when one was found for who waited.
///
/// # Errors
/// The database's.
pub async fn lobby(State(state): State<AppState>, page: Page) -> Result<Response, Error> {
    let page = lobby_page(page, &state).await?;
    if let (Some(found), Some(player)) = (page.standing.found, &page.page.viewer.0) {
        arrive(&state, player.id).await;
        return Ok(Redirect::to(&match_url(found)).into_response());
    }
    Ok(page.into_response())
}

/// The match that was found is announced no more to a player who is on the way there.
async fn arrive(state: &AppState, player: Id) {
    if let Err(error) = state.db.run(move |c| queue::arrived(c, player)).await {
        tracing::debug!(%error, "A match is announced for longer than it need be");
    }
}

/// `POST /play/queue`: waits for anyone, or goes to the match at once when somebody waits already.
///
/// # Errors
/// The database's; too many guests from one address.
pub async fn enter_queue(
    State(state): State<AppState>,
    session: Session,
    viewer: Viewer,
    address: crate::web::address::ClientAddress,
    Form(form): Form<PointsForm>,
) -> Result<Response, Error> {
    let (points, rules) = form.rules()?;
    let player = guests::ensure(&state, &session, &viewer, address).await?.id;
    state.matches_made.count(&player).await?;
    // A task of its own: when this request is cancelled half-way, the other one is told all the same.
    let entering = state.clone();
    let entered = tokio::spawn(async move {
        let live = entering.live.clone();
        let meet = move |c: &mut DbConnection, first: Id| live.create(c, &queue::meeting(first, player, rules));
        let found = entering.db.write(move |c| queue::enter(c, player, points, clock::now(), meet)).await?;
        entering.queue.changed();
        Ok::<_, DbError>(found)
    });
    match entered.await.map_err(|error| Error::Internal(error.to_string()))?? {
        Some(found) => {
            arrive(&state, player).await;
            Ok(Redirect::to(&match_url(found)).into_response())
        }
        None => Ok(Redirect::to("/play").into_response()),
    }
}

/// A match that is there at once: it is counted, and who begins it no longer waits for anyone.
async fn begin(state: &AppState, player: Id, new: NewMatch) -> Result<Id, Error> {
    state.matches_made.count(&player).await?;
    let live = state.live.clone();
    let made = state.db.write(move |c| {
        queue::leave(c, player)?;
        live.create(c, &new)
    });
    let id = made.await?;
    state.queue.changed();
    Ok(id)
}

/// `POST /play/queue/leave`.
///
/// # Errors
/// The database's.
pub async fn leave_queue(State(state): State<AppState>, viewer: Viewer) -> Result<Response, Error> {
    if let Some(player) = viewer.0 {
        state.db.run(move |c| queue::leave(c, player.id)).await?;
        state.queue.changed();
    }
    Ok(redirect_with("/play", "notice-queue-left"))
}

/// `POST /play/bot`: a match against a bot, instead of waiting for somebody.
///
/// # Errors
/// The database's; too many guests from one address.
pub async fn play_bot(
    State(state): State<AppState>,
    session: Session,
    viewer: Viewer,
    address: crate::web::address::ClientAddress,
    Form(form): Form<BotForm>,
) -> Result<Redirect, Error> {
    let (rules, strength) = form.parse()?;
    let player = guests::ensure(&state, &session, &viewer, address).await?;
    let seats = vec![NewSeat::Player(player.id), NewSeat::Bot(strength)];
    let id = begin(&state, player.id, NewMatch { mode: Mode::Bot, rules, seats }).await?;
    Ok(Redirect::to(&match_url(id)))
}

/// `POST /play/keyboard`: two people at one keyboard.
///
/// # Errors
/// The database's; too many guests from one address. A name that does not fit comes back with the form (422).
pub async fn play_keyboard(
    State(state): State<AppState>,
    session: Session,
    page: Page,
    address: crate::web::address::ClientAddress,
    Form(form): Form<KeyboardForm>,
) -> Result<Response, Error> {
    let (rules, name) = form.parse()?;
    let name = match name {
        Ok(name) => name,
        Err(key) => {
            let page =
                LobbyPage { right: form.right().to_owned(), right_error: Some(key), ..lobby_page(page, &state).await? };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let player = guests::ensure(&state, &session, &page.viewer, address).await?;
    let seats = vec![NewSeat::Player(player.id), NewSeat::Alias(name)];
    let id = begin(&state, player.id, NewMatch { mode: Mode::Local, rules, seats }).await?;
    Ok(Redirect::to(&match_url(id)).into_response())
}

/// `POST /matches/{id}/rematch`: asks for another match with the same rules, or agrees to it.
///
/// # Errors
/// [`Error::NotFound`] for no match, [`Error::Forbidden`] for who had no seat in it.
pub async fn rematch(State(state): State<AppState>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Error> {
    let id: Id = id.parse().map_err(|_| Error::NotFound)?;
    let player = viewer.0.ok_or(Error::Forbidden)?;
    Ok(match state.live.rematch(id, player.id).await? {
        Rematch::Agreed(next) => Redirect::to(&match_url(next)).into_response(),
        Rematch::Asked => redirect_with(&format!("/matches/{id}"), "notice-rematch-asked"),
        Rematch::Impossible => redirect_with(&format!("/matches/{id}"), "notice-rematch-impossible"),
    })
}
