//! Meeting: the queue, links, bots, one keyboard.

use std::time::Duration;

use axum::{body::BodyDataStream, http::StatusCode};
use futures_util::StreamExt;
use tokio::time::timeout;

use crate::support::{Answer, Site, Visitor};

/// Long enough for everything that is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

fn match_of(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let path = answer.location();
    assert!(path.starts_with("/matches/") && path.ends_with("/play"), "{path}");
    path.to_owned()
}

async fn link(visitor: &mut Visitor, points: &str) -> String {
    let made = visitor.post("/play/link", &[("points", points)]).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    made.location().to_owned()
}

/// What is pushed until a text has come.
async fn hear(pushed: &mut BodyDataStream, text: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(text) {
        let more = timeout(PATIENCE, pushed.next()).await.expect("in time").expect("open").unwrap();
        heard += std::str::from_utf8(&more).unwrap();
    }
    heard
}

/// Whether a stream ends without another word.
async fn ended(mut pushed: BodyDataStream) -> bool {
    timeout(PATIENCE, pushed.next()).await.expect("in time").is_none()
}

#[tokio::test]
async fn two_who_wait_for_the_same_rules_get_one_match() {
    let site = Site::new().await;
    let (mut ada, mut grace, mut linus) = (site.visitor(), site.visitor(), site.visitor());
    assert_eq!(ada.post("/play/queue", &[("points", "5")]).await.location(), "/play");
    let waiting = ada.get("/play").await;
    assert!(waiting.body.contains("You are the only one who waits"), "{}", waiting.body);
    assert!(waiting.body.contains(r#"http-equiv="refresh""#), "without JavaScript the page looks again by itself");
    assert_eq!(linus.post("/play/queue", &[("points", "3")]).await.location(), "/play");
    assert!(site.visitor().get("/play").await.body.contains("2 people wait right now"));
    let found = match_of(&grace.post("/play/queue", &[("points", "5")]).await);
    assert_eq!(match_of(&ada.get("/play").await), found, "the first one's page goes there too");
    assert!(linus.get("/play").await.body.contains("You are the only one who waits"));
}

#[tokio::test]
async fn nobody_is_matched_with_oneself_from_two_tabs() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    ada.post("/play/queue", &[("points", "11")]).await;
    let mut other_tab = ada.clone();
    assert_eq!(other_tab.post("/play/queue", &[("points", "11")]).await.location(), "/play");
    assert_eq!(ada.post("/play/queue", &[("points", "3")]).await.location(), "/play", "changes the points");
    assert!(ada.get("/play").await.body.contains("for a match to 3."));
    let left = ada.post("/play/queue/leave", &[]).await;
    assert_eq!(left.location(), "/play");
    assert!(ada.get("/play").await.body.contains("You no longer wait."));
    assert!(!ada.get("/play").await.body.contains("You no longer wait."), "a notice is shown once");
}

#[tokio::test]
async fn a_link_shows_who_invites_and_is_taken_once() {
    let site = Site::new().await;
    let (mut ada, mut grace, mut linus) = (site.visitor(), site.visitor(), site.visitor());
    let path = link(&mut ada, "7").await;
    assert!(ada.get(&path).await.body.contains("Send this link to a friend"));
    let question = grace.get(&path).await;
    assert!(question.body.contains("invites you to a match of Pong") && question.body.contains("First to 7"));
    assert!(grace.cookies.is_empty(), "looking makes no guest");
    assert_eq!(ada.post(&path, &[]).await.location(), path, "one cannot accept one's own");

    let (first, second) = tokio::join!(grace.post(&path, &[]), linus.post(&path, &[]));
    let (won, lost) = if first.status == StatusCode::SEE_OTHER { (first, second) } else { (second, first) };
    let found = match_of(&won);
    assert!(lost.status == StatusCode::GONE || lost.location() == path, "{}", lost.status);
    assert_eq!(match_of(&ada.get(&path).await), found);
    let late = site.visitor().get(&path).await;
    assert_eq!(late.status, StatusCode::GONE);
    assert!(late.body.contains("This invitation is over"));
}

#[tokio::test]
async fn an_invitation_is_taken_back_by_its_owner_only_and_expires() {
    let site = Site::new().await;
    let (mut ada, mut grace) = (site.visitor(), site.visitor());
    let path = link(&mut ada, "3").await;
    assert_eq!(grace.post(&format!("{path}/cancel"), &[]).await.status, StatusCode::FORBIDDEN);
    grace.post("/play/link", &[("points", "3")]).await;
    grace.post(&format!("{path}/cancel"), &[]).await;
    assert_eq!(site.visitor().get(&path).await.status, StatusCode::OK, "somebody else's stays");
    ada.post(&format!("{path}/cancel"), &[]).await;
    assert_eq!(site.visitor().get(&path).await.status, StatusCode::GONE);

    let old = link(&mut ada, "3").await;
    site.state
        .db
        .run(|c| {
            use diesel::{ExpressionMethods, RunQueryDsl};
            use transcendence::db::schema::invites;
            diesel::update(invites::table).set(invites::expires_at.eq(transcendence::clock::now())).execute(c)
        })
        .await
        .unwrap();
    assert_eq!(grace.get(&old).await.status, StatusCode::GONE);
    assert_ne!(grace.post(&old, &[]).await.location().split('/').nth(1), Some("matches"));
}

#[tokio::test]
async fn a_bot_and_a_keyboard_are_there_at_once_and_wrong_rules_are_refused() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    match_of(&ada.post("/play/bot", &[("strength", "strong"), ("points", "3")]).await);
    assert!(ada.get("/play").await.body.contains("You are in a match right now."));
    match_of(&ada.post("/play/keyboard", &[("right", "Łukasz ✨"), ("points", "11")]).await);
    for (path, fields) in [
        ("/play/bot", vec![("strength", "divine"), ("points", "3")]),
        ("/play/bot", vec![("strength", "weak"), ("points", "4")]),
        ("/play/queue", vec![("points", "-1")]),
        ("/play/queue", vec![]),
        ("/play/link", vec![("points", "1000000")]),
    ] {
        let answer = ada.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {fields:?}");
        assert!(answer.body.contains("<h1>"), "designed");
    }
    let nameless = ada.post("/play/keyboard", &[("right", "   "), ("points", "3")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.body.contains("The name has 1 to 20 characters."));
}

#[tokio::test]
async fn a_rematch_is_for_those_who_played() {
    let site = Site::new().await;
    let (mut ada, mut stranger) = (site.visitor(), site.visitor());
    let found = match_of(&ada.post("/play/bot", &[("strength", "weak"), ("points", "3")]).await);
    let rematch = found.replace("/play", "/rematch");
    assert_eq!(stranger.post(&rematch, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.post("/matches/not-a-match/rematch", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_waits_long_is_offered_a_bot_and_then_waits_no_more() {
    use diesel::{ExpressionMethods, RunQueryDsl};
    use transcendence::{clock, db::schema::queue_entries, lobby::queue::LONG_WAIT};

    let site = Site::new().await;
    let (mut ada, mut grace) = (site.visitor(), site.visitor());
    ada.post("/play/queue", &[("points", "5")]).await;
    let offer = "Play a bot instead";
    assert!(!ada.get("/play").await.body.contains(offer));
    let since = queue_entries::since.eq(clock::now() - LONG_WAIT);
    site.state.db.run(move |c| diesel::update(queue_entries::table).set(since).execute(c)).await.unwrap();
    assert!(ada.get("/play").await.body.contains(offer));
    match_of(&ada.post("/play/bot", &[("strength", "medium"), ("points", "5")]).await);
    assert_eq!(grace.post("/play/queue", &[("points", "5")]).await.location(), "/play", "nobody to wait for in vain");
}

#[tokio::test]
async fn the_card_of_the_queue_is_pushed_when_it_changes() {
    let site = Site::new().await;
    let mut pushed = site.visitor().open("/play/events").await;
    hear(&mut pushed, "Nobody waits right now.").await;
    site.visitor().post("/play/queue", &[("points", "5")]).await;
    hear(&mut pushed, "One person waits right now.").await;
}

#[tokio::test]
async fn who_invites_is_led_to_the_match_as_soon_as_the_invitation_is_taken() {
    let site = Site::new().await;
    let (mut ada, mut grace) = (site.visitor(), site.visitor());
    let (other, path) = (link(&mut ada, "3").await, link(&mut ada, "5").await);
    let (mut pushed, mut before) =
        (ada.open(&format!("{path}/events")).await, ada.open(&format!("{other}/events")).await);
    let found = match_of(&grace.post(&path, &[]).await);
    let event = format!("event: goto\ndata: {found}\n\n");
    assert_eq!(hear(&mut pushed, "\n\n").await, event);
    assert!(ended(pushed).await, "there is nothing more to tell");
    assert_eq!(hear(&mut ada.open(&format!("{path}/events")).await, "\n\n").await, event, "also who looks later");
    let second = match_of(&site.visitor().post(&other, &[]).await);
    assert!(hear(&mut before, "\n\n").await.contains(&second), "each page hears of its own invitation");

    let mut stranger = site.visitor();
    assert_eq!(stranger.get(&format!("{path}/events")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.get("/play/invite/gone/events").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_player_begins_only_so_many_matches_a_minute() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    let bot = [("strength", "weak"), ("points", "3")];
    for _ in 0..20 {
        match_of(&ada.post("/play/bot", &bot).await);
    }
    let refused = ada.post("/play/bot", &bot).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(refused.header("retry-after"), "");
}
