//! The answer that a terminal shows at the end of a run.

use std::path::Path;

use contend::measure::{Measurement, Outcome, Run, TrialResult};
use contend::report::terminal::{self, End};

use crate::support::run::Fixture;

/// The answer with its escape sequences.
fn styled(run: &Run) -> String {
    let end = End {
        took: "8 min 3 s".to_owned(),
        page: Path::new("reports/index.html"),
    };
    terminal::answer(run, &end).replace(&run.id, "(id)")
}

/// The answer as it goes to a file: plain, and on lines that fit.
fn answer(run: &Run) -> String {
    let text = anstream::adapter::strip_str(&styled(run)).to_string();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line:?}");
        assert_eq!(line, line.trim_end());
    }
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    text
}

/// What a default run looks like.
fn usual() -> Fixture {
    Fixture {
        loads: vec![1, 16, 64],
        subjects: vec!["sqlite-delete-full", "sqlite-wal-full", "postgres", "noop"],
        workloads: vec![
            "increment-hot",
            "increment-spread",
            "insert-100",
            "long-transaction",
        ],
        naive: vec![16],
        experiments: true,
        flawed: false,
        ..Fixture::default()
    }
}

fn each(run: &mut Run, subject: &str, change: impl Fn(&mut Measurement)) {
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result
            && trial.point.subject == subject
        {
            change(measurement);
        }
    }
}

#[test]
fn a_default_run_is_answered_on_one_screen() {
    let text = answer(&usual().run());
    assert!(text.lines().count() <= 33, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_quick_run_calls_no_difference_significant() {
    let fixture = Fixture {
        rounds: 3,
        loads: vec![16],
        workloads: vec!["increment-hot", "insert-100"],
        experiments: false,
        ..usual()
    };
    let mut run = fixture.run();
    run.plan.quick = true;
    let text = answer(&run);
    assert!(!text.contains('*') && !text.contains('~'), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn one_subject_has_a_table_without_ratios() {
    let fixture = Fixture {
        subjects: vec!["postgres"],
        ..Fixture::small()
    };
    insta::assert_snapshot!(answer(&fixture.run()));
}

#[test]
fn a_run_in_which_everything_failed_says_why() {
    let mut run = Fixture::careless().run();
    for trial in run.trials.iter_mut().chain(&mut run.long_trials) {
        trial.result = TrialResult::Failed {
            reason: "Fixture: worker 3 ended with code 101 before the stretch was over".to_owned(),
        };
    }
    insta::assert_snapshot!(answer(&run));
}

#[test]
fn void_trials_are_in_no_figure_and_the_first_one_is_named() {
    let fixture = Fixture {
        loads: vec![16, 64],
        rounds: 6,
        ..Fixture::small()
    };
    let mut run = fixture.run();
    for trial in &mut run.trials {
        let broken = match (trial.point.subject.as_str(), trial.point.clients) {
            ("postgres", 64) => true,
            ("sqlite-wal-full", 16) => trial.round == 2,
            _ => false,
        };
        if let TrialResult::Measured(measurement) = &mut trial.result
            && broken
        {
            measurement.audit.checks[0].passed = false;
        }
    }
    insta::assert_snapshot!(answer(&run));
}

#[test]
fn without_naive_clients_nothing_is_said_of_losses() {
    let fixture = Fixture {
        naive: Vec::new(),
        ..usual()
    };
    let text = answer(&fixture.run());
    assert!(!text.contains("Lost"), "{text}");
    assert!(!text.contains("naive"), "{text}");
}

#[test]
fn naive_clients_alone_have_no_table() {
    let fixture = Fixture {
        loads: Vec::new(),
        ..Fixture::careless()
    };
    let text = answer(&fixture.run());
    assert!(text.starts_with("Lost      By naive clients"), "{text}");
}

#[test]
fn the_fastest_of_a_tier_is_marked_only_where_its_interval_shows_it() {
    let fixture = Fixture {
        loads: vec![1],
        rounds: 6,
        ..Fixture::small()
    };
    let set = |postgres: fn(u32) -> u64| {
        let mut run = fixture.run();
        for trial in &mut run.trials {
            let sqlite = trial.point.subject == "sqlite-wal-full";
            if let TrialResult::Measured(measurement) = &mut trial.result {
                measurement.seconds = 1.0;
                measurement.committed = if sqlite { 1_000 } else { postgres(trial.round) };
            }
        }
        answer(&run)
    };
    let faster = set(|_| 2_000);
    assert!(
        faster.contains("*2,000") && faster.contains(" 2.0×"),
        "{faster}"
    );
    let slower = set(|_| 500);
    assert!(
        slower.contains("*1,000") && slower.contains(" 2.0×"),
        "{slower}"
    );
    let same = set(|round| if round % 2 == 0 { 900 } else { 1_100 });
    assert!(same.contains(" ~\n") && !same.contains('*'), "{same}");
    let nothing = set(|_| 0);
    assert!(
        nothing.contains("*1,000") && nothing.contains(" ∞×"),
        "{nothing}"
    );
}

#[test]
fn subjects_that_do_not_fit_are_named() {
    let text = answer(
        &Fixture {
            flawed: false,
            ..Fixture::default()
        }
        .run(),
    );
    let head: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(
        head[2..],
        [
            "sqlite-delete-extra",
            "sqlite-wal-full",
            "postgres",
            "ratio"
        ],
        "one tier of both engines: {text}"
    );
    assert!(text.contains("The report also has "), "{text}");
    assert!(!text.contains("noop"), "{text}");
}

#[test]
fn who_starves_is_told_by_the_long_trials() {
    let mut run = usual().run();
    for trial in &mut run.long_trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.committed_per_client[5] = 0;
            measurement.committed_per_client[6] = 0;
        }
    }
    let text = answer(&run);
    assert!(text.contains("Starved   In one trial of 12 s"), "{text}");
    assert!(text.contains("2 of 16 clients"), "{text}");
    run.long_trials.clear();
    assert!(!answer(&run).contains("Starved"));
}

#[test]
fn refusals_have_their_class() {
    let mut run = usual().run();
    each(&mut run, "postgres", |m| {
        m.given_up = [(Outcome::TooManyConnections, m.committed)].into();
    });
    let text = answer(&run);
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("too_many_connections"), "{text}");
}

#[test]
fn a_run_that_was_stopped_says_how_far_it_came() {
    let mut run = Fixture::small().run();
    run.trials.truncate(4);
    run.complete = false;
    let text = answer(&run);
    assert!(
        text.contains("Trials    4 of 18 made in 8 min 3 s"),
        "{text}"
    );
    run.trials.clear();
    answer(&run);
}

#[test]
fn colours_are_in_it_for_a_terminal_that_wants_them() {
    let text = styled(&usual().run());
    assert!(text.contains("\u{1b}[1m"), "{text:?}");
}
