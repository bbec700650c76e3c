//! Processor time and memory of a process, as Linux reports them in `/proc`.

use std::{fs, time::Instant};

/// The state of a process at one moment.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    /// The process.
    pub pid: u32,
    /// When.
    at: Instant,
    /// Processor time so far, in clock ticks.
    ticks: u64,
    /// Resident memory in kB.
    pub memory: u64,
}

impl Sample {
    /// The state now; `None` when there is no such process to read.
    pub fn of(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may contain anything; utime and stime are the 12th and 13th fields after it.
        let mut fields = stat.rsplit_once(") ")?.1.split(' ').skip(11);
        let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let memory = memory.split_whitespace().next()?.parse().ok()?;
        Some(Self { pid, at: Instant::now(), ticks, memory })
    }

    /// Cores in use on average since an earlier sample.
    pub fn cores_since(&self, earlier: &Self) -> f64 {
        let seconds = self.at.duration_since(earlier.at).as_secs_f64();
        let ticks = u32::try_from(self.ticks.saturating_sub(earlier.ticks)).unwrap_or(u32::MAX);
        // Clock ticks in /proc are hundredths of a second on every Linux that we run on.
        f64::from(ticks) / 100.0 / seconds.max(0.001)
    }
}

/// The process that listens on a TCP port of this machine, if we are allowed to see it.
pub(super) fn listening_on(port: u16) -> Option<u32> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let table = fs::read_to_string(table).ok()?;
        table.lines().skip(1).find_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [_, local, _, state, _, _, _, _, _, inode, ..] = fields.as_slice() else { return None };
            let listens = *state == "0A" && u16::from_str_radix(local.rsplit_once(':')?.1, 16) == Ok(port);
            listens.then(|| format!("socket:[{inode}]"))
        })
    })?;
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).find(|pid| {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        files.flatten().any(|file| fs::read_link(file.path()).is_ok_and(|target| target.to_str() == Some(&inode)))
    })
}
