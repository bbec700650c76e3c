//! Replicas whose clocks disagree.

use std::net::SocketAddr;

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::{
    Cluster,
    owners::{kill_the_owner, stop_the_owner},
    playing::play_one_match,
};
use crate::support::people::Person;

#[tokio::test(flavor = "multi_thread")]
async fn two_clocks_five_seconds_apart_do_no_harm() {
    // The clock of the owner is ahead of the other one, then behind it.
    for clocks in [[5, 0], [0, 5]] {
        let cluster = Cluster::with_clocks(clocks).await;
        let ahead = (time_at(cluster.first()).await - time_at(cluster.second()).await).whole_seconds();
        assert!((ahead - i64::from(clocks[0] - clocks[1])).abs() <= 1, "{ahead} s");
        drop(cluster);
        play_one_match(Cluster::with_clocks(clocks).await).await;
        kill_the_owner(Cluster::with_clocks(clocks).await).await;
        stop_the_owner(Cluster::with_clocks(clocks).await).await;
    }
}

/// The time of day at a replica.
async fn time_at(replica: SocketAddr) -> OffsetDateTime {
    let answer = Person::at(replica).get("/health/live").await.unwrap();
    OffsetDateTime::parse(answer.header("date"), &Rfc2822).unwrap()
}
