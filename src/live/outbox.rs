//! What waits to be written to one socket: bounded, so that a client that does not read cannot fill the memory.

use std::collections::VecDeque;

use axum::extract::ws::Utf8Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::protocol::CloseReason;

/// The most messages that wait for one socket.
const LIMIT: usize = 64;

/// The queue between a room and one socket's task.
#[derive(Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Default)]
struct Waiting {
    texts: VecDeque<Utf8Bytes>,
    close: Option<CloseReason>,
}

/// The next thing for the socket's task to do.
pub enum Next {
    /// Write a message.
    Text(Utf8Bytes),
    /// Close the socket: everything before was written.
    Close(CloseReason),
}

impl Outbox {
    /// Queues a message; when too many wait already, the client is too slow and its socket is closed.
    pub fn send(&self, text: Utf8Bytes) {
        let mut waiting = self.waiting.lock();
        if waiting.close.is_some() {
            return;
        }
        if waiting.texts.len() >= LIMIT {
            waiting.texts.clear();
            waiting.close = Some(CloseReason::TooSlow);
        } else {
            waiting.texts.push_back(text);
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// Closes the socket after what is queued. The first reason counts.
    pub fn close(&self, reason: CloseReason) {
        self.waiting.lock().close.get_or_insert(reason);
        self.news.notify_one();
    }

    /// The next thing to do, if there is any.
    pub fn take(&self) -> Option<Next> {
        let mut waiting = self.waiting.lock();
        match waiting.texts.pop_front() {
            Some(text) => Some(Next::Text(text)),
            None => waiting.close.map(Next::Close),
        }
    }

    /// Waits until there may be something to do.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// Whether the socket must be given up though a write to it has not ended.
    pub fn is_too_slow(&self) -> bool {
        self.waiting.lock().close == Some(CloseReason::TooSlow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_is_dropped_and_closes_the_socket() {
        let outbox = Outbox::default();
        for _ in 0..LIMIT {
            outbox.send("x".into());
        }
        assert!(!outbox.is_too_slow());
        outbox.send("x".into());
        assert!(outbox.is_too_slow());
        assert!(matches!(outbox.take(), Some(Next::Close(CloseReason::TooSlow))));
    }

    #[test]
    fn what_was_said_before_a_close_is_still_written() {
        let outbox = Outbox::default();
        outbox.send("end".into());
        outbox.close(CloseReason::Over);
        outbox.send("late".into());
        assert!(matches!(outbox.take(), Some(Next::Text(text)) if text.as_str() == "end"));
        assert!(matches!(outbox.take(), Some(Next::Close(CloseReason::Over))));
    }
}
