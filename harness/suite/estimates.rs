//! Reads what criterion saved.
//!
//! Criterion's files are private to it and have changed before (its book promises only raw.csv),
//! so this is the one place that reads them, and it refuses what it does not know: version 0.8
//! writes `<group>/<function>/<value>/new/{benchmark,estimates}.json` under its directory. The
//! parts of the path are sanitised and cut, so a benchmark is known by its `full_id` only.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::measure::CriterionEstimate;

/// The last directory of a benchmark's path: what the newest run saved.
const NEW: &str = "new";

#[derive(Deserialize)]
struct Benchmark {
    full_id: String,
}

#[derive(Deserialize)]
struct Estimates {
    mean: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    confidence_interval: ConfidenceInterval,
    point_estimate: f64,
}

#[derive(Deserialize)]
struct ConfidenceInterval {
    confidence_level: f64,
    lower_bound: f64,
    upper_bound: f64,
}

/// The estimates under criterion's directory, by the benchmark's full id. A directory that does
/// not exist holds none: criterion makes it for the first benchmark it saves.
///
/// # Errors
/// If a file is there that is not what criterion 0.8 writes, or an estimate is not a positive
/// number within its interval.
pub fn read(directory: &Path) -> Result<BTreeMap<String, CriterionEstimate>> {
    let mut found = BTreeMap::new();
    if directory.is_dir() {
        walk(directory, &mut found)?;
    }
    Ok(found)
}

fn walk(directory: &Path, found: &mut BTreeMap<String, CriterionEstimate>) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name == NEW) {
            let Benchmark { full_id } = read_json(&path.join("benchmark.json"))?;
            let Estimates { mean } = read_json(&path.join("estimates.json"))?;
            let estimate = CriterionEstimate {
                mean_ns: mean.point_estimate,
                lower_ns: mean.confidence_interval.lower_bound,
                upper_ns: mean.confidence_interval.upper_bound,
                confidence_level: mean.confidence_interval.confidence_level,
            };
            ensure!(
                0.0 < estimate.lower_ns
                    && estimate.lower_ns <= estimate.mean_ns
                    && estimate.mean_ns <= estimate.upper_ns,
                "Criterion's estimate of {full_id} makes no sense: {estimate:?}"
            );
            ensure!(
                found.insert(full_id.clone(), estimate).is_none(),
                "Criterion saved {full_id} twice"
            );
        } else if path.is_dir() {
            walk(&path, found)?;
        }
    }
    Ok(())
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let text = std::fs::read(path).with_context(|| format!("Cannot read {}", path.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is not what criterion 0.8 writes", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Discipline, Point, Topology};
    use crate::suite::benchmark::{benchmark, criterion, full_id, samples};

    /// What criterion 0.8.2 wrote, cut to the parts that are read and one that is not.
    const BENCHMARK: &str = r#"{"group_id":"increment-hot.v1","function_id":"postgres",
        "value_str":"16","throughput":null,"full_id":"increment-hot.v1/postgres/16",
        "directory_name":"increment-hot.v1/postgres/16","title":"increment-hot.v1/postgres/16"}"#;
    const ESTIMATES: &str = r#"{"mean":{"confidence_interval":{"confidence_level":0.95,
        "lower_bound":90.5,"upper_bound":110.25},"point_estimate":100.125,"standard_error":5.0},
        "slope":null}"#;

    fn saved(benchmark: &str, estimates: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let new = directory.path().join("a/b/c/new");
        std::fs::create_dir_all(&new).unwrap();
        std::fs::write(new.join("benchmark.json"), benchmark).unwrap();
        std::fs::write(new.join("estimates.json"), estimates).unwrap();
        directory
    }

    #[test]
    fn the_files_of_criterion_0_8_are_understood() {
        let found = read(saved(BENCHMARK, ESTIMATES).path()).unwrap();
        let estimate = found["increment-hot.v1/postgres/16"];
        assert_eq!(
            (
                estimate.mean_ns,
                estimate.lower_ns,
                estimate.upper_ns,
                estimate.confidence_level
            ),
            (100.125, 90.5, 110.25, 0.95)
        );
    }

    #[test]
    fn files_of_another_shape_are_refused_with_their_path() {
        for (benchmark, estimates) in [
            ("{}", ESTIMATES),
            (BENCHMARK, r#"{"mean":100}"#),
            (BENCHMARK, ""),
            (BENCHMARK, &ESTIMATES.replace("100.125", "10.0")),
        ] {
            let error = read(saved(benchmark, estimates).path()).unwrap_err();
            let message = format!("{error:#}");
            assert!(message.to_lowercase().contains("criterion"), "{message}");
        }
    }

    #[test]
    fn what_this_criterion_saves_is_what_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let point = Point {
            workload: "a workload with a name that is longer than sixty-four bytes, which is cut"
                .into(),
            subject: "postgres".into(),
            topology: Topology::Processes,
            instances: 4,
            clients: 16,
            discipline: Discipline::Careful,
            rate: None,
        };
        let mut criterion = criterion().output_directory(directory.path());
        let over_time: Vec<u64> = (96..=105).collect();
        let total: u64 = over_time.iter().sum();
        benchmark(&mut criterion, &point, 1, 0.1, || samples(0.1, &over_time));
        let found = read(directory.path()).unwrap();
        let estimate = found[&full_id(&point, 1)];
        let mean = 1e8 / total as f64;
        assert!(
            (estimate.mean_ns / mean - 1.0).abs() < 1e-9,
            "{estimate:?} {mean}"
        );
        assert!(estimate.lower_ns < mean && mean < estimate.upper_ns);
    }

    #[test]
    fn a_trial_without_commits_is_not_saved() {
        let directory = tempfile::tempdir().unwrap();
        let point = Point {
            workload: "insert-1".into(),
            subject: "noop".into(),
            topology: Topology::Processes,
            instances: 1,
            clients: 1,
            discipline: Discipline::Careful,
            rate: None,
        };
        let mut criterion = criterion().output_directory(directory.path());
        benchmark(&mut criterion, &point, 1, 0.1, || samples(0.1, &[0; 50]));
        assert!(read(directory.path()).unwrap().is_empty());
    }
}
