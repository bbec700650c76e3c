//! What nobody may have more of.

use clap::Args;

use super::values::Switch;

/// What nobody may have more of.
#[derive(Args, Clone)]
pub struct Limits {
    /// Limits on log-ins, sign-ups and the like; off only for load tests
    #[arg(long, env, value_enum, default_value_t = Switch::On, global = true)]
    pub rate_limits: Switch,
    /// Maximum number of open connections; further ones wait to be accepted
    #[arg(long, env, default_value_t = 15_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub max_connections: u32,
    /// Maximum number of open connections from one address (or IPv6 /64 network), trusted proxies excepted; 0 for no limit
    #[arg(long, env, default_value_t = 256, value_parser = clap::value_parser!(u32).range(0..=1_000_000), global = true)]
    pub max_connections_each: u32,
    /// Seconds a connection may take to send the headers of a request; trusted proxies get at least 90
    #[arg(long, env, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=300), global = true)]
    pub header_timeout: u64,
    /// Maximum number of requests handled at once; further ones get 503
    #[arg(long, env, default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..=100_000), global = true)]
    pub max_requests: u32,
    /// Seconds a request may take
    #[arg(long, env, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=300), global = true)]
    pub request_timeout: u64,
    /// Maximum number of passwords hashed at once; each takes 46 MiB and one core
    #[arg(long, env, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64), global = true)]
    pub password_hashers: u16,
}
