//! Answers that many people ask for at once, kept briefly: computed once however many ask meanwhile, bounded in memory, and never
//! so old that people would notice.

use std::{hash::Hash, sync::Arc, time::Duration};

use moka::future::Cache;

use crate::error::Error;

/// How long rows are kept. Together with [`PAGES_LIVE`] that is 1.5 s: a finished match is visible everywhere within 2 s.
pub const ROWS_LIVE: Duration = Duration::from_millis(500);
/// How long rendered pages are kept.
pub const PAGES_LIVE: Duration = Duration::from_millis(1_000);

/// Values by key, each kept for a limited time.
#[derive(Clone)]
pub struct Brief<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>(Cache<K, V>);

impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Brief<K, V> {
    /// At most `capacity` values, each kept for `live`.
    #[must_use]
    pub fn new(live: Duration, capacity: u64) -> Self {
        Self(Cache::builder().time_to_live(live).max_capacity(capacity).build())
    }

    /// The value of a key. If there is none, `make` computes it, once for all who wait. Failures are not kept.
    ///
    /// # Errors
    /// The error of `make`, given to everybody who waited for it.
    pub async fn get(&self, key: K, make: impl Future<Output = Result<V, Error>>) -> Result<V, Error> {
        self.0.try_get_with(key, make).await.map_err(|shared: Arc<Error>| match &*shared {
            Error::NotFound => Error::NotFound,
            _ => Arc::try_unwrap(shared).unwrap_or_else(|shared| Error::Unavailable(shared.to_string())),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn who_asks_at_once_gets_one_answer() {
        let brief: Brief<&str, u32> = Brief::new(Duration::from_secs(60), 10);
        let made = AtomicU32::new(0);
        let make = || async {
            tokio::task::yield_now().await;
            Ok(made.fetch_add(1, Ordering::Relaxed))
        };
        let (first, second, third) =
            tokio::join!(brief.get("ada", make()), brief.get("ada", make()), brief.get("grace", make()));
        let (first, second, third) = (first.unwrap(), second.unwrap(), third.unwrap());
        assert_eq!(first, second, "made once for both");
        assert_ne!(first, third);
        assert_eq!(made.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_failure_is_told_and_not_kept() {
        let brief: Brief<&str, u32> = Brief::new(Duration::from_secs(60), 10);
        assert!(matches!(brief.get("ada", async { Err(Error::NotFound) }).await, Err(Error::NotFound)));
        assert_eq!(brief.get("ada", async { Ok(7) }).await.unwrap(), 7);
    }
}
