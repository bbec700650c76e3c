//! `/play`: the four ways to a match.

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    Lobby,
    forms::{ALIAS_LENGTH, BotForm, KeyboardForm, PointsForm},
    invites,
    queue::{self, Standing},
};
use crate::{
    clock,
    error::Error,
    id::Id,
    live::{
        Live,
        model::{Mode, NewMatch, NewSeat, Rematch},
    },
    page::{Page, redirect_with},
    paths,
    players::{viewer::Viewer, visitor::Visitor},
};

/// The offered numbers of points to win.
pub const POINTS: [u8; 4] = [3, 5, 7, 11];

/// `/play`.
#[derive(Template, WebTemplate)]
#[template(path = "lobby/play.html")]
pub struct LobbyPage {
    page: Page,
    standing: Standing,
    /// Whether messages of the other replicas cannot be received.
    degraded: bool,
    /// The match that the viewer is already in.
    current: Option<Id>,
    right: String,
    right_error: Option<String>,
    alias_length: usize,
}

async fn lobby_page(page: Page, lobby: &Lobby) -> Result<LobbyPage, Error> {
    let player = page.viewer.id();
    let look = lobby.db.run(move |connection| {
        let current = player.map_or(Ok(None), |player| invites::current_match(connection, player))?;
        Ok((queue::look(connection, player, clock::now())?, current))
    });
    let (standing, current) = look.await?;
    let right = page.t("lobby-keyboard-right-default");
    let degraded = lobby.is_degraded();
    Ok(LobbyPage { page, standing, degraded, current, right, right_error: None, alias_length: ALIAS_LENGTH })
}

/// `GET /play`; redirects to the match when one was found while the viewer waited.
///
/// # Errors
/// Database errors.
pub async fn lobby(State(lobby): State<Lobby>, page: Page) -> Result<Response, Error> {
    let page = lobby_page(page, &lobby).await?;
    if let (Some(found), Some(player)) = (page.standing.found, &page.page.viewer.0) {
        lobby.arrive(player.id).await;
        return Ok(Redirect::to(&paths::play(found)).into_response());
    }
    Ok(page.into_response())
}

/// `POST /play/queue`: waits for any opponent, or goes straight to the match when somebody is already waiting.
///
/// # Errors
/// [`Error::TooMany`] with too many matches or guests; database errors.
pub async fn enter_queue(
    State(lobby): State<Lobby>,
    visitor: Visitor,
    Form(form): Form<PointsForm>,
) -> Result<Response, Error> {
    let (points, rules) = form.rules()?;
    let player = visitor.player().await?.id;
    match lobby.enter_queue(player, points, rules).await? {
        Some(found) => {
            lobby.arrive(player).await;
            Ok(Redirect::to(&paths::play(found)).into_response())
        }
        None => Ok(Redirect::to(paths::LOBBY).into_response()),
    }
}

/// `POST /play/queue/leave`.
///
/// # Errors
/// Database errors.
pub async fn leave_queue(State(lobby): State<Lobby>, viewer: Viewer) -> Result<Response, Error> {
    if let Some(player) = viewer.id() {
        lobby.db.run(move |connection| queue::leave(connection, player)).await?;
        lobby.waiting.changed();
    }
    Ok(redirect_with(paths::LOBBY, "notice-queue-left"))
}

/// `POST /play/bot`: a match against a bot, instead of waiting for a person.
///
/// # Errors
/// [`Error::TooMany`] with too many matches or guests; database errors.
pub async fn play_bot(
    State(lobby): State<Lobby>,
    visitor: Visitor,
    Form(form): Form<BotForm>,
) -> Result<Redirect, Error> {
    let (rules, strength) = form.parse()?;
    let player = visitor.player().await?;
    let seats = vec![NewSeat::Player(player.id), NewSeat::Bot(strength)];
    let id = lobby.begin(player.id, NewMatch { mode: Mode::Bot, rules, seats }).await?;
    Ok(Redirect::to(&paths::play(id)))
}

/// `POST /play/keyboard`: two people at one keyboard.
///
/// # Errors
/// [`Error::TooMany`] with too many matches or guests; database errors. An unsuitable name comes back with the form (422).
pub async fn play_keyboard(
    State(lobby): State<Lobby>,
    page: Page,
    visitor: Visitor,
    Form(form): Form<KeyboardForm>,
) -> Result<Response, Error> {
    let (rules, name) = form.parse()?;
    let name = match name {
        Ok(name) => name,
        Err(key) => {
            let (right, right_error) = (form.right().to_owned(), Some(page.t(key)));
            let page = LobbyPage { right, right_error, ..lobby_page(page, &lobby).await? };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let player = visitor.player().await?;
    let seats = vec![NewSeat::Player(player.id), NewSeat::Alias(name)];
    let id = lobby.begin(player.id, NewMatch { mode: Mode::Local, rules, seats }).await?;
    Ok(Redirect::to(&paths::play(id)).into_response())
}

/// `POST /matches/{id}/rematch`: asks for another match with the same rules, or agrees to one.
///
/// # Errors
/// [`Error::NotFound`] for an unknown match, [`Error::Forbidden`] for somebody who had no seat in it.
pub async fn rematch(State(live): State<Live>, viewer: Viewer, Path(id): Path<String>) -> Result<Response, Error> {
    let id: Id = id.parse().map_err(|_| Error::NotFound)?;
    let player = viewer.0.ok_or(Error::Forbidden)?;
    Ok(match live.rematch(id, player.id).await? {
        Rematch::Agreed(next) => Redirect::to(&paths::play(next)).into_response(),
        Rematch::Asked => redirect_with(&paths::result(id), "notice-rematch-asked"),
        Rematch::Impossible => redirect_with(&paths::result(id), "notice-rematch-impossible"),
    })
}
