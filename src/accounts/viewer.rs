//! Who looks at a page: read from the session, decided on the server.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use tower_sessions::Session;

use super::{
    model::{Player, PlayerKind},
    queries, session,
};
use crate::{error::Error, id::Id, state::AppState};

/// Whoever looks at a page: nobody known, a guest or an account. Reading makes no session.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<Player>);

impl Viewer {
    /// The account, if it is one.
    #[must_use]
    pub fn account(&self) -> Option<&Player> {
        self.0.as_ref().filter(|player| player.kind == PlayerKind::Account)
    }

    /// Whether this player looks.
    #[must_use]
    pub fn is(&self, id: Id) -> bool {
        self.0.as_ref().is_some_and(|player| player.id == id)
    }
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        if let Some(viewer) = parts.extensions.get::<Self>() {
            return Ok(viewer.clone());
        }
        let viewer = match parts.extensions.get::<Session>().cloned() {
            Some(session) => Self(player_of(&session, state).await?),
            None => Self::default(),
        };
        parts.extensions.insert(viewer.clone());
        Ok(viewer)
    }
}

async fn player_of(session: &Session, state: &AppState) -> Result<Option<Player>, Error> {
    let Some(id) = session::player(session).await? else { return Ok(None) };
    let Some(player) = state.db.run(move |connection| queries::player(connection, id)).await? else { return Ok(None) };
    let alive = session::is_alive(session, player.kind, &state.config).await?;
    Ok(alive.then_some(player))
}

impl OptionalFromRequestParts<AppState> for Viewer {
    type Rejection = std::convert::Infallible;

    /// `None` when it cannot be told because the database is away: error pages still appear then.
    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Option<Self>, Self::Rejection> {
        Ok(<Self as FromRequestParts<AppState>>::from_request_parts(parts, state).await.ok())
    }
}

/// An account that is signed in; others are sent to log in and come back.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Player);

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let viewer = <Viewer as FromRequestParts<AppState>>::from_request_parts(parts, state).await?;
        let next = parts.uri.path().to_owned();
        viewer.account().cloned().map(Self).ok_or(Error::SignInFirst { next })
    }
}
