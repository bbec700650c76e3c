//! `transcendence config`: every setting in effect, and where it comes from.

use std::{collections::BTreeSet, ffi::OsString};

use clap::{ArgMatches, Args, parser::ValueSource};

use crate::config::{
    Config,
    secret::{self, HIDDEN},
};

/// One line of the table.
struct Row {
    variable: String,
    source: String,
    value: String,
}

/// Prints a line for each setting. `from_file` holds the variables that the `.env` file set.
pub fn run(matches: &ArgMatches, from_file: &BTreeSet<OsString>, config: &Config) {
    let command = Config::augment_args(clap::Command::new("config"));
    let rows: Vec<Row> =
        command.get_arguments().filter_map(|argument| row(argument, matches, from_file, config)).collect();
    let width = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let (first, second) = (width(|row| row.variable.len()), width(|row| row.source.len()));
    for Row { variable, source, value } in &rows {
        println!("{}", format!("{variable:first$}  {source:second$}  {value}").trim_end());
    }
}

fn row(argument: &clap::Arg, matches: &ArgMatches, from_file: &BTreeSet<OsString>, config: &Config) -> Option<Row> {
    let id = argument.get_id().as_str();
    let variable = argument.get_env()?.to_string_lossy().into_owned();
    let source = match matches.value_source(id) {
        Some(ValueSource::CommandLine) => "flag",
        Some(ValueSource::EnvVariable) if from_file.contains(argument.get_env()?) => ".env",
        Some(ValueSource::EnvVariable) => "environment",
        Some(ValueSource::DefaultValue) => "default",
        _ => "not set",
    };
    let raw = matches.get_raw(id).into_iter().flatten();
    let given = raw.map(|value| value.to_string_lossy().into_owned()).collect::<Vec<_>>().join(",");
    // A value read from a file is in effect too, though it arrived another way.
    let (file, secret) = match variable.as_str() {
        "DATABASE_URL" => {
            (config.database.password_file.as_ref().map(|_| "DATABASE_PASSWORD_FILE"), config.database.url.to_string())
        }
        "VALKEY_URL" => {
            let url = config.cluster.valkey_url.as_ref().map(ToString::to_string);
            (config.cluster.valkey_password_file.as_ref().map(|_| "VALKEY_PASSWORD_FILE"), url.unwrap_or_default())
        }
        "SECRET" => {
            let secret = config.accounts.secret.as_ref().map(ToString::to_string);
            (config.accounts.secret_file.as_ref().map(|_| "SECRET_FILE"), secret.unwrap_or_default())
        }
        _ if given.is_empty() => (None, String::new()),
        _ => (None, HIDDEN.to_owned()),
    };
    let (source, value) = match variable.as_str() {
        "HOSTS" if config.network.hosts.is_empty() => ("BASE_URL".to_owned(), config.base_host().to_owned()),
        _ if secret::is_secret(argument) => (with_file(source, file), secret),
        _ => (source.to_owned(), given),
    };
    Some(Row { variable, source, value })
}

fn with_file(source: &str, file: Option<&str>) -> String {
    match file {
        Some(file) if source == "not set" => file.to_owned(),
        Some(file) => format!("{source} and {file}"),
        None => source.to_owned(),
    }
}
