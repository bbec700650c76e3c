//! Who is viewing a page: read from the session, decided on the server.

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
};
use tower_sessions::Session;

use super::{
    Players,
    model::{Player, PlayerKind},
    queries, session,
};
use crate::{error::Error, id::Id};

/// Who is viewing a page: nobody known, a guest or an account. Reading it makes no session.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<Player>);

impl Viewer {
    /// The account, if the viewer has one.
    #[must_use]
    pub fn account(&self) -> Option<&Player> {
        self.0.as_ref().filter(|player| player.kind == PlayerKind::Account)
    }

    /// Whether this player is the viewer.
    #[must_use]
    pub fn is(&self, id: Id) -> bool {
        self.0.as_ref().is_some_and(|player| player.id == id)
    }

    /// Who sent a request; looked up once per request.
    ///
    /// # Errors
    /// [`Error::Unavailable`] without the database.
    pub async fn of(parts: &mut Parts, players: &Players) -> Result<Self, Error> {
        if let Some(viewer) = parts.extensions.get::<Self>() {
            return Ok(viewer.clone());
        }
        let viewer = match parts.extensions.get::<Session>().cloned() {
            Some(session) => Self(player_of(&session, players).await?),
            None => Self::default(),
        };
        parts.extensions.insert(viewer.clone());
        Ok(viewer)
    }

    /// The key of the viewer's player.
    #[must_use]
    pub fn id(&self) -> Option<Id> {
        self.0.as_ref().map(|player| player.id)
    }
}

async fn player_of(session: &Session, players: &Players) -> Result<Option<Player>, Error> {
    let Some(id) = session::player(session).await? else {
        return Ok(None);
    };
    let Some(player) = players.db.run(move |connection| queries::player(connection, id)).await? else {
        return Ok(None);
    };
    let alive = session::is_alive(session, player.kind, &players.config).await?;
    Ok(alive.then_some(player))
}

impl<S> FromRequestParts<S> for Viewer
where
    Players: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        Self::of(parts, &Players::from_ref(state)).await
    }
}

impl<S> OptionalFromRequestParts<S> for Viewer
where
    Players: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = std::convert::Infallible;

    /// `None` when the viewer cannot be determined because the database is away: error pages still appear then.
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(Self::of(parts, &Players::from_ref(state)).await.ok())
    }
}

/// An account that is logged in; other visitors are sent to log in and come back.
#[derive(Clone, Debug)]
pub struct SignedIn(pub Player);

impl<S> FromRequestParts<S> for SignedIn
where
    Players: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let viewer = Viewer::of(parts, &Players::from_ref(state)).await?;
        let next = parts.uri.path().to_owned();
        viewer.account().cloned().map(Self).ok_or(Error::SignInFirst { next })
    }
}
