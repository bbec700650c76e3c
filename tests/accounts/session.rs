//! Sessions: their cookies, how long they last and when they end.

use std::time::Duration;

use axum::http::StatusCode;
use diesel::{QueryDsl, RunQueryDsl};
use time::OffsetDateTime;
use transcendence::{db::schema::players, id::Id};

use crate::support::{Site, people::PASSWORD};

#[tokio::test]
async fn cookies_over_https_are_bound_to_the_host() {
    let site = Site::with(&["--base-url", "https://pong.example"]).await;
    let mut ada = site.visitor();
    let answer = ada.sign_up("ada").await;
    let cookie = answer.set_cookie("__Host-session");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(answer.set_cookie("notice").contains("Secure"));
    let gone = ada.post("/logout", &[]).await;
    let removal = gone.set_cookie("__Host-session");
    assert!(removal.contains("Max-Age=0") && removal.contains("Secure"), "browsers ignore it otherwise: {removal}");
    assert!(ada.session().is_none());
}

#[tokio::test]
async fn staying_signed_in_is_a_choice() {
    let site = Site::with(&["--session-days", "10"]).await;
    site.visitor().sign_up("ada").await;
    let fields = |stay| [("login", "ada"), ("password", PASSWORD), ("stay", stay)];
    let (mut stays, mut goes) = (site.visitor(), site.visitor());
    let answer = stays.post("/login", &fields("yes")).await;
    assert!(answer.set_cookie("session").contains("Max-Age=864000"), "{}", answer.set_cookie("session"));
    let answer = goes.post("/login", &fields("")).await;
    assert!(!answer.set_cookie("session").contains("Max-Age"), "it ends with the browser");

    let before = site.session_rows().await;
    assert!(stays.is_signed_in().await && goes.is_signed_in().await);
    assert_eq!(site.session_rows().await, before, "a visit writes nothing");

    site.let_sessions_rest(23 * 3600).await;
    assert!(stays.is_signed_in().await && goes.is_signed_in().await);
    site.let_sessions_rest(23 * 3600).await;
    assert!(goes.is_signed_in().await, "a visit each day keeps the session");
    site.let_sessions_rest(25 * 3600).await;
    assert!(!goes.is_signed_in().await, "a browser may keep the cookie, the server does not");
    let renewed = stays.get("/about").await;
    assert!(renewed.set_cookie("session").contains("Max-Age=864000"), "the cookie lasts from the last visit");
    site.let_sessions_rest(9 * 86_400).await;
    assert!(stays.is_signed_in().await);
    site.let_sessions_rest(11 * 86_400).await;
    assert!(!stays.is_signed_in().await);
}

#[tokio::test]
async fn a_session_gets_a_new_id_when_somebody_logs_in() {
    let site = Site::new().await;
    site.visitor().sign_up("ada").await;
    let mut ada = site.visitor();
    ada.log_in("ada", PASSWORD).await;
    let first = ada.session().unwrap();
    let mut thief = ada.clone();
    ada.log_in("ada", PASSWORD).await;
    assert_ne!(ada.session().unwrap(), first);
    assert!(ada.is_signed_in().await);
    assert!(!thief.is_signed_in().await, "the old id opens nothing");

    let mut planted = site.visitor();
    planted.cookies.push(("session".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned()));
    planted.log_in("ada", PASSWORD).await;
    assert_ne!(planted.session().unwrap(), "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn somebody_who_logs_out_stays_out_even_if_a_request_was_under_way() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    ada.sign_up("ada").await;
    let mut elsewhere = ada.clone();
    // The other request read the session before and writes it afterwards.
    let (_, data, _) = site.session_rows().await.remove(0);
    ada.post("/logout", &[]).await;
    let record = tower_sessions::session::Record {
        id: elsewhere.session().unwrap().parse().unwrap(),
        data: serde_json::from_str(&data).unwrap(),
        expiry_date: OffsetDateTime::now_utc() + Duration::from_secs(3600),
    };
    tower_sessions::SessionStore::save(&site.state.sessions, &record).await.unwrap();
    assert!(!elsewhere.is_signed_in().await);
}

#[tokio::test]
async fn the_table_of_sessions_holds_nothing_that_its_readers_could_log_in_with() {
    use sha2::{Digest, Sha256};

    let secret = "a secret of the application, long enough";
    let site = Site::with(&["--secret", secret]).await;
    let mut ada = site.visitor();
    ada.sign_up("ada").await;
    let id = ada.session().unwrap();
    let rows = site.session_rows().await;
    let [(key, data, _)] = &rows[..] else { panic!("one session") };
    assert!(!key.contains(&id) && !data.contains(&id));
    let plain = data_encoding::HEXLOWER.encode(&Sha256::digest(id.as_bytes()));
    assert_ne!(*key, plain, "with a hash that anybody can compute, whoever writes to the table could make sessions");
    assert!(ada.is_signed_in().await);

    let mut thief = site.visitor();
    thief.cookies.push(("session".to_owned(), key.clone()));
    assert!(!thief.is_signed_in().await);
}

#[tokio::test]
async fn a_session_of_a_deleted_player_belongs_to_nobody() {
    let site = Site::new().await;
    let mut guest = site.visitor();
    guest.invite("3").await;
    let id: Id = site.players().await[0].id;
    site.run(move |connection| diesel::delete(players::table.find(id)).execute(connection)).await;
    assert_eq!(guest.get("/").await.status, StatusCode::OK);
    assert_eq!(guest.sign_up("ada").await.status, StatusCode::SEE_OTHER);
    assert!(guest.is_signed_in().await);
}
