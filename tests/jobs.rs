//! Work in the background: done once however many replicas there are, again when it fails or its replica dies, and given up at last.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use serde::{Deserialize, Serialize};
use transcendence::{
    clock::{self, Moment},
    db::{
        DbConnection,
        schema::{jobs, matches},
    },
    error::Error,
    id::Id,
    jobs::{self as background, Job},
    live::model::{Mode, NewSeat},
    pong::Strength,
};

use crate::support::{self, Site};

/// Counts up, unless it is told to fail.
#[derive(Serialize, Deserialize)]
struct CountUp {
    fails: bool,
}

impl Job for CountUp {
    const NAME: &'static str = "test: count up";
}

/// The site counts up in the background from now on.
fn counting(site: &Site, done: &Arc<AtomicUsize>) {
    let done = Arc::clone(done);
    site.state.jobs.does(move |CountUp { fails }| {
        let done = Arc::clone(&done);
        async move {
            if fails {
                return Err(Error::Internal("told to".to_owned()));
            }
            done.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }
    });
    site.state.jobs.start();
}

fn enqueue(connection: &mut DbConnection, fails: bool) -> diesel::QueryResult<()> {
    background::enqueue(connection, &CountUp { fails }, clock::now(), clock::now())
}

/// What the table says of the jobs of a name: owner, tries, last error, whether it is dead, due.
type Row = (Option<Id>, i32, Option<String>, bool, Moment);

async fn rows(site: &Site, name: &'static str) -> Vec<Row> {
    let columns = (jobs::owner_id, jobs::tries, jobs::last_error, jobs::is_dead, jobs::due_at);
    site.run(move |connection| jobs::table.filter(jobs::name.eq(name)).select(columns).load(connection)).await
}

/// Waits until something is so.
async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    support::until(what, || {
        let so = is_so();
        async move { so.await.then_some(()) }
    })
    .await;
}

