//! For operators: the commands of the binary and health.

pub mod check;
pub mod health;
pub mod migrate;
pub mod seed;
pub mod serve;

use std::fmt;

/// Why a command ends with an error: one line for the operator.
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
