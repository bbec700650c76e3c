//! Which topics the open pages of this process show.

use std::{collections::HashMap, sync::Arc};

use futures_util::{StreamExt, stream};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::fragment::{Events, Fragment};
use crate::{id::Id, language::Language};

/// Fragments that may wait for one page; a page that falls further behind must reconnect.
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

/// The way to one page, which is reachable at several addresses; `None` once it was too slow.
type Page = Arc<Mutex<Option<mpsc::Sender<Arc<str>>>>>;

#[derive(Default)]
struct Shown {
    next: u64,
    /// By topic, then by address.
    by: HashMap<&'static str, HashMap<To, HashMap<u64, Page>>>,
}

impl Open {
    /// Adds a page that shows a topic.
    pub fn add(self: &Arc<Self>, topic: &'static str, key: &str, player: Option<Id>) -> Pushed {
        let (sender, fragments) = mpsc::channel(WAITING);
        let page: Page = Arc::new(Mutex::new(Some(sender)));
        let mut shown = self.shown.lock();
        shown.next += 1;
        let number = shown.next;
        let addresses: Vec<To> =
            [Some(To::Key(key.to_owned())), player.map(To::Player)].into_iter().flatten().collect();
        for to in &addresses {
            shown.by.entry(topic).or_default().entry(to.clone()).or_default().insert(number, Arc::clone(&page));
        }
        drop(shown);
        Pushed { fragments, topic, addresses, number, open: Arc::clone(self) }
    }

    /// Sends a fragment to the pages that are meant.
    pub fn deliver(&self, to: &To, topic: &str, fragment: &Arc<str>) {
        let shown = self.shown.lock();
        let Some(pages) = shown.by.get(topic).and_then(|pages| pages.get(to)) else { return };
        for page in pages.values() {
            let mut page = page.lock();
            // Without its sender, a page that is too slow hears the end and reconnects.
            *page = page.take().filter(|page| page.try_send(Arc::clone(fragment)).is_ok());
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
    /// The next fragment; `None` when the page is too slow and must reconnect.
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
        let open = Arc::<Open>::default();
        let (mut ada, mut anybody) = (open.add("chat", "hall", Some(Id(1))), open.add("chat", "hall", None));
        let (mut other_key, mut other_topic) =
            (open.add("chat", "bar", Some(Id(2))), open.add("queue", "hall", Some(Id(1))));
        open.deliver(&To::Key("hall".to_owned()), "chat", &"to the hall".into());
        open.deliver(&To::Player(Id(1)), "chat", &"to ada".into());
        open.deliver(&To::Player(Id(3)), "chat", &"to nobody here".into());
        assert_eq!(texts(&mut ada), ["to the hall", "to ada"]);
        assert_eq!(texts(&mut anybody), ["to the hall"]);
        assert!(texts(&mut other_key).is_empty() && texts(&mut other_topic).is_empty());
        drop((ada, anybody, other_key, other_topic));
        assert!(open.shown.lock().by.values().all(HashMap::is_empty), "who is gone leaves nothing behind");
    }

    #[test]
    fn a_page_that_is_too_slow_hears_the_end() {
        let open = Arc::<Open>::default();
        let mut slow = open.add("chat", "", Some(Id(1)));
        for _ in 0..=WAITING {
            open.deliver(&To::Player(Id(1)), "chat", &"x".into());
        }
        open.deliver(&To::Key(String::new()), "chat", &"not to be missed unseen".into());
        assert_eq!(texts(&mut slow).len(), WAITING);
        assert!(matches!(slow.fragments.try_recv(), Err(mpsc::error::TryRecvError::Disconnected)));
    }
}
