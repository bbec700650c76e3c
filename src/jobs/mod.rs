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
use tokio_util::sync::CancellationToken;

use self::figures::Figures;
use self::model::Then;
pub use self::{model::Job, queries::enqueue};
use crate::{cluster::Cluster, db::Db, error::Error, id::Id};

/// How often jobs are counted for the metrics.
const COUNT: Duration = Duration::from_secs(30);

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
            stopping,
            works: Mutex::default(),
            doing: Mutex::default(),
            figures: Figures::default(),
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
        F: Future<Output = Result<(), Error>> + Send,
    {
        let stopping = self.0.stopping.clone();
        let working = async move {
            let mut timer = interval(period);
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                timer.tick().await;
                if let Err(error) = work().await {
                    tracing::warn!(%error, work = name, "Background work failed; trying again later");
                }
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
        let runner = self.clone();
        let stopping = self.0.stopping.clone();
        tokio::spawn(async move { stopping.run_until_cancelled(runner.run()).await });
        let counted = self.clone();
        self.every("count jobs", COUNT, move || counted.clone().count());
    }

    async fn count(self) -> Result<(), Error> {
        let (waiting, dead) = self.0.db.run(queries::count).await?;
        self.0.figures.counted(waiting, dead);
        Ok(())
    }
}
