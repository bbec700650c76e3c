//! As much of a browser as a load test needs: it posts forms and keeps cookies.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::ops::Failure;

/// Longest response to read, in bytes; a redirect has hardly any body.
const LONGEST: u64 = 256 * 1024;

/// How many times a busy server is asked, and the wait between attempts.
const TRIES: u32 = 10;
const BUSY: Duration = Duration::from_secs(1);

/// Where the site is.
pub(super) struct Host {
    /// Host and port as in URLs.
    pub name: String,
    /// Where to connect.
    pub address: SocketAddr,
}

/// A visitor.
#[derive(Default)]
pub(super) struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    /// The cookies as a header.
    pub fn cookies(&self) -> String {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Posts a form and returns the path that the response redirects to, or an empty string for an empty response (204). When the
    /// server says that it is busy, asks again.
    pub async fn post(&mut self, host: &Host, path: &str, form: &[(&str, &str)]) -> Result<String, Failure> {
        for _ in 0..TRIES {
            match self.post_once(host, path, form).await? {
                Some(location) => return Ok(location),
                None => sleep(BUSY).await,
            }
        }
        Err(Failure(format!("POST {path}: the server is still busy (503)")))
    }

    async fn post_once(&mut self, host: &Host, path: &str, form: &[(&str, &str)]) -> Result<Option<String>, Failure> {
        let body: Vec<String> = form.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let body = body.join("&");
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {name}\r\nOrigin: http://{name}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nCookie: {cookies}\r\n\
             Content-Length: {length}\r\n\r\n{body}",
            name = host.name,
            cookies = self.cookies(),
            length = body.len(),
        );
        let answer =
            exchange(host.address, &request).await.map_err(|error| Failure(format!("POST {path}: {error}")))?;
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let mut location = None;
        for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "set-cookie" => self.keep(value),
                "location" => location = Some(value.to_owned()),
                _ => {}
            }
        }
        let status = head.split(' ').nth(1).unwrap_or_default();
        match (status, location) {
            ("302" | "303", Some(location)) => Ok(Some(location)),
            ("204", _) => Ok(Some(String::new())),
            ("503", _) => Ok(None),
            ("429", _) => Err(Failure("the server limits requests: start it with RATE_LIMITS=off".to_owned())),
            _ => Err(Failure(format!("POST {path}: answered {status:?}, not with a redirect"))),
        }
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            self.cookies.retain(|(known, _)| known != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

async fn exchange(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
