//! Takes jobs that are due and does them, a few at once.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::{
    Jobs, Work,
    model::{Taken, Then},
    queries::{self, Free},
};
use crate::{
    clock,
    db::{DbError, is_taken},
};

/// How many jobs one replica does at once.
const AT_ONCE: usize = 4;
/// The longest time between two looks: another replica may have put something into the table.
const LOOK: Duration = Duration::from_secs(1);
/// How long a job may take; a longer run counts as a failure.
const PATIENCE: Duration = Duration::from_secs(600);
/// The wait after the first failure; doubled with each further one.
const BACK_OFF: Duration = Duration::from_secs(10);
/// The longest wait after a failure.
const LONGEST: Duration = Duration::from_secs(3_600);
/// After this many failures in a row (about three hours) a job is given up, unless it is recurring work.
const MOST_TRIES: i32 = 12;

impl Jobs {
    /// Does jobs as they become due, until cancelled.
    pub(super) async fn run(self, recurring: bool) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut is_listed = !recurring;
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let taken = if is_listed { self.take(recurring).await } else { self.list().await.map(|()| None) };
            is_listed |= taken.is_ok();
            match taken {
                Ok(Some((job, work))) => {
                    self.0.carried_out.spawn(self.clone().carry_out(job, work, place));
                    continue;
                }
                Ok(None) => {}
                Err(error) => tracing::debug!(%error, "Could not look for jobs"),
            }
            drop(place);
            sleep(LOOK).await;
        }
    }

    /// Puts recurring work into the table, if it is not there.
    async fn list(&self) -> Result<(), DbError> {
        let names: Vec<&'static str> =
            self.0.works.lock().iter().filter(|work| work.period.is_some()).map(|work| work.name).collect();
        for name in names {
            let ensured = self.0.db.write(move |connection| queries::ensure(connection, name, clock::now())).await;
            // Another replica may have been faster.
            if !matches!(&ensured, Err(DbError::Query(error)) if is_taken(error)) {
                ensured?;
            }
        }
        Ok(())
    }

    /// Takes a job that is due, if there is one.
    async fn take(&self, recurring: bool) -> Result<Option<(Taken, Arc<Work>)>, DbError> {
        let cluster = &self.0.cluster;
        if !cluster.is_informed() {
            return Ok(None);
        }
        let me = cluster.me;
        let free = Free {
            names: self
                .0
                .works
                .lock()
                .iter()
                .filter(|work| work.period.is_some() == recurring)
                .map(|work| work.name)
                .collect(),
            others: cluster.living().into_iter().filter(|replica| *replica != me).collect(),
            // One that is this replica's and is not among them was taken by a transaction whose outcome nobody heard.
            doing: self.0.doing.lock().iter().copied().collect(),
        };
        // Looking is cheap; only taking needs a transaction that writes.
        let look = free.clone();
        let due = self.0.db.run(move |connection| queries::next_due(connection, &look)).await?;
        if due.is_none_or(|due| due > clock::now()) {
            return Ok(None);
        }
        let take = move |connection: &mut _| queries::take(connection, &free, me, clock::now());
        let taken = self.0.db.write(take).await?;
        if let Some(job) = &taken {
            self.0.doing.lock().insert(job.id);
        }
        let work_of = |job: &Taken| self.0.works.lock().iter().find(|work| work.name == job.name).map(Arc::clone);
        Ok(taken.and_then(|job| work_of(&job).map(|work| (job, work))))
    }

    async fn carry_out(self, job: Taken, work: Arc<Work>, place: OwnedSemaphorePermit) {
        let _place = place;
        // On its own task, so that a panic only counts as a failure.
        let (doer, data) = (Arc::clone(&work), job.data.clone());
        let doing = tokio::spawn(async move { timeout(PATIENCE, (doer.run)(&data)).await });
        let failure = match doing.await {
            Ok(Ok(Ok(()))) => None,
            Ok(Ok(Err(error))) => Some(error.to_string()),
            Ok(Err(_)) => Some(format!("took longer than {} s", PATIENCE.as_secs())),
            Err(error) => Some(error.to_string()),
        };
        match &failure {
            None => self.0.figures.done(work.name),
            Some(error) => {
                self.0.figures.failed(work.name);
                tracing::warn!(error, job = work.name, job.id = %job.id, tries = job.tries + 1, "A job failed");
            }
        }
        // Until this is stored no other replica takes the job, as this one is alive.
        while let Err(error) = self.settle(&job, &work, failure.clone()).await {
            tracing::warn!(%error, job = work.name, job.id = %job.id, "Could not store what became of a job; trying again");
            sleep(BACK_OFF).await;
        }
        self.0.doing.lock().remove(&job.id);
    }

    /// Stores the outcome of a job.
    async fn settle(&self, job: &Taken, work: &Work, failure: Option<String>) -> Result<(), DbError> {
        let (id, fence) = (job.id, job.fence);
        let mine = match (failure, work.then()) {
            (None, Then::Done) => self.0.db.write(move |connection| queries::done(connection, id, fence)).await?,
            (None, Then::Again(period)) => {
                let put_back = move |connection: &mut _| {
                    queries::put_back(connection, id, fence, clock::now() + period, None, false)
                };
                self.0.db.write(put_back).await?
            }
            (Some(error), then) => {
                let tries = job.tries.saturating_add(1);
                let is_dead = then == Then::Done && tries >= MOST_TRIES;
                let wait = match then {
                    Then::Done => back_off(tries),
                    // What is done every few seconds need not wait for an hour once its fault is mended.
                    Then::Again(period) => back_off(tries).min(period.max(BACK_OFF)),
                };
                let due = clock::now() + wait;
                let told = error.clone();
                let put_back = move |connection: &mut _| {
                    queries::put_back(connection, id, fence, due, Some((tries, &error)), is_dead)
                };
                let mine = self.0.db.write(put_back).await?;
                if is_dead && mine {
                    tracing::error!(job = work.name, job.id = %id, tries, error = told, "Gave a job up; see docs/operations.md");
                }
                mine
            }
        };
        if !mine {
            tracing::warn!(job = work.name, job.id = %id, "The outcome of a job no longer counted: it was stored already, or another replica took this one for dead");
        }
        Ok(())
    }
}

/// How long to wait after this many failures in a row.
fn back_off(tries: i32) -> Duration {
    let doubled = u32::try_from(tries - 1).unwrap_or(0).min(20);
    BACK_OFF.saturating_mul(1 << doubled).min(LONGEST)
}
