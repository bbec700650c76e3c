//! A replica that owns a match dies, is told to stop or sleeps.

use std::time::Instant;

use rustix::process::Signal;
use serde_json::json;
use transcendence::live::model::Mode;

use super::Cluster;
use crate::support::{
    matches::{Playing, both},
    sockets::Socket,
    until,
};

#[tokio::test(flavor = "multi_thread")]
async fn when_the_owner_is_killed_both_play_on_at_the_other_replica() {
    kill_the_owner(Cluster::start().await).await;
}

pub(super) async fn kill_the_owner(mut cluster: Cluster) {
    let Playing { id, ada, bob, mut left, mut right } = cluster.play().await;
    cluster.wait_for_a_chunk(id).await;
    let before = cluster.owner_of(id).await;

    let killed = Instant::now();
    cluster.replicas[0].kill();
    left.ended().await;
    let mut left = ada.join(cluster.second(), id).await;
    // The other player's socket was on the replica that lives, which tells it to come back.
    right.ended().await;
    let mut right = bob.join(cluster.second(), id).await;
    let (tick, waits) = go_on(&mut left, &mut right).await;
    println!("kill -9: both were back after {:?}, play runs {waits} ms after the first was", killed.elapsed());
    assert!(tick > 0, "it goes on where it was");
    let after = cluster.owner_of(id).await;
    assert!(after.0 != before.0 && after.1 == before.1 + 1, "{before:?} {after:?}");

    left.leave().await;
    assert_eq!(right.hear("end").await["winner"], 1);
    cluster.site.wait_for_result(id).await;
}

/// Both players are in the match again, and it goes on: at which tick, and how many ms after the first of them came.
async fn go_on(left: &mut Socket, right: &mut Socket) -> (i64, i64) {
    let join = left.hear("join").await;
    assert_eq!(join["you"], json!([0]));
    assert_eq!(right.hear("join").await["you"], json!([1]));
    let go = left.hear("go").await;
    assert_eq!(right.hear("go").await, go);
    (go["k"].as_i64().unwrap(), go["at"].as_i64().unwrap() - join["now"].as_i64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_owner_is_told_to_stop_it_hands_its_matches_over() {
    stop_the_owner(Cluster::start().await).await;
}

pub(super) async fn stop_the_owner(cluster: Cluster) {
    let Playing { id, ada, bob, mut left, mut right } = cluster.play().await;
    left.steer(1, 1).await;
    right.hear("in").await;
    let told = Instant::now();
    cluster.replicas[0].program.signal(Signal::TERM);
    assert_eq!(left.closed().await.0, 1012);
    assert_eq!(right.closed().await.0, 1012);
    let (mut left, mut right) = tokio::join!(ada.join(cluster.second(), id), bob.join(cluster.second(), id));
    let (_, waits) = go_on(&mut left, &mut right).await;
    println!("SIGTERM: both were back after {:?}, play runs {waits} ms after the first was", told.elapsed());
    right.leave().await;
    assert_eq!(left.hear("end").await["winner"], 0);
    cluster.site.wait_for_result(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_players_find_a_match_whose_owner_slept_while_it_waited_for_one_of_them() {
    let cluster = Cluster::start().await;
    let (ada, bob) = (cluster.site.player("Ada").await, cluster.site.player("Bob").await);
    let id = cluster.site.make(Mode::Queue, both(&ada, &bob)).await;
    let mut left = ada.join(cluster.first(), id).await;
    left.hear("join").await;
    let before = cluster.owner_of(id).await;
    cluster.replicas[0].program.signal(Signal::STOP);
    let taken = async || (cluster.owner_of(id).await != before).then_some(());
    until("the other replica takes the match", taken).await;
    let mut right = bob.join(cluster.second(), id).await;
    right.hear("join").await;
    cluster.replicas[0].program.signal(Signal::CONT);
    assert_eq!(left.closed().await.0, 1001, "the owner had nothing to save, and still notices");
    let mut left = ada.join(cluster.first(), id).await;
    left.hear("go").await;
    right.hear("go").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_lost_its_match_while_it_slept_cannot_write() {
    let cluster = Cluster::start().await;
    let Playing { id, ada, bob, mut left, .. } = cluster.play().await;
    cluster.replicas[0].program.signal(Signal::STOP);
    let (mut there, mut other) = tokio::join!(ada.join(cluster.second(), id), bob.join(cluster.second(), id));
    there.hear("join").await;
    other.hear("join").await;
    there.hear("go").await;
    let taken = cluster.owner_of(id).await;
    cluster.replicas[0].program.signal(Signal::CONT);
    // It hears that its players came through the other replica, or notices when it tries to save.
    assert!([1001, 4001].contains(&left.closed().await.0));
    assert_eq!(cluster.owner_of(id).await, taken);
    other.leave().await;
    assert_eq!(there.hear("end").await["winner"], 0);
    cluster.site.wait_for_result(id).await;
    assert_eq!(cluster.site.won_and_lost(&ada).await, (1, 0));
    assert_eq!(cluster.site.won_and_lost(&bob).await, (0, 1));
}
