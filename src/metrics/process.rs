//! What the process itself uses, under the names that every exporter has for it. Linux tells it in `/proc`; elsewhere
//! there are no such metrics.

use std::fs;

use super::text::Page;

/// Ticks of the clock in which Linux counts CPU time: fixed at 100 in what user space is told.
const TICKS_PER_SECOND: f64 = 100.0;

/// Writes the metrics of the process.
pub(super) fn write(page: &mut Page) {
    let Some(usage) = Usage::read() else { return };
    page.counter("process_cpu_seconds_total", "CPU time used, user and system.", usage.cpu_seconds);
    page.gauge("process_resident_memory_bytes", "Resident memory.", usage.resident_bytes);
    page.gauge("process_virtual_memory_bytes", "Virtual memory.", usage.virtual_bytes);
    page.gauge("process_threads", "Threads.", usage.threads);
    if let Some(started) = usage.started_at {
        page.gauge("process_start_time_seconds", "When the process began, as a Unix time.", started);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        page.gauge("process_open_fds", "Open file descriptors.", open.count());
    }
    if let Some(most) = most_open_files() {
        page.gauge("process_max_fds", "The most file descriptors that may be open.", most);
    }
}

struct Usage {
    cpu_seconds: f64,
    resident_bytes: u64,
    virtual_bytes: u64,
    threads: u64,
    started_at: Option<f64>,
}

impl Usage {
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let boot = fs::read_to_string("/proc/stat").ok().and_then(|stat| {
            let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
            line.trim().parse::<f64>().ok()
        });
        Self::parse(&stat, &status, boot)
    }

    /// From the texts of `stat` and `status`, and the moment when the machine was started.
    fn parse(stat: &str, status: &str, boot: Option<f64>) -> Option<Self> {
        // The second field is the program's name in parentheses, with anything in it.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        let of_status = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        Some(Self {
            cpu_seconds: (ticks(14)? + ticks(15)?) / TICKS_PER_SECOND,
            resident_bytes: of_status("VmRSS:")? * 1024,
            virtual_bytes: of_status("VmSize:")? * 1024,
            threads: of_status("Threads:")?,
            started_at: boot.zip(ticks(22)).map(|(boot, ticks)| boot + ticks / TICKS_PER_SECOND),
        })
    }
}

fn most_open_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_may_have_any_name() {
        let stat = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 250 13 14 15 16 17 18 1000 20 21";
        let status = "Name:\ta\nVmSize:\t  2048 kB\nVmRSS:\t  1024 kB\nThreads:\t7\n";
        let usage = Usage::parse(stat, status, Some(1_000_000.0)).unwrap();
        assert!((usage.cpu_seconds - 4.0).abs() < 1e-9, "{}", usage.cpu_seconds);
        assert_eq!((usage.resident_bytes, usage.virtual_bytes, usage.threads), (1 << 20, 2 << 20, 7));
        assert!((usage.started_at.unwrap() - 1_000_010.0).abs() < 1e-9, "{:?}", usage.started_at);
    }
}
