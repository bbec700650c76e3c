//! `transcendence seed`: made-up players and matches.

use axum::http::StatusCode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use transcendence::{
    db::schema::{matches, players, seats},
    ops::seed,
};

use crate::support::Site;

async fn fill(site: &Site, force: bool) -> Result<(), String> {
    let config = site.state.config.clone();
    let work = move || seed::run(&config, 40, 300, force).map_err(|failure| failure.to_string());
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test]
async fn a_seeded_site_has_pages_that_agree_with_its_matches() {
    let site = Site::new().await;
    fill(&site, false).await.unwrap();
    let (stored, won, lost, seated) = site
        .run(|connection| {
            let stored: i64 = matches::table.count().get_result(connection)?;
            let seated: i64 = seats::table.filter(seats::result.eq("won")).count().get_result(connection)?;
            let counted: Vec<(i64, i64)> = players::table.select((players::won, players::lost)).load(connection)?;
            let (won, lost) = counted.iter().fold((0, 0), |(won, lost), row| (won + row.0, lost + row.1));
            Ok((stored, won, lost, seated))
        })
        .await;
    assert_eq!(stored, 300);
    assert!(won > 200 && won == lost && won == seated, "{won} won, {lost} lost, {seated} seats won");
    let mut visitor = site.visitor();
    assert!(visitor.get("/players/ada").await.body.contains("Matches that count"));
    let newest = site.state.matches.latest_results(1).await.unwrap().first().unwrap().id;
    assert_eq!(visitor.get(&format!("/matches/{newest}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_site_with_players_is_not_seeded_by_mistake() {
    let site = Site::new().await;
    fill(&site, false).await.unwrap();
    assert!(fill(&site, false).await.unwrap_err().contains("already 40 players"));
    fill(&site, true).await.unwrap();
    assert_eq!(site.visitor().get("/players/ada_2").await.status, StatusCode::OK, "the first ada keeps the name");
}
