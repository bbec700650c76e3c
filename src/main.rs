//! The commands of the one binary.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;
use transcendence::{
    config::{Config, LogFormat},
    ops::{self, Failure},
};

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
    /// Bring the database's schema up to this version
    Migrate {
        /// Only list what was run and what is pending
        #[arg(long)]
        status: bool,
    },
    /// Check the settings and the database; a finding makes the exit code non-zero
    Check,
}

fn main() -> ExitCode {
    // A missing .env is no error; a broken one is.
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        eprintln!("error: .env: {error}");
        return ExitCode::FAILURE;
    }
    let cli = Cli::parse();
    start_log(&cli.config);
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => runtime()?.block_on(ops::serve::run(cli.config)),
        Command::Migrate { status } => ops::migrate::run(&cli.config, status),
        Command::Check => ops::check::run(&cli.config),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| Failure(error.to_string()))
}

fn start_log(config: &Config) {
    let filter = EnvFilter::try_new(&config.log_filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
