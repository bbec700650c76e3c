//! `transcendence check`: whether the settings and the database are fit to serve; with `--deploy`, whether they are fit to serve
//! the public.

mod deploy;
mod finding;
mod surroundings;

use self::finding::Finding;
use crate::{
    config::Config,
    db::{
        self, DbConnection,
        migrations::{self, Place},
    },
    ops::Failure,
};

/// Prints each finding with the name of its setting. With `replicas`, also checks what matters on a public server with that many
/// processes.
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
    match db::connect(config.database.url.expose()) {
        Err(error) => findings.push(Finding::new(
            "DATABASE_URL",
            format!("could not connect: {}", error.to_string().trim_end().replace('\n', " ")),
            "check that the database is running and that name, password and address are right",
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
            let remedy = "see the database's own log";
            return vec![Finding::new("DATABASE_URL", format!("could not read the migrations: {error}"), remedy)];
        }
    };
    let finding = |one: &migrations::Standing| {
        let (problem, remedy) = match one.place {
            Place::Applied => return None,
            Place::Pending => ("is pending", "run `transcendence migrate`"),
            Place::Unknown => ("is unknown to this version", "start the version it belongs to"),
        };
        Some(Finding::new("DATABASE_URL", format!("migration {} {problem}", one.name), remedy))
    };
    all.iter().filter_map(finding).collect()
}
