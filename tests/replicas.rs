//! Two replicas of one site in this process, each behind its router, over a bus that a test can cut. Whichever of them a request
//! reaches, it meets the same people. (`cluster` runs the real program, `valkey` the bus alone over a real server.)

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use axum::http::StatusCode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use futures_util::future::join_all;
use tokio::time::Instant;
use transcendence::{
    db::schema::{matches, queue_entries, seats},
    id::Id,
    lobby::messages::QueueChanged,
};

use crate::support::{
    Site,
    events::{Events, goto},
    people::Visitor,
};

/// Enters an empty queue; the page that is open meanwhile.
async fn wait_alone(visitor: &mut Visitor) -> Events {
    assert_eq!(visitor.wait("5").await.location(), "/play");
    let mut page = Events::of_lobby(visitor).await;
    page.hear("You are the only one waiting").await;
    page
}

#[tokio::test]
async fn two_people_waiting_on_two_replicas_meet() {
    let ([one, other], _) = Site::two(&[]).await;
    let (mut ada, mut grace) = (one.visitor(), other.visitor());
    let mut page = wait_alone(&mut ada).await;
    assert!(grace.get("/play").await.body.contains("One person is waiting"));
    let found = grace.wait("5").await.match_path();
    page.hear(&goto(&found)).await;
    assert_eq!(ada.on(&other).get("/play").await.match_path(), found, "without JavaScript too, on either replica");
    assert_eq!(ada.get("/play").await.status, StatusCode::OK, "once");
}

#[tokio::test]
async fn nobody_meets_themselves_on_two_replicas() {
    let ([one, other], _) = Site::two(&[]).await;
    let mut ada = one.visitor();
    assert_eq!(ada.wait("11").await.location(), "/play");
    let mut again = ada.on(&other);
    let (first, second) = tokio::join!(ada.wait("11"), again.wait("11"));
    assert_eq!((first.location(), second.location()), ("/play", "/play"));
    assert!(again.get("/play").await.body.contains("You are the only one waiting"));
    again.post("/play/queue/leave", &[]).await;
    assert!(ada.get("/play").await.body.contains("Nobody is waiting."));
}

#[tokio::test]
async fn fifty_people_who_enter_the_queue_at_once_on_two_replicas_are_each_paired_once() {
    let (sites, _) = Site::two(&["--rate-limits", "off"]).await;
    let entering = (0..50).map(|number| {
        let mut visitor = sites[number % 2].visitor();
        tokio::spawn(async move {
            let entered = visitor.wait("3").await;
            assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
            (visitor, entered.location().to_owned())
        })
    });
    let mut players: HashMap<String, usize> = HashMap::new();
    for entered in join_all(entering).await {
        let (visitor, location) = entered.unwrap();
        let found = if location == "/play" {
            // Either replica knows.
            visitor.on(&sites[players.len() % 2]).get("/play").await.match_path()
        } else {
            location
        };
        *players.entry(found).or_default() += 1;
    }
    assert_eq!(players.len(), 25);
    assert!(players.values().all(|count| *count == 2), "{players:?}");
    let rows = sites[0].run(|connection| {
        let seated: Vec<Option<Id>> = seats::table.select(seats::player_id).load(connection)?;
        Ok((
            seated,
            matches::table.count().get_result::<i64>(connection)?,
            queue_entries::table.count().get_result::<i64>(connection)?,
        ))
    });
    let (seated, matches, waiting) = rows.await;
    let distinct: HashSet<i64> = seated.iter().map(|player| player.unwrap().0).collect();
    assert_eq!(
        (seated.len(), distinct.len(), matches, waiting),
        (50, 50, 25, 0),
        "nobody plays twice or is left waiting"
    );
}

#[tokio::test]
async fn an_invitation_taken_on_the_other_replica_is_announced_at_once() {
    let ([one, other], hub) = Site::two(&[]).await;
    // Replicas always have something to tell each other, which must not delay the looks of open pages.
    let cluster = one.state.cluster.clone();
    let chatter = tokio::spawn(async move {
        loop {
            cluster.tell_all(&QueueChanged);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    for up in [true, false] {
        hub.set_up(up);
        let (mut ada, mut grace) = (one.visitor(), other.visitor());
        let path = ada.invite("7").await;
        let mut page = Events::of_page(&ada, &path).await;
        let found = grace.post(&path, &[]).await.match_path();
        page.hear(&goto(&found)).await;
        assert_eq!(ada.on(&other).get(&path).await.match_path(), found);
        assert_eq!(ada.get(&path).await.match_path(), found);
        assert_eq!(other.visitor().get(&path).await.status, StatusCode::GONE);
    }
    chatter.abort();
}

#[tokio::test]
async fn while_replicas_do_not_hear_each_other_pages_say_so_and_people_still_meet() {
    let ([one, other], hub) = Site::two(&[]).await;
    let notice = "Live updates are slow at the moment";
    let (mut ada, mut grace) = (one.visitor(), other.visitor());
    let mut page = wait_alone(&mut ada).await;
    assert!(!ada.get("/play").await.body.contains(notice));
    hub.set_up(false);
    page.hear(notice).await;
    assert!(grace.get("/play").await.body.contains(notice));
    let cut = Instant::now();
    let found = grace.wait("5").await.match_path();
    page.hear(&found).await;
    println!("found after {:?} without a bus", cut.elapsed());
    hub.set_up(true);
    assert!(!grace.get("/play").await.body.contains(notice), "the bus comes back by itself");
}

#[tokio::test]
async fn a_page_kept_open_on_one_replica_keeps_the_place_in_the_queue_on_all() {
    let ([one, other], _) = Site::two(&[]).await;
    let mut ada = one.visitor();
    let mut page = wait_alone(&mut ada).await;
    // As after a minute without the database, in which nobody could be recorded as seen.
    let long_ago = transcendence::clock::now() - time::Duration::minutes(1);
    let change = queue_entries::seen_at.eq(long_ago);
    one.run(move |connection| diesel::update(queue_entries::table).set(change).execute(connection)).await;
    let mut grace = other.visitor();
    let entered = grace.wait("5").await;
    // She has her place again, and the person who entered meanwhile is paired with her.
    page.hear("event: goto").await;
    if entered.location() == "/play" { grace.get("/play").await } else { entered }.match_path();
}

#[tokio::test]
async fn limits_are_shared_by_all_replicas_and_kept_by_each_while_sharing_fails() {
    let ([one, other], hub) = Site::two(&[]).await;
    let mut ada = one.visitor();
    for number in 0..20 {
        let mut ada_there = ada.on(if number % 2 == 0 { &one } else { &other });
        ada_there.play_bot().await.match_path();
        ada.cookies = ada_there.cookies;
    }
    for site in [&one, &other] {
        let refused = ada.on(site).play_bot().await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert_ne!(refused.header("retry-after"), "");
    }
    one.visitor().log_in("ada@example.org", "wrong").await;
    let keys = hub.counted();
    assert!(keys.len() >= 4, "{keys:?}");
    assert!(!keys.iter().any(|key| key.contains("ada") || key.contains("127.0.0.1")), "{keys:?}");

    hub.set_up(false);
    for _ in 0..20 {
        ada.on(&other).play_bot().await.match_path();
    }
    assert_eq!(ada.on(&other).play_bot().await.status, StatusCode::TOO_MANY_REQUESTS);
    ada.play_bot().await.match_path();
    hub.set_up(true);
    assert_eq!(ada.play_bot().await.status, StatusCode::TOO_MANY_REQUESTS, "and shared again");
}
