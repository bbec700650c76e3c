//! What is sent to a page.

use axum::response::sse::Event;
use futures_util::stream::BoxStream;
use serde::{Serialize, de::DeserializeOwned};

use crate::language::Language;

/// The events that a page gets about one topic.
pub type Events = BoxStream<'static, Event>;

/// A change to something that a topic shows.
pub trait Fragment: Serialize + DeserializeOwned + Send + 'static {
    /// The topic's name.
    const TOPIC: &'static str;

    /// The event that tells a page about it; `None` when there is nothing to tell.
    fn event(&self, language: Language) -> Option<Event>;
}

/// Replaces the contents of the element `target` (an id) with `html`, but keeps what somebody has typed or chosen there.
pub fn morph(target: &str, html: &str) -> Event {
    Event::default().data(format!(r##"<hx-partial hx-target="#{target}" hx-swap="innerMorph">{html}</hx-partial>"##))
}

/// Sends the page to another page of this site.
pub fn go_to(path: &str) -> Event {
    Event::default().event("goto").data(path)
}
