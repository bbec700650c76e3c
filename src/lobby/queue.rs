//! Who waits to play against anyone: pairs people who want the same rules. Knows nothing of HTTP or the database.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::id::Id;

/// How long somebody keeps the place without being seen (no open stream, no reload).
const ABSENCE: Duration = Duration::from_secs(20);
/// How long a found match is announced to who was not looking.
const ANNOUNCED: Duration = Duration::from_secs(60);
/// After this long a bot is offered.
pub const LONG_WAIT: Duration = Duration::from_secs(20);

/// One who waits.
struct Waiting {
    points: u8,
    since: Instant,
    seen: Instant,
    /// Open streams of this player; while there is one, the player is seen.
    streams: usize,
}

/// Two who are to play each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair {
    /// Who waited longer.
    pub first: Id,
    /// Who came now.
    pub second: Id,
    /// Points to win.
    pub points: u8,
}

/// What a player sees of the queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// How many wait, the player included.
    pub waiting: usize,
    /// The points that this player waits for.
    pub points: Option<u8>,
    /// Whether the player has waited long.
    pub long: bool,
    /// The match that was found for the player.
    pub found: Option<Id>,
}

#[derive(Default)]
struct Inner {
    waiting: HashMap<Id, Waiting>,
    found: HashMap<Id, (Id, Instant)>,
}

/// The queue of this process.
pub struct Queue {
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

impl Default for Queue {
    fn default() -> Self {
        Self { inner: Mutex::default(), changed: watch::channel(0).0 }
    }
}

impl Inner {
    fn tidy(&mut self, now: Instant) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|_, one| one.streams > 0 || now.duration_since(one.seen) < ABSENCE);
        self.found.retain(|_, (_, at)| now.duration_since(*at) < ANNOUNCED);
        self.waiting.len() != before
    }
}

impl Queue {
    /// Enters the queue, or changes the points; a pair leaves it at once. The same player never stands in it twice.
    pub fn enter(&self, player: Id, points: u8, now: Instant) -> Option<Pair> {
        let mut inner = self.inner.lock();
        inner.tidy(now);
        inner.found.remove(&player);
        let other = inner
            .waiting
            .iter()
            .filter(|(id, one)| **id != player && one.points == points)
            .min_by_key(|(id, one)| (one.since, **id))
            .map(|(id, _)| *id);
        let pair = if let Some(first) = other {
            inner.waiting.remove(&first);
            inner.waiting.remove(&player);
            Some(Pair { first, second: player, points })
        } else {
            let entry = inner.waiting.entry(player).or_insert(Waiting { points, since: now, seen: now, streams: 0 });
            (entry.points, entry.seen) = (points, now);
            None
        };
        drop(inner);
        self.tell();
        pair
    }

    /// A pair's match is there.
    pub fn announce(&self, pair: Pair, found: Id, now: Instant) {
        let mut inner = self.inner.lock();
        inner.found.insert(pair.first, (found, now));
        inner.found.insert(pair.second, (found, now));
        drop(inner);
        self.tell();
    }

    /// A pair's match could not be made: who waited goes on waiting.
    pub fn put_back(&self, pair: Pair, now: Instant) {
        let waiting = Waiting { points: pair.points, since: now, seen: now, streams: 0 };
        self.inner.lock().waiting.entry(pair.first).or_insert(waiting);
        self.tell();
    }

    /// Leaves the queue.
    pub fn leave(&self, player: Id) {
        self.inner.lock().waiting.remove(&player);
        self.tell();
    }

    /// Looks at the queue; a player who looks is seen, and keeps the place.
    pub fn look(&self, player: Option<Id>, now: Instant) -> Standing {
        let mut inner = self.inner.lock();
        let fewer = inner.tidy(now);
        let waiting = inner.waiting.len();
        let found = player.and_then(|player| inner.found.get(&player)).map(|(found, _)| *found);
        let own = player.and_then(|player| inner.waiting.get_mut(&player));
        let standing = match own {
            Some(own) => {
                own.seen = now;
                Standing { waiting, points: Some(own.points), long: now.duration_since(own.since) >= LONG_WAIT, found }
            }
            None => Standing { waiting, found, ..Standing::default() },
        };
        drop(inner);
        if fewer {
            self.tell();
        }
        standing
    }

    /// The player has gone to the match that was found.
    pub fn arrived(&self, player: Id) {
        self.inner.lock().found.remove(&player);
    }

    /// A stream of the player opened or closed.
    pub fn stream(&self, player: Id, opened: bool, now: Instant) {
        if let Some(own) = self.inner.lock().waiting.get_mut(&player) {
            own.streams = if opened { own.streams + 1 } else { own.streams.saturating_sub(1) };
            own.seen = now;
        }
    }

    /// As if everybody had waited since `then`; for tests.
    #[doc(hidden)]
    pub fn backdate(&self, then: Instant) {
        for one in self.inner.lock().waiting.values_mut() {
            one.since = then;
        }
    }

    /// Wakes whenever the queue changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self) {
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Id = Id(1);
    const GRACE: Id = Id(2);

    #[test]
    fn two_who_want_the_same_rules_meet_and_nobody_meets_oneself() {
        let (queue, now) = (Queue::default(), Instant::now());
        assert_eq!(queue.enter(ADA, 11, now), None);
        assert_eq!(queue.enter(ADA, 11, now), None, "a second tab is the same player");
        assert_eq!(queue.enter(GRACE, 3, now), None, "other rules");
        assert_eq!(queue.look(Some(ADA), now).waiting, 2);
        let pair = queue.enter(GRACE, 11, now).unwrap();
        assert_eq!(pair, Pair { first: ADA, second: GRACE, points: 11 });
        assert_eq!(queue.look(None, now).waiting, 0);
        queue.announce(pair, Id(7), now);
        assert_eq!(queue.look(Some(ADA), now).found, Some(Id(7)));
    }

    #[test]
    fn who_is_not_seen_loses_the_place_and_who_streams_keeps_it() {
        let (queue, now) = (Queue::default(), Instant::now());
        queue.enter(ADA, 11, now);
        queue.enter(GRACE, 5, now);
        queue.stream(GRACE, true, now);
        let later = now + ABSENCE + Duration::from_secs(1);
        assert_eq!(queue.look(None, later).waiting, 1);
        let grace = queue.look(Some(GRACE), later);
        assert!(grace.long && grace.points == Some(5));
        queue.stream(GRACE, false, later);
        assert_eq!(queue.look(None, later + ABSENCE).waiting, 0);
    }

    #[test]
    fn who_cancels_is_not_matched() {
        let (queue, now) = (Queue::default(), Instant::now());
        queue.enter(ADA, 11, now);
        queue.leave(ADA);
        assert_eq!(queue.enter(GRACE, 11, now), None);
    }
}
