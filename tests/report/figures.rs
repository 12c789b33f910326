//! Figures whose right value is known beforehand.

use crate::support::html::{figure, page, table, text};
use crate::support::run::Fixture;
use contend::measure::outcome::ErrorCount;
use contend::measure::trial::MachineCpu;
use contend::measure::{Outcome, TrialResult};

#[test]
fn fairness_is_each_clients_share_of_an_equal_one() {
    let mut run = Fixture::small().run();
    for trial in run
        .trials
        .iter_mut()
        .filter(|trial| trial.point.clients == 16)
    {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.committed_per_client = vec![100; 16];
            measurement.committed_per_client[3] = 50;
            measurement.committed_per_client[7] = 150;
        }
    }
    let page = page(&run);
    let rows = table(figure(&page, "increment-hot-fairness"));
    let columns = rows[0].iter().zip(&rows[1]).skip(3).take(6);
    let found: Vec<String> = columns
        .map(|(head, cell)| format!("{head}: {cell}"))
        .collect();
    assert_eq!(
        found,
        [
            "fewest commits of a client: 50.0",
            "mean of clients: 100",
            "most commits of a client: 150",
            "worst client / mean: 0.500×",
            "best client / mean: 1.50×",
            "worst round: 0.500× – 1.50×",
        ]
    );
}

#[test]
fn outcomes_are_counted_per_operation_and_per_attempt() {
    let fixture = Fixture {
        rounds: 1,
        loads: vec![4],
        subjects: vec!["sqlite-wal-full"],
        ..Fixture::small()
    };
    let mut run = fixture.run();
    if let TrialResult::Measured(measurement) = &mut run.trials[0].result {
        (
            measurement.committed,
            measurement.late,
            measurement.attempts,
        ) = (90, 5, 120);
        measurement.given_up = [(Outcome::Busy, 4), (Outcome::Timeout, 1)].into();
        measurement.errors = vec![ErrorCount {
            class: Outcome::Busy,
            code: "5".to_owned(),
            message: "database is locked".to_owned(),
            attempts: 30,
        }];
    }
    let page = page(&run);
    let row = table(figure(&page, "increment-hot-outcomes")).remove(1);
    assert_eq!(row[3..8], ["95", "5", "5", "5.00 %", "busy 4, timeout 1"]);
    assert_eq!(row[9..12], ["25.0 %", "0.300", "1.26"]);
    assert!(text(&page).contains("database is locked"));
}

#[test]
fn cpu_time_is_of_the_stretch_and_of_all_rounds_together() {
    let fixture = Fixture {
        rounds: 2,
        loads: vec![4],
        subjects: vec!["sqlite-wal-full"],
        ..Fixture::small()
    };
    let mut run = fixture.run();
    for (trial, (operations, cpu)) in run.trials.iter_mut().zip([(90, 0.1), (290, 0.3)]) {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            (measurement.committed, measurement.late) = (operations, 1_000);
            measurement.given_up = [(Outcome::Busy, 10)].into();
            measurement.worker_cpu_seconds = cpu * operations as f64 / 100.0;
            // The ticks of one trial alone would not add up to 2 processors × 3 s.
            measurement.machine_cpu = Some(MachineCpu {
                busy_seconds: 2.0 + cpu * 10.0,
                idle_seconds: 1.0,
                steal_seconds: 0.0,
            });
        }
    }
    // (0.09 + 0.87) s / (100 + 300) operations; (3 + 5) s of (4 + 6) s busy, of 12 s there should be.
    assert_eq!(cpu_row(&run)[3..], ["2.4 ms", "80 %", "0 %"]);
    run.machine.cpus = 4;
    assert_eq!(cpu_row(&run)[3..], ["2.4 ms", "–", "–"]);
}

/// The one row of the table of who used the processors.
fn cpu_row(run: &contend::measure::Run) -> Vec<String> {
    let page = page(run);
    let details = page
        .split("Who used the processors, by point")
        .nth(1)
        .expect("who used the processors");
    table(details).remove(1)
}
