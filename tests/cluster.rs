//! Several replicas of the real program over one database and one Valkey: sockets on both, and what happens when one goes.

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::time::timeout;
use transcendence::{id::Id, live::model::Mode, state::AppState};

use crate::{
    live::{PATIENCE, Player, Served, Socket, both},
    support::Site,
};

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program that ends with the test.
struct Program(Child);

impl Program {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Valkey, or Redis, which speaks the same protocol.
fn valkey(port: u16) -> Program {
    let start = |name: &str| {
        let mut command = Command::new(name);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.stdout(Stdio::null()).spawn()
    };
    let child = start("valkey-server").or_else(|_| start("redis-server"));
    Program(child.expect("these tests need valkey-server or redis-server (scripts/test installs it)"))
}

/// Two replicas.
struct Cluster {
    site: Site,
    valkey_port: u16,
    valkey: Program,
    replicas: Vec<(Program, Served)>,
}

/// The library that shows a program another time.
fn other_time() -> PathBuf {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let libraries = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    let installed = libraries.into_iter().find(|library| library.exists());
    installed.expect("this test needs libfaketime (scripts/test installs it)")
}

impl Cluster {
    async fn start() -> Self {
        Self::with_clocks([0, 0]).await
    }

    /// With replicas whose clocks are ahead by so many seconds.
    async fn with_clocks(ahead: [i32; 2]) -> Self {
        let site = Site::new().await;
        let valkey_port = free_port();
        let valkey = valkey(valkey_port);
        let mut cluster = Self { site, valkey_port, valkey, replicas: Vec::new() };
        for ahead in ahead {
            let replica = cluster.replica(ahead).await;
            cluster.replicas.push(replica);
        }
        cluster
    }

    async fn replica(&self, ahead: i32) -> (Program, Served) {
        let (port, state) = (free_port(), self.site.state.clone());
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_transcendence"));
        command
            .current_dir(std::env::temp_dir())
            .env_clear()
            .env("DATABASE_URL", &state.config.database_url)
            .env("VALKEY_URL", format!("redis://127.0.0.1:{}", self.valkey_port))
            .env("LISTEN", &address)
            .env("LOG_FILTER", "warn,transcendence=info");
        if ahead != 0 {
            command.env("LD_PRELOAD", other_time()).env("FAKETIME", format!("{ahead:+}s"));
            // Only the time of day is wrong: seconds are as long as elsewhere.
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("FAKETIME_DONT_RESET", "1");
        }
        let program = Program(command.spawn().unwrap());
        let served = Served { state, address: address.parse().unwrap(), task: tokio::spawn(async {}) };
        let ready = async {
            while !self.is_ready(&address).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, ready).await.expect("the replica does not come up");
        (program, served)
    }

