//! One match whose players are on two replicas.

use std::time::{Duration, Instant};

use serde_json::json;

use super::Cluster;
use crate::support::{matches::Playing, sockets::Socket};

#[tokio::test(flavor = "multi_thread")]
async fn two_players_on_two_replicas_play_one_match_and_its_result_is_stored_once() {
    play_one_match(Cluster::start().await).await;
}

pub(super) async fn play_one_match(cluster: Cluster) {
    let Playing { id, ada, bob, mut left, mut right } = cluster.play().await;
    let mut n = 0;
    let relayed = median_trip(&mut left, &mut right, &mut n).await;

    // The same on the owner alone.
    let mut right_there = bob.join(cluster.first(), id).await;
    right_there.hear("join").await;
    assert_eq!(right.closed().await.0, 4001, "the seat was taken on the other replica");
    let direct = median_trip(&mut left, &mut right_there, &mut n).await;
    println!("from socket to socket: median {relayed:?} through the other replica, {direct:?} without");

    let mut right = bob.join(cluster.second(), id).await;
    assert_eq!(right.hear("join").await["you"], json!([1]));
    right.leave().await;
    assert_eq!(left.hear("end").await["winner"], 0);
    assert_eq!(right.hear("end").await["winner"], 0);
    cluster.site.wait_for_result(id).await;
    assert_eq!(cluster.site.won_and_lost(&ada).await, (1, 0));
    assert_eq!(cluster.site.won_and_lost(&bob).await, (0, 1));
}

/// How long an input takes from one socket to another; `n` counts the inputs.
async fn median_trip(from: &mut Socket, to: &mut Socket, n: &mut i64) -> Duration {
    let mut trips = Vec::new();
    for _ in 0..41 {
        *n += 1;
        let direction = *n % 2;
        let sent = Instant::now();
        from.steer(*n, direction).await;
        assert_eq!(to.hear("in").await["d"], direction);
        trips.push(sent.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    trips.sort_unstable();
    trips[trips.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_through_the_other_replica_closes_the_socket_with_its_reason() {
    let cluster = Cluster::start().await;
    let Playing { mut left, mut right, .. } = cluster.play().await;
    right.say(json!({"t": "dance"})).await;
    assert_eq!(right.closed().await, (4002, "bad message".to_owned()));
    left.hear_absent(1).await;
}
