//! Server-sent events of the lobby: the queue's card whenever it changes, and where to go once a match is found.

use std::{convert::Infallible, time::Duration};

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt, stream};
use tokio::{
    sync::broadcast,
    time::{Instant, sleep_until},
};

use super::{
    invites,
    pages::{AnyoneCard, match_url},
    waiting::LOOK,
};
use crate::{clock, cluster::bus::Note, error::Error, id::Id, page::Page, state::AppState};

/// How often an invitation is looked at while replicas hear each other: only in case a word was lost.
const RARE_LOOK: Duration = Duration::from_secs(30);

fn goto(url: &str) -> Event {
    Event::default().event("goto").data(url)
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

/// `GET /play/events`.
pub async fn lobby(State(state): State<AppState>, page: Page) -> Response {
    let player = page.viewer.0.as_ref().map(|player| player.id);
    let stream = state.queue.open(player);
    let events = stream::unfold((stream, page, None), move |(mut stream, page, mut shown)| {
        let (stopping, cluster) = (state.stopping.clone(), state.cluster.clone());
        async move {
            loop {
                let standing = stopping.run_until_cancelled(stream.next()).await??;
                let now = (standing, cluster.is_degraded());
                if shown == Some(now) {
                    continue;
                }
                shown = Some(now);
                if let Some(found) = standing.found {
                    return Some((Ok(goto(&match_url(found))), (stream, page, shown)));
                }
                let card = AnyoneCard { page: page.clone(), standing, degraded: now.1 };
                if let Ok(html) = card.render() {
                    return Some((Ok(Event::default().data(html)), (stream, page, shown)));
                }
            }
        }
    });
    sse(events)
}

/// `GET /play/invite/{token}/events`: one event, when the invitation is taken.
///
/// # Errors
/// The database's; [`Error::NotFound`] for no invitation, [`Error::Forbidden`] for somebody else's.
pub async fn invite(State(state): State<AppState>, page: Page, Path(token): Path<String>) -> Result<Response, Error> {
    // From before the first look on, so that nothing falls in between.
    let notes = state.cluster.notes();
    let wanted = token.clone();
    let found = state.db.run(move |c| invites::find(c, &token)).await?;
    let (invite, _) = found.ok_or(Error::NotFound)?;
    if invite.match_id.is_none() && invite.expires_at <= clock::now() {
        // A page that stays open asks no more.
        return Err(Error::NotFound);
    }
    if !page.viewer.is(invite.inviter_id) {
        return Err(Error::Forbidden);
    }
    let events = stream::once(async move {
        let taken = async {
            match invite.match_id {
                Some(found) => Some(found),
                None => taken(&state, &wanted, notes).await,
            }
        };
        let found = state.stopping.run_until_cancelled(taken).await??;
        Some(Ok(goto(&match_url(found))))
    });
    Ok(sse(events.filter_map(std::future::ready)))
}

/// Waits until an invitation is taken: told by whichever replica it was taken on, or seen in the database. `None`: it has ended.
async fn taken(state: &AppState, token: &str, mut notes: broadcast::Receiver<Note>) -> Option<Id> {
    let mut up = state.cluster.up();
    let mut looked = Instant::now();
    loop {
        let wait = if state.cluster.is_degraded() { LOOK } else { RARE_LOOK };
        tokio::select! {
            note = notes.recv() => match note {
                Ok(Note::Invite { token: taken, match_id }) if taken == token => return Some(match_id),
                Ok(_) => continue,
                // Some notes were missed.
                Err(_) => {}
            },
            _ = up.changed() => {}
            // From the last look on, however many words of others come meanwhile.
            () = sleep_until(looked + wait) => {}
        }
        looked = Instant::now();
        let token = token.to_owned();
        match state.db.run(move |c| invites::find(c, &token)).await {
            Ok(Some((invite, _))) if invite.match_id.is_some() => return invite.match_id,
            Ok(Some((invite, _))) if invite.expires_at > clock::now() => {}
            Ok(_) => return None,
            // The database is away: later.
            Err(_) => {}
        }
    }
}
