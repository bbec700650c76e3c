//! `transcendence health`: asks the site running on this machine whether it is ready. It is the container's health check, in an
//! image that has no HTTP client.

use std::{
    io::{BufRead, BufReader, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use crate::{config::Config, ops::Failure};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Requests `/health/ready` at the address in `LISTEN`.
///
/// # Errors
/// One line that says what the site answered, or why it did not.
pub fn run(config: &Config) -> Result<(), Failure> {
    let address = reachable(config.network.listen);
    let host = config.network.base_url.split_once("://").map_or(config.network.base_url.as_str(), |(_, host)| host);
    let status = ask(address, host).map_err(|error| Failure(format!("{address} does not answer: {error}")))?;
    if status.split(' ').nth(1) == Some("200") {
        Ok(())
    } else {
        Err(Failure(format!("{address} is not ready: {}", status.trim_end())))
    }
}

/// Where a server that listens on `listen` can be reached from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The first line of the response.
fn ask(address: SocketAddr, host: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET /health/ready HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes())?;
    let mut status = String::new();
    BufReader::new(stream).read_line(&mut status)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_on_loopback() {
        for (listen, asked) in
            [("0.0.0.0:8080", "127.0.0.1:8080"), ("[::]:80", "[::1]:80"), ("10.1.2.3:8080", "10.1.2.3:8080")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
