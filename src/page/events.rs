//! `GET /events?topics=…`: the one stream of an open page (see [`crate::push`]).

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{KeepAlive, Sse},
    },
};
use futures_util::StreamExt;
use serde::Deserialize;

use crate::{
    error::Error,
    players::viewer::Viewer,
    push::{Push, Watcher},
    web,
};

/// How often a stream without news shows that it is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The topics that the page shows.
#[derive(Deserialize)]
pub struct Shown {
    topics: String,
}

/// `GET /events?topics=queue,invite:KEY`.
///
/// # Errors
/// [`Error::NotFound`] for topics that do not exist, [`Error::Forbidden`] for other people's; database errors.
pub async fn listen(
    State(push): State<Push>,
    viewer: Viewer,
    headers: HeaderMap,
    Query(Shown { topics }): Query<Shown>,
) -> Result<Response, Error> {
    let watcher = Watcher { player: viewer.id(), language: web::language(&headers) };
    let events = push.open(&topics, watcher).await?.map(Ok::<_, Infallible>);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}
