//! What every trial of an experiment is told by, in the same words.

use super::series::Case;
use crate::measure::experiment::Observation;
use crate::measure::{Latencies, Measurement};

/// The figures of a trial. Operations acknowledged after the end of the stretch count like the
/// others, but in goodput and per client.
pub fn observation(case: &Case, repeat: u32, measurement: &Measurement) -> Observation {
    let acknowledged = measurement.committed + measurement.late;
    let (operations, attempts) = (measurement.operations(), measurement.attempts);
    let failed = measurement.failed_attempts();
    let (fewest, most) = measurement.fairness();
    let (success, failure) = (&measurement.success, &measurement.failure);
    let per = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let milliseconds = |seconds: Option<f64>| seconds.map(|seconds| seconds * 1e3);
    let mut all = success.clone();
    all.merge(failure);

    let mut figures: Vec<(String, Option<f64>)> = [
        ("operations", Some(operations as f64)),
        ("acknowledged", Some(acknowledged as f64)),
        ("given_up", Some(measurement.given_up_total() as f64)),
        ("attempts", Some(attempts as f64)),
        ("failed_attempts", Some(failed as f64)),
        (
            "share_given_up",
            per(measurement.given_up_total(), operations),
        ),
        ("errors_per_attempt", per(failed, attempts)),
        ("errors_per_operation", per(failed, operations)),
        ("attempts_per_commit", per(attempts, acknowledged)),
        ("goodput_per_s", Some(measurement.goodput())),
        ("settled_ms", milliseconds(measurement.longest())),
        ("mean_ms", milliseconds(all.mean())),
        ("acknowledged_mean_ms", milliseconds(success.mean())),
        (
            "acknowledged_p50_ms",
            milliseconds(success.percentile(50.0)),
        ),
        (
            "acknowledged_p99_ms",
            milliseconds(success.percentile(99.0)),
        ),
        ("acknowledged_max_ms", milliseconds(success.max())),
        ("given_up_mean_ms", milliseconds(failure.mean())),
        ("given_up_max_ms", milliseconds(failure.max())),
        // How late the last client began that was to begin in the same instant.
        ("start_skew_ms", Some(measurement.start_skew_us / 1e3)),
        ("fewest_per_client", Some(fewest as f64)),
        ("most_per_client", Some(most as f64)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let lost: u64 = measurement.losses.iter().map(|loss| loss.lost).sum();
    figures.push(("lost".to_owned(), Some(lost as f64)));
    for (class, operations) in &measurement.given_up {
        let name = format!("given_up_{}", class.name());
        figures.push((name, Some(*operations as f64)));
    }
    for error in &measurement.errors {
        let name = format!("errors_{}", class_and_code(error.class.name(), &error.code));
        figures.push((name, Some(error.attempts as f64)));
    }
    let named = |name: &str, latencies: &Latencies| (name.to_owned(), latencies.clone());
    let mut seen = Observation::under(
        case.conditions
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain([("subject", case.subject.name)]),
    );
    seen.repeat = repeat;
    seen.figures.extend(
        figures
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    seen.latencies = [named("acknowledged", success), named("given up", failure)].into();
    seen.audit = measurement.audit.clone();
    seen
}

/// The class of an error; what is in none goes by its code.
fn class_and_code(class: &str, code: &str) -> String {
    match class {
        "other" => format!("other_{code}"),
        class => class.to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::load::style::Style;
    use crate::measure::outcome::ErrorCount;
    use crate::measure::{Audit, Check, Loss, Outcome};
    use crate::subject;

    fn latencies(milliseconds: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for each in milliseconds {
            latencies.record(each * 1_000_000);
        }
        latencies
    }

    /// Two clients: three increments in time and one late, two given up; nine attempts, of which five
    /// failed; one that was acknowledged is lost.
    pub fn measurement() -> Measurement {
        let error = |class, code: &str, attempts| ErrorCount {
            class,
            code: code.to_owned(),
            message: String::new(),
            attempts,
        };
        Measurement {
            seconds: 0.5,
            committed: 3,
            late: 1,
            given_up: [(Outcome::Busy, 1), (Outcome::Other, 1)].into(),
            attempts: 9,
            errors: vec![error(Outcome::Busy, "5", 4), error(Outcome::Other, "1", 1)],
            success: latencies(&[10, 20, 30, 40]),
            failure: latencies(&[100, 200]),
            lag: Latencies::default(),
            offered: None,
            kinds: Vec::new(),
            losses: vec![Loss {
                what: "stored".to_owned(),
                unit: "increments".to_owned(),
                acknowledged: 4,
                lost: 1,
            }],
            committed_per_client: vec![1, 2],
            committed_over_time: Vec::new(),
            start_skew_us: 1_500.0,
            drain_seconds: 0.1,
            worker_cpu_seconds: 0.0,
            machine_cpu: None,
            settings: Default::default(),
            audit: Audit {
                checks: vec![Check::number("rows", 1, 1)],
            },
            criterion: None,
        }
    }

    #[test]
    fn each_figure_is_what_its_name_says() {
        let subject = subject::find("sqlite-wal-full").unwrap();
        let style = Style::Naive;
        let case = Case::burst(subject, style.workload(), 2, style.conduct(0)).named("clients", 2);
        let seen = observation(&case, 3, &measurement());
        let figure = |name: &str| {
            let figure = seen.figure(name);
            (figure.unwrap_or_else(|| panic!("no {name}")) * 1e3).round() / 1e3
        };
        for (name, expected) in [
            ("operations", 6.0),
            ("acknowledged", 4.0),
            ("given_up", 2.0),
            ("attempts", 9.0),
            ("failed_attempts", 5.0),
            ("share_given_up", 0.333),
            ("errors_per_attempt", 0.556),
            ("errors_per_operation", 0.833),
            ("attempts_per_commit", 2.25),
            ("goodput_per_s", 6.0),
            ("start_skew_ms", 1.5),
            ("fewest_per_client", 1.0),
            ("most_per_client", 2.0),
            ("lost", 1.0),
            ("given_up_busy", 1.0),
            ("given_up_other", 1.0),
            ("errors_busy", 4.0),
            ("errors_other_1", 1.0),
        ] {
            assert_eq!(figure(name), expected, "{name}");
        }
        // Histograms keep three digits.
        for (name, expected) in [
            ("settled_ms", 200.0),
            ("mean_ms", 400.0 / 6.0),
            ("acknowledged_mean_ms", 25.0),
            ("acknowledged_p50_ms", 20.0),
            ("acknowledged_p99_ms", 40.0),
            ("acknowledged_max_ms", 40.0),
            ("given_up_mean_ms", 150.0),
            ("given_up_max_ms", 200.0),
        ] {
            let found = figure(name);
            assert!((found / expected - 1.0).abs() < 2e-3, "{name}: {found}");
        }
        assert_eq!(seen.repeat, 3);
        assert_eq!(seen.condition("subject"), "sqlite-wal-full");
        assert_eq!(seen.condition("clients"), "2");
        assert_eq!(seen.latencies["acknowledged"].count(), 4);
        assert_eq!(seen.latencies["given up"].count(), 2);
        assert!(!seen.void());
    }

    #[test]
    fn without_operations_there_is_no_share() {
        let subject = subject::find("sqlite-wal-full").unwrap();
        let style = Style::Naive;
        let case = Case::burst(subject, style.workload(), 2, style.conduct(0));
        let nothing = Measurement {
            committed: 0,
            late: 0,
            given_up: Default::default(),
            attempts: 0,
            errors: Vec::new(),
            success: Latencies::default(),
            failure: Latencies::default(),
            ..measurement()
        };
        let seen = observation(&case, 1, &nothing);
        for name in ["share_given_up", "attempts_per_commit", "mean_ms"] {
            assert_eq!(seen.figure(name), None, "{name}");
        }
    }
}
