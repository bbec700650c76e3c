//! The memory of ten thousand sockets is given back.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::support::{running::RunningSite, sockets::Socket};

/// The most watchers that a match may have.
const EACH: usize = 200;

async fn open(site: &RunningSite, matches: &[String], count: usize) -> Vec<Socket> {
    let watcher = site.person();
    let open = |number: usize| {
        let (watcher, id) = (watcher.clone(), matches[number / EACH % matches.len()].clone());
        async move {
            let mut socket = watcher.join(&id).await.unwrap();
            socket.hear("join").await;
            socket
        }
    };
    stream::iter(0..count).map(open).buffer_unordered(64).collect().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a fault: scripts/test faults"]
async fn ten_thousand_sockets_leave_no_memory_behind() {
    let site = RunningSite::start(&[]).await;
    let (mut matches, mut players) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        let (ada, bob) = (site.person(), site.person());
        let id = ada.meet(&bob, "11").await.unwrap();
        players.push((ada.join(&id).await.unwrap(), bob.join(&id).await.unwrap()));
        matches.push(id);
    }
    // What is allocated once is there now: pools, caches, threads.
    drop(open(&site, &matches, 400).await);
    let before = site.memory();
    let sockets = open(&site, &matches, 10_000).await;
    let during = site.memory();
    drop(sockets);
    let most = before + 16 * 1024;
    let mut after = 0;
    // The allocator returns what was not used for ten seconds.
    for _ in 0..300 {
        after = site.memory();
        if after < most {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("before {before} kB, with 10,000 sockets {during} kB, after {after} kB");
    assert!(during > before + 10 * 1024, "{before} {during}");
    assert!(after < most, "before {before} kB, with 10,000 sockets {during} kB, after {after} kB");
    site.assert_no_panic();
}
