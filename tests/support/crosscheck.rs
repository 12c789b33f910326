//! A made-up crosscheck. Nothing in it was measured.

use contend::measure::Crosscheck;
use contend::measure::crosscheck::{FORMAT, Figures, Reference, Round, SCHEMA_VERSION};
use contend::suite::crosscheck::plan;

use super::parts::{build, machine, server};

/// A crosscheck in which each comparison reaches `share` of its reference in every round, and each
/// of contend's operations costs its client `cpu_us` where the reference's costs 10 µs.
pub fn crosscheck(rounds: u32, share: f64, cpu_us: f64) -> Crosscheck {
    let figures = |committed: f64, cpu_us: f64| Figures {
        committed: committed as u64,
        errors: 0,
        seconds: 1.0,
        cpu_seconds: Some(committed * cpu_us * 1e-6),
    };
    let mut comparisons = plan::comparisons();
    for comparison in &mut comparisons {
        let beside = comparison.reference != Reference::Nothing;
        comparison.rounds = (1..=rounds)
            .map(|round| Round {
                round,
                contend_first: round % 2 == 1,
                contend: figures(20_000.0 * share, cpu_us),
                reference: beside.then(|| figures(20_000.0, 10.0)),
            })
            .collect();
        comparison.figure = comparison.estimate();
    }
    Crosscheck {
        format: FORMAT.to_owned(),
        schema_version: SCHEMA_VERSION,
        started: "2026-01-01T00:00:00Z".to_owned(),
        finished: "2026-01-01T00:04:00Z".to_owned(),
        build: build(),
        machine: machine(),
        server: Some(server()),
        pgbench: Some("18.1 (fixture)".to_owned()),
        wrk: Some("4.1.0 (fixture)".to_owned()),
        sqlite: "3.51.3 (fixture)".to_owned(),
        seed: 7,
        rounds,
        seconds: 1.0,
        comparisons,
        not_compared: Vec::new(),
        failures: Vec::new(),
    }
}
