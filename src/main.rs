//! The commands of the one binary.

use std::{collections::BTreeSet, ffi::OsString, process::ExitCode, time::Duration};

use clap::{
    CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ContextValue, ErrorKind},
};
use tracing_subscriber::EnvFilter;
use transcendence::{
    config::{Config, LogFormat, secret::is_secret},
    ops::{self, Failure, migrate::Task},
    site,
};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Play Pong against each other, live, in the browser.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: Config,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the site (the default)
    Serve,
    /// Bring the database schema up to this version
    Migrate {
        /// Only list which migrations have run and which are pending
        #[arg(long, conflicts_with = "revert")]
        status: bool,
        /// Revert the last N migrations, which loses what their tables and columns hold; before going back to an older
        /// version
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        revert: Option<u16>,
    },
    /// Ask the site running here whether it is ready; for a container's health check
    Health,
    /// Write the static files, the error pages and the headers for a web server that serves them itself
    Assets {
        /// Folder to write to
        #[arg(long)]
        to: std::path::PathBuf,
    },
    /// Check the settings and the database; any finding makes the exit code non-zero
    Check {
        /// Also check whether the site is fit for the public: secret, HTTPS, hosts, limits, clock, disk, connections, Valkey
        #[arg(long)]
        deploy: bool,
        /// Number of replicas that share the database and Valkey
        #[arg(long, value_name = "N", default_value_t = 2, requires = "deploy", value_parser = clap::value_parser!(u16).range(1..))]
        replicas: u16,
    },
    /// Show every setting in effect and where it comes from; secrets are hidden
    Config,
    /// Make an account an administrator, creating it if there is none
    CreateAdmin(ops::create_admin::Options),
    /// Fill an empty database with made-up players and matches, for benchmarks and demonstrations; never on a real site
    ///
    /// The players have no passwords. The first, ada, has the most matches: /players/ada.
    Seed {
        /// Players to make
        #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
        players: u32,
        /// Finished matches to make, over the last two years
        #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(0..=10_000_000))]
        matches: u32,
        /// Seed even if there are players already
        #[arg(long)]
        force: bool,
    },
    /// Write the whole database into one compressed file; the site may be running
    Backup(ops::transfer::BackupOptions),
    /// Restore a backup into an empty database; stop the site first
    Restore(ops::transfer::RestoreOptions),
    /// Copy everything from one database into another, empty one, of either kind; stop the site first
    Copy(ops::transfer::CopyOptions),
    /// Play many matches at once against a running server and measure it
    Loadtest(ops::loadtest::Options),
}

fn main() -> ExitCode {
    let before: BTreeSet<OsString> = std::env::vars_os().map(|(name, _)| name).collect();
    // A missing .env is not an error; a broken one is.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        // The line itself may hold a secret.
        match error {
            dotenvy::Error::LineParse(..) => {
                eprintln!("error: .env: a line is not of the form NAME=value; quote values with spaces");
            }
            error => eprintln!("error: .env: {error}"),
        }
        return ExitCode::FAILURE;
    }
    // Settings whose type marks them as secrets; help shows none of their values.
    let mut command =
        Cli::command().mut_args(|setting| if is_secret(&setting) { setting.hide_env_values(true) } else { setting });
    let parsed = command.try_get_matches_from_mut(std::env::args_os()).and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))?;
        Ok((cli, matches))
    });
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return explain(&error, &command),
    };
    let config = match cli.config.read_files() {
        Ok(config) => config,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    if matches!(cli.command, Some(Command::Config)) {
        let from_file = std::env::vars_os().map(|(name, _)| name).filter(|name| !before.contains(name)).collect();
        ops::settings::run(&matches, &from_file, &config);
        return ExitCode::SUCCESS;
    }
    start_log(&config);
    match run(cli.command.unwrap_or(Command::Serve), config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Help and version as clap prints them; for a wrong value, one line that names its variable.
fn explain(error: &clap::Error, command: &clap::Command) -> ExitCode {
    let wrong_value = matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue);
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (Some(option), Some(value), true) =
        (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue), wrong_value)
    else {
        error.exit();
    };
    let flag = option.split_whitespace().next().unwrap_or(option);
    let variable = flag.trim_start_matches('-').replace('-', "_").to_uppercase();
    let is_secret =
        command.get_arguments().any(|setting| setting.get_long() == flag.strip_prefix("--") && is_secret(setting));
    let value = if is_secret { String::new() } else { format!(" {value:?}") };
    let why = std::error::Error::source(error).map(ToString::to_string);
    let why = why.unwrap_or_else(|| match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(valid)) => format!("must be one of: {}", valid.join(", ")),
        _ => "is not a valid value".to_owned(),
    });
    eprintln!("error: {variable} (or {flag}):{value}: {why}");
    ExitCode::from(2)
}

fn run(command: Command, config: Config) -> Result<(), Failure> {
    match command {
        Command::Serve => complete(site::serve::run(config)),
        Command::Migrate { status, revert } => {
            let task = match revert {
                Some(count) => Task::Revert(usize::from(count)),
                None if status => Task::Status,
                None => Task::Run,
            };
            ops::migrate::run(&config, task)
        }
        Command::Health => ops::probe::run(&config),
        Command::Assets { to } => ops::assets::run(&to),
        Command::Check { deploy, replicas } => ops::check::run(&config, deploy.then_some(replicas)),
        // Printed before, where the source of each value is known.
        Command::Config => Ok(()),
        Command::CreateAdmin(options) => complete(ops::create_admin::run(&config, options)),
        Command::Seed { players, matches, force } => ops::seed::run(&config, players, matches, force),
        Command::Backup(options) => complete(ops::transfer::backup(config, options)),
        Command::Restore(options) => ops::transfer::restore(&config, &options),
        Command::Copy(options) => ops::transfer::copy(&config, &options),
        Command::Loadtest(options) => ops::loadtest::run(&options),
    }
}

/// Runs a command that waits for many things at once. Once it is done the process ends, without waiting for queries that a hanging
/// database never answers.
fn complete(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure(error.to_string()))?;
    let done = runtime.block_on(command);
    runtime.shutdown_timeout(Duration::from_millis(200));
    done
}

fn start_log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log.filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
