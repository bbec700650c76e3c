//! `/play`: the four ways to a match.

use std::{sync::Arc, time::Instant};

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
    queue::{Pair, Standing},
};
use crate::{
    accounts::{guests, viewer::Viewer},
    error::Error,
    id::Id,
    live::model::{Mode, NewMatch, NewSeat, Rematch},
    page::{Page, redirect_with},
    pong::Rules,
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
}

/// The URL of a match to play.
#[must_use]
pub fn match_url(id: Id) -> String {
    format!("/matches/{id}/play")
}

/// How a player stands in the queue; a match that was found and is over already is no longer followed.
pub(super) fn look(state: &AppState, player: Option<Id>) -> Standing {
    let standing = state.queue.look(player, Instant::now());
    Standing { found: standing.found.filter(|found| state.live.is_in_progress(*found)), ..standing }
}

async fn lobby_page(page: Page, state: &AppState) -> Result<LobbyPage, Error> {
    let player = page.viewer.0.as_ref().map(|player| player.id);
    let standing = look(state, player);
    let current = match player {
        Some(player) => state.db.run(move |c| invites::current_match(c, player)).await?,
        None => None,
    };
    let current = current.filter(|id| state.live.is_in_progress(*id));
    let right = page.t("lobby-keyboard-right-default");
    Ok(LobbyPage { page, standing, current, right, right_error: None, alias_length: ALIAS_LENGTH })
}

/// `GET /play`; goes on to the match when one was found for who waited.
///
/// # Errors
/// The database's.
pub async fn lobby(State(state): State<AppState>, page: Page) -> Result<Response, Error> {
    let page = lobby_page(page, &state).await?;
    if let (Some(found), Some(player)) = (page.standing.found, &page.page.viewer.0) {
        state.queue.arrived(player.id);
        return Ok(Redirect::to(&match_url(found)).into_response());
    }
    Ok(page.into_response())
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
    let player = guests::ensure(&state, &session, &viewer, address).await?;
    state.matches_made.count(&player.id)?;
    let Some(pair) = state.queue.enter(player.id, points, Instant::now()) else {
        return Ok(Redirect::to("/play").into_response());
    };
    let queue = Arc::clone(&state.queue);
    // A task of its own: when this request is cancelled half-way, the other one is told all the same.
    let met = tokio::spawn(async move {
        let met = meet(&state, pair, rules).await;
        match met {
            Ok(id) => state.queue.announce(pair, id, Instant::now()),
            Err(_) => state.queue.put_back(pair, Instant::now()),
        }
        met
    });
    let id = met.await.map_err(|error| Error::Internal(error.to_string()))??;
    queue.arrived(player.id);
    Ok(Redirect::to(&match_url(id)).into_response())
}

/// Who sits left is drawn by lot.
async fn meet(state: &AppState, pair: Pair, rules: Rules) -> Result<Id, Error> {
    let mut seats = vec![NewSeat::Player(pair.first), NewSeat::Player(pair.second)];
    if rand::random() {
        seats.reverse();
    }
    create(state, NewMatch { mode: Mode::Queue, rules, seats }).await
}

/// Before a match that is there at once: it is counted, and who plays it no longer waits for anyone.
pub(super) fn begin(state: &AppState, player: Id) -> Result<(), Error> {
    state.matches_made.count(&player)?;
    state.queue.leave(player);
    Ok(())
}

async fn create(state: &AppState, new: NewMatch) -> Result<Id, Error> {
    let live = state.live.clone();
    Ok(state.db.write(move |c| live.create(c, &new)).await?)
}

/// `POST /play/queue/leave`.
pub async fn leave_queue(State(state): State<AppState>, viewer: Viewer) -> Response {
    if let Some(player) = viewer.0 {
        state.queue.leave(player.id);
    }
    redirect_with("/play", "notice-queue-left")
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
    begin(&state, player.id)?;
    let seats = vec![NewSeat::Player(player.id), NewSeat::Bot(strength)];
    let id = create(&state, NewMatch { mode: Mode::Bot, rules, seats }).await?;
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
    begin(&state, player.id)?;
    let seats = vec![NewSeat::Player(player.id), NewSeat::Alias(name)];
    let id = create(&state, NewMatch { mode: Mode::Local, rules, seats }).await?;
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
