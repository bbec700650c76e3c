//! What open pages hear about the lobby: the queue's card whenever it changes, and where to go once a match is found.

use std::{sync::Arc, time::Duration};

use askama::Template;
use async_trait::async_trait;
use axum::response::sse::Event;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::{
    invites::{self, Invite},
    queue::Standing,
    waiting::{LOOK, Waiting},
};
use crate::{
    clock,
    cluster::Cluster,
    db::Db,
    error::Error,
    id::Id,
    language::Language,
    paths,
    push::{self, Events, Fragment, Pushed, Source, Watcher},
};

/// The topic of the queue for any opponent.
pub const QUEUE: &str = "queue";
/// The topic of an invitation, followed by its id.
pub const INVITE: &str = "invite";
/// The element that holds the queue's card.
const CARD: &str = "anyone";
/// How often an invitation is read while replicas receive each other's messages, only in case one was lost.
const RARE_LOOK: Duration = Duration::from_secs(30);

/// The card of the queue by itself, as it is pushed.
#[derive(Template)]
#[template(path = "lobby/anyone.html")]
struct AnyoneCard {
    /// Where the template looks up texts; a fragment has a language but no page.
    page: Language,
    standing: Standing,
    degraded: bool,
}

/// A match was found for a player who waits.
#[derive(Serialize, Deserialize)]
pub(super) struct Found {
    pub match_id: Id,
}

impl Fragment for Found {
    const TOPIC: &'static str = QUEUE;

    fn event(&self, _: Language) -> Option<Event> {
        Some(push::go_to(&paths::play(self.match_id)))
    }
}

/// An invitation was taken.
#[derive(Serialize, Deserialize)]
pub(super) struct Taken {
    pub match_id: Id,
}

impl Fragment for Taken {
    const TOPIC: &'static str = INVITE;

    fn event(&self, _: Language) -> Option<Event> {
        Some(push::go_to(&paths::play(self.match_id)))
    }
}

/// The queue, for everybody.
pub(super) struct QueueSource {
    pub waiting: Arc<Waiting>,
    pub cluster: Cluster,
}

#[async_trait]
impl Source for QueueSource {
    fn topic(&self) -> &'static str {
        QUEUE
    }

    async fn open(&self, key: &str, watcher: Watcher, pushed: Pushed) -> Result<Events, Error> {
        if !key.is_empty() {
            return Err(Error::NotFound);
        }
        let (seen, cluster) = (self.waiting.open(watcher.player), self.cluster.clone());
        let cards = stream::unfold((seen, None), move |(mut seen, mut shown)| {
            let cluster = cluster.clone();
            async move {
                loop {
                    let standing = seen.next().await?;
                    let now = (standing, cluster.is_degraded());
                    if shown == Some(now) {
                        continue;
                    }
                    shown = Some(now);
                    if let Some(event) = event(standing, now.1, watcher.language) {
                        return Some((event, (seen, shown)));
                    }
                }
            }
        });
        Ok(stream::select(cards, pushed.events::<Found>(watcher.language)).boxed())
    }
}

fn event(standing: Standing, degraded: bool, language: Language) -> Option<Event> {
    match standing.found {
        Some(match_id) => Found { match_id }.event(language),
        None => AnyoneCard { page: language, standing, degraded }.render().ok().map(|html| push::morph(CARD, &html)),
    }
}

/// Invitations, for those who made them: one event, when the invitation is taken.
pub(super) struct InviteSource {
    pub db: Db,
    pub cluster: Cluster,
}

#[async_trait]
impl Source for InviteSource {
    fn topic(&self) -> &'static str {
        INVITE
    }

    async fn open(&self, key: &str, watcher: Watcher, pushed: Pushed) -> Result<Events, Error> {
        let id: Id = key.parse().map_err(|_| Error::NotFound)?;
        let invite = look(&self.db, id).await?.ok_or(Error::NotFound)?;
        if invite.match_id.is_none() && invite.expires_at <= clock::now() {
            // So that a page left open stops asking.
            return Err(Error::NotFound);
        }
        if watcher.player != Some(invite.inviter_id) {
            return Err(Error::Forbidden);
        }
        let (db, cluster) = (self.db.clone(), self.cluster.clone());
        let taken = async move {
            match invite.match_id {
                Some(match_id) => Some(Taken { match_id }),
                None => wait_until_taken(&db, &cluster, id, pushed).await,
            }
        };
        let event = stream::once(taken).filter_map(move |taken| async move { taken?.event(watcher.language) });
        Ok(event.boxed())
    }
}

async fn look(db: &Db, id: Id) -> Result<Option<Invite>, Error> {
    Ok(db.run(move |connection| invites::of_id(connection, id)).await?)
}

/// Waits until an invitation is taken, as reported by the replica where it was taken, or as seen in the database. `None` when it
/// has ended.
async fn wait_until_taken(db: &Db, cluster: &Cluster, id: Id, mut pushed: Pushed) -> Option<Taken> {
    let mut up = cluster.up();
    let mut looked = Instant::now();
    loop {
        let wait = if cluster.is_degraded() { LOOK } else { RARE_LOOK };
        tokio::select! {
            taken = pushed.next::<Taken>() => return taken,
            // Some messages may have been lost.
            _ = up.changed() => {}
            () = sleep_until(looked + wait) => {}
        }
        looked = Instant::now();
        match look(db, id).await {
            Ok(Some(Invite { match_id: Some(match_id), .. })) => return Some(Taken { match_id }),
            Ok(Some(invite)) if invite.expires_at > clock::now() => {}
            Ok(_) => return None,
            // The database is away: try again later.
            Err(_) => {}
        }
    }
}
