//! A point as a criterion benchmark.
//!
//! A trial is one unbroken stretch: cut into pieces with a start and a stop each, a starving
//! client would get its turn at every stop. So the first call of criterion, its warm-up, makes
//! the whole trial, and the calls after it get its tenths, one sample each: the length of a tenth
//! divided by the operations committed in it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{BenchmarkId, Criterion, SamplingMode};

use crate::measure::Point;

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

/// What a trial gives to criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Length of one tenth of the stretch.
    pub tenth: Duration,
    /// Operations committed in each tenth.
    pub commits: Vec<u64>,
}

/// Criterion as the suite uses it: its warm-up is one call, its samples are a trial's tenths.
pub fn criterion() -> Criterion<TimePerCommit> {
    Criterion::default()
        .with_measurement(TimePerCommit)
        .sample_size(crate::load::recorder::PARTS)
        .warm_up_time(Duration::from_nanos(1))
        .nresamples(10_000)
        .without_plots()
}

/// The id of a point in criterion's files.
pub fn full_id(point: &Point, version: u32) -> String {
    format!(
        "{}.v{version}/{}/{}",
        point.workload, point.subject, point.clients
    )
}

/// Makes a point a criterion benchmark. `trial` makes a trial whenever criterion wants more
/// samples than it has; `None` if there is nothing to sample, because the trial failed. A trial
/// with a tenth without any commit is a result, but no criterion point: criterion saves nothing.
pub fn benchmark(
    criterion: &mut Criterion<TimePerCommit>,
    point: &Point,
    version: u32,
    seconds: f64,
    mut trial: impl FnMut() -> Option<Samples>,
) {
    let mut replay = Replay::default();
    let mut group = criterion.benchmark_group(format!("{}.v{version}", point.workload));
    group.sampling_mode(SamplingMode::Flat);
    // What criterion takes for the time of ten samples: each call, it thinks, takes a trial.
    group.measurement_time(Duration::from_secs_f64(seconds * 20.0));
    group.bench_function(BenchmarkId::new(&point.subject, point.clients), |bencher| {
        bencher.iter_custom(|iterations| replay.next(&mut trial) * iterations as f64);
    });
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
    fn next(&mut self, trial: &mut impl FnMut() -> Option<Samples>) -> f64 {
        if self.samples.is_empty() && !self.nothing {
            let samples = trial().filter(|samples| samples.commits.iter().all(|count| *count > 0));
            self.nothing = samples.is_none();
            if let Some(Samples { tenth, commits }) = samples {
                let nanoseconds = tenth.as_secs_f64() * 1e9;
                self.samples
                    .extend(commits.iter().map(|count| nanoseconds / *count as f64));
            }
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
    use super::*;

    fn samples(commits: &[u64]) -> Samples {
        Samples {
            tenth: Duration::from_millis(10),
            commits: commits.to_vec(),
        }
    }

    #[test]
    fn the_warm_up_makes_the_trial_and_uses_up_no_sample() {
        let mut trials = 0;
        let mut trial = || {
            trials += 1;
            Some(samples(&[10, 20]))
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
    fn a_tenth_without_commits_is_no_criterion_point_and_is_not_tried_again() {
        for result in [None, Some(samples(&[10, 0]))] {
            let mut trials = 0;
            let mut trial = || {
                trials += 1;
                result.clone()
            };
            let mut replay = Replay::default();
            assert_eq!(
                [replay.next(&mut trial), replay.next(&mut trial)],
                [0.0, 0.0]
            );
            assert_eq!(trials, 1);
        }
    }
}
