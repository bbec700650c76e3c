//! Messages to open pages: one stream of server-sent events per page, for everything that the page shows live.
//!
//! What can be shown is a *topic* (`queue`, or `invite:KEY` for one of many). The feature that owns it is its [`Source`], which
//! decides who may see it and renders it in the reader's language. What happens anywhere is sent as a [`Fragment`] of a topic to
//! the pages that show it, on any replica ([`Push::to_topic`], [`Push::to_player`]). A page names its topics in
//! `GET /events?topics=…`.

mod fragment;
mod open;
mod source;

use std::sync::Arc;

use axum::response::sse::Event;
use futures_util::{Stream, StreamExt, stream};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use self::open::{Open, To};
pub use self::{
    fragment::{Events, Fragment, go_to, morph},
    open::Pushed,
    source::{Source, Watcher},
};
use crate::{
    cluster::{
        Cluster,
        bus::{Hearing, NotHeard, Topic},
    },
    error::Error,
    id::Id,
};

/// The most topics that one page may show.
const MOST_TOPICS: usize = 8;
/// Longest key of a topic, in bytes.
const LONGEST_KEY: usize = 64;

/// A fragment on its way to all replicas.
#[derive(Clone, Serialize, Deserialize)]
struct Message {
    to: To,
    topic: String,
    /// The fragment as JSON.
    fragment: String,
}

impl Topic for Message {
    const NAME: &'static str = "push";
}

/// The pages that are open in this process; cheap to clone.
#[derive(Clone)]
pub struct Push(Arc<Inner>);

struct Inner {
    cluster: Cluster,
    stopping: CancellationToken,
    sources: Mutex<Vec<Arc<dyn Source>>>,
    open: Arc<Open>,
}

impl Push {
    /// Starts without open pages. Spawns the task that hears what happens on other replicas, so it must be called on a Tokio
    /// runtime; all streams end with `stopping`.
    #[must_use]
    pub fn new(cluster: Cluster, stopping: CancellationToken) -> Self {
        let open = Arc::<Open>::default();
        let hearing = deliver(Arc::clone(&open), cluster.hear::<Message>());
        let stop = stopping.clone();
        tokio::spawn(async move { stop.run_until_cancelled(hearing).await });
        Self(Arc::new(Inner { cluster, stopping, sources: Mutex::default(), open }))
    }

    /// Lets pages show a topic from now on.
    pub fn add(&self, source: impl Source) {
        self.0.sources.lock().push(Arc::new(source));
    }

    /// Tells every page that shows a topic under a key, on every replica.
    pub fn to_topic<F: Fragment>(&self, key: &str, fragment: &F) {
        self.send(To::Key(key.to_owned()), fragment);
    }

    /// Tells a player on each of their open pages that shows the fragment's topic, on every replica.
    pub fn to_player<F: Fragment>(&self, player: Id, fragment: &F) {
        self.send(To::Player(player), fragment);
    }

    fn send<F: Fragment>(&self, to: To, fragment: &F) {
        match serde_json::to_string(fragment) {
            Ok(fragment) => self.0.cluster.tell_all(&Message { to, topic: F::TOPIC.to_owned(), fragment }),
            Err(error) => tracing::error!(%error, topic = F::TOPIC, "Could not encode a fragment"),
        }
    }

    /// What a page hears about its topics (separated by commas), until there is nothing more to tell or the site stops.
    ///
    /// # Errors
    /// [`Error::NotFound`] for unknown topics, [`Error::Unprocessable`] for too many, and the errors of the [`Source`]s.
    pub async fn open(
        &self,
        topics: &str,
        watcher: Watcher,
    ) -> Result<impl Stream<Item = Event> + Send + use<>, Error> {
        let topics: Vec<&str> = topics.split(',').collect();
        if topics.len() > MOST_TOPICS {
            return Err(Error::Unprocessable);
        }
        if topics.iter().enumerate().any(|(place, topic)| topics.iter().take(place).any(|earlier| earlier == topic)) {
            return Err(Error::Unprocessable);
        }
        // Cut off as a whole: a page that misses something of one topic connects again, and hears everything anew.
        let cut_off = self.0.stopping.child_token();
        let mut streams = Vec::with_capacity(topics.len());
        for topic in topics {
            let (name, key) = topic.split_once(':').unwrap_or((topic, ""));
            let source = self.0.sources.lock().iter().find(|source| source.topic() == name).map(Arc::clone);
            let source = source.filter(|_| key.len() <= LONGEST_KEY).ok_or(Error::NotFound)?;
            // Added before the source first looks, so that nothing is missed in between.
            let pushed = self.0.open.add(source.topic(), key, watcher.player, &cut_off);
            streams.push(source.open(key, watcher, pushed).await?);
        }
        Ok(stream::select_all(streams).take_until(cut_off.cancelled_owned()))
    }
}

/// Passes messages on to open pages, for as long as the process runs.
async fn deliver(open: Arc<Open>, mut messages: Hearing<Message>) {
    loop {
        match messages.next().await {
            Ok(Message { to, topic, fragment }) => open.deliver(&to, &topic, &fragment.into()),
            // Pages that connect again hear how things stand.
            Err(NotHeard::Missed) => open.cut_off_all(),
            Err(NotHeard::Closed) => return,
        }
    }
}
