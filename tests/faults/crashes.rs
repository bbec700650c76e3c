//! The process is killed again and again, in the middle of everything.

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

use super::{
    cluster::Cluster,
    people::{Person, meet},
    site::{PATIENCE, Site},
};

/// What the site has told people, and must therefore remember.
#[derive(Default)]
struct Told {
    signed_up: Vec<String>,
    finished: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn killed_at_twenty_random_moments_on_sqlite() {
    kill_again_and_again(Site::start(&[("PASSWORD_HASHERS", "1")]).await, 20).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn killed_at_ten_random_moments_on_postgresql() {
    let cluster = Cluster::start();
    let url = cluster.url();
    kill_again_and_again(Site::start(&[("PASSWORD_HASHERS", "1"), ("DATABASE_URL", &url)]).await, 10).await;
}

async fn kill_again_and_again(mut site: Site, times: u32) {
    let told = Arc::new(Mutex::new(Told::default()));
    let mut busy = tokio::task::JoinSet::new();
    for number in 0..4 {
        let newcomers: Vec<Person> = (0..64).map(|_| Person::at(&site)).collect();
        busy.spawn(sign_up_for_ever(newcomers, number, Arc::clone(&told)));
        let people: Vec<(Person, Person)> = (0..64).map(|_| (Person::at(&site), Person::at(&site))).collect();
        busy.spawn(play_for_ever(people, Arc::clone(&told)));
    }
    let mut random = StdRng::seed_from_u64(1972);
    for _ in 0..times {
        let finished = told.lock().finished.len();
        tokio::time::sleep(Duration::from_millis(random.random_range(50..700))).await;
        // Not before something was going on since the last time.
        let deadline = Instant::now() + PATIENCE;
        while told.lock().finished.len() == finished {
            assert!(Instant::now() < deadline, "no match ends any more:\n{}", site.log());
            tokio::time::sleep(Duration::from_millis(random.random_range(1..30))).await;
        }
        site.kill();
        site.start_again().await;
    }
    busy.shutdown().await;
    site.kill();
    let told = told.lock();
    println!("{} people signed up, {} matches ended", told.signed_up.len(), told.finished.len());
    assert!(told.finished.len() >= usize::try_from(times).unwrap() && told.signed_up.len() > 5);
    assert_consistent(&mut site.database(), &told);
    site.assert_no_panic();
}

async fn sign_up_for_ever(newcomers: Vec<Person>, number: u32, told: Arc<Mutex<Told>>) {
    for (count, person) in newcomers.iter().enumerate() {
        let name = format!("crash_{number}_{count}");
        let email = format!("{name}@example.org");
        let form = [("name", name.as_str()), ("email", &email), ("password", "one two three four pong"), ("next", "/")];
        match person.post("/signup", &form).await {
            Ok(answer) if answer.status == StatusCode::SEE_OTHER => told.lock().signed_up.push(name),
            // Down for a moment.
            _ => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn play_for_ever(people: Vec<(Person, Person)>, told: Arc<Mutex<Told>>) {
    for (ada, bob) in people.iter().cycle() {
        let Some(id) = meet(ada, bob, "3").await else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (Ok(mut left), Ok(mut right)) = (ada.join(&id).await, bob.join(&id).await) else { continue };
        if left.try_hear("go").await.is_none() || left.leave().await.is_err() {
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
    // Everybody who was told so has an account, and nobody has half of one.
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
    // Every match that ended for its players has its one result.
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
    // Counters are what the matches say, each counted once.
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
