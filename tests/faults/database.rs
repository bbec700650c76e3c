//! The database goes away during play, and comes back.

use std::time::{Duration, Instant};

use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use reqwest::StatusCode;
use transcendence::db::schema::{match_chunks, matches, players, seats};

use super::postgres::Postgres;
use crate::support::{people::Person, running::RunningSite, until};

/// The longest a request takes that finds no database: `DATABASE_WAIT` is 2 s.
const AT_MOST: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_database_that_is_stopped_for_twenty_seconds_costs_nobody_a_match() {
    let postgres = Postgres::start();
    play_on(&postgres, Duration::from_secs(20), Postgres::stop, Postgres::start_again).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_database_that_hangs_costs_nobody_a_match() {
    let postgres = Postgres::start();
    play_on(&postgres, Duration::from_secs(12), |postgres| postgres.freeze(true), |postgres| postgres.freeze(false))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn a_site_ends_in_time_while_its_database_hangs() {
    let postgres = Postgres::start();
    let mut site = RunningSite::start(&[("DATABASE_URL", &postgres.url())]).await;
    let (ada, bob) = (site.person(), site.person());
    let id = ada.meet(&bob, "11").await.unwrap();
    let (mut left, mut right) = (ada.join(&id).await.unwrap(), bob.join(&id).await.unwrap());
    left.hear("go").await;
    postgres.freeze(true);
    let closing = tokio::spawn(async move { (left.closed().await, right.closed().await) });
    let (status, took) = site.terminate().await;
    assert!(status.success(), "{status}: {}", site.log());
    assert!(took < Duration::from_secs(6), "{took:?}");
    let ((left, _), (right, _)) = closing.await.unwrap();
    assert_eq!((left, right), (1012, 1012), "players are told to come back");
}

async fn play_on(postgres: &Postgres, outage: Duration, stop: impl Fn(&Postgres), start: impl Fn(&Postgres)) {
    let site = RunningSite::start(&[("DATABASE_URL", &postgres.url())]).await;
    let people: [Person; 4] = std::array::from_fn(|_| site.person());
    let [ada, bob, eve, mallory] = &people;
    let (long, short) = (ada.meet(bob, "11").await.unwrap(), eve.meet(mallory, "3").await.unwrap());
    let (mut left, mut right) = (ada.join(&long).await.unwrap(), bob.join(&long).await.unwrap());
    let (mut winner, mut loser) = (eve.join(&short).await.unwrap(), mallory.join(&short).await.unwrap());
    left.hear("go").await;
    right.hear("go").await;
    loser.hear("go").await;
    // Part of it is in the database already.
    let chunks = || async {
        let count: i64 = match_chunks::table.count().get_result(&mut site.database()).unwrap();
        (count > 0).then_some(())
    };
    until("some of a match is stored", chunks).await;

    stop(postgres);
    let began = Instant::now();
    let mut inputs = 0_i64;
    loser.leave().await;
    assert_eq!(winner.hear("end").await["why"], "left", "the end is told without a database");
    let mut slowest = Duration::ZERO;
    while began.elapsed() < outage {
        // No faster than a person presses keys.
        tokio::time::sleep(Duration::from_millis(250)).await;
        // What one player does, the other sees.
        inputs += 1;
        let direction = if inputs % 2 == 0 { 1 } else { -1 };
        left.steer(inputs, direction).await;
        while right.hear("in").await["d"] != direction {}
        // These pages are in no cache.
        for path in [format!("/players/nobody{inputs}"), format!("/matches/{short}")] {
            let page = site.person().get(&path).await.unwrap();
            page.assert_busy();
            slowest = slowest.max(page.took);
        }
        let signed_in = ada.get("/play").await.unwrap();
        signed_in.assert_busy();
        slowest = slowest.max(signed_in.took);
        assert_eq!(ada.get("/health/live").await.unwrap().status, StatusCode::OK);
        assert_eq!(ada.get("/health/ready").await.unwrap().status, StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!(inputs >= 2, "{inputs}");
    assert!(slowest <= AT_MOST, "{slowest:?}");

    start(postgres);
    let back = || async {
        let page = site.person().get("/players/nobody").await.unwrap();
        (page.status == StatusCode::NOT_FOUND).then_some(())
    };
    until("pages are back", back).await;
    // The match that ended meanwhile is stored, and the other one goes on to its end with every input in its log.
    left.ping(1).await;
    right.leave().await;
    left.hear("end").await;
    let stored = || async {
        let finished = matches::table.filter(matches::status.eq("finished")).count();
        let count: i64 = finished.get_result(&mut site.database()).unwrap();
        (count == 2).then_some(())
    };
    until("both results are stored", stored).await;
    let mut database = site.database();
    let counted: Vec<(i64, i64)> = players::table.select((players::won, players::lost)).load(&mut database).unwrap();
    assert_eq!(counted.into_iter().fold((0, 0), |sum, (won, lost)| (sum.0 + won, sum.1 + lost)), (2, 2));
    let received: Vec<i32> =
        seats::table.select(seats::inputs).order(seats::inputs.desc()).load(&mut database).unwrap();
    assert_eq!(i64::from(received[0]), inputs, "every input counts");
    site.assert_no_panic();
}
