//! The process is killed again and again while people sign up and play.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl, sql_query,
    sql_types,
};
use parking_lot::Mutex;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use reqwest::StatusCode;
use transcendence::{
    db::{
        DbConnection,
        schema::{credentials, match_chunks, matches, players, seats},
    },
    id::Id,
};

use super::postgres::Postgres;
use crate::support::{PATIENCE, people::Person, running::RunningSite, until};

/// What the site has confirmed to people, and must therefore remember.
#[derive(Default)]
struct Told {
    signed_up: Vec<String>,
    finished: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn killed_at_twenty_random_moments_on_sqlite() {
    kill_again_and_again(RunningSite::start(&[("PASSWORD_HASHERS", "1")]).await, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn killed_at_ten_random_moments_on_postgresql() {
    let postgres = Postgres::start();
    let url = postgres.url();
    kill_again_and_again(RunningSite::start(&[("PASSWORD_HASHERS", "1"), ("DATABASE_URL", &url)]).await, 10).await;
}

async fn kill_again_and_again(mut site: RunningSite, times: u32) {
    let told = Arc::new(Mutex::new(Told::default()));
    let mut busy = tokio::task::JoinSet::new();
    for number in 0..4 {
        let newcomers: Vec<Person> = (0..64).map(|_| site.person()).collect();
        busy.spawn(keep_signing_up(newcomers, number, Arc::clone(&told)));
        let people: Vec<(Person, Person)> = (0..64).map(|_| (site.person(), site.person())).collect();
        busy.spawn(keep_playing(people, Arc::clone(&told)));
    }
    let mut random = StdRng::seed_from_u64(1972);
    for _ in 0..times {
        let finished = told.lock().finished.len();
        tokio::time::sleep(Duration::from_millis(random.random_range(50..700))).await;
        // Not before a match has ended since the last time.
        let deadline = Instant::now() + PATIENCE;
        while told.lock().finished.len() == finished {
            assert!(Instant::now() < deadline, "matches no longer end:\n{}", site.log());
            tokio::time::sleep(Duration::from_millis(random.random_range(1..30))).await;
        }
        site.kill();
        site.start_again().await;
    }
    // On a slow machine only a few sign-ups come through between the kills.
    until("more people sign up", async || (told.lock().signed_up.len() > 5).then_some(())).await;
    busy.shutdown().await;
    site.kill();
    let told = told.lock();
    println!("{} people signed up, {} matches ended", told.signed_up.len(), told.finished.len());
    assert!(told.finished.len() >= usize::try_from(times).unwrap() && told.signed_up.len() > 5);
    assert_consistent(&mut site.database(), &told);
    site.assert_no_panic();
}

async fn keep_signing_up(newcomers: Vec<Person>, number: u32, told: Arc<Mutex<Told>>) {
    for (count, person) in newcomers.iter().enumerate() {
        let name = format!("crash_{number}_{count}");
        match person.sign_up(&name).await {
            Ok(answer) if answer.status == StatusCode::SEE_OTHER => told.lock().signed_up.push(name),
            // Down for a moment.
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn keep_playing(people: Vec<(Person, Person)>, told: Arc<Mutex<Told>>) {
    for (ada, bob) in people.iter().cycle() {
        let Some(id) = ada.meet(bob, "3").await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (Ok(mut left), Ok(mut right)) = (ada.join(&id).await, bob.join(&id).await) else { continue };
        if left.try_hear("go").await.is_none() || left.try_leave().await.is_err() {
            continue;
        }
        if right.try_hear("end").await.is_some() {
            told.lock().finished.push(id);
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = sql_types::Text)]
    line: String,
}

fn assert_consistent(database: &mut DbConnection, told: &Told) {
    if let DbConnection::Sqlite(_) = database {
        for check in [
            "SELECT integrity_check AS line FROM pragma_integrity_check",
            "SELECT 'ok' AS line FROM (SELECT count(*) AS n FROM pragma_foreign_key_check) WHERE n = 0",
        ] {
            let lines: Vec<Line> = sql_query(check).load(database).unwrap();
            assert_eq!(lines.iter().map(|row| row.line.as_str()).collect::<Vec<_>>(), ["ok"]);
        }
    }
    // Everybody who was told so has an account, and nobody has part of one.
    let accounts: Vec<(String, Option<i64>)> = players::table
        .left_join(credentials::table.on(credentials::player_id.eq(players::id)))
        .filter(players::kind.eq("account"))
        .select((players::name, credentials::player_id.nullable()))
        .load(database)
        .unwrap();
    assert!(accounts.iter().all(|(_, credentials)| credentials.is_some()));
    for name in &told.signed_up {
        assert!(accounts.iter().any(|(known, _)| known == name), "{name} was told to have an account");
    }
    // Every match that ended for its players has exactly one result.
    let finished: Vec<(Id, Option<i32>)> = matches::table
        .filter(matches::status.eq("finished"))
        .select((matches::id, matches::winner_seat))
        .load(database)
        .unwrap();
    for id in &told.finished {
        assert!(finished.iter().any(|(known, _)| known.to_string() == *id), "match {id} has no result");
    }
    for (id, winner) in &finished {
        let results: Vec<(i32, Option<String>)> = seats::table
            .filter(seats::match_id.eq(id))
            .order(seats::seat)
            .select((seats::seat, seats::result))
            .load(database)
            .unwrap();
        assert_eq!(results.len(), 2, "{id}");
        for (seat, result) in results {
            let right = match winner {
                Some(winner) if *winner == seat => "won",
                Some(_) => "lost",
                None => "none",
            };
            assert_eq!(result.as_deref(), Some(right), "{id}");
        }
        let left: i64 = match_chunks::table.filter(match_chunks::match_id.eq(id)).count().get_result(database).unwrap();
        assert_eq!(left, 0, "{id}");
    }
    // The counters agree with the matches, each counted once.
    let counted: Vec<(i64, i64, i64)> =
        players::table.select((players::id, players::won, players::lost)).load(database).unwrap();
    for (player, won, lost) in counted {
        let mut count = |result: &str| -> i64 {
            seats::table
                .filter(seats::player_id.eq(player))
                .filter(seats::result.eq(result))
                .count()
                .get_result(database)
                .unwrap()
        };
        assert_eq!((won, lost), (count("won"), count("lost")), "player {player}");
    }
}
