//! What open lobby pages see of the queue. One task reads it for all streams of this process, whenever somebody changes it anywhere
//! and also every [`LOOK`], and keeps the places of players whose pages are open here.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    messages::QueueChanged,
    queue::{self, Snapshot, Standing},
};
use crate::{
    clock,
    cluster::{
        Cluster,
        bus::{Hearing, NotHeard},
    },
    db::{Db, DbError},
    id::Id,
    live,
    pong::Rules,
};

/// How often the queue is read without a change: missed changes still appear, and a bot is offered in time.
pub const LOOK: Duration = Duration::from_secs(2);
/// The shortest time between two readings, however much changes.
const PAUSE: Duration = Duration::from_millis(150);
/// How often it is recorded that players who wait here are still there.
const SEEN_EVERY: Duration = Duration::from_secs(5);

/// The streams of one player.
#[derive(Default)]
struct Streams {
    open: usize,
    /// Whether they show that the player is waiting.
    waiting: bool,
}

/// The queue as the streams of this process see it.
pub struct Waiting {
    cluster: Cluster,
    streams: Mutex<HashMap<Id, Streams>>,
    look: Notify,
    latest: watch::Sender<Arc<Snapshot>>,
}

impl Waiting {
    /// Starts the task that reads, so it must be called on a Tokio runtime; the task ends with `stopping`.
    #[must_use]
    pub fn start(db: Db, cluster: Cluster, stopping: CancellationToken) -> Arc<Self> {
        let changes = cluster.hear::<QueueChanged>();
        let waiting = Arc::new(Self {
            cluster,
            streams: Mutex::default(),
            look: Notify::new(),
            latest: watch::channel(Arc::default()).0,
        });
        let reading = Arc::clone(&waiting).read(db, changes);
        tokio::spawn(async move { stopping.run_until_cancelled(reading).await });
        waiting
    }

    /// Tells every open page that somebody entered or left the queue on this replica, or that a match was found.
    pub fn changed(&self) {
        // At once on this replica, even if the message takes long or gets lost.
        self.look.notify_one();
        self.cluster.tell_all(&QueueChanged);
    }

    /// A new stream, for a player or for a visitor who is not a player yet.
    pub fn open(self: &Arc<Self>, player: Option<Id>) -> Stream {
        if let Some(player) = player {
            self.streams.lock().entry(player).or_default().open += 1;
        }
        let stream = Stream { waiting: Arc::clone(self), player, snapshots: self.latest.subscribe() };
        self.look.notify_one();
        stream
    }

    async fn read(self: Arc<Self>, db: Db, mut changes: Hearing<QueueChanged>) {
        let mut timer = interval(LOOK);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen: Option<Instant> = None;
        loop {
            tokio::select! {
                () = self.look.notified() => {}
                _ = timer.tick() => {}
                change = changes.next() => match change {
                    Ok(QueueChanged) | Err(NotHeard::Missed) => {}
                    // Cannot happen: this task holds the cluster that would report it.
                    Err(NotHeard::Closed) => return,
                },
            }
            if self.latest.receiver_count() == 0 {
                continue;
            }
            // This reading covers every change announced so far.
            changes.skip();
            let due = seen.is_none_or(|seen| seen.elapsed() >= SEEN_EVERY);
            match self.look(&db, due).await {
                Ok(snapshot) => {
                    if due {
                        seen = Some(Instant::now());
                    }
                    let has_pair = snapshot.has_pair();
                    self.latest.send_replace(Arc::new(snapshot));
                    if has_pair {
                        self.pair_left_over(&db).await;
                    }
                }
                Err(error) => tracing::debug!(%error, "Could not read the queue"),
            }
            sleep(PAUSE).await;
        }
    }

    /// Reads the queue, and records who is waiting here: everybody when that is due.
    async fn look(&self, db: &Db, due: bool) -> Result<Snapshot, DbError> {
        let snapshot = db.run(|connection| queue::read(connection, clock::now())).await?;
        let here = self.waiting_here();
        // Their places look lost because nobody could be recorded as seen, for example while the database was away.
        let missed: Vec<Id> = here.iter().copied().filter(|player| !snapshot.knows(*player)).collect();
        let read_again = !missed.is_empty();
        let seen = if due { here } else { missed };
        if !seen.is_empty() {
            db.write(move |connection| queue::seen(connection, &seen, clock::now())).await?;
        }
        if read_again { db.run(|connection| queue::read(connection, clock::now())).await } else { Ok(snapshot) }
    }

    async fn pair_left_over(&self, db: &Db) {
        let paired = db.write(move |connection| {
            queue::pair_left_over(connection, clock::now(), |connection, first, second, points| {
                let rules = Rules::classic(points).ok_or(diesel::result::Error::RollbackTransaction)?;
                live::create(connection, &queue::meeting(first, second, rules))
            })
        });
        match paired.await {
            Ok(true) => self.changed(),
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "Could not pair two waiting players"),
        }
    }

    fn waiting_here(&self) -> Vec<Id> {
        self.streams.lock().iter().filter(|(_, streams)| streams.waiting).map(|(player, _)| *player).collect()
    }
}

/// An open stream; while it lives, a waiting player keeps their place.
pub struct Stream {
    waiting: Arc<Waiting>,
    player: Option<Id>,
    snapshots: watch::Receiver<Arc<Snapshot>>,
}

impl Stream {
    /// The player's standing after the next reading; `None` when there will be no more.
    pub async fn next(&mut self) -> Option<Standing> {
        self.snapshots.changed().await.ok()?;
        let standing = self.snapshots.borrow_and_update().standing(self.player, clock::now());
        if let Some(player) = self.player
            && let Some(streams) = self.waiting.streams.lock().get_mut(&player)
        {
            streams.waiting = standing.points.is_some();
        }
        Some(standing)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let Some(player) = self.player else { return };
        let mut all = self.waiting.streams.lock();
        if let Some(streams) = all.get_mut(&player) {
            streams.open = streams.open.saturating_sub(1);
            if streams.open == 0 {
                all.remove(&player);
            }
        }
    }
}
