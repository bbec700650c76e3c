//! The site as it is run: the program itself, with a folder, an address and a log of its own.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use transcendence::db::{self, DbConnection};

use super::{
    people::Person,
    programs::{Program, free_address, transcendence},
    until,
};

/// A site in a process of its own.
pub struct RunningSite {
    pub program: Program,
    folder: tempfile::TempDir,
    pub address: SocketAddr,
    settings: Vec<(String, String)>,
}

impl RunningSite {
    /// Starts a site with an empty SQLite database and without rate limits, or as `settings` (variables of the environment) say.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        open_many_files();
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
        let program = run(&folder.path().join("log"), &all);
        let site = Self { program, folder, address, settings: all };
        site.wait_until_it_listens().await;
        site
    }

    /// Starts the program again after its end.
    pub async fn start_again(&mut self) {
        self.program = run(&self.log_file(), &self.settings);
        self.wait_until_it_listens().await;
    }

    async fn wait_until_it_listens(&self) {
        until("the site listens", async || tokio::net::TcpStream::connect(self.address).await.ok()).await;
    }

    /// Ends the process as a power failure would.
    pub fn kill(&mut self) {
        self.program.kill();
    }

    /// Asks the process to end, as an operator does; how it ended, and after how long.
    pub async fn terminate(&mut self) -> (ExitStatus, Duration) {
        self.program.terminate().await
    }

    /// Somebody with an empty cookie jar.
    pub fn person(&self) -> Person {
        Person::at(self.address)
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
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// A connection of the test's own to the site's database.
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

impl Drop for RunningSite {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = fs::read_to_string(self.log_file()).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!(
                "The end of the log at {}:\n{}",
                self.address,
                lines[lines.len().saturating_sub(100)..].join("\n")
            );
        }
    }
}

/// Starts the program; what it prints goes to the end of a file.
fn run(log: &PathBuf, settings: &[(String, String)]) -> Program {
    let log = File::options().create(true).append(true).open(log).unwrap();
    let mut command = transcendence();
    command.envs(settings.iter().map(|(name, value)| (name, value)));
    Program::start(command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log))
}

/// Lets this process, and those that it starts, open as many files as the system allows.
fn open_many_files() {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}
