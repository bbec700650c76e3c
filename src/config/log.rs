//! The log.

use clap::{Args, ValueEnum};

use super::parse;

/// How log lines are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// The log.
#[derive(Args, Clone)]
pub struct Log {
    /// Log lines as text for people, or as JSON
    #[arg(id = "log_format", long = "log-format", env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    pub format: LogFormat,
    /// What to log, as tracing filter directives
    #[arg(id = "log_filter", long = "log-filter", env = "LOG_FILTER", default_value = "info", value_parser = parse::log_filter, global = true)]
    pub filter: String,
}
