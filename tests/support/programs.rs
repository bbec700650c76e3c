//! Programs that run beside a test and end with it.

use std::{
    fmt::Display,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::PATIENCE;

/// The site's program, in an environment that holds only what the test adds.
pub fn transcendence() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transcendence"));
    command.env_clear().current_dir(std::env::temp_dir());
    command
}

/// Runs the site's program to its end.
pub fn output(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    transcendence().args(arguments).envs(variables.iter().copied()).output().unwrap()
}

/// What a program has printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running program.
pub struct Program(pub Child);

impl Program {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }

    /// Ends it as a power failure would.
    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks it to end, as an operator does; how it ended, and after how long.
    pub async fn terminate(&mut self) -> (ExitStatus, Duration) {
        let asked = Instant::now();
        self.signal(Signal::TERM);
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return (status, asked.elapsed());
            }
            assert!(asked.elapsed() < PATIENCE, "the program does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An address that nobody listens on, below the ports that the system gives to outgoing connections.
pub fn free_address() -> SocketAddr {
    loop {
        let address = SocketAddr::from(([127, 0, 0, 1], rand::random_range(12_000..20_000)));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// A Valkey server that listens, or a Redis server, which speaks the same protocol; nothing where neither is installed.
pub fn valkey(at: SocketAddr) -> Option<Program> {
    let server = ["valkey-server", "redis-server"].into_iter().find_map(|name| {
        let mut command = Command::new(name);
        command.args(["--bind", &at.ip().to_string(), "--port", &at.port().to_string()]);
        command.args(["--save", "", "--appendonly", "no"]).stdin(Stdio::null()).stdout(Stdio::null());
        command.spawn().ok().map(Program)
    })?;
    let started = Instant::now();
    while TcpStream::connect_timeout(&at, PATIENCE).is_err() {
        assert!(started.elapsed() < PATIENCE, "the server does not listen");
        std::thread::yield_now();
    }
    Some(server)
}

/// Where a Valkey server is found.
pub fn valkey_url(at: impl Display) -> String {
    format!("redis://{at}")
}
