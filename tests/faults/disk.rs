//! The disk is full, on SQLite: a limit on the pages of the database stands for it, and gives the same error.

use axum::http::StatusCode;
use diesel::{QueryDsl, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types};
use transcendence::{
    db::{self, Kind, schema::matches},
    live::model::{Mode, NewSeat},
    pong::Strength,
};

use crate::support::{Site, sockets::Served, until};

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

/// Lets the database grow by this many pages.
async fn limit(site: &Site, more: i64) {
    let set = move |connection: &mut db::DbConnection| {
        let pages: Pages = sql_query("PRAGMA page_count").get_result(connection)?;
        connection.batch_execute(&format!("PRAGMA max_page_count = {}", pages.page_count + more))
    };
    site.state.db.patient().run(set).await.unwrap();
}

#[tokio::test]
#[ignore = "a fault: scripts/test faults"]
async fn a_full_disk_is_reported_breaks_nothing_and_is_over_once_there_is_room() {
    // The limit belongs to a connection, so there is only one.
    let site = Site::with(&["--database-pool", "1", "--rate-limits", "off"]).await;
    if Kind::of(site.state.config.database.url.expose()) == Kind::Postgres {
        return;
    }
    // This match is under way already, and ends while there is no room.
    let at = Served::start(&site).await.address;
    let ada = site.player("Ada").await;
    let id = site.make(Mode::Bot, vec![NewSeat::Player(ada.id), NewSeat::Bot(Strength::Weak)]).await;
    let mut early = site.visitor();
    let under_way = early.play_bot().await.match_path();
    let mut socket = ada.join(at, id).await;
    socket.hear("go").await;

    limit(&site, 2).await;
    let mut made = 0;
    let full = loop {
        let answer = site.visitor().play_bot().await;
        if answer.status != StatusCode::SEE_OTHER {
            break answer;
        }
        made += 1;
        assert!(made < 1_000, "it never gets full");
    };
    full.assert_busy();
    // It fails again in the same way, and what only reads still works.
    for _ in 0..3 {
        assert_eq!(site.visitor().play_bot().await.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(site.visitor().get("/play").await.status, StatusCode::OK);
        assert_eq!(site.visitor().get("/players/nobody").await.status, StatusCode::NOT_FOUND);
        assert_eq!(early.get(&under_way).await.status, StatusCode::OK);
    }
    socket.leave().await;
    assert_eq!(socket.hear("end").await["why"], "left", "the end is told all the same");
    let check = |connection: &mut db::DbConnection| sql_query("PRAGMA integrity_check").get_result::<Check>(connection);
    assert_eq!(site.run(check).await.integrity_check, "ok");

    limit(&site, 100_000).await;
    assert_eq!(site.visitor().play_bot().await.status, StatusCode::SEE_OTHER);
    let stored = || async {
        let count = |connection: &mut _| matches::table.count().get_result::<i64>(connection);
        // A match stored in part would be one too many.
        (site.run(count).await == made + 3).then_some(())
    };
    until("every match that was confirmed is there, and no other", stored).await;
    site.wait_for_result(id).await;
    assert_eq!(site.won_and_lost(&ada).await, (0, 1));
}
