//! Two replicas of one site: whichever of them a request reaches, it meets the same people.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use axum::{body::BodyDataStream, http::StatusCode};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::{StreamExt, future::join_all};
use tokio::time::{Instant, timeout};
use transcendence::{
    cluster::bus::Note,
    db::schema::{matches, queue_entries, seats},
    id::Id,
};

use crate::support::{Answer, Site, Visitor};

/// More than the two seconds after which an open page looks by itself; on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn match_of(answer: &Answer) -> String {
    let path = answer.location();
    assert!(path.starts_with("/matches/") && path.ends_with("/play"), "{} {path}", answer.status);
    path.to_owned()
}

/// Reads a stream of events until it says `what`.
async fn hear(stream: &mut BodyDataStream, what: &str) {
    let mut text = String::new();
    let heard = async {
        while !text.contains(what) {
            text += std::str::from_utf8(&stream.next().await.expect("open").unwrap()).unwrap();
        }
    };
    assert!(timeout(PATIENCE, heard).await.is_ok(), "{what:?} is not in {text:?}");
}

async fn wait(visitor: &mut Visitor, points: &str) {
    assert_eq!(visitor.post("/play/queue", &[("points", points)]).await.location(), "/play");
}

#[tokio::test]
async fn two_who_wait_on_two_replicas_meet() {
    let ([one, other], _) = Site::two(&[]).await;
    let (mut ada, mut grace) = (one.visitor(), other.visitor());
    wait(&mut ada, "5").await;
    let mut page = ada.open("/play/events").await;
    hear(&mut page, "You are the only one who waits").await;
    assert!(grace.get("/play").await.body.contains("One person waits right now"));
    let found = match_of(&grace.post("/play/queue", &[("points", "5")]).await);
    hear(&mut page, &format!("event: goto\ndata: {found}")).await;
    assert_eq!(match_of(&ada.on(&other).get("/play").await), found, "without JavaScript too, on any replica");
    assert_eq!(ada.get("/play").await.status, StatusCode::OK, "once");
}

#[tokio::test]
async fn nobody_meets_oneself_on_two_replicas() {
    let ([one, other], _) = Site::two(&[]).await;
    let mut ada = one.visitor();
    wait(&mut ada, "11").await;
    let mut again = ada.on(&other);
    let (first, second) =
        tokio::join!(ada.post("/play/queue", &[("points", "11")]), again.post("/play/queue", &[("points", "11")]));
    assert_eq!((first.location(), second.location()), ("/play", "/play"));
    assert!(again.get("/play").await.body.contains("You are the only one who waits"));
    again.post("/play/queue/leave", &[]).await;
    assert!(ada.get("/play").await.body.contains("Nobody waits right now."));
}

#[tokio::test]
async fn fifty_who_enter_at_once_on_two_replicas_are_all_paired_each_once() {
    let (sites, _) = Site::two(&["--rate-limits", "off"]).await;
    let entering = (0..50).map(|number| {
        let mut visitor = sites[number % 2].visitor();
        tokio::spawn(async move {
            let entered = visitor.post("/play/queue", &[("points", "3")]).await;
            assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
            (visitor, entered.location().to_owned())
        })
    });
    let mut players: HashMap<String, usize> = HashMap::new();
    for entered in join_all(entering).await {
        let (visitor, location) = entered.unwrap();
        let found = if location == "/play" {
            // Told by either replica.
            match_of(&visitor.on(&sites[players.len() % 2]).get("/play").await)
        } else {
            location
        };
        *players.entry(found).or_default() += 1;
    }
    assert_eq!(players.len(), 25);
    assert!(players.values().all(|count| *count == 2), "{players:?}");
    let rows = sites[0].state.db.run(|c| {
        let seated: Vec<Option<Id>> = seats::table.select(seats::player_id).load(c)?;
        Ok((seated, matches::table.count().get_result::<i64>(c)?, queue_entries::table.count().get_result::<i64>(c)?))
    });
    let (seated, matches, waiting) = rows.await.unwrap();
    let distinct: HashSet<i64> = seated.iter().map(|player| player.unwrap().0).collect();
    assert_eq!((seated.len(), distinct.len(), matches, waiting), (50, 50, 25, 0), "nobody plays twice or waits on");
}

