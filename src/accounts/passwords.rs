//! Passwords: hashed with Argon2id, off the async threads, a bounded number at once.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{self, PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::error::Error;

/// Shortest password, in characters.
pub const MIN: usize = 8;
/// Longest password, in characters.
pub const MAX: usize = 128;

/// Memory of one hash in KiB: 46 MiB, with one pass and one lane (OWASP Password Storage Cheat Sheet).
const MEMORY: u32 = 46 * 1024;
const PASSES: u32 = 1;
const LANES: u32 = 1;
/// Jobs that may wait for each place; any more are answered 503 at once, rather than after a wait that nobody sits out.
const WAITING_PER_PLACE: usize = 24;

/// The result of trying a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Not the password, or there is no such account.
    Wrong,
    /// It is the password.
    Right,
    /// It is the password, but its hash was made with other parameters than today's: store this hash instead.
    RightWithNewHash(String),
}

/// Hashes passwords, a bounded number at once, with a bounded queue.
pub struct Hasher {
    /// Places for hashes being computed.
    places: Arc<Semaphore>,
    /// Places for hashes being computed or waiting.
    queue: Semaphore,
    /// Hashes computed so far.
    hashed: Arc<AtomicU64>,
}

impl Hasher {
    /// At most `places` at once.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let queue = Semaphore::new(places * (1 + WAITING_PER_PLACE));
        Self { places: Arc::new(Semaphore::new(places)), queue, hashed: Arc::default() }
    }

    /// How many hashes have been computed so far.
    #[must_use]
    pub fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Runs work that keeps a core busy.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when too much work is waiting already.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let _queued = self.queue.try_acquire().map_err(|_| {
            Error::Unavailable("too many passwords are waiting to be hashed (PASSWORD_HASHERS)".to_owned())
        })?;
        let place =
            Arc::clone(&self.places).acquire_owned().await.map_err(|error| Error::Internal(error.to_string()))?;
        // The place moves into the job: a visitor who hangs up does not free it before the work is done.
        let job = move || {
            let _place = place;
            work()
        };
        tokio::task::spawn_blocking(job).await.map_err(|error| Error::Internal(error.to_string()))
    }

    /// Hashes a password into a PHC string.
    ///
    /// # Errors
    /// [`Error::Unavailable`] as in [`Hasher::work`]; [`Error::Internal`] when the system provides no random salt.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let hashed = Arc::clone(&self.hashed);
        self.work(move || hash(&password, &hashed)).await?.map_err(internal)
    }

    /// Tries a password against a stored hash. Without one (nobody has that name) it takes the same time and is wrong.
    ///
    /// # Errors
    /// As [`Hasher::hash`], and [`Error::Internal`] when the stored hash is malformed.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, Error> {
        let hashed = Arc::clone(&self.hashed);
        self.work(move || verify(&password, stored.as_deref(), &hashed)).await?.map_err(internal)
    }
}

fn internal(error: password_hash::Error) -> Error {
    Error::Internal(format!("password hashing failed: {error}"))
}

fn argon2() -> password_hash::Result<Argon2<'static>> {
    let params = Params::new(MEMORY, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &str, hashed: &AtomicU64) -> password_hash::Result<String> {
    hashed.fetch_add(1, Ordering::Relaxed);
    Ok(argon2()?.hash_password(password.as_bytes())?.to_string())
}

fn verify(password: &str, stored: Option<&str>, hashed: &AtomicU64) -> password_hash::Result<Verdict> {
    let Some(stored) = stored else {
        hash(password, hashed)?;
        return Ok(Verdict::Wrong);
    };
    let stored = PasswordHash::new(stored).map_err(|_| password_hash::Error::EncodingInvalid)?;
    let argon2 = argon2()?;
    hashed.fetch_add(1, Ordering::Relaxed);
    match argon2.verify_password(password.as_bytes(), &stored) {
        Ok(()) if is_todays(&stored, &argon2) => Ok(Verdict::Right),
        Ok(()) => Ok(Verdict::RightWithNewHash(hash(password, hashed)?)),
        Err(password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(error) => Err(error),
    }
}

fn is_todays(stored: &PasswordHash, argon2: &Argon2<'_>) -> bool {
    let params = argon2.params();
    stored.algorithm == Algorithm::Argon2id.ident()
        && stored.version == Some(Version::V0x13.into())
        && Params::try_from(stored).is_ok_and(|of| {
            (of.m_cost(), of.t_cost(), of.p_cost()) == (params.m_cost(), params.t_cost(), params.p_cost())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_says_its_parameters_and_fits_its_password_alone() {
        let hasher = Hasher::new(2);
        let hash = hasher.hash("päss wörd 🏓".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{hash}");
        let right = hasher.verify("päss wörd 🏓".to_owned(), Some(hash.clone())).await.unwrap();
        assert_eq!(right, Verdict::Right);
        assert_eq!(hasher.verify("pass".to_owned(), Some(hash)).await.unwrap(), Verdict::Wrong);
    }

    #[tokio::test]
    async fn nobodys_password_is_hashed_all_the_same() {
        let hasher = Hasher::new(1);
        assert_eq!(hasher.verify("anything".to_owned(), None).await.unwrap(), Verdict::Wrong);
        assert_eq!(hasher.hashed(), 1);
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once() {
        let hasher = Arc::new(Hasher::new(1));
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let gate = Arc::new(parking_lot::Mutex::new(gate));
        let mut jobs = Vec::new();
        for _ in 0..=WAITING_PER_PLACE {
            let (hasher, gate) = (Arc::clone(&hasher), Arc::clone(&gate));
            jobs.push(tokio::spawn(async move { hasher.work(move || gate.lock().recv()).await.is_ok() }));
        }
        while hasher.queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(hasher.work(|| ()).await, Err(Error::Unavailable(_))));
        drop(go);
        for job in jobs {
            assert!(job.await.unwrap());
        }
        assert!(hasher.work(|| ()).await.is_ok());
    }
}
