//! Guests: how they become accounts, and when they are removed.

use axum::http::StatusCode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use transcendence::{
    clock,
    db::schema::seats,
    players::{guests, model::PlayerKind},
};

use crate::support::{Site, people::PASSWORD};

#[tokio::test]
async fn a_guest_who_signs_up_keeps_the_matches() {
    let site = Site::new().await;
    let mut guest = site.visitor();
    let answer = guest.play_bot().await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(!answer.set_cookie("session").contains("Max-Age"), "a guest lasts until the browser is closed");
    let before = site.players().await;
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].kind, PlayerKind::Guest);
    assert!(before[0].name.starts_with("Guest-") && before[0].name.len() == 11, "{}", before[0].name);
    assert!(!guest.is_signed_in().await);
    let form = guest.get("/signup").await;
    assert!(form.body.contains(&format!("You are playing as {}.", before[0].name)), "{}", form.body);
    let id = guest.session().unwrap();

    assert_eq!(guest.sign_up("ada").await.status, StatusCode::SEE_OTHER);
    let after = site.players().await;
    assert_eq!(after.len(), 1, "no second row");
    assert_eq!((after[0].id, after[0].kind, after[0].name.as_str()), (before[0].id, PlayerKind::Account, "ada"));
    assert!(guest.is_signed_in().await);
    assert_ne!(guest.session().unwrap(), id);
    let account = after[0].id;
    let mine: i64 = site
        .run(move |connection| seats::table.filter(seats::player_id.eq(account)).count().get_result(connection))
        .await;
    assert_eq!(mine, 1, "the match against the bot");

    assert_eq!(site.visitor().log_in("ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_guest_who_logs_in_becomes_the_account() {
    let site = Site::new().await;
    site.visitor().sign_up("ada").await;
    let mut guest = site.visitor();
    guest.invite("3").await;
    assert_eq!(guest.log_in("ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert!(guest.get("/about").await.body.contains(r#"href="/players/ada""#));
    assert_eq!(site.players().await.len(), 2, "the guest's row belongs to nobody now");
}

#[tokio::test]
async fn guests_who_never_played_are_removed_after_their_session() {
    let site = Site::new().await;
    site.visitor().invite("3").await;
    site.visitor().play_bot().await;
    site.visitor().sign_up("ada").await;
    let (db, now) = (&site.state.db, clock::now());
    assert_eq!(
        guests::remove_idle(db, now + time::Duration::days(14)).await.unwrap(),
        0,
        "their sessions may still be valid"
    );
    assert_eq!(guests::remove_idle(db, now + time::Duration::days(16)).await.unwrap(), 1);
    let left: Vec<PlayerKind> = site.players().await.iter().map(|player| player.kind).collect();
    assert_eq!(left, [PlayerKind::Guest, PlayerKind::Account], "a guest with a match and an account stay");
}
