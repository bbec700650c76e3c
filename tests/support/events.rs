//! Server-sent events, as an open page reads them.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::Method,
};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::people::Visitor;

/// Well over the two seconds after which an open page looks for news by itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// The stream of the page on which people meet.
pub const LOBBY: &str = "/events?topics=queue";

/// The stream that a page names.
pub async fn of_page(visitor: &Visitor, page: &str) -> String {
    let page = visitor.clone().get(page).await.body;
    let (_, stream) = page.split_once("data-hx-sse-connect=\"").expect("the page has a stream");
    stream.split('"').next().unwrap().to_owned()
}

/// The event that sends a page elsewhere.
pub fn goto(path: &str) -> String {
    format!("event: goto\ndata: {path}\n\n")
}

/// An open stream.
pub struct Events(BodyDataStream);

impl Events {
    pub async fn open(visitor: &Visitor, path: &str) -> Self {
        let response = visitor.ask(visitor.request(Method::GET, path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(response.into_body().into_data_stream())
    }

    /// What the page of the lobby reads.
    pub async fn of_lobby(visitor: &Visitor) -> Self {
        Self::open(visitor, LOBBY).await
    }

    /// What a page of the visitor reads.
    pub async fn of_page(visitor: &Visitor, page: &str) -> Self {
        Self::open(visitor, &of_page(visitor, page).await).await
    }

    /// Everything that is pushed until a text has come.
    pub async fn hear(&mut self, text: &str) -> String {
        let mut heard = String::new();
        let hearing = async {
            while !heard.contains(text) {
                let more = self.0.next().await.expect("the stream ended").unwrap();
                heard += std::str::from_utf8(&more).unwrap();
            }
        };
        let in_time = timeout(PATIENCE, hearing).await.is_ok();
        assert!(in_time, "{text:?} is not in {heard:?}");
        heard
    }

    /// Whether the stream ends without another word.
    pub async fn ends(mut self) -> bool {
        timeout(PATIENCE, self.0.next()).await.expect("the stream stays open and silent").is_none()
    }
}
