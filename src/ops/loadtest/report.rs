//! What was measured, and how it is reported.

use std::{fmt, time::Duration};

use hdrhistogram::Histogram;

use super::process::Sample;

/// What the players count.
#[derive(Default)]
pub(super) struct Measured {
    /// From sending an input to its arrival at the other side, in µs; `None` before measuring begins.
    times: Option<Histogram<u32>>,
    /// Inputs sent.
    pub sent: u64,
    /// Inputs that the server moved to another tick.
    pub moved: u64,
    /// Bytes that players sent, frame headers included.
    pub up: u64,
    /// Bytes that players received, frame headers included.
    pub down: u64,
    /// Matches that reached their end.
    pub finished: u64,
    /// Sockets that ended before their match.
    pub dropped: u64,
}

impl Measured {
    /// Starts counting. Sockets dropped earlier stay counted.
    pub fn begin(&mut self) {
        *self = Self { times: Histogram::new(3).ok(), dropped: self.dropped, ..Self::default() };
    }

    /// Records that an input arrived at the other side.
    pub fn arrived(&mut self, after: Duration) {
        if let Some(times) = &mut self.times {
            // No time is longer than 2^64 µs.
            let _ = times.record(u64::try_from(after.as_micros()).unwrap_or(u64::MAX));
        }
    }
}

/// The whole test.
pub(super) struct Report {
    pub matches: u32,
    pub seconds: u64,
    pub set_up: Duration,
    pub measured: Measured,
    /// The server before the first match.
    pub idle: Option<Sample>,
    /// The server at the beginning and the end of the measured time.
    pub server: Option<(Sample, Sample)>,
    /// The same for the load generator.
    pub own: Option<(Sample, Sample)>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sockets, seconds) = (u64::from(self.matches) * 2, self.seconds.max(1));
        let m = &self.measured;
        writeln!(f, "Matches         {} of two sockets, made in {:.1} s", self.matches, self.set_up.as_secs_f64())?;
        writeln!(f, "Measured        {seconds} s")?;
        if let Some(times) = &m.times {
            let ms = |us: u64| Duration::from_micros(us).as_secs_f64() * 1000.0;
            writeln!(
                f,
                "Inputs          {} per second sent, {} per second received, {} moved by the server",
                m.sent / seconds,
                times.len() / seconds,
                m.moved
            )?;
            writeln!(
                f,
                "Input to other  median {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms, longest {:.2} ms",
                ms(times.value_at_quantile(0.5)),
                ms(times.value_at_quantile(0.99)),
                ms(times.value_at_quantile(0.999)),
                ms(times.max())
            )?;
        }
        let (up, down) = (m.up / seconds / sockets, m.down / seconds / sockets);
        writeln!(f, "Per player      {up} bytes per second up, {down} down")?;
        match (&self.server, &self.idle) {
            (Some((before, after)), idle) => {
                write!(f, "Server          pid {}, {:.2} cores, ", after.pid, after.cores_since(before))?;
                write!(f, "{:.1} MB", mega(after.memory))?;
                if let Some(idle) = idle {
                    let more = after.memory.saturating_sub(idle.memory) / u64::from(self.matches);
                    write!(f, " ({:.1} MB before the first match: {more} kB per match)", mega(idle.memory))?;
                }
                writeln!(f)?;
            }
            (None, _) => writeln!(f, "Server          not on this machine, or not readable by this user")?,
        }
        if let Some((before, after)) = &self.own {
            writeln!(f, "Load generator  {:.2} cores, {:.1} MB", after.cores_since(before), mega(after.memory))?;
        }
        write!(f, "Finished        {}; each replaced by a rematch\nDropped         {}", m.finished, m.dropped)
    }
}

fn mega(kilo: u64) -> f64 {
    f64::from(u32::try_from(kilo).unwrap_or(u32::MAX)) / 1024.0
}
