//! Which topics the open pages of this process show.

use std::{collections::HashMap, sync::Arc};

use futures_util::{StreamExt, stream};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::fragment::{Events, Fragment};
use crate::{id::Id, language::Language};

/// Fragments that may wait for one page; one that falls further behind is cut off, and reconnects.
const WAITING: usize = 64;

/// Which of the pages that show a topic are meant.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) enum To {
    /// Those that show it under this key.
    Key(String),
    /// Those of this player.
    Player(Id),
}

/// All open pages and what they show.
#[derive(Default)]
pub(super) struct Open {
    shown: Mutex<Shown>,
}

/// The way to one open page.
#[derive(Clone)]
struct Listener {
    fragments: mpsc::Sender<Arc<str>>,
    /// Ends the page's whole stream, so that it connects again and hears everything anew.
    cut_off: CancellationToken,
}

#[derive(Default)]
struct Shown {
    next: u64,
    /// By topic, then by address.
    by: HashMap<&'static str, HashMap<To, HashMap<u64, Listener>>>,
}

impl Open {
    /// Adds a page that shows a topic; `cut_off` ends its stream.
    pub fn add(
        self: &Arc<Self>,
        topic: &'static str,
        key: &str,
        player: Option<Id>,
        cut_off: &CancellationToken,
    ) -> Pushed {
        let (sender, fragments) = mpsc::channel(WAITING);
        let listener = Listener { fragments: sender, cut_off: cut_off.clone() };
        let mut shown = self.shown.lock();
        shown.next += 1;
        let number = shown.next;
        let addresses: Vec<To> =
            [Some(To::Key(key.to_owned())), player.map(To::Player)].into_iter().flatten().collect();
        for to in &addresses {
            shown.by.entry(topic).or_default().entry(to.clone()).or_default().insert(number, listener.clone());
        }
        drop(shown);
        Pushed { fragments, topic, addresses, number, open: Arc::clone(self) }
    }

    /// Sends a fragment to the pages that are meant.
    pub fn deliver(&self, to: &To, topic: &str, fragment: &Arc<str>) {
        let shown = self.shown.lock();
        let Some(pages) = shown.by.get(topic).and_then(|pages| pages.get(to)) else { return };
        for page in pages.values() {
            if page.fragments.try_send(Arc::clone(fragment)).is_err() {
                page.cut_off.cancel();
            }
        }
    }

    /// Ends all streams: some fragments were missed, and nobody knows whose.
    pub fn cut_off_all(&self) {
        let shown = self.shown.lock();
        for page in shown.by.values().flat_map(HashMap::values).flat_map(HashMap::values) {
            page.cut_off.cancel();
        }
    }
}

/// What is sent to one page about one topic.
pub struct Pushed {
    fragments: mpsc::Receiver<Arc<str>>,
    topic: &'static str,
    addresses: Vec<To>,
    number: u64,
    open: Arc<Open>,
}

impl Pushed {
    /// The next fragment; a page that takes them too slowly is cut off.
    pub async fn next<F: Fragment>(&mut self) -> Option<F> {
        loop {
            let text = self.fragments.recv().await?;
            match serde_json::from_str(&text) {
                Ok(fragment) => return Some(fragment),
                Err(error) => tracing::debug!(%error, topic = F::TOPIC, "Ignored a fragment of another version"),
            }
        }
    }

    /// All fragments, as events for the page.
    #[must_use]
    pub fn events<F: Fragment>(self, language: Language) -> Events {
        let fragments = stream::unfold(self, |mut pushed| async move { Some((pushed.next::<F>().await?, pushed)) });
        fragments.filter_map(move |fragment| std::future::ready(fragment.event(language))).boxed()
    }
}

impl Drop for Pushed {
    fn drop(&mut self) {
        let mut shown = self.open.shown.lock();
        let Some(by_address) = shown.by.get_mut(self.topic) else { return };
        for to in &self.addresses {
            if let Some(pages) = by_address.get_mut(to) {
                pages.remove(&self.number);
                if pages.is_empty() {
                    by_address.remove(to);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pushed: &mut Pushed) -> Vec<String> {
        std::iter::from_fn(|| pushed.fragments.try_recv().ok()).map(|text| text.to_string()).collect()
    }

    #[test]
    fn a_page_hears_of_its_key_and_its_player_alone() {
        let (open, never) = (Arc::<Open>::default(), CancellationToken::new());
        let add = |topic, key, player| open.add(topic, key, player, &never);
        let (mut ada, mut anybody) = (add("chat", "hall", Some(Id(1))), add("chat", "hall", None));
        let (mut other_key, mut other_topic) = (add("chat", "bar", Some(Id(2))), add("queue", "hall", Some(Id(1))));
        open.deliver(&To::Key("hall".to_owned()), "chat", &"to the hall".into());
        open.deliver(&To::Player(Id(1)), "chat", &"to ada".into());
        open.deliver(&To::Player(Id(3)), "chat", &"to nobody here".into());
        assert_eq!(texts(&mut ada), ["to the hall", "to ada"]);
        assert_eq!(texts(&mut anybody), ["to the hall"]);
        assert!(texts(&mut other_key).is_empty() && texts(&mut other_topic).is_empty());
        drop((ada, anybody, other_key, other_topic));
        assert!(open.shown.lock().by.values().all(HashMap::is_empty), "who is gone leaves nothing behind");
        assert!(!never.is_cancelled());
    }

    #[test]
    fn a_page_that_is_too_slow_is_cut_off_and_no_other() {
        let open = Arc::<Open>::default();
        let (slow, quick) = (CancellationToken::new(), CancellationToken::new());
        let _slow = open.add("chat", "", Some(Id(1)), &slow);
        let mut heard = open.add("chat", "", Some(Id(2)), &quick);
        for _ in 0..=WAITING {
            assert!(!slow.is_cancelled());
            open.deliver(&To::Key(String::new()), "chat", &"x".into());
            assert_eq!(texts(&mut heard), ["x"]);
        }
        assert!(slow.is_cancelled() && !quick.is_cancelled());
    }
}
