//! `transcendence check`: whether the settings and the database are fit to serve.

use crate::{
    config::Config,
    db::{self, migrations},
    ops::Failure,
};

/// Prints each finding with the name of its setting.
///
/// # Errors
/// When there is any finding.
pub fn run(config: &Config) -> Result<(), Failure> {
    let mut findings = config.warnings();
    match db::connect(&config.database_url) {
        Err(error) => findings.push(format!("DATABASE_URL: no connection: {error}")),
        Ok(mut connection) => match migrations::status(&mut connection) {
            Err(error) => findings.push(format!("DATABASE_URL: {error}")),
            Ok(all) => findings.extend(
                all.iter()
                    .filter(|m| !m.applied)
                    .map(|m| format!("DATABASE_URL: migration {} is pending; run `transcendence migrate`.", m.name)),
            ),
        },
    }
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("Everything is in order.");
        return Ok(());
    }
    Err(Failure(format!("{} finding(s)", findings.len())))
}
