//! A point as a criterion benchmark.
//!
//! A trial is one unbroken stretch: cut into pieces with a start and a stop each, a starving
//! client would get its turn at every stop. So the first call of criterion, its warm-up, makes
//! the whole trial, and each of the ten calls after it gets one sample: the time in which a tenth
//! of the trial's commits was made, divided by their number.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkId, Criterion, SamplingMode};

use crate::measure::{Discipline, Point, Topology};

/// Time per commit, in nanoseconds. Unlike criterion's wall time it is no whole number: a tenth
/// of a trial divided by its commits seldom is.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimePerCommit;

impl Measurement for TimePerCommit {
    type Intermediate = Instant;
    type Value = f64;

    fn start(&self) -> Instant {
        Instant::now()
    }

    fn end(&self, start: Instant) -> f64 {
        start.elapsed().as_secs_f64() * 1e9
    }

    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn to_f64(&self, value: &f64) -> f64 {
        *value
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// How many samples criterion gets of a trial; it takes no fewer than ten.
const SAMPLES: usize = 10;

/// Nanoseconds per commit in each tenth of a trial's commits, in the order of time; empty if there
/// were none. `over_time` counts commits in equal parts of a stretch of `seconds`; within a part
/// they are taken to be evenly spread. The samples' mean is the stretch divided by all commits,
/// which the mean over tenths of the time would not be.
pub fn samples(seconds: f64, over_time: &[u64]) -> Vec<f64> {
    let total: u64 = over_time.iter().sum();
    if total == 0 {
        return Vec::new();
    }
    let part_ns = seconds * 1e9 / over_time.len() as f64;
    let share = total as f64 / SAMPLES as f64;
    let mut cuts = Vec::with_capacity(SAMPLES + 1);
    cuts.push(0.0);
    let mut before = 0.0;
    for (index, count) in over_time.iter().map(|count| *count as f64).enumerate() {
        while cuts.len() < SAMPLES && before + count >= cuts.len() as f64 * share {
            let within = (cuts.len() as f64 * share - before) / count;
            cuts.push((index as f64 + within) * part_ns);
        }
        before += count;
    }
    cuts.push(seconds * 1e9);
    cuts.windows(2)
        .map(|pair| (pair[1] - pair[0]) / share)
        .collect()
}

/// Criterion as the suite uses it: its warm-up is one call, its samples are ten.
pub fn criterion() -> Criterion<TimePerCommit> {
    Criterion::default()
        .with_measurement(TimePerCommit)
        .sample_size(SAMPLES)
        .warm_up_time(Duration::from_nanos(1))
        .nresamples(10_000)
        .without_plots()
}

/// The id of a point in criterion's files.
pub fn full_id(point: &Point, version: u32) -> String {
    format!(
        "{}.v{version}/{}/{}",
        point.workload,
        function(point),
        point.clients
    )
}

/// What criterion takes for the function of a point: its subject, with what tells it from other
/// points of the same subject.
fn function(point: &Point) -> String {
    let mut words = vec![point.subject.clone()];
    if point.discipline != Discipline::Careful {
        words.push(point.discipline.to_string());
    }
    if point.topology != Topology::Processes {
        words.push(point.topology.to_string());
    }
    words.extend(point.rate.map(|rate| format!("{rate} per s")));
    words.join(" ")
}

/// Makes a point a criterion benchmark. `trial` makes a trial whenever criterion wants more
/// samples than it has, and returns what [`samples`] makes of it: nothing, if the trial failed or
/// committed nothing. That is a result, but no criterion point, and criterion saves nothing.
pub fn benchmark(
    criterion: &mut Criterion<TimePerCommit>,
    point: &Point,
    version: u32,
    seconds: f64,
    mut trial: impl FnMut() -> Vec<f64>,
) {
    let mut replay = Replay::default();
    let mut group = criterion.benchmark_group(format!("{}.v{version}", point.workload));
    group.sampling_mode(SamplingMode::Flat);
    // What criterion takes for the time of ten samples: each call, it thinks, takes a trial.
    group.measurement_time(Duration::from_secs_f64(seconds * 20.0));
    group.bench_function(
        BenchmarkId::new(function(point), point.clients),
        |bencher| {
            bencher.iter_custom(|iterations| replay.next(&mut trial) * iterations as f64);
        },
    );
    group.finish();
}

/// Hands out the samples of trials, making a trial when there is none left.
#[derive(Debug, Default)]
struct Replay {
    warmed_up: bool,
    /// Nanoseconds per commit.
    samples: VecDeque<f64>,
    /// A trial gave nothing to sample; it is not made again.
    nothing: bool,
}

impl Replay {
    /// Nanoseconds per commit; zero, which criterion refuses to save, if there is nothing to
    /// sample.
    fn next(&mut self, trial: &mut impl FnMut() -> Vec<f64>) -> f64 {
        if self.samples.is_empty() && !self.nothing {
            self.samples.extend(trial());
            self.nothing = self.samples.is_empty();
        }
        if self.nothing {
            return 0.0;
        }
        if !std::mem::replace(&mut self.warmed_up, true) {
            return self.samples[0];
        }
        self.samples.pop_front().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_steady_trial_gives_ten_equal_samples() {
        let samples = samples(1.0, &[4; 50]);
        assert_eq!(samples.len(), SAMPLES);
        assert!(
            samples.iter().all(|ns| (ns / 5e6 - 1.0).abs() < 1e-9),
            "{samples:?}"
        );
    }

    #[test]
    fn a_stall_is_one_slow_sample_and_no_commit_is_none() {
        // 10 commits in the first part, then nothing until 10 in the last.
        let samples = samples(1.0, &[10, 0, 0, 0, 0, 0, 0, 0, 0, 10]);
        let slow = samples.iter().filter(|ns| **ns > 1e8).count();
        assert_eq!(slow, 1, "{samples:?}");
        assert!(super::samples(1.0, &[0; 10]).is_empty());
    }

    proptest! {
        #[test]
        fn the_mean_of_the_samples_is_the_time_per_commit(
            over_time in prop::collection::vec(0u64..500, 1..60)
        ) {
            let total: u64 = over_time.iter().sum();
            prop_assume!(total > 0);
            let samples = samples(2.0, &over_time);
            prop_assert_eq!(samples.len(), SAMPLES);
            prop_assert!(samples.iter().all(|ns| *ns > 0.0));
            let mean = samples.iter().sum::<f64>() / SAMPLES as f64;
            prop_assert!((mean / (2e9 / total as f64) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_warm_up_makes_the_trial_and_uses_up_no_sample() {
        let mut trials = 0;
        let mut trial = || {
            trials += 1;
            vec![1e6, 0.5e6]
        };
        let mut replay = Replay::default();
        replay.next(&mut trial);
        assert_eq!(
            [replay.next(&mut trial), replay.next(&mut trial)],
            [1e6, 0.5e6]
        );
        assert_eq!(
            replay.next(&mut trial),
            1e6,
            "more samples come from another trial"
        );
        assert_eq!(trials, 2);
    }

    #[test]
    fn a_trial_without_samples_is_no_criterion_point_and_is_not_tried_again() {
        let mut trials = 0;
        let mut trial = || {
            trials += 1;
            Vec::new()
        };
        let mut replay = Replay::default();
        assert_eq!(
            [replay.next(&mut trial), replay.next(&mut trial)],
            [0.0, 0.0]
        );
        assert_eq!(trials, 1);
    }
}
