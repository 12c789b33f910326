//! What the report says in words and numbers, word by word.

use crate::support::html::{csv, figure, page, section, table, text};
use crate::support::run::Fixture;
use contend::measure::{Point, Run, TrialResult};

fn opening(fixture: &Fixture) -> String {
    let page = page(&fixture.run());
    text(section(&page, "summary"))
}

#[test]
fn the_opening_says_what_was_compared_and_what_came_of_it() {
    insta::assert_snapshot!(opening(&Fixture::default()));
}

#[test]
fn that_somebody_did_not_do_everything_is_said() {
    let mut run = Fixture {
        workloads: vec!["increment-hot", "insert-1"],
        ..Fixture::small()
    }
    .run();
    let opening = |run: &Run| text(section(&page(run), "summary"));
    assert!(
        opening(&run).contains("They did the same 2 workloads (increment-hot and insert-1) with")
    );
    let left = |point: &Point| {
        (point.workload.as_str(), point.subject.as_str()) != ("insert-1", "postgres")
    };
    run.plan.points.retain(left);
    run.trials.retain(|trial| left(&trial.point));
    let said = opening(&run);
    assert!(
        said.contains(
            "Not each of them did each of the 2 workloads (increment-hot and insert-1) with"
        ),
        "{said}"
    );
}

#[test]
fn three_rounds_give_a_range_and_claim_no_interval() {
    let opening = opening(&Fixture::small());
    insta::assert_snapshot!(opening);
    assert!(opening.contains("range of 3 rounds, no interval claimed"));
}

#[test]
fn two_subjects_of_one_engine_are_compared_if_there_is_no_other() {
    let subjects = vec!["sqlite-delete-extra", "sqlite-wal-full"];
    insta::assert_snapshot!(opening(&Fixture {
        subjects,
        ..Fixture::small()
    }));
}

#[test]
fn no_ratio_is_taken_between_tiers() {
    let fixture = Fixture {
        subjects: vec!["sqlite-wal-normal", "postgres"],
        ..Fixture::small()
    };
    let page = page(&fixture.run());
    let words = text(section(&page, "summary")) + &text(section(&page, "comparison"));
    assert!(
        words.contains("No two subjects of this run share a durability tier"),
        "{words}"
    );
    assert!(!words.contains('×'), "{words}");
}

#[test]
fn across_tiers_only_the_more_durable_and_faster_is_named() {
    let fixture = Fixture {
        rounds: 6,
        subjects: vec!["sqlite-delete-full", "sqlite-wal-normal", "postgres"],
        ..Fixture::small()
    };
    let page = page(&fixture.run());
    let words = text(section(&page, "comparison"));
    let expected = "postgres (power loss) was also faster than sqlite-delete-full (power loss but for the last commit) \
                    at all 2 points";
    assert!(words.contains(expected), "{words}");
    assert!(
        !words.contains("sqlite-wal-normal ("),
        "the faster one is the less durable one: {words}"
    );
}

#[test]
fn what_cannot_be_told_apart_is_marked() {
    // Two subjects that take turns in being faster.
    let mut run = Fixture {
        rounds: 6,
        ..Fixture::small()
    }
    .run();
    for trial in &mut run.trials {
        let faster = (trial.round % 2 == 0) == (trial.point.subject == "postgres");
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.committed = if faster { 1_100 } else { 1_000 };
        }
    }
    let page = page(&run);
    assert!(
        text(section(&page, "summary"))
            .contains("neither faster nor slower, as far as can be seen")
    );
    let rows = table(section(&page, "comparison"));
    assert!(
        rows[1][1].starts_with("~ 1.00× [0.909× – 1.10×]"),
        "{rows:?}"
    );
}

#[test]
fn the_table_beside_a_chart_has_its_numbers() {
    let page = page(&Fixture::small().run());
    let rows = table(figure(&page, "increment-hot-goodput"));
    let lines: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_trial_is_a_line_of_the_csv_file() {
    let fixture = Fixture {
        rounds: 3,
        loads: vec![64],
        subjects: vec!["sqlite-delete-extra", "postgres-async", "noop"],
        workloads: vec!["insert-100"],
        flawed: true,
        ..Fixture::small()
    };
    let run = fixture.run();
    let csv = csv(&run);
    assert_eq!(csv.lines().count(), 1 + 9);
    // The id is a hash of everything, also of what the file does not show.
    insta::assert_snapshot!(csv.replace(&run.id, "(id)"));
}

#[test]
fn the_csv_file_is_made_of_as_many_fields_everywhere() {
    let csv = csv(&Fixture {
        flawed: true,
        ..Fixture::default()
    }
    .run());
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let columns = reader.headers().unwrap().len();
    let status = reader
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "status")
        .unwrap();
    let mut counts = std::collections::BTreeMap::new();
    for record in reader.records() {
        let record = record.unwrap();
        assert_eq!(record.len(), columns);
        *counts.entry(record[status].to_owned()).or_insert(0) += 1;
    }
    let counts: Vec<(&str, i32)> = counts
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(counts, [("failed", 1), ("measured", 670), ("void", 1)]);
}

#[test]
fn databases_on_different_disks_are_warned_of() {
    let mut run = Fixture::small().run();
    let warnings = |run: &contend::measure::Run| text(section(&page(run), "warnings"));
    assert!(!warnings(&run).contains("same disk"));
    run.machine.place.filesystem = "tmpfs".to_owned();
    let found = warnings(&run);
    assert!(found.contains(
        "the SQLite files are on tmpfs on /dev/vda1: their commits do not wait for the same disk"
    ));
    assert!(
        found.contains("The SQLite files lie in memory (tmpfs)"),
        "{found}"
    );
}

#[test]
fn a_ratio_stands_only_on_rounds_that_both_have() {
    let mut run = Fixture {
        loads: vec![1],
        ..Fixture::small()
    }
    .run();
    for trial in &mut run.trials {
        let postgres = trial.point.subject == "postgres";
        if let TrialResult::Measured(measurement) = &mut trial.result {
            // The second round would say 1,000×, but it is void for SQLite.
            measurement.committed = match (postgres, trial.round) {
                (true, 2) => 1_000_000,
                (true, _) => 2_000,
                (false, _) => 1_000,
            };
            if !postgres && trial.round == 2 {
                measurement.audit.checks.clear();
            }
        }
    }
    let page = page(&run);
    let comparison = section(&page, "comparison");
    assert_eq!(table(comparison)[1][1], "2.00× [2.00× – 2.00×]");
    assert!(text(comparison).contains("In brackets the range of 2 rounds, no interval claimed."));
}
