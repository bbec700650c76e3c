//! The features that own topics.

use async_trait::async_trait;

use super::{fragment::Events, open::Pushed};
use crate::{error::Error, id::Id, language::Language};

/// Who has a page open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Watcher {
    /// The player, if this is one.
    pub player: Option<Id>,
    /// The language of the page.
    pub language: Language,
}

/// The feature that owns a topic.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// The name of the topic, without a key.
    fn topic(&self) -> &'static str;

    /// What a watcher is to hear from now on; `pushed` carries what is sent to this topic meanwhile. The stream ends when there is
    /// nothing more to tell.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown key, [`Error::Forbidden`] for a watcher who may not see it; database errors.
    async fn open(&self, key: &str, watcher: Watcher, pushed: Pushed) -> Result<Events, Error>;
}
