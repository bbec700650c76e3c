//! Where the site listens, and what it is called.

use std::net::SocketAddr;

use clap::Args;
use ipnet::IpNet;

use super::parse;

/// Where the site listens, and what it is called.
#[derive(Args, Clone)]
pub struct Network {
    /// Address and port to listen on
    #[arg(long, env, default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// Address and port for /metrics and detailed health, for the internal network only; none by default
    #[arg(long, env, global = true)]
    pub metrics_listen: Option<SocketAddr>,
    /// Public address of the site, without a path; https:// turns on secure cookies and HSTS
    #[arg(long, env, default_value = "http://localhost:8080", value_parser = parse::base_url, global = true)]
    pub base_url: String,
    /// Host names to serve, separated by commas; "*" for any [default: the host of `BASE_URL`]
    #[arg(long, env, value_delimiter = ',', value_parser = parse::host, global = true)]
    pub hosts: Vec<String>,
    /// Addresses or networks (10.0.0.0/8) of proxies whose X-Forwarded-For is trusted, separated by commas
    #[arg(long, env, value_delimiter = ',', value_parser = parse::network, global = true)]
    pub trusted_proxies: Vec<IpNet>,
}
