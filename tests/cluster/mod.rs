//! Several replicas of the real program, each a process of its own, over one database and one Valkey: sockets on both, and what
//! happens when one of them goes. (`replicas` asks two routers in this process, `valkey` the bus alone over a real server.)

mod clocks;
mod cut_off;
mod owners;
mod playing;
mod restarts;

use std::{fs, net::SocketAddr};

use diesel::{QueryDsl, RunQueryDsl};
use transcendence::{db::schema::matches, id::Id, live::model::Mode};

use crate::support::{
    Site,
    matches::Playing,
    programs::{Program, free_address, valkey, valkey_url},
    running::RunningSite,
    until,
};

/// Two replicas, or more.
struct Cluster {
    /// The same database as this process sees it, which is no replica.
    site: Site,
    valkey_address: SocketAddr,
    valkey: Program,
    replicas: Vec<RunningSite>,
}

impl Cluster {
    async fn start() -> Self {
        Self::with_clocks([0, 0]).await
    }

    /// With replicas whose clocks are this many seconds ahead.
    async fn with_clocks(ahead: [i32; 2]) -> Self {
        let site = Site::new().await;
        let valkey_address = free_address();
        let mut cluster = Self { site, valkey_address, valkey: start_valkey(valkey_address), replicas: Vec::new() };
        for ahead in ahead {
            cluster.add_replica(ahead).await;
        }
        cluster
    }

    /// Starts another replica, whose clock is this many seconds ahead.
    async fn add_replica(&mut self, ahead: i32) {
        let valkey_url = valkey_url(self.valkey_address);
        let other_time = (ahead != 0).then(|| (faketime(), format!("{ahead:+}s")));
        let mut settings = vec![
            ("DATABASE_URL", self.site.state.config.database.url.expose()),
            ("VALKEY_URL", &valkey_url),
            ("RATE_LIMITS", "on"),
            ("LOG_FILTER", "warn,transcendence=info"),
        ];
        if let Some((library, ahead)) = &other_time {
            settings.extend([("LD_PRELOAD", library.as_str()), ("FAKETIME", ahead)]);
            // Only the time of day is wrong: seconds are as long as elsewhere.
            settings.extend([("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("FAKETIME_DONT_RESET", "1")]);
        }
        let replica = RunningSite::start(&settings).await;
        let person = replica.person();
        let ready = async || person.get("/health/ready").await.is_ok_and(|answer| answer.status.is_success());
        until("the replica is ready", async || ready().await.then_some(())).await;
        self.replicas.push(replica);
    }

    fn first(&self) -> SocketAddr {
        self.replicas[0].address
    }

    fn second(&self) -> SocketAddr {
        self.replicas[1].address
    }

    /// A match that has just begun, its first player on the first replica, the second on the second.
    async fn play(&self) -> Playing {
        Playing::start(&self.site, Mode::Queue, [self.first(), self.second()]).await
    }

    /// Waits until a point or four seconds of play are stored.
    async fn wait_for_a_chunk(&self, id: Id) {
        until("some of the match is stored", async || (self.site.chunks(id).await > 0).then_some(())).await;
    }

    /// The replica that owns a match, and how often it has changed hands.
    async fn owner_of(&self, id: Id) -> (Option<i64>, i64) {
        let owner = matches::table.find(id).select((matches::owner_id, matches::fence));
        self.site.run(move |connection| owner.first(connection)).await
    }
}

fn start_valkey(at: SocketAddr) -> Program {
    valkey(at).expect("these tests need valkey-server or redis-server (scripts/test installs it)")
}

/// The library that gives a program another time of day.
fn faketime() -> String {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let libraries = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    let installed = libraries.into_iter().find(|library| library.exists());
    installed.expect("these tests need libfaketime (scripts/test installs it)").to_string_lossy().into_owned()
}
