//! How people meet: the queue, invitations by link, bots and one keyboard.

use axum::http::StatusCode;
use diesel::{ExpressionMethods, RunQueryDsl};
use transcendence::{
    clock,
    db::schema::{invites, queue_entries},
    lobby::queue::LONG_WAIT,
};

use crate::support::{
    Site,
    events::{self, Events, goto},
};

#[tokio::test]
async fn two_people_waiting_for_the_same_rules_get_one_match() {
    let site = Site::new().await;
    let (mut ada, mut grace, mut linus) = (site.visitor(), site.visitor(), site.visitor());
    assert_eq!(ada.wait("5").await.location(), "/play");
    let waiting = ada.get("/play").await;
    assert!(waiting.body.contains("You are the only one waiting"), "{}", waiting.body);
    assert!(waiting.body.contains(r#"http-equiv="refresh""#), "without JavaScript the page reloads by itself");
    assert_eq!(linus.wait("3").await.location(), "/play");
    assert!(site.visitor().get("/play").await.body.contains("2 people are waiting"));
    let found = grace.wait("5").await.match_path();
    assert_eq!(ada.get("/play").await.match_path(), found, "the page of the first one goes there too");
    assert!(linus.get("/play").await.body.contains("You are the only one waiting"));
}

#[tokio::test]
async fn nobody_is_matched_with_themselves_from_two_tabs() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    ada.wait("11").await;
    let mut other_tab = ada.clone();
    assert_eq!(other_tab.wait("11").await.location(), "/play");
    assert_eq!(ada.wait("3").await.location(), "/play", "only the points change");
    assert!(ada.get("/play").await.body.contains("for a match to 3 points."));
    let left = ada.post("/play/queue/leave", &[]).await;
    assert_eq!(left.location(), "/play");
    assert!(ada.get("/play").await.body.contains("You have left the queue."));
    assert!(!ada.get("/play").await.body.contains("You have left the queue."), "a notice is shown once");
}

#[tokio::test]
async fn a_link_shows_who_invites_and_is_taken_once() {
    let site = Site::new().await;
    let (mut ada, mut grace, mut linus) = (site.visitor(), site.visitor(), site.visitor());
    let path = ada.invite("7").await;
    assert!(ada.get(&path).await.body.contains("Send this link to a friend"));
    let question = grace.get(&path).await;
    assert!(question.body.contains("invites you to a match of Pong") && question.body.contains("First to 7"));
    assert!(grace.cookies.is_empty(), "reading it makes nobody a guest");
    assert_eq!(ada.post(&path, &[]).await.location(), path, "nobody accepts their own invitation");

    let (first, second) = tokio::join!(grace.post(&path, &[]), linus.post(&path, &[]));
    let (won, lost) = if first.status == StatusCode::SEE_OTHER { (first, second) } else { (second, first) };
    let found = won.match_path();
    assert!(lost.status == StatusCode::GONE || lost.location() == path, "{}", lost.status);
    assert_eq!(ada.get(&path).await.match_path(), found);
    let late = site.visitor().get(&path).await;
    assert_eq!(late.status, StatusCode::GONE);
    assert!(late.body.contains("This invitation no longer works"));
}

#[tokio::test]
async fn an_invitation_is_taken_back_by_its_owner_only_and_expires() {
    let site = Site::new().await;
    let (mut ada, mut grace) = (site.visitor(), site.visitor());
    let path = ada.invite("3").await;
    assert_eq!(grace.post(&format!("{path}/cancel"), &[]).await.status, StatusCode::FORBIDDEN);
    grace.invite("3").await;
    grace.post(&format!("{path}/cancel"), &[]).await;
    assert_eq!(site.visitor().get(&path).await.status, StatusCode::OK, "an invitation of somebody else stays");
    ada.post(&format!("{path}/cancel"), &[]).await;
    assert_eq!(site.visitor().get(&path).await.status, StatusCode::GONE);

    let old = ada.invite("3").await;
    let now = invites::expires_at.eq(clock::now());
    site.run(move |connection| diesel::update(invites::table).set(now).execute(connection)).await;
    assert_eq!(grace.get(&old).await.status, StatusCode::GONE);
    assert_ne!(grace.post(&old, &[]).await.location().split('/').nth(1), Some("matches"));
}

#[tokio::test]
async fn matches_against_a_bot_or_at_one_keyboard_start_at_once_and_wrong_rules_are_refused() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    ada.post("/play/bot", &[("strength", "strong"), ("points", "3")]).await.match_path();
    assert!(ada.get("/play").await.body.contains("You are in a match right now."));
    ada.post("/play/keyboard", &[("right", "Łukasz ✨"), ("points", "11")]).await.match_path();
    for (path, fields) in [
        ("/play/bot", vec![("strength", "divine"), ("points", "3")]),
        ("/play/bot", vec![("strength", "weak"), ("points", "4")]),
        ("/play/queue", vec![("points", "-1")]),
        ("/play/queue", vec![]),
        ("/play/link", vec![("points", "1000000")]),
    ] {
        let answer = ada.post(path, &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {fields:?}");
        assert!(answer.body.contains("<h1>"), "a designed page");
    }
    let nameless = ada.post("/play/keyboard", &[("right", "   "), ("points", "3")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.body.contains("Enter a name of 1 to 20 characters."));
}

#[tokio::test]
async fn a_rematch_is_for_those_who_played() {
    let site = Site::new().await;
    let (mut ada, mut stranger) = (site.visitor(), site.visitor());
    let found = ada.play_bot().await.match_path();
    let rematch = found.replace("/play", "/rematch");
    assert_eq!(stranger.post(&rematch, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(ada.post("/matches/not-a-match/rematch", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn somebody_who_waits_long_is_offered_a_bot_and_leaves_the_queue_by_taking_it() {
    let site = Site::new().await;
    let (mut ada, mut grace) = (site.visitor(), site.visitor());
    ada.wait("5").await;
    let offer = "Play a bot instead";
    assert!(!ada.get("/play").await.body.contains(offer));
    let since = queue_entries::since.eq(clock::now() - LONG_WAIT);
    site.run(move |connection| diesel::update(queue_entries::table).set(since).execute(connection)).await;
    assert!(ada.get("/play").await.body.contains(offer));
    ada.post("/play/bot", &[("strength", "medium"), ("points", "5")]).await.match_path();
    assert_eq!(grace.wait("5").await.location(), "/play", "nobody is left in the queue to be paired with");
}

#[tokio::test]
async fn the_card_of_the_queue_is_pushed_when_it_changes() {
    let site = Site::new().await;
    let mut page = Events::of_lobby(&site.visitor()).await;
    page.hear("Nobody is waiting.").await;
    site.visitor().wait("5").await;
    page.hear("One person is waiting.").await;
}

#[tokio::test]
async fn the_page_of_an_invitation_goes_to_the_match_as_soon_as_it_is_taken() {
    let site = Site::new().await;
    let (mut ada, mut grace) = (site.visitor(), site.visitor());
    let (other, path) = (ada.invite("3").await, ada.invite("5").await);
    let stream = events::of_page(&ada, &path).await;
    let (mut page, mut other_page) = (Events::open(&ada, &stream).await, Events::of_page(&ada, &other).await);
    let found = grace.post(&path, &[]).await.match_path();
    assert_eq!(page.hear("\n\n").await, goto(&found));
    assert!(page.ends().await, "there is nothing more to tell");
    let mut late = Events::open(&ada, &stream).await;
    assert_eq!(late.hear("\n\n").await, goto(&found), "a page opened later hears it too");
    let second = site.visitor().post(&other, &[]).await.match_path();
    assert!(other_page.hear("\n\n").await.contains(&second), "each page hears of its own invitation");

    let mut stranger = site.visitor();
    assert_eq!(stranger.get(&stream).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.get("/events?topics=invite:gone").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        stranger.get("/events?topics=queue,invite:gone").await.status,
        StatusCode::NOT_FOUND,
        "nor beside another"
    );
    for unknown in ["", "chat", "queue:key", "QUEUE"] {
        assert_eq!(
            stranger.get(&format!("/events?topics={unknown}")).await.status,
            StatusCode::NOT_FOUND,
            "{unknown:?}"
        );
    }
    for too_many in ["queue,queue", "queue,a,b,c,d,e,f,g,h"] {
        let answer = stranger.get(&format!("/events?topics={too_many}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{too_many:?}");
    }
}

#[tokio::test]
async fn a_player_starts_a_limited_number_of_matches_a_minute() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    for _ in 0..20 {
        ada.play_bot().await.match_path();
    }
    let refused = ada.play_bot().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(refused.header("retry-after"), "");
}
