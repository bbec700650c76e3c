//! Matches in progress.
//!
//! [`room::Room`] is a match without I/O; [`registry`] holds the rooms and carries out what they want done, [`scheduler`] wakes
//! them, [`socket`] runs one task per connection, [`saver`] writes what is new, [`recovery`] brings matches back after a restart,
//! [`drain`] ends play in this process, [`relay`] joins sockets here to matches on other replicas. Other features make matches with
//! [`create()`], follow them through [`Live`], and act on results as an [`aftermath::Aftermath`].

pub mod aftermath;
pub mod cell;
mod create;
mod drain;
mod figures;
pub mod messages;
pub mod model;
mod outbox;
pub mod pages;
pub mod protocol;
pub mod queries;
mod recovery;
pub mod registry;
mod relay;
mod rematch;
pub mod room;
mod saver;
mod schedule;
mod scheduler;
pub mod socket;
mod switchboard;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use prometheus_client::registry::Registry as PrometheusRegistry;

pub use self::create::create;
use self::{
    aftermath::Aftermath,
    messages::{Playing, Relay},
    model::{Rematch, Summary},
    registry::Registry,
};
use crate::{
    clock,
    cluster::{Cluster, bus::NotHeard},
    db::{Db, DbError},
    error::Error,
    id::Id,
    jobs::Jobs,
    metrics::gauge,
};

/// How long a finished match is kept for a rematch.
pub const KEPT: time::Duration = time::Duration::milliseconds(room::LINGER.cast_signed());
/// How long a list of matches in progress may be shown before it is made again.
const LIST_FOR: Duration = Duration::from_secs(1);
/// How long to show what another replica said it plays.
const HEARSAY_FOR: Duration = Duration::from_secs(4);
/// Time between two looks for matches whose replica is gone.
const ADOPT: Duration = Duration::from_secs(2);
/// Time between two looks for matches without an owner.
const EXPIRE: Duration = Duration::from_secs(5);
/// A match that nobody has come to for this long is taken over by some replica, which ends it.
const NOBODY_CAME: time::Duration = time::Duration::milliseconds(room::WAIT.cast_signed());
/// The most matches in the list.
const LIST_MOST: usize = 24;

/// The matches in progress of this process; cheap to clone.
#[derive(Clone)]
pub struct Live {
    registry: Arc<Registry>,
    list: Arc<Mutex<Option<(Instant, Arc<[Summary]>)>>>,
    /// What other replicas play, and when they said so.
    elsewhere: Arc<Mutex<HashMap<Id, (Instant, Vec<Summary>)>>>,
}

impl Live {
    /// Live play without any matches yet; `aftermath` is what follows from each result. Starts the tasks of live play, so it must
    /// be called on a Tokio runtime.
    #[must_use]
    pub fn new(db: Db, cluster: Cluster, aftermath: Vec<Arc<dyn Aftermath>>) -> Self {
        let relays = cluster.hear_own::<Relay>();
        let registry = Arc::new(Registry::new(db, cluster, aftermath));
        tokio::spawn(scheduler::run(Arc::clone(&registry)));
        tokio::spawn(saver::run(Arc::clone(&registry)));
        tokio::spawn(relay::run(Arc::clone(&registry), relays));
        let live = Self { registry, list: Arc::default(), elsewhere: Arc::default() };
        if !live.registry.cluster.is_alone() {
            tokio::spawn(live.clone().keep_listed());
        }
        live
    }

    /// Takes over the matches of an earlier process when this one is alone; returns how many. To be called before the first
    /// connection.
    ///
    /// # Errors
    /// Database errors.
    pub async fn recover(&self) -> Result<usize, DbError> {
        if self.registry.cluster.is_alone() { recovery::adopt(&self.registry, clock::now()).await } else { Ok(0) }
    }

    /// Registers the metrics.
    pub fn register(&self, registry: &mut PrometheusRegistry) {
        let figures = &self.registry.figures;
        registry.register("live_late_inputs", "Inputs moved to another tick", figures.late_inputs.clone());
        registry.register("live_recoveries", "Matches taken over that had begun elsewhere", figures.recoveries.clone());
        let read = |of: fn(&Self) -> usize| {
            let live = self.clone();
            move || of(&live)
        };
        gauge(registry, "live_matches", "Matches in memory, just finished ones included", read(Self::count));
        gauge(registry, "live_sockets", "Open WebSockets", read(|live| live.registry.sockets.len()));
        gauge(registry, "live_relayed_sockets", "Open WebSockets to matches of other replicas", read(Self::relayed));
    }

    /// Starts the background work: matches whose replica is gone, or that no replica owns, are taken over.
    pub fn start(&self, jobs: &Jobs) {
        let registry = Arc::clone(&self.registry);
        jobs.shared_every("take over unowned matches", EXPIRE, move || expire(Arc::clone(&registry)));
        if !self.registry.cluster.is_alone() {
            let (registry, lapses) = (Arc::clone(&self.registry), Arc::<AtomicU64>::default());
            jobs.every("take over abandoned matches", ADOPT, move || adopt(Arc::clone(&registry), Arc::clone(&lapses)));
        }
    }

