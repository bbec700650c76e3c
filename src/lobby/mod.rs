//! Where people find a match: the queue for any opponent, invitations by link, bots, two players at one keyboard.

pub mod forms;
pub mod invite_pages;
pub mod invites;
pub mod messages;
pub mod pages;
pub mod queue;
mod sources;
pub mod waiting;

use std::{future::ready, num::NonZeroU32, ops::Deref, sync::Arc, time::Duration};

use prometheus_client::{metrics::gauge::Gauge, registry::Registry};
use tokio_util::sync::CancellationToken;

pub use self::sources::QUEUE;
use self::{
    sources::{Found, InviteSource, QueueSource},
    waiting::Waiting,
};
use crate::{
    clock,
    cluster::Cluster,
    db::{Db, DbConnection, DbError},
    error::Error,
    id::Id,
    jobs::Jobs,
    live::{self, model::NewMatch},
    pong::Rules,
    push::Push,
    web::limits::{Counters, Limit},
};

/// Matches that one player may start within a minute.
const MATCHES_A_MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// How often old rows are removed.
const HOUSEKEEPING: Duration = Duration::from_secs(900);
/// How often the queue is counted, for the metrics.
const COUNT: Duration = Duration::from_secs(30);
/// How long an invitation stays after its end, so that its page can say that it has ended.
const KEPT: time::Duration = time::Duration::days(1);

/// What the lobby needs; cheap to clone.
#[derive(Clone)]
pub struct Lobby(Arc<Inner>);

/// What a [`Lobby`] holds.
pub struct Inner {
    db: Db,
    cluster: Cluster,
    push: Push,
    /// The queue as open pages see it.
    waiting: Arc<Waiting>,
    /// Counts the matches that each player starts.
    matches_made: Arc<Limit<Id>>,
    /// Whether there are limits at all.
    is_limited: bool,
    queue_players: Gauge,
}

impl Deref for Lobby {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Lobby {
    /// An empty lobby. Starts the task that reads the queue for open pages, so it must be called on a Tokio runtime; the task ends
    /// with `stopping`.
    #[must_use]
    pub fn new(db: Db, cluster: Cluster, push: Push, counters: &Counters, stopping: CancellationToken) -> Self {
        let waiting = Waiting::start(db.clone(), cluster.clone(), stopping);
        push.add(QueueSource { waiting: Arc::clone(&waiting), cluster: cluster.clone() });
        push.add(InviteSource { db: db.clone(), cluster: cluster.clone() });
        let matches_made = Arc::new(counters.limit("matches", MATCHES_A_MINUTE, Duration::from_secs(60)));
        let is_limited = counters.are_limited();
        let queue_players = Gauge::default();
        Self(Arc::new(Inner { db, cluster, push, waiting, matches_made, is_limited, queue_players }))
    }

    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("queue_players", "Players waiting for an opponent", self.queue_players.clone());
    }

    /// Starts the background work.
    pub fn start(&self, jobs: &Jobs) {
        let limit = Arc::clone(&self.matches_made);
        jobs.every("tidy limits on matches", HOUSEKEEPING, move || {
            limit.tidy();
            ready(Ok(()))
        });
        let lobby = self.clone();
        jobs.every("count the queue", COUNT, move || lobby.clone().count());
        let lobby = self.clone();
        jobs.shared_every("remove old invitations", HOUSEKEEPING, move || lobby.clone().tidy());
    }

    async fn count(self) -> Result<(), Error> {
        let now = clock::now();
        let standing = self.db.run(move |connection| queue::look(connection, None, now)).await?;
        self.queue_players.set(i64::try_from(standing.waiting).unwrap_or(i64::MAX));
        Ok(())
    }

    /// Removes invitations that ended long ago, and queue rows of players who are gone.
    async fn tidy(self) -> Result<(), Error> {
        let now = clock::now();
        let tidied = self.db.write(move |connection| {
            invites::delete_expired(connection, now - KEPT)?;
            queue::delete_forgotten(connection, now)
        });
        tidied.await?;
        Ok(())
    }

    /// Whether messages of the other replicas cannot be received.
    fn is_degraded(&self) -> bool {
        self.cluster.is_degraded()
    }

    /// Enters a player into the queue; returns the match when somebody is already waiting.
    async fn enter_queue(&self, player: Id, points: u8, rules: Rules) -> Result<Option<Id>, Error> {
        self.matches_made.count(&player).await?;
        // In a task of its own: if this request is cancelled half-way, the other player is still told.
        let lobby = self.clone();
        let entered = tokio::spawn(async move {
            let entering = lobby.db.write(move |connection| {
                let mut met = None;
                let meet = |connection: &mut DbConnection, first: Id| {
                    met = Some(first);
                    live::create(connection, &queue::meeting(first, player, rules))
                };
                let found = queue::enter(connection, player, points, clock::now(), meet)?;
                Ok((found, met))
            });
            let (found, met) = entering.await?;
            if let (Some(match_id), Some(first)) = (found, met) {
                lobby.push.to_player(first, &Found { match_id });
            }
            lobby.waiting.changed();
            Ok::<_, DbError>(found)
        });
        Ok(entered.await.map_err(|error| Error::Internal(error.to_string()))??)
    }

    /// Makes a match that starts at once: it is counted, and the player who starts it leaves the queue.
    async fn begin(&self, player: Id, new: NewMatch) -> Result<Id, Error> {
        self.matches_made.count(&player).await?;
        let made = self.db.write(move |connection| {
            queue::leave(connection, player)?;
            live::create(connection, &new)
        });
        let id = made.await?;
        self.waiting.changed();
        Ok(id)
    }

    /// Stops announcing the match that was found to a player who is on the way there.
    async fn arrive(&self, player: Id) {
        if let Err(error) = self.db.run(move |connection| queue::arrived(connection, player)).await {
            tracing::debug!(%error, "Could not clear the announcement of a match");
        }
    }
}
