//! For operators: the commands of the binary (`serve` belongs to `site`) and health.

pub mod assets;
pub mod check;
pub mod create_admin;
pub mod health;
pub mod loadtest;
pub mod migrate;
pub mod probe;
pub mod seed;
pub mod settings;
pub mod signals;
pub mod transfer;
pub mod wait;

use std::fmt;

/// Lets the process open as many files, including sockets, as the system allows without special rights.
pub(crate) fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Where that is not allowed, the present limit stays.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Why a command fails: one line for the operator.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    /// Names the setting at fault.
    pub fn new(setting: &str, error: impl fmt::Display) -> Self {
        Self(format!("{setting}: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