    /// Tells the other replicas what this one plays, and hears what they play.
    async fn keep_listed(self) {
        let me = self.registry.cluster.me;
        let mut others = self.registry.cluster.hear::<Playing>();
        let mut timer = tokio::time::interval(LIST_FOR);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut said = false;
        loop {
            tokio::select! {
                _ = timer.tick() => {
                    let matches = self.own_in_progress();
                    if said || !matches.is_empty() {
                        said = !matches.is_empty();
                        self.registry.cluster.tell_all(&Playing { replica: me, matches });
                    }
                }
                playing = others.next() => match playing {
                    Ok(Playing { replica, matches }) if replica != me => {
                        self.elsewhere.lock().insert(replica, (Instant::now(), matches));
                    }
                    Ok(_) | Err(NotHeard::Missed) => {}
                    Err(NotHeard::Closed) => return,
                },
            }
        }
    }

    /// The rooms, for the socket handler.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// The matches in progress that anybody may see, the most watched first, then the newest; at most a second old.
    #[must_use]
    pub fn in_progress(&self) -> Arc<[Summary]> {
        let mut list = self.list.lock();
        if let Some((_, summaries)) = list.as_ref().filter(|(made, _)| made.elapsed() < LIST_FOR) {
            return Arc::clone(summaries);
        }
        let mut summaries = self.own_in_progress();
        let mut elsewhere = self.elsewhere.lock();
        elsewhere.retain(|_, (said, _)| said.elapsed() < HEARSAY_FOR);
        summaries.extend(elsewhere.values().flat_map(|(_, matches)| matches.iter().cloned()));
        drop(elsewhere);
        order(&mut summaries);
        // A match that has just changed hands may be listed by two replicas.
        let mut told = HashSet::new();
        summaries.retain(|summary| told.insert(summary.id));
        summaries.truncate(LIST_MOST);
        let summaries: Arc<[Summary]> = summaries.into();
        *list = Some((Instant::now(), Arc::clone(&summaries)));
        summaries
    }

    /// The same for this process alone.
    fn own_in_progress(&self) -> Vec<Summary> {
        let listed = self.registry.cells().into_iter().filter(|cell| cell.mode.is_listed());
        let mut summaries: Vec<Summary> = listed
            .filter_map(|cell| {
                cell.look(|room| {
                    room.is_playing().then(|| Summary {
                        id: cell.id,
                        names: room.specs().map(|seat| seat.name.clone()).collect(),
                        score: room.score().to_vec(),
                        since: cell.since,
                        watchers: room.watchers(),
                    })
                })
            })
            .collect();
        order(&mut summaries);
        summaries.truncate(LIST_MOST);
        summaries
    }

    /// How many matches there are, including those just finished.
    #[must_use]
    pub fn count(&self) -> usize {
        self.registry.count()
    }

    /// Asks for a rematch of a finished match on behalf of a player. When all agree it is made, once, and everybody is sent there.
    ///
    /// # Errors
    /// Database errors.
    pub async fn rematch(&self, id: Id, player: Id) -> Result<Rematch, DbError> {
        rematch::ask(&self.registry, id, player).await
    }

    /// How many sockets of this process talk to matches on other replicas.
    #[must_use]
    pub fn relayed(&self) -> usize {
        self.registry.switchboard.count()
    }

    /// How many matches that had begun this process has taken over since it started.
    #[must_use]
    pub fn recoveries(&self) -> u64 {
        self.registry.figures.recoveries.get()
    }
}

/// Takes over the matches of replicas that are gone, and gives up those that were taken from this one.
async fn adopt(registry: Arc<Registry>, lapses: Arc<AtomicU64>) -> Result<(), Error> {
    if registry.is_draining() || !registry.cluster.is_informed() {
        return Ok(());
    }
    let now = registry.cluster.lapses();
    if now != lapses.load(Ordering::Relaxed) {
        recovery::give_up_lost(&registry).await?;
        lapses.store(now, Ordering::Relaxed);
    }
    recovery::adopt_left(&registry).await?;
    Ok(())
}

/// Takes over the matches without an owner: nobody came in time, or they were handed over and nobody came back. Their rooms end
/// them.
async fn expire(registry: Arc<Registry>) -> Result<(), Error> {
    if !registry.is_draining() {
        recovery::adopt_unowned(&registry, clock::now() - NOBODY_CAME).await?;
    }
    Ok(())
}

/// The most watched first, then the newest.
fn order(summaries: &mut [Summary]) {
    summaries.sort_by_key(|summary| (std::cmp::Reverse(summary.watchers), std::cmp::Reverse(summary.id)));
}
