//! Replicas that lose Valkey, or their connections to it.

use std::{net::SocketAddr, time::Duration};

use futures_util::StreamExt;
use serde_json::json;
use tokio::time::timeout;

use super::{Cluster, start_valkey};
use crate::support::{PATIENCE, matches::Playing, programs::valkey_url, until};

/// Cuts one replica's connections to Valkey: those of the first, which came first, or those of the second.
async fn cut(valkey: SocketAddr, replica: usize) {
    let client = redis::Client::open(valkey_url(valkey)).unwrap();
    let mut valkey = client.get_multiplexed_async_connection().await.unwrap();
    let list: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut valkey).await.unwrap();
    let own: i64 = redis::cmd("CLIENT").arg("ID").query_async(&mut valkey).await.unwrap();
    let id = |line: &str| line.split([' ', '=']).nth(1)?.parse::<i64>().ok();
    let mut ids: Vec<i64> = list.lines().filter_map(id).filter(|id| *id != own).collect();
    ids.sort_unstable();
    assert!(ids.len() >= 4 && ids.len().is_multiple_of(2), "{list}");
    let (first, second) = ids.split_at(ids.len() / 2);
    for id in if replica == 0 { first } else { second } {
        redis::cmd("CLIENT").arg("KILL").arg("ID").arg(*id).query_async::<i64>(&mut valkey).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_lost_its_remote_players_sends_them_back_when_they_speak() {
    let cluster = Cluster::start().await;
    let Playing { id, bob, mut left, mut right, .. } = cluster.play().await;
    cut(cluster.valkey_address, 0).await;
    left.hear_absent(1).await;
    let speaking = async {
        for n in 1.. {
            if right.try_steer(n, n % 2).await.is_err()
                || timeout(Duration::from_millis(50), right.ended()).await.is_ok()
            {
                break;
            }
        }
    };
    timeout(PATIENCE, speaking).await.expect("a player who is no longer in the match is not told");
    let mut right = bob.join(cluster.second(), id).await;
    assert_eq!(right.hear("join").await["you"], json!([1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_who_left_while_the_owner_could_not_be_told_counts_as_absent() {
    let cluster = Cluster::start().await;
    let Playing { mut left, mut right, .. } = cluster.play().await;
    cut(cluster.valkey_address, 1).await;
    // Bob does not come back.
    right.ended().await;
    let playing = async {
        for n in 1.. {
            left.steer(n, n % 2).await;
            if timeout(Duration::from_millis(50), left.hear_absent(1)).await.is_ok() {
                break;
            }
        }
    };
    timeout(PATIENCE, playing).await.expect("Bob still counts as present");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_valkey_players_on_the_owner_play_on_and_once_it_is_back_so_do_the_others() {
    let mut cluster = Cluster::start().await;
    let Playing { id, bob, mut left, mut right, .. } = cluster.play().await;
    cluster.valkey.kill();
    assert_eq!(right.closed().await.0, 1001, "come back, perhaps elsewhere");
    left.hear_absent(1).await;
    let mut here = bob.join(cluster.first(), id).await;
    assert_eq!(here.hear("join").await["you"], json!([1]));
    left.ping(1).await;
    drop(here);

    cluster.valkey = start_valkey(cluster.valkey_address);
    let found = async || {
        let mut there = bob.join(cluster.second(), id).await;
        matches!(there.0.next().await, Some(Ok(message)) if message.is_text()).then_some(there)
    };
    let mut there = until("the replicas find each other again", found).await;
    there.leave().await;
    assert_eq!(left.hear("end").await["winner"], 0);
}
