//! People at a site in another process: a browser's cookies, forms and sockets.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{SinkExt, StreamExt};
use reqwest::{
    StatusCode,
    cookie::{CookieStore, Jar},
    header::HeaderMap,
    redirect::Policy,
};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async,
    tungstenite::{self, Message, client::IntoClientRequest, handshake::client::Request},
};

use super::site::{PATIENCE, Site};

/// Lets this process open as many sockets as the system allows.
pub fn many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

/// Somebody with a browser.
#[derive(Clone)]
pub struct Person {
    client: reqwest::Client,
    jar: Arc<Jar>,
    base: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
    pub took: Duration,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Fails unless it is the designed page that says to come back, and when.
    pub fn assert_busy(&self) {
        assert_eq!(self.status, StatusCode::SERVICE_UNAVAILABLE, "{}", self.body);
        assert!(self.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds > 0), "{:?}", self.headers);
        assert!(self.body.contains("<h1>Back in a moment"), "{}", self.body);
    }
}

impl Person {
    pub fn at(site: &Site) -> Self {
        let jar = Arc::new(Jar::default());
        let client = reqwest::Client::builder().cookie_provider(Arc::clone(&jar)).redirect(Policy::none());
        let client = client.timeout(PATIENCE).no_proxy().build().unwrap();
        Self { client, jar, base: site.url("") }
    }

    pub async fn get(&self, path: &str) -> reqwest::Result<Answer> {
        self.send(self.client.get(format!("{}{path}", self.base))).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let request = self.client.post(format!("{}{path}", self.base)).header("sec-fetch-site", "same-origin");
        self.send(request.form(form)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> reqwest::Result<Answer> {
        let began = Instant::now();
        let response = request.send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.text().await?;
        Ok(Answer { status, headers, body, took: began.elapsed() })
    }

    /// Makes a match against a bot; its id.
    pub async fn meet_bot(&self) -> Option<String> {
        let made = self.post("/play/bot", &[("strength", "weak"), ("points", "3")]).await.ok()?;
        match_of(made.header("location"))
    }

    /// The cookies as a header.
    pub fn cookies(&self) -> String {
        let cookies = self.jar.cookies(&self.base.parse().unwrap());
        cookies.map_or_else(String::new, |cookies| cookies.to_str().unwrap().to_owned())
    }

    fn handshake(&self, id: &str) -> Request {
        let mut request = format!("{}/live/{id}", self.base.replace("http", "ws")).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", "pong.v1".parse().unwrap());
        headers.insert("origin", self.base.parse().unwrap());
        headers.insert("cookie", self.cookies().parse().unwrap());
        request
    }

    /// Opens the socket of a match.
    pub async fn join(&self, id: &str) -> Result<Socket, tungstenite::Error> {
        Ok(Socket(connect_async(self.handshake(id)).await?.0))
    }

    /// The same over a connection that is open already.
    pub async fn join_over(&self, stream: TcpStream, id: &str) -> Result<Socket, tungstenite::Error> {
        Ok(Socket(client_async(self.handshake(id), MaybeTlsStream::Plain(stream)).await?.0))
    }
}

/// Two guests meet by link; the match's id.
pub async fn meet(ada: &Person, bob: &Person, points: &str) -> Option<String> {
    let invited = ada.post("/play/link", &[("points", points)]).await.ok()?;
    let taken = bob.post(invited.header("location"), &[]).await.ok()?;
    match_of(taken.header("location"))
}

/// The id in `/matches/{id}/play`.
fn match_of(path: &str) -> Option<String> {
    Some(path.strip_prefix("/matches/")?.split('/').next()?.to_owned())
}

/// The socket of a match.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub async fn try_say(&mut self, message: Value) -> Result<(), tungstenite::Error> {
        self.0.send(Message::text(message.to_string())).await
    }

    pub async fn say(&mut self, message: Value) {
        self.try_say(message).await.unwrap();
    }

    /// The next message of a kind, or nothing when the socket ends before.
    pub async fn try_hear(&mut self, kind: &str) -> Option<Value> {
        let hearing = async {
            while let Some(Ok(frame)) = self.0.next().await {
                let Message::Text(text) = frame else { continue };
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["t"] == kind {
                    return Some(message);
                }
            }
            None
        };
        timeout(PATIENCE, hearing).await.unwrap_or_else(|_| panic!("no {kind} came"))
    }

    pub async fn hear(&mut self, kind: &str) -> Value {
        self.try_hear(kind).await.unwrap_or_else(|| panic!("the socket ended before {kind}"))
    }

    /// The code that the socket is closed with; what comes before is passed over.
    pub async fn closed(&mut self) -> Option<u16> {
        let closing = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return None,
                }
            }
        };
        timeout(PATIENCE, closing).await.expect("the socket stays open")
    }

    /// Gives the match up.
    pub async fn leave(&mut self) -> Result<(), tungstenite::Error> {
        self.try_say(json!({"t": "leave"})).await
    }
}

/// Tries again until it works.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut attempt: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = attempt().await {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
