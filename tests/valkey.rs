//! The bus between replicas alone, in one process, over a real Valkey (or Redis) server where one is installed. (`replicas` and
//! `cluster` have whole sites on such a bus.)

use std::{
    io::Write,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::{sync::watch, time::timeout};
use transcendence::{
    cluster::{
        Cluster,
        bus::{Hearing, HearingOwn, Topic},
        valkey::Address,
    },
    db::{self, migrations},
    id::Id,
};

use crate::support::{
    PATIENCE,
    programs::{free_address, valkey, valkey_url},
};

/// How many messages are timed.
const MEASURED: u64 = 1_000;

/// Prints in spite of the test harness, which shows nothing of a test that passes.
#[allow(clippy::explicit_write)]
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").unwrap();
}

async fn until_up_is(up: &mut watch::Receiver<bool>, wanted: bool) {
    let reached = timeout(PATIENCE, up.wait_for(|up| *up == wanted)).await;
    assert!(reached.is_ok(), "up does not become {wanted}");
}

/// Something that all replicas are to hear.
#[derive(PartialEq, Eq, Debug, Serialize, Deserialize)]
struct News(String);

impl Topic for News {
    const NAME: &'static str = "test.news";
}

/// A topic that nobody listens to.
#[derive(Serialize, Deserialize)]
struct Unheard;

impl Topic for Unheard {
    const NAME: &'static str = "test.unheard";
}

/// Something said to one replica, as long as a message of play.
#[derive(PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Said {
    number: u64,
    text: String,
}

impl Topic for Said {
    const NAME: &'static str = "test.said";
}

async fn hear(news: &mut Hearing<News>) -> News {
    timeout(PATIENCE, news.next()).await.expect("news in time").unwrap()
}

async fn hear_own(said: &mut HearingOwn<Said>) -> (Id, Said) {
    timeout(PATIENCE, said.next()).await.expect("in time").unwrap()
}

fn said(number: u64) -> Said {
    Said { number, text: "{\"t\":\"in\",\"n\":17,\"k\":1234,\"d\":-1}".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_hear_each_other_over_valkey_and_do_so_again_after_it_was_killed() {
    let server_address = free_address();
    let Some(mut server) = valkey(server_address) else {
        say("\n!!!! SKIPPED: the bus over Valkey: neither valkey-server nor redis-server is installed\n");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.sqlite3").to_string_lossy().into_owned();
    migrations::run(&mut db::connect(&database).unwrap()).unwrap();
    let address = Address(valkey_url(server_address));
    assert!(address.ping().await.is_ok());
    let ada = Cluster::over_valkey(address.clone(), &database).unwrap();
    let grace = Cluster::over_valkey(address.clone(), &database).unwrap();
    let (mut to_ada, mut to_grace) = (ada.hear_own::<Said>(), grace.hear_own::<Said>());
    let (mut ada_up, mut grace_up) = (ada.up(), grace.up());
    until_up_is(&mut ada_up, true).await;
    until_up_is(&mut grace_up, true).await;

    // What is said to all reaches everybody who listens, the sender included; topics that are not known are ignored.
    let (mut ada_hears, mut grace_hears) = (ada.hear::<News>(), grace.hear::<News>());
    let first = News("the first".to_owned());
    ada.tell_all(&Unheard);
    ada.tell(grace.me, &Unheard);
    ada.tell_all(&first);
    assert_eq!(hear(&mut ada_hears).await, first);
    assert_eq!(hear(&mut grace_hears).await, first);

    // Messages to one replica reach it alone, in order.
    for number in 0..5_000 {
        ada.tell(grace.me, &said(number));
        if number % 500 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for number in 0..5_000 {
        assert_eq!(hear_own(&mut to_grace).await, (ada.me, said(number)));
    }
    assert!(timeout(Duration::from_millis(50), to_ada.next()).await.is_err(), "the other one hears nothing");

    // To the other replica and back, one at a time.
    let mut trips = Vec::new();
    for number in 0..MEASURED {
        let sent = Instant::now();
        ada.tell(grace.me, &said(number));
        let (from, heard) = hear_own(&mut to_grace).await;
        grace.tell(from, &heard);
        hear_own(&mut to_ada).await;
        trips.push(sent.elapsed());
    }
    trips.sort_unstable();
    let (median, late) = (trips[trips.len() / 2] / 2, trips[trips.len() * 99 / 100] / 2);
    say(&format!("Valkey: one way {median:?} at the median, {late:?} at the 99th percentile, of {MEASURED}"));
    assert!(median < Duration::from_millis(3), "{median:?}");

    // Counted together, and exactly, however many count at once.
    let burst = NonZeroU32::new(10).unwrap();
    let counts = (0..40).map(|number| {
        let replica = if number % 2 == 0 { ada.clone() } else { grace.clone() };
        tokio::spawn(async move { replica.count("test:a", burst, Duration::from_secs(3_600)).await })
    });
    let mut let_through = 0;
    for counted in futures_util::future::join_all(counts).await {
        match counted.unwrap().expect("counted together") {
            Ok(()) => let_through += 1,
            Err(wait) => assert!(wait <= Duration::from_secs(360), "{wait:?}"),
        }
    }
    assert_eq!(let_through, burst.get());
    assert_eq!(grace.count("test:b", burst, Duration::from_secs(3_600)).await, Some(Ok(())), "another key");

    // Killed: both sides know it and count nothing together; a replica still hears itself.
    server.kill();
    until_up_is(&mut ada_up, false).await;
    until_up_is(&mut grace_up, false).await;
    assert!(ada.is_degraded());
    assert!(address.ping().await.is_err());
    assert_eq!(ada.count("test:a", burst, Duration::from_secs(3_600)).await, None);
    let alone = News("to oneself".to_owned());
    ada.tell_all(&alone);
    assert_eq!(hear(&mut ada_hears).await, alone);

    // Started again: both find it by themselves.
    let back = Instant::now();
    let server = valkey(server_address).unwrap();
    until_up_is(&mut ada_up, true).await;
    until_up_is(&mut grace_up, true).await;
    say(&format!("Valkey: back after {:?}", back.elapsed()));
    assert!(!ada.is_degraded());
    ada.tell_all(&first);
    assert_eq!(hear(&mut grace_hears).await, first);
    grace.tell(ada.me, &said(1));
    assert_eq!(hear_own(&mut to_ada).await, (grace.me, said(1)));
    assert_eq!(ada.count("test:a", burst, Duration::from_secs(3_600)).await, Some(Ok(())));
    drop(server);
}
