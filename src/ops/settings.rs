//! `transcendence config`: every setting as it is in effect, and where it comes from.

use std::{collections::BTreeSet, ffi::OsString};

use clap::{ArgMatches, Args, parser::ValueSource};

use crate::config::Config;

/// What stands for a secret.
const HIDDEN: &str = "(hidden)";

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
    let (source, value) = match variable.as_str() {
        "DATABASE_URL" => {
            let file = config.database_password_file.as_ref().map(|_| "DATABASE_PASSWORD_FILE");
            (with_file(source, file), without_password(&config.database_url))
        }
        "VALKEY_URL" => {
            let file = config.valkey_password_file.as_ref().map(|_| "VALKEY_PASSWORD_FILE");
            (with_file(source, file), config.valkey_url.as_deref().map_or_else(String::new, without_password))
        }
        "SECRET" if config.secret_file.is_some() => ("SECRET_FILE".to_owned(), HIDDEN.to_owned()),
        "SECRET" => (source.to_owned(), config.secret.as_ref().map_or_else(String::new, |_| HIDDEN.to_owned())),
        "HOSTS" if config.hosts.is_empty() => ("BASE_URL".to_owned(), config.base_host().to_owned()),
        _ => (source.to_owned(), given),
    };
    Some(Row { variable, source, value })
}

fn with_file(source: &str, file: Option<&str>) -> String {
    file.map_or_else(|| source.to_owned(), |file| format!("{source} and {file}"))
}

/// A URL with its password hidden, and those in its query.
fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    // Up to the last of them: a password may hold what would end it, which is wrong, and a reason to look at this.
    let (user, host) = rest.rsplit_once('@').map_or((None, rest), |(user, host)| (Some(user), host));
    let user = match user.map(|user| user.split_once(':').map_or(user, |(name, _)| name)) {
        Some(name) if rest.len() > name.len() + 1 + host.len() => format!("{name}:{HIDDEN}@"),
        Some(name) => format!("{name}@"),
        None => String::new(),
    };
    let (host, path) = host.split_at(host.find(['/', '?']).unwrap_or(host.len()));
    let path = match path.split_once('?') {
        Some((path, query)) if query.to_ascii_lowercase().contains("password") => format!("{path}?{HIDDEN}"),
        _ => path.to_owned(),
    };
    format!("{scheme}://{user}{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_hidden_wherever_a_url_has_them() {
        for (url, shown) in [
            ("postgres://ada:p%40ss@db:5432/pong", "postgres://ada:(hidden)@db:5432/pong"),
            ("postgres://ada@db/pong?sslmode=require", "postgres://ada@db/pong?sslmode=require"),
            ("postgres://db/pong?user=ada&password=x", "postgres://db/pong?(hidden)"),
            ("redis://:x@valkey:6379", "redis://:(hidden)@valkey:6379"),
            ("postgres://ada:a/b?c@d@db/pong", "postgres://ada:(hidden)@db/pong"),
            ("data/site.sqlite3", "data/site.sqlite3"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
