//! Live play over WebSockets: a site that listens, and the sockets of those who play or watch.

use std::{fmt::Display, net::SocketAddr};

use axum::http::HeaderName;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, handshake::client::Request},
};
use transcendence::{
    id::Id,
    web::{listener::BoundedListener, server},
};

use super::{
    PATIENCE, Site,
    people::{Person, Player, Visitor},
};

/// Where the socket of a match is opened.
pub fn path(id: impl Display) -> String {
    format!("/live/{id}")
}

/// A site of this process that listens on a port of its own.
pub struct Served {
    pub address: SocketAddr,
    pub task: JoinHandle<()>,
}

impl Served {
    pub async fn start(site: &Site) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let listener = BoundedListener::new(listener, 100);
        let stopping = site.state.stopping.clone();
        let task = tokio::spawn(server::serve(listener, site.router.clone(), PATIENCE, stopping));
        Self { address, task }
    }
}

impl Player {
    /// Opens the socket of a match at an address of the site.
    pub async fn join(&self, at: SocketAddr, id: Id) -> Socket {
        self.browser.join(at, id, &[]).await.unwrap()
    }
}

impl Visitor {
    /// Opens the socket of a match at an address of the site, with these headers instead of a browser's, or besides.
    pub async fn join(&self, at: SocketAddr, id: Id, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
        Socket::open(handshake(at, id, &self.cookie_header(), headers)).await
    }
}

impl Person {
    /// Opens the socket of a match.
    pub async fn join(&self, id: &str) -> Result<Socket, Error> {
        Socket::open(self.handshake(id)).await
    }

    /// The same over a connection that is open already.
    pub async fn join_over(&self, stream: TcpStream, id: &str) -> Result<Socket, Error> {
        Ok(Socket(client_async(self.handshake(id), MaybeTlsStream::Plain(stream)).await?.0))
    }

    fn handshake(&self, id: &str) -> Request {
        handshake(self.address, id, &self.cookie_header(), &[("origin", &self.url(""))])
    }
}

fn handshake(at: SocketAddr, id: impl Display, cookies: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = format!("ws://{at}{}", path(id)).into_client_request().unwrap();
    for (name, value) in [("sec-websocket-protocol", "pong.v1"), ("cookie", cookies)].iter().chain(headers) {
        request.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    request
}

/// The socket of a match.
pub struct Socket(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(request: Request) -> Result<Self, Error> {
        let (stream, answer) = connect_async(request).await?;
        assert_eq!(answer.headers()["sec-websocket-protocol"], "pong.v1");
        Ok(Self(stream))
    }

    pub async fn say(&mut self, message: Value) {
        self.try_say(message).await.unwrap();
    }

    pub async fn try_say(&mut self, message: Value) -> Result<(), Error> {
        self.0.send(Message::text(message.to_string())).await
    }

    /// Presses or lets go of a key: the `n`th input, at the earliest tick that counts.
    pub async fn steer(&mut self, n: i64, direction: i64) {
        self.try_steer(n, direction).await.unwrap();
    }

    pub async fn try_steer(&mut self, n: i64, direction: i64) -> Result<(), Error> {
        self.try_say(json!({"t": "in", "n": n, "k": 0, "d": direction})).await
    }

    /// Gives the match up.
    pub async fn leave(&mut self) {
        self.try_leave().await.unwrap();
    }

    pub async fn try_leave(&mut self) -> Result<(), Error> {
        self.try_say(json!({"t": "leave"})).await
    }

    /// Sends a ping and returns the answer.
    pub async fn ping(&mut self, c: i64) -> Value {
        self.say(json!({"t": "ping", "c": c})).await;
        self.hear("pong").await
    }

    /// The next message of a kind, those before it passed over.
    pub async fn hear(&mut self, kind: &str) -> Value {
        self.try_hear(kind).await.unwrap_or_else(|| panic!("the socket ended before {kind}"))
    }

    /// The next word about the state of a seat, which must be that its player is absent.
    pub async fn hear_absent(&mut self, seat: i64) {
        let heard = self.hear("seat").await;
        assert_eq!((&heard["s"], &heard["on"]), (&json!(seat), &json!(false)));
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

    /// The code and the reason that the server closes the socket with; what comes before is passed over.
    pub async fn closed(&mut self) -> (u16, String) {
        let closing = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                    Some(Ok(_)) => {}
                    other => panic!("ended without a reason: {other:?}"),
                }
            }
        };
        timeout(PATIENCE, closing).await.expect("the socket stays open")
    }

    /// Waits until the socket ends, in whatever way.
    pub async fn ended(&mut self) {
        let ending = async { while let Some(Ok(_)) = self.0.next().await {} };
        timeout(PATIENCE, ending).await.expect("the socket stays open");
    }
}
