//! The fairness card: what the server measured for each seat, so that players can see what the network did.

/// Samples kept of a seat's round trips: ten minutes at one every 5 s; later samples replace the oldest.
const SAMPLES: usize = 120;

/// What the server measured for a seat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fairness {
    /// Median round trip in ms; `None` if it was never measured (a bot).
    pub round_trip: Option<u16>,
    /// Mean change from one round trip to the next, in ms.
    pub jitter: Option<u16>,
    /// Inputs received.
    pub inputs: u32,
    /// Inputs that came too late or too early, and were moved to another tick.
    pub late_inputs: u32,
    /// How often play was held for this seat.
    pub pauses: u32,
    /// How long the seat was absent in all, in ms.
    pub absent_ms: u32,
}

/// The round trips of a seat.
#[derive(Clone, Debug, Default)]
pub struct RoundTrips {
    samples: Vec<u16>,
    count: usize,
    changes: u64,
    last: Option<u16>,
}

impl RoundTrips {
    /// Adds a measurement in ms.
    pub fn add(&mut self, ms: u16) {
        if let Some(last) = self.last {
            self.changes += u64::from(last.abs_diff(ms));
        }
        self.last = Some(ms);
        match self.samples.get_mut(self.count % SAMPLES) {
            Some(oldest) => *oldest = ms,
            None => self.samples.push(ms),
        }
        self.count += 1;
    }

    /// The median, in ms.
    #[must_use]
    pub fn median(&self) -> Option<u16> {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }

    /// The mean change from one round trip to the next, in ms.
    #[must_use]
    pub fn jitter(&self) -> Option<u16> {
        let steps = u64::try_from(self.count).ok()?.checked_sub(1)?;
        u16::try_from(self.changes.checked_div(steps)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_and_jitter_are_those_of_the_samples() {
        let mut trips = RoundTrips::default();
        assert_eq!((trips.median(), trips.jitter()), (None, None));
        for ms in [30, 20, 90, 20, 40] {
            trips.add(ms);
        }
        assert_eq!((trips.median(), trips.jitter()), (Some(30), Some((10 + 70 + 70 + 20) / 4)));
    }

    #[test]
    fn old_samples_make_room_for_new_ones() {
        let mut trips = RoundTrips::default();
        for _ in 0..SAMPLES {
            trips.add(10);
        }
        for _ in 0..SAMPLES {
            trips.add(50);
        }
        assert_eq!(trips.median(), Some(50));
    }
}