    async fn is_ready(&self, address: &str) -> bool {
        let answer = reqwest::get(format!("http://{address}/health/ready")).await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    fn first(&self) -> &Served {
        &self.replicas[0].1
    }

    fn second(&self) -> &Served {
        &self.replicas[1].1
    }

    /// Two players, the first on the first replica, the second on the second, whose match runs.
    async fn play(&self) -> Played {
        let tag = Id::new().to_string();
        let (ada, bob) =
            (self.first().player(&format!("Ada{tag}")).await, self.first().player(&format!("Bob{tag}")).await);
        let id = self.first().make(Mode::Queue, both(&ada, &bob)).await;
        let mut left = self.first().socket(id, &ada).await;
        assert_eq!(left.hear("join").await["you"], json!([0]));
        let mut right = self.second().socket(id, &bob).await;
        assert_eq!(right.hear("join").await["you"], json!([1]));
        assert_eq!(left.hear("go").await, right.hear("go").await);
        Played { id, ada, bob, left, right }
    }

    /// Waits until a point or four seconds of play are stored.
    async fn wait_for_a_chunk(&self, id: Id) {
        let stored = async {
            while self.first().chunks(id).await == 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, stored).await.expect("nothing is saved");
    }

    async fn owner_of(&self, id: Id) -> (Option<i64>, i64) {
        use diesel::{QueryDsl, RunQueryDsl};
        use transcendence::db::schema::matches;
        let state: &AppState = &self.site.state;
        let read = move |c: &mut _| matches::table.find(id).select((matches::owner_id, matches::fence)).first(c);
        state.db.run(read).await.unwrap()
    }
}

impl Served {
    /// The time of day, as a replica has it.
    async fn says_it_is(&self) -> time::OffsetDateTime {
        let answer = reqwest::get(format!("http://{}/health/live", self.address)).await.unwrap();
        let date = answer.headers()["date"].to_str().unwrap();
        time::OffsetDateTime::parse(date, &time::format_description::well_known::Rfc2822).unwrap()
    }
}

/// A match across two replicas.
struct Played {
    id: Id,
    ada: Player,
    bob: Player,
    left: Socket,
    right: Socket,
}

/// Waits until a socket ends, in whatever way.
async fn ended(socket: &mut Socket) {
    use futures_util::StreamExt;
    let ending = async { while let Some(Ok(_)) = socket.0.next().await {} };
    timeout(PATIENCE, ending).await.expect("the socket stays open");
}

/// The middle of some times.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Inputs from one socket to the other, one after the other: the median time from here to there.
async fn trips(from: &mut Socket, to: &mut Socket, n: &mut u32) -> Duration {
    let mut times = Vec::new();
    for _ in 0..41 {
        *n += 1;
        let direction = i32::from(!n.is_multiple_of(2));
        let sent = Instant::now();
        from.say(json!({"t": "in", "n": *n, "k": 0, "d": direction})).await;
        assert_eq!(to.hear("in").await["d"], direction);
        times.push(sent.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    median(times)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_on_two_replicas_play_one_match_and_its_result_is_stored_once() {
    play_one_match(Cluster::start().await).await;
}

async fn play_one_match(cluster: Cluster) {
    let Played { id, ada, bob, mut left, mut right } = cluster.play().await;
    let mut n = 0;
    let relayed = trips(&mut left, &mut right, &mut n).await;

    // The same on the owner alone.
    let mut right_there = cluster.first().socket(id, &bob).await;
    right_there.hear("join").await;
    assert_eq!(right.closed().await.0, 4001, "the seat was taken on the other replica");
    let direct = trips(&mut left, &mut right_there, &mut n).await;
    println!("relay: median {relayed:?} from socket to socket, {direct:?} without");

    let mut right = cluster.second().socket(id, &bob).await;
    assert_eq!(right.hear("join").await["you"], json!([1]));
    right.say(json!({"t": "leave"})).await;
    assert_eq!(left.hear("end").await["winner"], 0);
    assert_eq!(right.hear("end").await["winner"], 0);
    cluster.first().wait_for_result(id).await;
    assert_eq!(cluster.first().won_and_lost(&ada).await, (1, 0));
    assert_eq!(cluster.first().won_and_lost(&bob).await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_through_the_other_replica_closes_the_socket_with_its_reason() {
    let cluster = Cluster::start().await;
    let Played { mut left, mut right, .. } = cluster.play().await;
    right.say(json!({"t": "dance"})).await;
    assert_eq!(right.closed().await, (4002, "bad message".to_owned()));
    let seat = left.hear("seat").await;
    assert_eq!((&seat["s"], &seat["on"]), (&json!(1), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_owner_is_killed_both_play_on_at_the_other_replica() {
    kill_the_owner(Cluster::start().await).await;
}

async fn kill_the_owner(mut cluster: Cluster) {
    let Played { id, ada, mut left, mut right, .. } = cluster.play().await;
    cluster.wait_for_a_chunk(id).await;
    let before = cluster.owner_of(id).await;

    let killed = Instant::now();
    cluster.replicas[0].0.kill();
    ended(&mut left).await;
    let mut left = cluster.second().socket(id, &ada).await;
    // The other one's socket was on the replica that lives; it is told to come back, or is let in again at once.
    let came_back = async {
        ended(&mut right).await;
        cluster.second().socket(id, &cluster_player(&cluster, id, 1).await).await
    };
    let mut right = came_back.await;
    let join = left.hear("join").await;
    assert_eq!(join["you"], json!([0]));
    right.hear("join").await;
    let go = left.hear("go").await;
    assert_eq!(right.hear("go").await, go);
    let waits = go["at"].as_i64().unwrap() - join["now"].as_i64().unwrap();
    println!("kill -9: both were back after {:?}, play runs {waits} ms after the first was", killed.elapsed());
    assert!(go["k"].as_i64().unwrap() > 0, "it goes on where it was");
    let after = cluster.owner_of(id).await;
    assert!(after.0 != before.0 && after.1 == before.1 + 1, "{before:?} {after:?}");

    left.say(json!({"t": "leave"})).await;
    assert_eq!(right.hear("end").await["winner"], 1);
    cluster.second().wait_for_result(id).await;
}

/// The player of a seat, with a new session.
async fn cluster_player(cluster: &Cluster, id: Id, seat: i32) -> Player {
    use diesel::{QueryDsl, RunQueryDsl};
    use transcendence::db::schema::seats;
    let read = move |c: &mut _| seats::table.find((id, seat)).select(seats::player_id).first::<Option<Id>>(c);
    let player = cluster.site.state.db.run(read).await.unwrap().unwrap();
    cluster.second().signed_in(player).await
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_owner_is_told_to_stop_it_hands_its_matches_over() {
    stop_the_owner(Cluster::start().await).await;
}

async fn stop_the_owner(cluster: Cluster) {
    let Played { id, ada, bob, mut left, mut right } = cluster.play().await;
    left.say(json!({"t": "in", "n": 1, "k": 0, "d": 1})).await;
    right.hear("in").await;
    let told = Instant::now();
    cluster.replicas[0].0.signal(Signal::TERM);
    assert_eq!(left.closed().await.0, 1012);
    assert_eq!(right.closed().await.0, 1012);
    let (mut left, mut right) = tokio::join!(cluster.second().socket(id, &ada), cluster.second().socket(id, &bob));
    let join = left.hear("join").await;
    let go = left.hear("go").await;
    assert_eq!(right.hear("go").await, go);
    let waits = go["at"].as_i64().unwrap() - join["now"].as_i64().unwrap();
    println!("SIGTERM: both were back after {:?}, play runs {waits} ms after the first was", told.elapsed());
    right.say(json!({"t": "leave"})).await;
    assert_eq!(left.hear("end").await["winner"], 0);
    cluster.second().wait_for_result(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clocks_five_seconds_apart_do_no_harm() {
    // The owner ahead of the other one, and behind it.
    for clocks in [[5, 0], [0, 5]] {
        let cluster = Cluster::with_clocks(clocks).await;
        let ahead = (cluster.first().says_it_is().await - cluster.second().says_it_is().await).whole_seconds();
        assert!((ahead - i64::from(clocks[0] - clocks[1])).abs() <= 1, "{ahead} s");
        drop(cluster);
        play_one_match(Cluster::with_clocks(clocks).await).await;
        kill_the_owner(Cluster::with_clocks(clocks).await).await;
        stop_the_owner(Cluster::with_clocks(clocks).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn matches_go_from_replica_to_replica_a_few_at_a_time_while_the_others_are_played_on() {
    let mut cluster = Cluster::start().await;
    let first = cluster.first();
    let mut matches = Vec::new();
    for number in 0..25 {
        let (ada, bob) = (first.player(&format!("Ada{number}")).await, first.player(&format!("Bob{number}")).await);
        let id = first.make(Mode::Queue, both(&ada, &bob)).await;
        let (mut left, mut right) = (first.socket(id, &ada).await, first.socket(id, &bob).await);
        left.hear("go").await;
        right.hear("go").await;
        matches.push(Played { id, ada, bob, left, right });
    }
    // What is not stored at all begins anew.
    for played in &matches {
        cluster.wait_for_a_chunk(played.id).await;
    }
    // A rolling restart: the third takes the place of the first, then the second ends as well.
    let (matches, ended) = replace(&cluster, 0, 1, matches).await;
    ended.await.unwrap();
    let third = cluster.replica(0).await;
    cluster.replicas.push(third);
    let (mut matches, ended) = replace(&cluster, 1, 2, matches).await;
    ended.await.unwrap();
    assert_eq!(matches.len(), 25);
    for Played { id, left, right, .. } in &mut matches {
        left.say(json!({"t": "leave"})).await;
        assert_eq!(right.hear("end").await["winner"], 1);
        cluster.replicas[2].1.wait_for_result(*id).await;
    }
}

/// Tells a replica to end while matches are played on it, which go on at another one. Returns them, and a task that ends when
/// the replica has.
async fn replace(
    cluster: &Cluster,
    from: usize,
    to: usize,
    matches: Vec<Played>,
) -> (Vec<Played>, tokio::task::JoinHandle<()>) {
    let ((program, old), (_, new)) = (&cluster.replicas[from], &cluster.replicas[to]);
    let told = Instant::now();
    program.signal(Signal::TERM);
    let handed_over = matches.into_iter().map(async |mut played| {
        let (mut heard, mut n) = (0, 0);
        // Who is still here plays on.
        let left = loop {
            n += 1;
            // The socket may have ended a moment ago.
            let said = played.left.try_say(json!({"t": "in", "n": n, "k": 0, "d": n % 2})).await;
            if said.is_err() || timeout(Duration::from_millis(60), ended(&mut played.left)).await.is_ok() {
                break Instant::now();
            }
            let hearing = timeout(Duration::from_millis(20), played.right.hear("in")).await;
            heard += i32::from(hearing.is_ok());
        };
        ended(&mut played.right).await;
        let (mut ada, mut bob) = tokio::join!(new.socket(played.id, &played.ada), new.socket(played.id, &played.bob));
        let join = ada.hear("join").await;
        let go = ada.hear("go").await;
        assert_eq!(bob.hear("go").await, go);
        assert!(left.elapsed() < Duration::from_secs(3), "{:?}", left.elapsed());
        assert!(go["at"].as_i64().unwrap() - join["now"].as_i64().unwrap() < 3_000, "the short countdown: {go}");
        (left.duration_since(told), heard, Played { left: ada, right: bob, ..played })
    });
    let pages = async {
        let ask =
            async |path: &str| reqwest::get(format!("http://{}{path}", old.address)).await.unwrap().status().as_u16();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!((ask("/about").await, ask("/health/ready").await), (200, 503), "no more matches, but still pages");
    };
    let (results, ()) = tokio::join!(futures_util::future::join_all(handed_over), pages);
    let times = || results.iter().map(|(left, ..)| *left);
    let (earliest, latest) = (times().min().unwrap(), times().max().unwrap());
    assert!(latest >= earliest + Duration::from_millis(200), "all at once: {earliest:?}, {latest:?}");
    let longest = results.iter().max_by_key(|(left, ..)| *left).unwrap();
    assert!(longest.1 > 0, "who was handed over last played on until then");
    let pid = program.0.id();
    let has_ended = tokio::spawn(async move {
        let ending = async {
            while fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z ")) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(8), ending).await.expect("the replica does not end in time");
    });
    (results.into_iter().map(|(.., played)| played).collect(), has_ended)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_without_a_match_ends_and_leaves_nothing_behind() {
    use diesel::{QueryDsl, RunQueryDsl};
    use transcendence::db::schema::replicas;
    let mut cluster = Cluster::start().await;
    let count = async |cluster: &Cluster| {
        let read = |c: &mut _| replicas::table.count().get_result::<i64>(c);
        cluster.site.state.db.run(read).await.unwrap()
    };
    assert_eq!(count(&cluster).await, 2);
    let program = &mut cluster.replicas[0].0;
    program.signal(Signal::TERM);
    let told = Instant::now();
    let status = loop {
        if let Some(status) = program.0.try_wait().unwrap() {
            break status;
        }
        assert!(told.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(status.success(), "{status}");
    assert_eq!(count(&cluster).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_match_that_waits_on_a_replica_that_slept_is_found_by_both() {
    let cluster = Cluster::start().await;
    let (first, second) = (cluster.first(), cluster.second());
    let (ada, bob) = (first.player("Ada").await, first.player("Bob").await);
    let id = first.make(Mode::Queue, both(&ada, &bob)).await;
    let mut left = first.socket(id, &ada).await;
    left.hear("join").await;
    let before = cluster.owner_of(id).await;
    cluster.replicas[0].0.signal(Signal::STOP);
    let taken = async {
        while cluster.owner_of(id).await == before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, taken).await.expect("nobody takes the match");
    let mut right = second.socket(id, &bob).await;
    right.hear("join").await;
    cluster.replicas[0].0.signal(Signal::CONT);
    assert_eq!(left.closed().await.0, 1001, "nothing of it was to be saved, and yet it notices");
    let mut left = first.socket(id, &ada).await;
    left.hear("go").await;
    right.hear("go").await;
}

/// Cuts the connections of one of two replicas to Valkey: those that came first, or the others.
async fn cut(cluster: &Cluster, replica: usize) {
    let client = redis::Client::open(format!("redis://127.0.0.1:{}", cluster.valkey_port)).unwrap();
    let mut valkey = client.get_multiplexed_async_connection().await.unwrap();
    let list: String = redis::cmd("CLIENT").arg("LIST").query_async(&mut valkey).await.unwrap();
    let own: i64 = redis::cmd("CLIENT").arg("ID").query_async(&mut valkey).await.unwrap();
    let id = |line: &str| line.split([' ', '=']).nth(1)?.parse::<i64>().ok();
    let mut ids: Vec<i64> = list.lines().filter_map(id).filter(|id| *id != own).collect();
    ids.sort_unstable();
    assert!(ids.len() >= 4 && ids.len().is_multiple_of(2), "{list}");
    let (first, second) = ids.split_at(ids.len() / 2);
    for id in if replica == 0 { first } else { second } {
        let () = redis::cmd("CLIENT")
            .arg("KILL")
            .arg("ID")
            .arg(*id)
            .query_async::<i64>(&mut valkey)
            .await
            .map(drop)
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_lost_its_guests_sends_them_back_when_they_speak() {
    let cluster = Cluster::start().await;
    let Played { id, bob, mut left, mut right, .. } = cluster.play().await;
    cut(&cluster, 0).await;
    let seat = left.hear("seat").await;
    assert_eq!((&seat["s"], &seat["on"]), (&json!(1), &json!(false)));
    let speaking = async {
        let mut n = 0;
        loop {
            n += 1;
            if right.try_say(json!({"t": "in", "n": n, "k": 0, "d": n % 2})).await.is_err() {
                break;
            }
            if timeout(Duration::from_millis(50), ended(&mut right)).await.is_ok() {
                break;
            }
        }
    };
    timeout(PATIENCE, speaking).await.expect("who is not in the match any more is not told");
    let mut right = cluster.second().socket(id, &bob).await;
    assert_eq!(right.hear("join").await["you"], json!([1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_went_while_the_owner_could_not_be_told_is_absent_all_the_same() {
    let cluster = Cluster::start().await;
    let Played { mut left, mut right, .. } = cluster.play().await;
    cut(&cluster, 1).await;
    // He does not come back.
    ended(&mut right).await;
    let playing = async {
        let mut n = 0;
        loop {
            n += 1;
            left.say(json!({"t": "in", "n": n, "k": 0, "d": n % 2})).await;
            if let Ok(seat) = timeout(Duration::from_millis(50), left.hear("seat")).await {
                break seat;
            }
        }
    };
    let seat = timeout(PATIENCE, playing).await.expect("he counts as present");
    assert_eq!((&seat["s"], &seat["on"]), (&json!(1), &json!(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_lost_its_match_while_it_slept_cannot_write() {
    let cluster = Cluster::start().await;
    let Played { id, ada, bob, mut left, .. } = cluster.play().await;
    cluster.replicas[0].0.signal(Signal::STOP);
    let (mut there, mut other) = tokio::join!(cluster.second().socket(id, &ada), cluster.second().socket(id, &bob));
    there.hear("join").await;
    other.hear("join").await;
    there.hear("go").await;
    let taken = cluster.owner_of(id).await;
    cluster.replicas[0].0.signal(Signal::CONT);
    // It hears that its players came through the other replica, or notices when it tries to save.
    assert!([1001, 4001].contains(&left.closed().await.0));
    assert_eq!(cluster.owner_of(id).await, taken);
    other.say(json!({"t": "leave"})).await;
    assert_eq!(there.hear("end").await["winner"], 0);
    cluster.second().wait_for_result(id).await;
    assert_eq!(cluster.second().won_and_lost(&ada).await, (1, 0));
    assert_eq!(cluster.second().won_and_lost(&bob).await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_valkey_those_on_one_replica_play_on_and_with_it_again_so_do_the_others() {
    let mut cluster = Cluster::start().await;
    let Played { id, bob, mut left, mut right, .. } = cluster.play().await;
    cluster.valkey.kill();
    assert_eq!(right.closed().await.0, 1001, "come back, perhaps elsewhere");
    let held: Value = left.hear("seat").await;
    assert_eq!((&held["s"], &held["on"]), (&json!(1), &json!(false)));
    let mut here = cluster.first().socket(id, &bob).await;
    assert_eq!(here.hear("join").await["you"], json!([1]));
    left.say(json!({"t": "ping", "c": 1})).await;
    left.hear("pong").await;
    drop(here);

    cluster.valkey = valkey(cluster.valkey_port);
    let back = async {
        loop {
            let mut there = cluster.second().socket(id, &bob).await;
            use futures_util::StreamExt;
            if let Some(Ok(message)) = there.0.next().await
                && message.is_text()
            {
                return there;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let mut there = timeout(PATIENCE, back).await.expect("the replicas do not find each other again");
    there.say(json!({"t": "leave"})).await;
    assert_eq!(left.hear("end").await["winner"], 0);
}
