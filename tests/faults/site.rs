//! The program as it is run, with a folder, a port and a log of its own.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use transcendence::db::{self, DbConnection};

/// Long enough for whatever is waited for on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Site {
    process: Child,
    folder: tempfile::TempDir,
    pub address: SocketAddr,
    settings: Vec<(String, String)>,
}

impl Site {
    /// Starts a site with an empty SQLite database, or with what `settings` (variables of the environment) say.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        super::people::many_files();
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let mut all = vec![
            ("DATABASE_URL".to_owned(), folder.path().join("site.sqlite3").to_string_lossy().into_owned()),
            ("LISTEN".to_owned(), address.to_string()),
            ("BASE_URL".to_owned(), format!("http://{address}")),
            ("RATE_LIMITS".to_owned(), "off".to_owned()),
            ("RUST_BACKTRACE".to_owned(), "1".to_owned()),
        ];
        for (name, value) in settings {
            all.retain(|(known, _)| known != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        let process = spawn(&folder.path().join("log"), &all);
        let site = Self { process, folder, address, settings: all };
        site.wait_until_it_answers().await;
        site
    }

    /// Starts the program again after its end.
    pub async fn start_again(&mut self) {
        self.process = spawn(&self.log_file(), &self.settings);
        self.wait_until_it_answers().await;
    }

    async fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(self.address).await.is_err() {
            assert!(Instant::now() < deadline, "the site did not start:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the process as a power failure would.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks the process to end, as an operator does; how it ended, and after how long.
    pub async fn terminate(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < PATIENCE, "the site does not end:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// What the program has printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap()
    }

    /// Resident memory in kB.
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// A connection of our own to the site's database.
    pub fn database(&self) -> DbConnection {
        let (_, url) = self.settings.iter().find(|(name, _)| name == "DATABASE_URL").unwrap();
        db::connect(url).unwrap()
    }

    /// Fails when the log tells of a panic.
    pub fn assert_no_panic(&self) {
        let log = self.log();
        let panic = log.lines().position(|line| line.contains("panicked"));
        if let Some(line) = panic {
            let lines: Vec<&str> = log.lines().skip(line.saturating_sub(2)).take(30).collect();
            panic!("{}", lines.join("\n"));
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(log: &PathBuf, settings: &[(String, String)]) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    Command::new(env!("CARGO_BIN_EXE_transcendence"))
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (name, value)))
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
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
