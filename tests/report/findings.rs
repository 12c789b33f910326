//! What may be said of who was faster, and from how many rounds.

use crate::support::html::{page, section, table, text};
use crate::support::run::Fixture;
use contend::measure::{Run, TrialResult};

/// A run of two subjects at one load whose commits in each round are known: those of PostgreSQL and
/// those of SQLite.
fn run_of(commits: &[(u64, u64)]) -> Run {
    let mut run = Fixture {
        rounds: commits.len() as u32,
        loads: vec![4],
        ..Fixture::small()
    }
    .run();
    for trial in &mut run.trials {
        let (postgres, sqlite) = commits[trial.round as usize - 1];
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.committed = match trial.point.subject.as_str() {
                "postgres" => postgres,
                _ => sqlite,
            };
        }
    }
    run
}

fn words(page: &str, id: &str) -> String {
    text(section(page, id))
}

#[test]
fn fewer_than_six_rounds_never_say_which_was_faster() {
    for rounds in 1..=5 {
        let page = page(&run_of(&vec![(3_000, 1_000); rounds]));
        let summary = words(&page, "summary");
        assert!(!summary.contains("faster at"), "{summary}");
        assert!(!summary.contains("slower"), "{summary}");
        let count = match rounds {
            1 => "1 round".to_owned(),
            more => format!("{more} rounds"),
        };
        let expected = format!(
            "{count} cannot tell a difference from chance, so it is not said which was faster: that takes 6."
        );
        assert!(summary.contains(&expected), "{summary}");
        let cell = &table(section(&page, "comparison"))[1][1];
        assert!(cell.starts_with("3.00×"), "the ratio is given: {cell}");
    }
    let page = page(&run_of(&[(3_000, 1_000); 6]));
    let summary = words(&page, "summary");
    assert!(
        summary.contains("postgres was faster at the one point compared"),
        "{summary}"
    );
}

#[test]
fn fewer_than_six_rounds_do_not_say_that_there_is_no_difference_either() {
    let commits = [(900, 1_000), (1_100, 1_000), (1_000, 1_000)];
    let page = page(&run_of(&commits));
    let rows = table(section(&page, "comparison"));
    assert_eq!(rows[1][1], "1.00× [0.900× – 1.10×]");
    assert!(!words(&page, "summary").contains("neither"));
}

#[test]
fn across_tiers_three_rounds_say_nothing_but_how_many_it_takes() {
    let of_rounds = |rounds| Fixture {
        rounds,
        subjects: vec!["sqlite-delete-full", "postgres"],
        ..Fixture::small()
    };
    let three = words(&page(&of_rounds(3).run()), "comparison");
    assert!(three.contains("it takes 6 rounds"), "{three}");
    assert!(!three.contains("was also faster than"), "{three}");
    assert!(!three.contains("Nowhere"), "{three}");
    let six = words(&page(&of_rounds(6).run()), "comparison");
    assert!(six.contains("was also faster than"), "{six}");
}

#[test]
fn a_point_that_lost_a_round_is_counted_apart() {
    let mut run = Fixture {
        rounds: 6,
        loads: vec![1, 16],
        ..Fixture::small()
    }
    .run();
    run.trials
        .retain(|trial| trial.round < 6 || trial.point.clients == 1);
    let summary = words(&page(&run), "summary");
    assert!(
        summary.contains("slower at the one point compared; 1 more stands on fewer than 6 rounds"),
        "{summary}"
    );
}

#[test]
fn the_smallest_effect_is_the_width_of_the_ratios_intervals() {
    let commits = [900, 950, 1_000, 1_000, 1_050, 1_100].map(|commits| (commits, 1_000));
    let method = words(&page(&run_of(&commits)), "method");
    let expected = "In the one ratio with an interval, a difference of about 20.0 % would have been told from none in \
                    at least four of five such runs.";
    assert!(method.contains(expected), "{method}");
    let method = words(&page(&run_of(&commits[..5])), "method");
    assert!(
        method.contains("No ratio of this run has an interval"),
        "{method}"
    );
}

#[test]
fn the_worst_ratio_is_named_beside_the_middle_one() {
    let mut run = Fixture {
        rounds: 6,
        loads: vec![1, 4, 16],
        ..Fixture::small()
    }
    .run();
    for trial in &mut run.trials {
        let TrialResult::Measured(measurement) = &mut trial.result else {
            continue;
        };
        // One round of each load is off by 10, 20 and 40 %.
        let off = match (
            trial.point.subject.as_str(),
            trial.round,
            trial.point.clients,
        ) {
            ("postgres", 3, 1) => 100,
            ("postgres", 3, 4) => 400,
            ("postgres", 3, 16) => 200,
            _ => 0,
        };
        measurement.committed = 1_000 + off;
    }
    let method = words(&page(&run), "method");
    let expected = "In the middle one of the 3 ratios with an interval, a difference of about 20.0 % would have been \
                    told from none in at least four of five such runs; in the worst (postgres / sqlite-wal-full, \
                    increment-hot with 4 clients) one of about 40.0 %.";
    assert!(method.contains(expected), "{method}");
}

#[test]
fn a_subject_that_committed_nothing_in_a_round_is_not_spared_it() {
    let mut commits = vec![(1_000, 500); 4];
    commits.extend([(1_000, 0), (1_000, 0), (0, 0)]);
    let page = page(&run_of(&commits));
    let comparison = section(&page, "comparison");
    assert_eq!(table(comparison)[1][1], "2.00× [2.00× – ∞×]");
    let words = text(comparison);
    assert!(
        words.contains(
            "Of increment-hot with 4 clients 1 round in which neither committed anything cannot count"
        ),
        "{words}"
    );
    assert!(text(&page).contains("no difference, however large, would have been told from none"));
}