#[tokio::test]
async fn a_job_is_done_once_by_two_replicas_if_its_transaction_commits() {
    let ([one, other], _) = Site::two(&[]).await;
    let done = Arc::<AtomicUsize>::default();
    counting(&one, &done);
    counting(&other, &done);
    let put = one.state.db.write(|connection| (0..10).try_for_each(|_| enqueue(connection, false)));
    put.await.unwrap();
    let undone = one.state.db.write(|connection| {
        enqueue(connection, false)?;
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(undone.await.is_err());
    until("all are done", async || rows(&one, CountUp::NAME).await.is_empty()).await;
    assert_eq!(done.load(Ordering::SeqCst), 10);
}

/// Puts a job into the table that a replica has taken.
async fn put_as_taken_by(site: &Site, owner: Id) {
    let put = site.state.db.write(move |connection| {
        enqueue(connection, false)?;
        diesel::update(jobs::table).set((jobs::owner_id.eq(Some(owner)), jobs::fence.eq(7_i64))).execute(connection)
    });
    put.await.unwrap();
}

#[tokio::test]
async fn a_job_whose_replica_is_gone_is_done_by_another() {
    let site = Site::new().await;
    put_as_taken_by(&site, Id::new()).await;
    let done = Arc::<AtomicUsize>::default();
    counting(&site, &done);
    until("it is done", async || rows(&site, CountUp::NAME).await.is_empty()).await;
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_job_that_a_replica_took_without_knowing_it_is_done_by_it() {
    let site = Site::new().await;
    put_as_taken_by(&site, site.state.cluster.me).await;
    let done = Arc::<AtomicUsize>::default();
    counting(&site, &done);
    until("it is done", async || rows(&site, CountUp::NAME).await.is_empty()).await;
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_job_of_another_living_replica_is_left_to_it_and_its_outcome_counts_only_while_it_is_its_own() {
    let ([one, other], _) = Site::two(&[]).await;
    until("they know each other", async || one.state.cluster.living().len() == 2).await;
    put_as_taken_by(&one, other.state.cluster.me).await;
    one.state.db.write(|connection| enqueue(connection, false)).await.unwrap();
    let done = Arc::<AtomicUsize>::default();
    counting(&one, &done);
    until("the free one is done", async || rows(&one, CountUp::NAME).await.len() == 1).await;
    assert_eq!(rows(&one, CountUp::NAME).await[0].0, Some(other.state.cluster.me), "the other one is not taken");

    // It is done elsewhere while this replica is still at it.
    let (begun, mut has_begun) = tokio::sync::mpsc::channel(1);
    let (go, gate) = (Arc::new(tokio::sync::Notify::new()), "test: slow");
    let waits = Arc::clone(&go);
    other.state.jobs.shared_every(gate, Duration::from_secs(3_600), move || {
        let (begun, waits) = (begun.clone(), Arc::clone(&waits));
        async move {
            begun.send(()).await.unwrap();
            waits.notified().await;
            Ok(())
        }
    });
    other.state.jobs.start();
    has_begun.recv().await.unwrap();
    let later = clock::now() + Duration::from_secs(60);
    let taken = (jobs::fence.eq(99_i64), jobs::owner_id.eq(None::<Id>), jobs::due_at.eq(later));
    one.run(move |connection| diesel::update(jobs::table.filter(jobs::name.eq(gate))).set(taken).execute(connection))
        .await;
    go.notify_one();
    other.state.jobs.finish().await;
    let due: Moment = rows(&one, gate).await[0].4;
    assert!(due <= later, "what the earlier owner says no longer counts");
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_later_and_given_up_at_last() {
    let site = Site::new().await;
    site.state.db.write(|connection| enqueue(connection, true)).await.unwrap();
    counting(&site, &Arc::default());
    until("it has failed", async || rows(&site, CountUp::NAME).await[0].1 == 1).await;
    let (owner, _, error, is_dead, due) = rows(&site, CountUp::NAME).await.remove(0);
    assert_eq!((owner, is_dead), (None, false));
    assert!(error.unwrap().contains("told to"));
    assert!(due > clock::now() + Duration::from_secs(5), "not at once");

    let late = (jobs::tries.eq(11), jobs::due_at.eq(clock::now()));
    site.state.db.run(move |connection| diesel::update(jobs::table).set(late).execute(connection)).await.unwrap();
    until("it is given up", async || rows(&site, CountUp::NAME).await[0].3).await;
    // The count of a replica that has just begun.
    site.state.jobs.start();
    let is_seen = async || site.operator().get("/metrics").await.body.contains("transcendence_jobs_dead 1");
    until("operators see it", is_seen).await;
}

#[tokio::test]
async fn what_is_done_again_and_again_is_done_by_one_replica_at_a_time() {
    let ([one, other], _) = Site::two(&[]).await;
    let (done, name) = (Arc::<AtomicUsize>::default(), "test: now and then");
    for site in [&one, &other] {
        let done = Arc::clone(&done);
        site.state.jobs.shared_every(name, Duration::from_secs(3_600), move || {
            done.fetch_add(1, Ordering::SeqCst);
            std::future::ready(Ok(()))
        });
        site.state.jobs.start();
    }
    let is_put_back =
        async || rows(&one, name).await.first().is_some_and(|row| row.0.is_none() && row.4 > clock::now());
    until("it is done, and due again", is_put_back).await;
    assert_eq!((done.load(Ordering::SeqCst), rows(&one, name).await.len()), (1, 1));
    let soon = jobs::due_at.eq(clock::now());
    one.state.db.run(move |connection| diesel::update(jobs::table).set(soon).execute(connection)).await.unwrap();
    until("it is done again", async || done.load(Ordering::SeqCst) == 2).await;
}

#[tokio::test]
async fn a_match_that_nobody_comes_to_is_ended_by_a_lone_process_too() {
    let site = Site::new().await;
    let bot = NewSeat::Bot(Strength::Weak);
    site.make(Mode::Bot, vec![bot.clone(), bot]).await;
    assert_eq!(site.state.live.count(), 0, "nobody came yet");
    let long_ago = matches::created_at.eq(clock::now() - Duration::from_secs(61));
    site.run(move |connection| diesel::update(matches::table).set(long_ago).execute(connection)).await;
    site.state.start();
    until("it is taken over, to be ended", async || site.state.live.count() == 1).await;
}
