//! What the system knows about this process, under the names that all Prometheus clients use.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use prometheus_client::{
    metrics::{counter::Counter, gauge::Gauge},
    registry::Registry,
};
use rustix::process::{Resource, getrlimit};

type Float = Gauge<f64, AtomicU64>;

/// The metrics; they stay zero except on Linux.
pub(super) struct Process {
    cpu: Counter<f64, AtomicU64>,
    memory: Gauge,
    files: Gauge,
    most_files: Gauge,
    threads: Gauge,
}

impl Process {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let one = Self {
            cpu: Counter::default(),
            memory: Gauge::default(),
            files: Gauge::default(),
            most_files: Gauge::default(),
            threads: Gauge::default(),
        };
        let start = Float::default();
        start.set(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64());
        registry.register("process_cpu_seconds", "Processor time used", one.cpu.clone());
        registry.register("process_resident_memory_bytes", "Memory in use", one.memory.clone());
        registry.register("process_open_fds", "Open files and sockets", one.files.clone());
        registry.register("process_max_fds", "Maximum number of open files and sockets", one.most_files.clone());
        registry.register("process_threads", "Threads", one.threads.clone());
        registry.register("process_start_time_seconds", "Start time of the process, in seconds since 1970", start);
        one
    }

    pub(super) fn look(&self) {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.most_files.set(getrlimit(Resource::Nofile).current.map_or(0, whole));
        let Ok(process) = procfs::process::Process::myself() else { return };
        if let Ok(count) = process.fd_count() {
            self.files.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        let Ok(stat) = process.stat() else { return };
        self.memory.set(whole(stat.rss.saturating_mul(procfs::page_size())));
        self.threads.set(stat.num_threads);
        // A processor time in ticks is far below 2^52.
        #[expect(clippy::cast_precision_loss, reason = "exact for three million years")]
        let seconds = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
        self.cpu.inner().store(seconds.to_bits(), Ordering::Relaxed);
    }
}
