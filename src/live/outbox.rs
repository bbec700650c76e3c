//! Messages waiting to be written to one socket: bounded, so that a client that does not read cannot fill the memory.

use std::collections::VecDeque;

use axum::{body::Bytes, extract::ws::Utf8Bytes};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{messages::Relay, protocol::CloseReason};
use crate::{
    cluster::Cluster,
    id::Id,
    web::direct::{DirectWriter, Written},
};

/// The most messages that may wait for one socket.
const LIMIT: usize = 64;
/// The first byte of a text message that is one frame (RFC 6455, 5.2).
const TEXT: u8 = 0x81;

/// A message, encoded once for everybody who gets it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// As it goes over the wire.
    bytes: Bytes,
    text: Utf8Bytes,
}

impl Frame {
    /// A text message as one unmasked frame, as servers send them.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut bytes = Vec::with_capacity(10 + text.len());
        match (u8::try_from(text.len()), u16::try_from(text.len())) {
            (Ok(length @ 0..126), _) => bytes.extend_from_slice(&[TEXT, length]),
            (_, Ok(length)) => {
                bytes.extend_from_slice(&[TEXT, 126]);
                bytes.extend_from_slice(&length.to_be_bytes());
            }
            _ => {
                bytes.extend_from_slice(&[TEXT, 127]);
                bytes.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            }
        }
        let header = bytes.len();
        bytes.extend_from_slice(text.as_bytes());
        let bytes = Bytes::from(bytes);
        // It was UTF-8 a moment ago.
        let text = Utf8Bytes::try_from(bytes.slice(header..)).unwrap_or_default();
        Self { bytes, text }
    }
}

/// A socket on another replica.
pub struct Remote {
    /// The way there.
    pub cluster: Cluster,
    /// The replica that has the socket.
    pub replica: Id,
    /// The socket's number there.
    pub conn: u64,
}

/// The way from a room to one socket. A message is written at once, by its sender, when nothing waits before it and the socket
/// accepts it; otherwise it waits for the socket's task.
#[derive(Default)]
pub struct Outbox {
    direct: Option<DirectWriter>,
    remote: Option<Remote>,
    waiting: Mutex<Waiting>,
    news: Notify,
}

#[derive(Default)]
struct Waiting {
    frames: VecDeque<Frame>,
    close: Option<CloseReason>,
    /// The task has taken messages that it has not written yet: later ones must wait behind them.
    writing: bool,
    /// A direct write left something for the task to flush.
    flush: bool,
}

/// The next thing for the socket's task to do.
pub enum Next {
    /// Write a message.
    Text(Utf8Bytes),
    /// Flush what was written.
    Flush,
    /// Close the socket: everything before it has been written.
    Close(CloseReason),
}

impl Outbox {
    /// An outbox over a connection that can be written to directly, if there is one.
    #[must_use]
    pub fn new(direct: Option<DirectWriter>) -> Self {
        Self { direct, ..Self::default() }
    }

    /// An outbox to a socket on another replica, which has its own bounded queue.
    #[must_use]
    pub fn remote(remote: Remote) -> Self {
        Self { remote: Some(remote), ..Self::default() }
    }

    /// Writes a message or queues it; when too many are waiting already, the client is too slow and its socket is closed.
    pub fn send(&self, frame: &Frame) {
        let mut waiting = self.waiting.lock();
        if waiting.close.is_some() {
            return;
        }
        if let Some(Remote { cluster, replica, conn }) = &self.remote {
            cluster.tell(*replica, &Relay::Frame { conn: *conn, text: frame.text.as_str().to_owned() });
            return;
        }
        if let Some(direct) = self.direct.as_ref().filter(|_| waiting.frames.is_empty() && !waiting.writing) {
            match direct.write(&frame.bytes) {
                Written::Whole => return,
                Written::Partly => {
                    waiting.flush = true;
                    drop(waiting);
                    self.news.notify_one();
                    return;
                }
                Written::No => {}
            }
        }
        if waiting.frames.len() >= LIMIT {
            waiting.frames.clear();
            waiting.close = Some(CloseReason::TooSlow);
        } else {
            waiting.frames.push_back(frame.clone());
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// Closes the socket after everything that is queued. The first reason counts.
    pub fn close(&self, reason: CloseReason) {
        let mut waiting = self.waiting.lock();
        let first = waiting.close.is_none();
        waiting.close.get_or_insert(reason);
        if let Some(Remote { cluster, replica, conn }) = self.remote.as_ref().filter(|_| first) {
            cluster.tell(*replica, &Relay::Close { conn: *conn, code: reason.code().0 });
        }
        drop(waiting);
        self.news.notify_one();
    }

    /// The next thing to do, if any. What is taken must be written, and followed by [`Outbox::written`].
    pub fn take(&self) -> Option<Next> {
        let mut waiting = self.waiting.lock();
        if let Some(frame) = waiting.frames.pop_front() {
            waiting.writing = true;
            return Some(Next::Text(frame.text));
        }
        if std::mem::take(&mut waiting.flush) {
            return Some(Next::Flush);
        }
        waiting.close.map(Next::Close)
    }

    /// Notes that everything taken is written; returns whether there is more to take.
    pub fn written(&self) -> bool {
        let mut waiting = self.waiting.lock();
        let more = !waiting.frames.is_empty() || waiting.flush || waiting.close.is_some();
        waiting.writing = more;
        more
    }

    /// Waits until there may be something to do.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// Whether the socket must be given up although a write to it is still pending.
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
            outbox.send(&Frame::text("x"));
        }
        assert!(!outbox.is_too_slow());
        outbox.send(&Frame::text("x"));
        assert!(outbox.is_too_slow());
        assert!(matches!(outbox.take(), Some(Next::Close(CloseReason::TooSlow))));
    }

    #[test]
    fn what_was_said_before_a_close_is_still_written() {
        let outbox = Outbox::default();
        outbox.send(&Frame::text("end"));
        outbox.close(CloseReason::Over);
        outbox.send(&Frame::text("late"));
        assert!(matches!(outbox.take(), Some(Next::Text(text)) if text.as_str() == "end"));
        assert!(matches!(outbox.take(), Some(Next::Close(CloseReason::Over))));
    }

    #[test]
    fn a_frame_has_the_header_of_its_length() {
        for (length, header) in
            [(125, &[0x81, 125][..]), (126, &[0x81, 126, 0, 126]), (70_000, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0x11, 0x70])]
        {
            let text = "x".repeat(length);
            let frame = Frame::text(&text);
            assert_eq!(frame.bytes, [header, text.as_bytes()].concat());
            assert_eq!(frame.text.as_str(), text);
        }
    }
}
