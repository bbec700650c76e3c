//! Background work, of two kinds: what each replica may do now and then ([`Jobs::every`]), and what must happen once no matter how
//! many replicas there are and which of them crash: rows of the table `jobs` ([`enqueue`], [`Jobs::does`], [`Jobs::shared_every`]).
//!
//! A job is taken by lease, as matches are: its row names its owner and counts its owners, so that an owner that was declared dead
//! cannot finish what another has taken over. If a replica dies, another does its job again, so doing a job twice must do no harm.
//! A job that fails is tried again, later each time; one that fails too often is dead, which the metrics show to operators.

mod figures;
mod model;
mod queries;
mod runner;

use std::{collections::HashSet, fmt, pin::Pin, sync::Arc, time::Duration};

use parking_lot::Mutex;
use prometheus_client::registry::Registry;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::{
    sync::CancellationToken,
    task::{AbortOnDropHandle, TaskTracker},
};

use self::figures::Figures;
use self::model::Then;
pub use self::{model::Job, queries::enqueue};
use crate::{clock, cluster::Cluster, db::Db, error::Error, id::Id};

/// How often jobs are counted for the metrics.
const COUNT: Duration = Duration::from_secs(30);
/// A job that has been due for this long and is not done is overdue.
const OVERDUE: time::Duration = time::Duration::minutes(1);

type Doing = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

/// How one kind of job is done.
struct Work {
    name: &'static str,
    /// The time between two runs, for recurring work.
    period: Option<Duration>,
    run: Box<dyn Fn(&str) -> Doing + Send + Sync>,
}

impl Work {
    fn then(&self) -> Then {
        self.period.map_or(Then::Done, Then::Again)
    }
}

/// The background work of this process; cheap to clone.
#[derive(Clone)]
pub struct Jobs(Arc<Inner>);

struct Inner {
    db: Db,
    cluster: Cluster,
    stopping: CancellationToken,
    works: Mutex<Vec<Arc<Work>>>,
    /// The jobs from the table that this replica is doing.
    doing: Mutex<HashSet<Id>>,
    /// The tasks that do them.
    carried_out: TaskTracker,
    /// Cancelled when no more are taken.
    leaving: CancellationToken,
    figures: Figures,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jobs")
    }
}

impl Jobs {
    /// Starts without any work; all of it ends with `stopping`.
    #[must_use]
    pub fn new(db: &Db, cluster: Cluster, stopping: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            db: db.patient(),
            cluster,
            works: Mutex::default(),
            doing: Mutex::default(),
            carried_out: TaskTracker::new(),
            leaving: stopping.child_token(),
            figures: Figures::default(),
            stopping,
        }))
    }

    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        self.0.figures.register(registry);
    }

    /// Does something on this replica now, and again every `period` until the site stops. A failure is logged, and the work is
    /// tried again the next time. Must be called on a Tokio runtime.
    pub fn every<F>(&self, name: &'static str, period: Duration, mut work: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let stopping = self.0.stopping.clone();
        let working = async move {
            let mut timer = interval(period);
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut failing = false;
            loop {
                timer.tick().await;
                // On its own task, so that a panic only counts as a failure.
                let failure = match AbortOnDropHandle::new(tokio::spawn(work())).await {
                    Ok(Ok(())) => None,
                    Ok(Err(error)) => Some(error.to_string()),
                    Err(error) => Some(error.to_string()),
                };
                match &failure {
                    Some(error) if !failing => {
                        tracing::warn!(error, work = name, "Background work failed; trying again later");
                    }
                    Some(error) => tracing::debug!(error, work = name, "Background work fails still"),
                    None => {}
                }
                failing = failure.is_some();
            }
        };
        tokio::spawn(async move { stopping.run_until_cancelled(working).await });
    }

    /// Does something every `period` on one replica, whichever it is. To be called before [`Jobs::start`].
    pub fn shared_every<F>(&self, name: &'static str, period: Duration, work: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let run = Box::new(move |_: &str| -> Doing { Box::pin(work()) });
        self.add(Work { name, period: Some(period), run });
    }

    /// Sets how jobs of a kind are done, whichever replica put them into the table. To be called before [`Jobs::start`].
    pub fn does<J: Job, F>(&self, work: impl Fn(J) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let run = Box::new(move |data: &str| -> Doing {
            match serde_json::from_str(data) {
                Ok(job) => Box::pin(work(job)),
                Err(error) => Box::pin(std::future::ready(Err(Error::Internal(error.to_string())))),
            }
        });
        self.add(Work { name: J::NAME, period: None, run });
    }

    fn add(&self, work: Work) {
        self.0.figures.expect(work.name);
        self.0.works.lock().push(Arc::new(work));
    }

    /// Starts doing the jobs in the table. Must be called on a Tokio runtime, once the schema is known.
    pub fn start(&self) {
        // Each with places of its own, so that long work of the one kind does not keep the other waiting.
        for recurring in [true, false] {
            let (runner, leaving) = (self.clone(), self.0.leaving.clone());
            tokio::spawn(async move { leaving.run_until_cancelled(runner.run(recurring)).await });
        }
        let counted = self.clone();
        self.every("count jobs", COUNT, move || counted.clone().count());
    }

    /// Takes no more jobs from the table; those being done go on.
    pub fn leave(&self) {
        self.0.leaving.cancel();
    }

    /// Waits until the jobs from the table that are being done are done. What is not by the end of the process, another replica
    /// does again.
    pub async fn finish(&self) {
        self.leave();
        self.0.carried_out.close();
        self.0.carried_out.wait().await;
    }

    async fn count(self) -> Result<(), Error> {
        let late = clock::now() - OVERDUE;
        let (overdue, dead) = self.0.db.run(move |connection| queries::count(connection, late)).await?;
        self.0.figures.counted(overdue, dead);
        Ok(())
    }
}
