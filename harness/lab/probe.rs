//! What a commit costs at least on this disk, and what reading the clock costs.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::lab::clock::{Clock, Monotonic};
use crate::lab::machine;
use crate::measure::Probe;

/// The size of a page of both engines' logs that one small commit writes, in bytes.
const PAGE: usize = 4_096;

/// How many appends the probe before the first round makes, and how long it may take.
const PROBE: (u32, Duration) = (200, Duration::from_secs(2));

/// How many appends the calibration beside a trial makes, and how long it may take.
const CALIBRATION: (u32, Duration) = (11, Duration::from_millis(50));

/// Probes the disk under `directory` and the clock, in at most about two seconds.
///
/// # Errors
/// If a file cannot be written there.
pub fn probe(directory: &Path) -> io::Result<Probe> {
    let before = machine::cpu_times();
    let times = fdatasync_times(directory, PROBE)?;
    let after = machine::cpu_times();
    let steal = before.zip(after).and_then(|(before, after)| {
        let steal = after.steal_seconds - before.steal_seconds;
        let all = steal + after.busy_seconds - before.busy_seconds + after.idle_seconds
            - before.idle_seconds;
        (all > 0.0).then_some(steal / all)
    });
    Ok(Probe {
        fdatasync_samples: times.len() as u32,
        fdatasync_median_us: times[times.len() / 2],
        fdatasync_min_us: times[0],
        fdatasync_max_us: times[times.len() - 1],
        clock_ns: clock_cost(),
        steal,
    })
}

/// Median time of appending a page and fdatasync, in microseconds, from a few of them: the disk's
/// speed drifts, so each trial has its own.
///
/// # Errors
/// If a file cannot be written there.
pub fn calibrate(directory: &Path) -> io::Result<f64> {
    let times = fdatasync_times(directory, CALIBRATION)?;
    Ok(times[times.len() / 2])
}

/// Sorted times of appends of one page, each followed by fdatasync, in microseconds. At least
/// one is made, however long it takes.
fn fdatasync_times(directory: &Path, (most, budget): (u32, Duration)) -> io::Result<Vec<f64>> {
    let mut file = tempfile::tempfile_in(directory)?;
    let page = [0x5a; PAGE];
    append(&mut file, &page)?; // the first one allocates more than the others
    let begun = Instant::now();
    let mut times = Vec::with_capacity(most as usize);
    while times.is_empty() || (times.len() < most as usize && begun.elapsed() < budget) {
        let before = Instant::now();
        append(&mut file, &page)?;
        times.push(before.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

fn append(file: &mut File, page: &[u8]) -> io::Result<()> {
    file.write_all(page)?;
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
        assert!(probe.fdatasync_samples >= 1);
        assert!(probe.fdatasync_min_us > 0.0);
        assert!(probe.fdatasync_min_us <= probe.fdatasync_median_us);
        assert!(probe.fdatasync_median_us <= probe.fdatasync_max_us);
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
