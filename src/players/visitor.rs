//! Whoever sends a form: the viewer, or somebody whom the form makes a guest.

use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use tower_sessions::Session;

use super::{Players, guests, model::Player, viewer::Viewer};
use crate::{error::Error, web::address::ClientAddress};

/// Who sends a request that does something (POST); pages ask for the [`Viewer`].
pub struct Visitor {
    /// Who it is so far.
    pub viewer: Viewer,
    players: Players,
    session: Session,
    address: ClientAddress,
}

impl Visitor {
    /// The viewer's player, or a new guest, whose session begins now.
    ///
    /// # Errors
    /// [`Error::TooMany`] when the address has made many guests lately; [`Error::Unavailable`] without the database.
    pub async fn player(&self) -> Result<Player, Error> {
        match &self.viewer.0 {
            Some(player) => Ok(player.clone()),
            None => guests::begin(&self.players, &self.session, self.address).await,
        }
    }
}

impl<S> FromRequestParts<S> for Visitor
where
    Players: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let players = Players::from_ref(state);
        let viewer = Viewer::of(parts, &players).await?;
        let address = ClientAddress::of(parts, &players.config);
        let session =
            Session::from_request_parts(parts, state).await.map_err(|(_, why)| Error::Internal(why.to_owned()))?;
        Ok(Self { viewer, players, session, address })
    }
}
