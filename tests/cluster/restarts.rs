//! Replicas are replaced one after the other, as at an upgrade.

use std::{
    fs,
    time::{Duration, Instant},
};

use diesel::{QueryDsl, RunQueryDsl};
use futures_util::future::join_all;
use rustix::process::Signal;
use tokio::{task::JoinHandle, time::timeout};
use transcendence::{db::schema::replicas, live::model::Mode};

use super::Cluster;
use crate::support::{matches::Playing, running::RunningSite};

#[tokio::test(flavor = "multi_thread")]
async fn matches_are_handed_over_a_few_at_a_time_while_the_others_are_played_on() {
    let mut cluster = Cluster::start().await;
    let mut matches = Vec::new();
    for _ in 0..25 {
        matches.push(Playing::start(&cluster.site, Mode::Queue, [cluster.first(); 2]).await);
    }
    // A match of which nothing is stored would begin anew.
    for playing in &matches {
        cluster.wait_for_a_chunk(playing.id).await;
    }
    // The third replica takes the place of the first, then the second ends as well.
    let (matches, ended) = replace(&cluster.replicas[0], &cluster.replicas[1], matches).await;
    ended.await.unwrap();
    cluster.add_replica(0).await;
    let (mut matches, ended) = replace(&cluster.replicas[1], &cluster.replicas[2], matches).await;
    ended.await.unwrap();
    assert_eq!(matches.len(), 25);
    for Playing { id, left, right, .. } in &mut matches {
        left.leave().await;
        assert_eq!(right.hear("end").await["winner"], 1);
        cluster.site.wait_for_result(*id).await;
    }
}

/// Tells a replica to end while matches are played on it, which go on at another one. Returns them, and a task that ends when
/// the replica has.
async fn replace(old: &RunningSite, new: &RunningSite, matches: Vec<Playing>) -> (Vec<Playing>, JoinHandle<()>) {
    let told = Instant::now();
    old.program.signal(Signal::TERM);
    let handed_over = matches.into_iter().map(async |mut playing| {
        let (mut heard, mut n) = (0, 0);
        // They play on until their match is handed over.
        let left = loop {
            n += 1;
            // The socket may have ended a moment ago.
            let said = playing.left.try_steer(n, n % 2).await;
            if said.is_err() || timeout(Duration::from_millis(60), playing.left.ended()).await.is_ok() {
                break Instant::now();
            }
            let hearing = timeout(Duration::from_millis(20), playing.right.hear("in")).await;
            heard += i32::from(hearing.is_ok());
        };
        playing.right.ended().await;
        let Playing { id, ada, bob, .. } = playing;
        let (mut left_there, mut right_there) = tokio::join!(ada.join(new.address, id), bob.join(new.address, id));
        let join = left_there.hear("join").await;
        let go = left_there.hear("go").await;
        assert_eq!(right_there.hear("go").await, go);
        assert!(left.elapsed() < Duration::from_secs(3), "{:?}", left.elapsed());
        assert!(go["at"].as_i64().unwrap() - join["now"].as_i64().unwrap() < 3_000, "the short countdown: {go}");
        (left.duration_since(told), heard, Playing { id, ada, bob, left: left_there, right: right_there })
    });
    let pages = async {
        let status = async |path: &str| old.person().get(path).await.unwrap().status.as_u16();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!((status("/about").await, status("/health/ready").await), (200, 503), "pages, but no more matches");
    };
    let (results, ()) = tokio::join!(join_all(handed_over), pages);
    let times = || results.iter().map(|(left, ..)| *left);
    let (earliest, latest) = (times().min().unwrap(), times().max().unwrap());
    assert!(latest >= earliest + Duration::from_millis(200), "all at once: {earliest:?}, {latest:?}");
    let last = results.iter().max_by_key(|(left, ..)| *left).unwrap();
    assert!(last.1 > 0, "the match that was handed over last was played on until then");
    let pid = old.program.0.id();
    let has_ended = tokio::spawn(async move {
        let ending = async {
            while fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(8), ending).await.expect("the replica does not end in time");
    });
    (results.into_iter().map(|(.., playing)| playing).collect(), has_ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_without_a_match_ends_and_leaves_nothing_behind() {
    let mut cluster = Cluster::start().await;
    let count = async |cluster: &Cluster| {
        cluster.site.run(|connection| replicas::table.count().get_result::<i64>(connection)).await
    };
    assert_eq!(count(&cluster).await, 2);
    let (status, took) = cluster.replicas[0].terminate().await;
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(count(&cluster).await, 1);
}
