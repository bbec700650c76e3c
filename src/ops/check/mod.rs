//! `transcendence check`: whether the settings and the database are fit to serve; with `--deploy`, fit to serve strangers.

mod deploy;
mod surroundings;

use std::fmt;

use crate::{
    config::Config,
    db::{
        self, DbConnection,
        migrations::{self, Place},
    },
    ops::Failure,
};

/// Something that should be otherwise.
#[derive(PartialEq, Eq, Debug)]
struct Finding {
    /// The variable to change, or what else is at fault.
    setting: &'static str,
    /// What is wrong.
    problem: String,
    /// What to do.
    remedy: String,
}

impl Finding {
    fn new(setting: &'static str, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { setting, problem: problem.into(), remedy: remedy.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}.", self.setting, self.problem, self.remedy)
    }
}

/// Prints each finding with the name of its setting. `replicas`: also what matters on a public server, with so many processes.
///
/// # Errors
/// When there is any finding.
pub fn run(config: &Config, replicas: Option<u16>) -> Result<(), Failure> {
    let mut findings = Vec::new();
    let mut lines = Vec::new();
    match replicas {
        Some(replicas) => {
            findings.extend(deploy::settings(config, replicas));
            findings.extend(surroundings::files(config));
            findings.extend(surroundings::limits(config));
            findings.extend(surroundings::valkey(config));
        }
        None => lines.extend(config.warnings()),
    }
    match db::connect(&config.database_url) {
        Err(error) => findings.push(Finding::new(
            "DATABASE_URL",
            format!("no connection: {}", error.to_string().trim_end().replace('\n', " ")),
            "see that the database runs, and name, password and address are right",
        )),
        Ok(mut connection) => {
            findings.extend(schema(&mut connection));
            if let Some(replicas) = replicas {
                findings.extend(surroundings::database(&mut connection, config, replicas));
            }
        }
    }
    lines.extend(findings.iter().map(ToString::to_string));
    for line in &lines {
        println!("{line}");
    }
    if lines.is_empty() {
        println!("Everything is in order.");
        return Ok(());
    }
    Err(Failure(format!("{} finding(s)", lines.len())))
}

fn schema(connection: &mut DbConnection) -> Vec<Finding> {
    let all = match migrations::status(connection) {
        Ok(all) => all,
        Err(error) => {
            let remedy = "see what the database's own log says";
            return vec![Finding::new("DATABASE_URL", format!("migrations cannot be read: {error}"), remedy)];
        }
    };
    let finding = |one: &migrations::Standing| {
        let (problem, remedy) = match one.place {
            Place::Applied => return None,
            Place::Pending => ("is pending", "run `transcendence migrate`"),
            Place::Unknown => ("is unknown to this version", "start the version that it belongs to"),
        };
        Some(Finding::new("DATABASE_URL", format!("migration {} {problem}", one.name), remedy))
    };
    all.iter().filter_map(finding).collect()
}
