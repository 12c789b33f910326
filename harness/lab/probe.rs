//! What a durable commit costs at least on this disk, and what reading the clock costs.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::clock::{Clock, Monotonic};
use super::machine;
use crate::measure::Probe;
use crate::measure::machine::SyncTimes;

/// The size of what one small commit writes to either engine's log, rounded up to a page of the
/// file system, in bytes.
const PAGE: usize = 4_096;

/// How many writes of each kind the probe before the first round makes, and how long they may
/// take.
const PROBE: (u64, Duration) = (200, Duration::from_secs(1));

/// How many writes the calibration beside a trial makes, and how long they may take.
const CALIBRATION: (u64, Duration) = (11, Duration::from_millis(50));

/// Probes the disk under `directory` and the clock, in at most about three seconds.
///
/// # Errors
/// If a file cannot be written there.
pub fn probe(directory: &Path) -> io::Result<Probe> {
    let before = machine::cpu_times();
    let file = tempfile::tempfile_in(directory)?;
    let append = sync_times(&file, PROBE, |write| write)?;
    let overwrite = sync_times(&file, PROBE, |write| write % u64::from(append.samples))?;
    let after = machine::cpu_times();
    let steal = before.zip(after).and_then(|(before, after)| {
        let steal = after.steal_seconds - before.steal_seconds;
        let all = steal + after.busy_seconds - before.busy_seconds + after.idle_seconds
            - before.idle_seconds;
        (all > 0.0).then_some(steal / all)
    });
    Ok(Probe {
        append,
        overwrite,
        clock_ns: clock_cost(),
        steal,
    })
}

/// Median time of writing a page over an older one and fdatasync, in microseconds, from a few of
/// them: the disk's speed drifts, so each trial has its own.
///
/// # Errors
/// If a file cannot be written there.
pub fn calibrate(directory: &Path) -> io::Result<f64> {
    let file = tempfile::tempfile_in(directory)?;
    write_page(&file, 0)?;
    Ok(sync_times(&file, CALIBRATION, |_| 0)?.median_us)
}

/// Writes pages, each followed by fdatasync; `page` tells which page of the file comes next. At
/// least one is written, however long it takes.
fn sync_times(
    file: &File,
    (most, budget): (u64, Duration),
    page: impl Fn(u64) -> u64,
) -> io::Result<SyncTimes> {
    let begun = Instant::now();
    let mut times = Vec::new();
    while times.is_empty() || ((times.len() as u64) < most && begun.elapsed() < budget) {
        let before = Instant::now();
        write_page(file, page(times.len() as u64))?;
        times.push(before.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(SyncTimes {
        samples: times.len() as u32,
        median_us: times[times.len() / 2],
        p10_us: Some(times[times.len() / 10]),
        p90_us: Some(times[times.len() * 9 / 10]),
        min_us: times[0],
        max_us: times[times.len() - 1],
    })
}

fn write_page(file: &File, page: u64) -> io::Result<()> {
    file.write_all_at(&[0x5a; PAGE], page * PAGE as u64)?;
    file.sync_data()
}

/// What one reading of the clock costs, in nanoseconds: the mean of many.
fn clock_cost() -> f64 {
    const READINGS: u32 = 100_000;
    let before = Instant::now();
    for _ in 0..READINGS {
        std::hint::black_box(Monotonic.now());
    }
    before.elapsed().as_secs_f64() * 1e9 / f64::from(READINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_probe_says_something_of_every_figure() {
        let directory = tempfile::tempdir().unwrap();
        let probe = probe(directory.path()).unwrap();
        for times in [probe.append, probe.overwrite] {
            assert!(times.samples >= 1 && times.min_us > 0.0);
            assert!(times.min_us <= times.median_us && times.median_us <= times.max_us);
        }
        assert!(probe.clock_ns > 0.0);
        assert!(probe.steal.is_none_or(|share| (0.0..=1.0).contains(&share)));
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            0,
            "nothing is left"
        );
    }

    #[test]
    fn a_directory_that_is_missing_is_an_error() {
        assert!(probe(Path::new("/nowhere/at/all")).is_err());
    }
}
