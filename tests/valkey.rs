//! The bus over a real Valkey (or Redis) server, where one is installed.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener, TcpStream},
    num::NonZeroU32,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    sync::{broadcast, watch},
    time::timeout,
};
use transcendence::{
    cluster::{
        Cluster,
        bus::{Note, Relay},
        valkey::Address,
    },
    id::Id,
};

/// What works at all works in this time, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Messages whose way is measured.
const MEASURED: u64 = 1_000;

/// Past what the test harness captures of a test that holds.
#[allow(clippy::explicit_write)]
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").unwrap();
}

/// A server of its own, without a file.
struct Server {
    port: u16,
    process: Child,
}

impl Server {
    fn start(port: u16) -> Option<Self> {
        let process = ["valkey-server", "redis-server"].into_iter().find_map(|program| {
            let mut command = Command::new(program);
            command.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--appendonly", "no"]);
            command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().ok()
        })?;
        let server = Self { port, process };
        let started = Instant::now();
        while TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), PATIENCE).is_err() {
            assert!(started.elapsed() < PATIENCE, "the server does not listen");
            std::thread::yield_now();
        }
        Some(server)
    }

    /// As `kill -9` ends it.
    fn kill(mut self) -> u16 {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn until(up: &mut watch::Receiver<bool>, wanted: bool) {
    let reached = timeout(PATIENCE, up.wait_for(|up| *up == wanted)).await;
    assert!(reached.is_ok(), "up does not become {wanted}");
}

async fn hear(notes: &mut broadcast::Receiver<Note>) -> Note {
    timeout(PATIENCE, notes.recv()).await.expect("a note in time").unwrap()
}

fn said(number: u64) -> Relay {
    Relay::Said { conn: number, text: "{\"t\":\"in\",\"n\":17,\"k\":1234,\"d\":-1}".to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_hear_each_other_over_valkey_also_after_it_was_killed() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let Some(server) = Server::start(port) else {
        say("\n!!!! SKIPPED: the bus over Valkey: neither valkey-server nor redis-server is installed\n");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("test.sqlite3").to_string_lossy().into_owned();
    transcendence::db::migrations::run(&mut transcendence::db::connect(&database).unwrap()).unwrap();
    let address = Address(format!("redis://127.0.0.1:{port}"));
    assert!(address.ping().await.is_ok());
    let (ada, mut to_ada) = Cluster::over_valkey(address.clone(), &database).unwrap();
    let (grace, mut to_grace) = Cluster::over_valkey(address.clone(), &database).unwrap();
    let (mut ada_up, mut grace_up) = (ada.up(), grace.up());
    until(&mut ada_up, true).await;
    until(&mut grace_up, true).await;

    // Notes reach everybody, the teller included.
    let (mut ada_notes, mut grace_notes) = (ada.notes(), grace.notes());
    let taken = Note::Invite { token: "a token".to_owned(), match_id: Id::new() };
    ada.tell_all(&taken);
    assert_eq!(hear(&mut ada_notes).await, taken);
    assert_eq!(hear(&mut grace_notes).await, taken);

    // Messages to one replica reach it alone, in order.
    for number in 0..5_000 {
        ada.tell(grace.me, &said(number));
        if number % 500 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for number in 0..5_000 {
        let (from, relay) = timeout(PATIENCE, to_grace.recv()).await.expect("in time").unwrap();
        assert_eq!((from, relay), (ada.me, said(number)));
    }
    assert!(to_ada.try_recv().is_err());

    // There and back, one at a time.
    let mut trips = Vec::new();
    for number in 0..MEASURED {
        let sent = Instant::now();
        ada.tell(grace.me, &said(number));
        let (from, relay) = timeout(PATIENCE, to_grace.recv()).await.expect("in time").unwrap();
        grace.tell(from, &relay);
        timeout(PATIENCE, to_ada.recv()).await.expect("in time").unwrap();
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

    // Killed: known on both sides, nothing is counted together; those in the same process still hear each other.
    let port = server.kill();
    until(&mut ada_up, false).await;
    until(&mut grace_up, false).await;
    assert!(ada.is_degraded());
    assert!(address.ping().await.is_err());
    assert_eq!(ada.count("test:a", burst, Duration::from_secs(3_600)).await, None);
    ada.tell_all(&Note::Queue);
    assert_eq!(hear(&mut ada_notes).await, Note::Queue);

    // Back: by itself.
    let back = Instant::now();
    let server = Server::start(port).unwrap();
    until(&mut ada_up, true).await;
    until(&mut grace_up, true).await;
    say(&format!("Valkey: back after {:?}", back.elapsed()));
    assert!(!ada.is_degraded());
    ada.tell_all(&taken);
    assert_eq!(hear(&mut grace_notes).await, taken);
    grace.tell(ada.me, &said(1));
    assert_eq!(timeout(PATIENCE, to_ada.recv()).await.expect("in time").unwrap(), (grace.me, said(1)));
    assert_eq!(ada.count("test:a", burst, Duration::from_secs(3_600)).await, Some(Ok(())));
    drop(server);
}
