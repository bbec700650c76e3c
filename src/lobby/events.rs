//! Server-sent events of the lobby: the queue's card whenever it changes, and where to go once a match is found.

use std::{
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use tokio::{sync::broadcast, time::MissedTickBehavior};

use super::{
    invites,
    pages::{AnyoneCard, look, match_url},
    queue::Queue,
};
use crate::{error::Error, id::Id, page::Page, state::AppState};

/// How often the card is looked at without a change, so that the offer of a bot appears.
const LOOK: Duration = Duration::from_secs(2);

/// Counts a player's open stream while it lives.
struct Seen {
    queue: Arc<Queue>,
    player: Option<Id>,
}

impl Seen {
    fn new(queue: Arc<Queue>, player: Option<Id>) -> Self {
        if let Some(player) = player {
            queue.stream(player, true, Instant::now());
        }
        Self { queue, player }
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        if let Some(player) = self.player {
            self.queue.stream(player, false, Instant::now());
        }
    }
}

fn goto(url: &str) -> Event {
    Event::default().event("goto").data(url)
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response()
}

/// `GET /play/events`.
pub async fn lobby(State(state): State<AppState>, page: Page) -> Response {
    let player = page.viewer.0.as_ref().map(|player| player.id);
    let seen = Seen::new(Arc::clone(&state.queue), player);
    let mut timer = tokio::time::interval(LOOK);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let start = (state.queue.changes(), timer, page, seen, None);
    let events = stream::unfold(start, move |(mut changes, mut timer, page, seen, mut shown)| {
        let state = state.clone();
        async move {
            loop {
                tokio::select! {
                    () = state.stopping.cancelled() => return None,
                    _ = changes.changed() => {}
                    _ = timer.tick() => {}
                }
                let standing = look(&state, player);
                if shown == Some(standing) {
                    continue;
                }
                shown = Some(standing);
                if let Some(found) = standing.found {
                    return Some((Ok(goto(&match_url(found))), (changes, timer, page, seen, shown)));
                }
                let card = AnyoneCard { page: page.clone(), standing };
                if let Ok(html) = card.render() {
                    return Some((Ok(Event::default().data(html)), (changes, timer, page, seen, shown)));
                }
            }
        }
    });
    sse(events)
}

/// Tells open invitation pages that theirs was taken.
pub struct InvitesTaken {
    taken: broadcast::Sender<(String, Id)>,
}

impl Default for InvitesTaken {
    fn default() -> Self {
        Self { taken: broadcast::channel(64).0 }
    }
}

impl InvitesTaken {
    /// An invitation was taken: its match.
    pub fn notify(&self, token: &str, id: Id) {
        // Nobody listening is no error.
        let _ = self.taken.send((token.to_owned(), id));
    }
}

/// `GET /play/invite/{token}/events`: one event, when the invitation is taken.
///
/// # Errors
/// The database's; [`Error::NotFound`] for no invitation, [`Error::Forbidden`] for somebody else's.
pub async fn invite(State(state): State<AppState>, page: Page, Path(token): Path<String>) -> Result<Response, Error> {
    let taken = state.invites_changed.taken.subscribe();
    let wanted = token.clone();
    let found = state.db.run(move |c| invites::find(c, &token)).await?;
    let (invite, _) = found.ok_or(Error::NotFound)?;
    if !page.viewer.is(invite.inviter_id) {
        return Err(Error::Forbidden);
    }
    let events = stream::unfold(Some((invite.match_id, taken)), move |waiting| {
        let stopping = state.stopping.clone();
        let (wanted, db) = (wanted.clone(), state.db.clone());
        async move {
            let (mut found, mut taken) = waiting?;
            while found.is_none() {
                found = tokio::select! {
                    () = stopping.cancelled() => return None,
                    message = taken.recv() => message.ok().filter(|(token, _)| *token == wanted).map(|(_, id)| id),
                    // Another replica may have taken it.
                    () = tokio::time::sleep(Duration::from_secs(5)) => {
                        let token = wanted.clone();
                        db.run(move |c| invites::find(c, &token)).await.ok().flatten().and_then(|(invite, _)| invite.match_id)
                    }
                };
            }
            found.map(|id| (Ok(goto(&match_url(id))), None))
        }
    });
    Ok(sse(events))
}
