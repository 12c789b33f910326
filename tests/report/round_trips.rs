//! What the report says of the cost of a round trip.

use contend::measure::{Run, TrialResult};

use crate::support::html::{page, section, text};
use crate::support::run::Fixture;

fn inserts(rounds: u32) -> Fixture {
    Fixture {
        rounds,
        loads: vec![1],
        workloads: vec!["insert-100", "insert-100-rows"],
        ..Fixture::small()
    }
}

/// A run in which an operation takes what this says, in milliseconds, by workload, subject and round.
fn run_of(fixture: &Fixture, milliseconds: impl Fn(&str, &str, u32) -> f64) -> Run {
    let mut run = fixture.run();
    for trial in &mut run.trials {
        let point = &trial.point;
        let takes = milliseconds(&point.workload, &point.subject, trial.round);
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.committed = 1_000;
            measurement.seconds = takes;
        }
    }
    run
}

/// 10 ms and 1 ms on PostgreSQL, 1.2 ms and 1 ms on SQLite, slower round by round.
fn made_up(workload: &str, subject: &str, round: u32) -> f64 {
    let one = match (workload, subject) {
        ("insert-100-rows", _) => 1.0,
        (_, "postgres") => 10.0,
        _ => 1.2,
    };
    one * (1.0 + 0.01 * f64::from(round))
}

fn of_section(run: &Run) -> String {
    text(section(&page(run), "insert-100"))
}

#[test]
fn a_further_statement_costs_the_difference_divided_by_the_statements() {
    let words = of_section(&run_of(&inserts(6), made_up));
    // 9 ms over 99 statements, times 1.035.
    let expected = "Each further statement in a transaction costs 2.09 µs [2.04 µs – 2.14 µs] on sqlite-wal-full (a call \
                    within the process) and 94.1 µs [91.8 µs – 96.4 µs] on postgres (a round trip to the server). This is \
                    the time per operation of insert-100 minus that of insert-100-rows, divided by the 99 statements \
                    between them, with 1 client; 96.9 % interval of 6 rounds.";
    assert!(words.contains(expected), "{words}");
    let other = text(section(
        &page(&run_of(&inserts(6), made_up)),
        "insert-100-rows",
    ));
    assert!(!other.contains("further statement"), "{other}");
}

#[test]
fn fewer_rounds_claim_no_interval_for_it() {
    let words = of_section(&run_of(&inserts(3), made_up));
    assert!(
        words.contains("with 1 client; range of 3 rounds, no interval claimed."),
        "{words}"
    );
    let words = of_section(&run_of(&inserts(1), made_up));
    assert!(
        words.contains("costs 2.04 µs on sqlite-wal-full"),
        "{words}"
    );
}

#[test]
fn only_rounds_in_which_both_workloads_may_be_compared_count() {
    let mut run = run_of(&inserts(6), made_up);
    for trial in &mut run.trials {
        let lost = trial.round == 2
            && trial.point.subject == "postgres"
            && trial.point.workload == "insert-100-rows";
        if let TrialResult::Measured(measurement) = &mut trial.result
            && lost
        {
            measurement.audit.checks[0].passed = false;
        }
    }
    let words = of_section(&run);
    let expected = "sqlite-wal-full: 96.9 % interval of 6 rounds; postgres: range of 5 rounds, no interval claimed.";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn nothing_is_said_unless_both_workloads_were_measured_with_one_client() {
    for fixture in [
        Fixture {
            workloads: vec!["insert-100"],
            ..inserts(6)
        },
        Fixture {
            loads: vec![16],
            ..inserts(6)
        },
        Fixture {
            loads: Vec::new(),
            naive: vec![1],
            ..inserts(6)
        },
    ] {
        let words = of_section(&run_of(&fixture, made_up));
        assert!(!words.contains("further statement"), "{words}");
    }
}

#[test]
fn a_client_that_committed_nothing_gives_no_cost() {
    let mut run = run_of(&inserts(6), made_up);
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result
            && trial.point.subject == "postgres"
        {
            measurement.committed = 0;
        }
    }
    let words = of_section(&run);
    assert!(
        words.contains("on sqlite-wal-full (a call within the process). This"),
        "{words}"
    );
}
