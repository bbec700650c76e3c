//! The disk is full, on SQLite: the limit of pages stands for the disk's, and gives the same error.

use axum::http::StatusCode;
use diesel::{QueryDsl, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types};
use serde_json::json;
use transcendence::{
    db::{self, Kind, schema::matches},
    live::model::{Mode, NewSeat},
    pong::Strength,
};

use super::people::until;
use crate::{live::Served, support::Site};

#[derive(QueryableByName)]
struct Pages {
    #[diesel(sql_type = sql_types::BigInt)]
    page_count: i64,
}

#[derive(QueryableByName)]
struct Check {
    #[diesel(sql_type = sql_types::Text)]
    integrity_check: String,
}

/// How many pages the database may have: as many as it has, and some more.
async fn limit(site: &Site, more: i64) {
    let set = move |connection: &mut db::DbConnection| {
        let pages: Pages = sql_query("PRAGMA page_count").get_result(connection)?;
        connection.batch_execute(&format!("PRAGMA max_page_count = {}", pages.page_count + more))
    };
    site.state.db.patient().run(set).await.unwrap();
}

#[tokio::test]
#[ignore = "a fault: scripts/test faults"]
async fn a_full_disk_is_told_nothing_breaks_and_with_room_it_goes_on() {
    // The limit belongs to a connection: there is one.
    let site = Site::with(&["--database-pool", "1", "--rate-limits", "off"]).await;
    if Kind::of(&site.state.config.database_url) == Kind::Postgres {
        return;
    }
    let make = [("strength", "weak"), ("points", "3")];
    // One match is under way already, and ends while there is no room.
    let served = Served::start(site.state.clone()).await;
    let ada = served.player("Ada").await;
    let id = served.make(Mode::Bot, vec![NewSeat::Player(ada.id), NewSeat::Bot(Strength::Weak)]).await;
    let mut early = site.visitor();
    let under_way = early.post("/play/bot", &make).await.location().to_owned();
    let mut socket = served.socket(id, &ada).await;
    socket.hear("go").await;

    limit(&site, 2).await;
    let mut made = 0;
    let full = loop {
        let answer = site.visitor().post("/play/bot", &make).await;
        if answer.status != StatusCode::SEE_OTHER {
            break answer;
        }
        made += 1;
        assert!(made < 1_000, "it never gets full");
    };
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE, "{}", full.body);
    assert_ne!(full.header("retry-after"), "");
    assert!(full.body.contains("<h1>Back in a moment"), "{}", full.body);
    // Again, and what only reads: the failure left nothing behind.
    for _ in 0..3 {
        assert_eq!(site.visitor().post("/play/bot", &make).await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(site.visitor().get("/play").await.status, StatusCode::OK);
        assert_eq!(site.visitor().get("/players/nobody").await.status, StatusCode::NOT_FOUND);
        assert_eq!(early.get(&under_way).await.status, StatusCode::OK);
    }
    socket.say(json!({"t": "leave"})).await;
    assert_eq!(socket.hear("end").await["why"], "left", "the end is told all the same");
    let check = |connection: &mut db::DbConnection| sql_query("PRAGMA integrity_check").get_result::<Check>(connection);
    assert_eq!(site.state.db.run(check).await.unwrap().integrity_check, "ok");

    limit(&site, 100_000).await;
    assert_eq!(site.visitor().post("/play/bot", &make).await.status, StatusCode::SEE_OTHER);
    let stored = || async {
        let count = |connection: &mut _| matches::table.count().get_result::<i64>(connection);
        // Half-made matches would be left over.
        (site.state.db.run(count).await.unwrap() == made + 3).then_some(())
    };
    until("every match that was told of is there, and no other", stored).await;
    served.wait_for_result(id).await;
    assert_eq!(served.won_and_lost(&ada).await, (0, 1));
}
