//! A PostgreSQL server of a test's own, to be stopped and started.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::programs::free_address;

pub struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Postgres {
    pub fn start() -> Self {
        let mut versions: Vec<PathBuf> =
            fs::read_dir("/usr/lib/postgresql").into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
        versions.sort();
        let programs = versions.pop().expect("PostgreSQL is not installed; scripts/test installs it").join("bin");
        let folder = tempfile::tempdir().unwrap();
        if rustix::process::getuid().is_root() {
            assert!(Command::new("chown").arg("postgres").arg(folder.path()).status().unwrap().success());
        }
        let postgres = Self { folder, programs, port: free_address().port() };
        postgres.run("initdb", &["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]);
        postgres.start_again();
        postgres
    }

    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// After [`Postgres::stop`].
    pub fn start_again(&self) {
        let folder = self.folder.path().display().to_string();
        let options = format!("-p {} -k {folder} -c listen_addresses=127.0.0.1", self.port);
        self.run("pg_ctl", &["-s", "-w", "-l", &format!("{folder}/log"), "-o", &options, "start"]);
    }

    /// Ends it as a crash of its machine would.
    pub fn stop(&self) {
        self.run("pg_ctl", &["-s", "-m", "immediate", "stop"]);
    }

    /// Stops all its processes for the time being, as on a machine that hangs, or lets them go on.
    pub fn freeze(&self, frozen: bool) {
        let file = fs::read_to_string(self.folder.path().join("data/postmaster.pid")).unwrap();
        let postmaster: i32 = file.lines().next().unwrap().parse().unwrap();
        let signal = if frozen { Signal::STOP } else { Signal::CONT };
        // The postmaster first: it would start new ones.
        for process in std::iter::once(postmaster).chain(children(postmaster)) {
            // Some may have ended in the meantime.
            let _ = kill_process(Pid::from_raw(process).unwrap(), signal);
        }
    }

    /// Runs a program of PostgreSQL, which refuses to be root.
    fn run(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if rustix::process::getuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("-D").arg(self.folder.path().join("data")).args(arguments).current_dir(self.folder.path());
        assert!(command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.folder.path().join("data/postmaster.pid").exists() {
            self.freeze(false);
            self.stop();
        }
    }
}

fn children(parent: i32) -> Vec<i32> {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let parent_of = |process: &i32| {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<i32>().ok()
    };
    processes.filter(|process| parent_of(process) == Some(parent)).collect()
}
