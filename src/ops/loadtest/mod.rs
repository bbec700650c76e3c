//! `transcendence loadtest`: many matches at once against a running server, through its public interface.
//!
//! Each match is made as two people make one by link, and played over two WebSockets by players who follow the ball. It measures
//! the time from sending an input to its arrival at the other side, bytes, and the server's processor time and memory.

mod http;
mod player;
mod process;
mod report;
mod shared;
mod wire;

use std::{cell::RefCell, net::SocketAddr, rc::Rc, time::Duration};

use clap::Args;
use tokio::{
    net::lookup_host,
    task::LocalSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use self::{
    http::{Browser, Host},
    player::{Court, Player},
    process::Sample,
    report::{Measured, Report},
    shared::{Test, match_of},
};
use crate::ops::{Failure, raise_open_files};

/// How many matches are being made at once.
const MAKERS: usize = 16;
/// Time for the last match's countdown, and for things to settle, before measuring begins.
const SETTLE: Duration = Duration::from_secs(5);
/// How long making one match may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What to run.
#[derive(Args, Clone)]
pub struct Options {
    /// Where the server listens; plain http:// only. It must run with `RATE_LIMITS=off`
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Number of matches at once, with two sockets each
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    matches: u32,
    /// Seconds to measure, once all matches are running
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Process id of the server; found by its port when it runs on this machine
    #[arg(long)]
    pid: Option<u32>,
}

/// Runs the test and prints the report.
///
/// # Errors
/// When the server cannot be reached or refuses to make matches, or when a match was dropped.
pub fn run(options: &Options) -> Result<(), Failure> {
    raise_open_files();
    // One thread: the load generator should take as little of the machine as possible.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure(error.to_string()))?;
    LocalSet::new().block_on(&runtime, test(options))
}

async fn test(options: &Options) -> Result<(), Failure> {
    let host = host(&options.url).await?;
    let pid = options.pid.or_else(|| process::listening_on(host.address.port()));
    let idle = pid.and_then(Sample::of);
    let test = Rc::new(Test { host, measured: RefCell::default(), until: RefCell::new(None) });

    let began = Instant::now();
    let players = make_matches(&test, options.matches).await?;
    let set_up = began.elapsed();
    eprintln!("{} matches made in {:.1} s; measuring for {} s", options.matches, set_up.as_secs_f32(), options.seconds);
    sleep(SETTLE).await;

    let until = Instant::now() + Duration::from_secs(options.seconds);
    *test.until.borrow_mut() = Some(until);
    test.measured.borrow_mut().begin();
    let (server_before, own_before) = (pid.and_then(Sample::of), Sample::of(std::process::id()));
    sleep_until(until).await;
    let (server_after, own_after) = (pid.and_then(Sample::of), Sample::of(std::process::id()));
    let measured = test.measured.replace(Measured::default());
    for player in players {
        player.abort();
    }
    let report = Report {
        matches: options.matches,
        seconds: options.seconds,
        set_up,
        measured,
        idle,
        server: server_before.zip(server_after),
        own: own_before.zip(own_after),
    };
    println!("{report}");
    match report.measured.dropped {
        0 => Ok(()),
        dropped => Err(Failure(format!("{dropped} sockets were dropped"))),
    }
}

async fn host(url: &str) -> Result<Host, Failure> {
    let name = url.trim_end_matches('/').strip_prefix("http://");
    let name = name.ok_or_else(|| Failure(format!("--url {url}: must begin with http://")))?;
    let target = if name.contains(':') { name.to_owned() } else { format!("{name}:80") };
    let mut found = lookup_host(&target).await.map_err(|error| Failure(format!("--url {url}: {error}")))?;
    let address: SocketAddr = found.next().ok_or_else(|| Failure(format!("--url {url}: no such host")))?;
    Ok(Host { name: name.to_owned(), address })
}

/// Makes the matches, several at a time; each is played as soon as it is made.
async fn make_matches(test: &Rc<Test>, matches: u32) -> Result<Vec<tokio::task::JoinHandle<()>>, Failure> {
    let left = Rc::new(RefCell::new(matches));
    let mut makers = Vec::new();
    for _ in 0..MAKERS {
        let (test, left) = (Rc::clone(test), Rc::clone(&left));
        makers.push(tokio::task::spawn_local(async move {
            let mut players = Vec::new();
            while take_one(&left) {
                players.extend(
                    timeout(PATIENCE, make_match(&test))
                        .await
                        .map_err(|_| Failure("the server took more than a minute to make a match".to_owned()))??,
                );
            }
            Ok::<_, Failure>(players)
        }));
    }
    let mut players = Vec::new();
    for maker in makers {
        players.extend(maker.await.map_err(|error| Failure(error.to_string()))??);
    }
    Ok(players)
}

fn take_one(left: &RefCell<u32>) -> bool {
    let mut left = left.borrow_mut();
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}

/// Two guests meet by link, as people do.
async fn make_match(test: &Rc<Test>) -> Result<[tokio::task::JoinHandle<()>; 2], Failure> {
    let (mut ada, mut bob) = (Browser::default(), Browser::default());
    let invite = ada.post(&test.host, "/play/link", &[("points", "11")]).await?;
    let token = invite.split('/').next_back().unwrap_or_default().to_owned();
    let page = bob.post(&test.host, &format!("/play/invite/{token}"), &[]).await?;
    let id =
        match_of(&page).ok_or_else(|| Failure(format!("accepting an invitation led to {page:?}, not to a match")))?;
    let court = Rc::new(RefCell::new(Court::default()));
    let mut players = Vec::with_capacity(2);
    for browser in [ada, bob] {
        let player = Player::connect(Rc::clone(test), browser, &id, Rc::clone(&court)).await?;
        players.push(tokio::task::spawn_local(player.play()));
    }
    players.try_into().map_err(|_| Failure("two players".to_owned()))
}
