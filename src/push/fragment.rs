//! What a page is told.

use axum::response::sse::Event;
use futures_util::stream::BoxStream;
use serde::{Serialize, de::DeserializeOwned};

use crate::language::Language;

/// What a page is told about one topic.
pub type Events = BoxStream<'static, Event>;

/// Something that happened to what a topic shows.
pub trait Fragment: Serialize + DeserializeOwned + Send + 'static {
    /// The name of the topic.
    const TOPIC: &'static str;

    /// How it is told to a page; `None` when there is nothing to tell.
    fn event(&self, language: Language) -> Option<Event>;
}

/// Puts `html` into the page in place of what the element `target` (an id) holds, and keeps what somebody has typed or chosen there.
pub fn morph(target: &str, html: &str) -> Event {
    Event::default().data(format!(r##"<hx-partial hx-target="#{target}" hx-swap="innerMorph">{html}</hx-partial>"##))
}

/// Leads the page to another one of this site.
pub fn go_to(path: &str) -> Event {
    Event::default().event("goto").data(path)
}