#[tokio::test]
async fn an_invitation_taken_on_the_other_replica_is_told_at_once() {
    let ([one, other], hub) = Site::two(&[]).await;
    // There is always something to say: nobody's looks may be put off by it.
    let cluster = one.state.cluster.clone();
    let chatter = tokio::spawn(async move {
        loop {
            cluster.tell_all(&Note::Queue);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    for up in [true, false] {
        hub.set_up(up);
        let (mut ada, mut grace) = (one.visitor(), other.visitor());
        let path = ada.post("/play/link", &[("points", "7")]).await.location().to_owned();
        let mut page = ada.open(&format!("{path}/events")).await;
        let found = match_of(&grace.post(&path, &[]).await);
        hear(&mut page, &format!("event: goto\ndata: {found}")).await;
        assert_eq!(match_of(&ada.on(&other).get(&path).await), found);
        assert_eq!(match_of(&ada.get(&path).await), found);
        assert_eq!(other.visitor().get(&path).await.status, StatusCode::GONE);
    }
    chatter.abort();
}

#[tokio::test]
async fn while_replicas_do_not_hear_each_other_pages_say_so_and_people_meet_all_the_same() {
    let ([one, other], hub) = Site::two(&[]).await;
    let notice = "Some live features are slower for the moment";
    let (mut ada, mut grace) = (one.visitor(), other.visitor());
    wait(&mut ada, "5").await;
    let shown = ada.get("/play").await.body;
    assert!(!shown.contains(notice));
    let mut page = ada.open("/play/events").await;
    hear(&mut page, "You are the only one who waits").await;
    hub.set_up(false);
    hear(&mut page, notice).await;
    assert!(grace.get("/play").await.body.contains(notice));
    let cut = Instant::now();
    let found = match_of(&grace.post("/play/queue", &[("points", "5")]).await);
    hear(&mut page, &found).await;
    println!("found after {:?} without a bus", cut.elapsed());
    hub.set_up(true);
    assert!(!grace.get("/play").await.body.contains(notice), "it comes back by itself");
}

#[tokio::test]
async fn who_keeps_the_page_open_on_one_replica_keeps_the_place_on_all() {
    let ([one, other], _) = Site::two(&[]).await;
    let mut ada = one.visitor();
    wait(&mut ada, "5").await;
    let mut page = ada.open("/play/events").await;
    hear(&mut page, "You are the only one who waits").await;
    // As after the database was away for a minute: nobody could be written down as seen.
    let long_ago = transcendence::clock::now() - time::Duration::minutes(1);
    let change = queue_entries::seen_at.eq(long_ago);
    one.state.db.run(move |c| diesel::update(queue_entries::table).set(change).execute(c)).await.unwrap();
    let mut grace = other.visitor();
    let entered = grace.post("/play/queue", &[("points", "5")]).await;
    // Her place is hers again, and who entered meanwhile is not left beside her.
    hear(&mut page, "event: goto").await;
    match_of(&if entered.location() == "/play" { grace.get("/play").await } else { entered });
}

#[tokio::test]
async fn limits_are_shared_by_all_replicas_and_kept_by_each_while_they_cannot_be() {
    let ([one, other], hub) = Site::two(&[]).await;
    let bot = [("strength", "weak"), ("points", "3")];
    let mut ada = one.visitor();
    for number in 0..20 {
        let mut ada_there = ada.on(if number % 2 == 0 { &one } else { &other });
        match_of(&ada_there.post("/play/bot", &bot).await);
        ada.cookies = ada_there.cookies;
    }
    for site in [&one, &other] {
        let refused = ada.on(site).post("/play/bot", &bot).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_ne!(refused.header("retry-after"), "");
    }
    one.visitor().post("/login", &[("login", "ada@example.org"), ("password", "wrong")]).await;
    let keys = hub.counted();
    assert!(keys.len() >= 4, "{keys:?}");
    assert!(!keys.iter().any(|key| key.contains("ada") || key.contains("127.0.0.1")), "{keys:?}");

    hub.set_up(false);
    for _ in 0..20 {
        match_of(&ada.on(&other).post("/play/bot", &bot).await);
    }
    assert_eq!(ada.on(&other).post("/play/bot", &bot).await.status, StatusCode::TOO_MANY_REQUESTS);
    match_of(&ada.post("/play/bot", &bot).await);
    hub.set_up(true);
    assert_eq!(ada.post("/play/bot", &bot).await.status, StatusCode::TOO_MANY_REQUESTS, "and shared again");
}
