//! What `contend compare` refuses, and in which sentence.

use std::path::Path;

use crate::support::bench::assert_sentence;
use crate::support::compare::{Desk, again, compare, fixture, refusal, unchanged};
use crate::support::run::Fixture;
use contend::compare::Asked;
use contend::measure::{Run, Tier, Topology, TrialResult};

#[test]
fn without_a_base_the_sentence_says_how_to_make_one() {
    let desk = Desk::of(&unchanged());
    let (nowhere, new) = (desk.path("nowhere.json"), desk.path("new/run.json"));
    let said = refusal(&compare(&nowhere, &new, &[]), 1);
    assert!(
        said.contains("contend bench --out") && said.contains("nowhere.json"),
        "{said}"
    );
    let first = compare(&nowhere, &new, &["--first-run-ok"]);
    assert_eq!(first.code, 0);
    assert!(first.stderr.starts_with("note: "), "{}", first.stderr);
    // The new run is another matter.
    let said = refusal(&compare(&new, &nowhere, &["--first-run-ok"]), 1);
    assert!(said.contains("Cannot read"), "{said}");
    // And one in which nothing was measured is no base for later ones.
    let mut failed = fixture().run();
    for trial in &mut failed.trials {
        trial.result = TrialResult::Failed {
            reason: "no".to_owned(),
        };
    }
    let desk = Desk::of(&[fixture().run(), failed]);
    let said = refusal(
        &compare(&nowhere, &desk.path("new/run.json"), &["--first-run-ok"]),
        1,
    );
    assert!(said.contains("no trial that was measured"), "{said}");
}

/// A base, and a run that differs from it in one respect.
fn differing(how: impl Fn(&mut Run)) -> [Run; 2] {
    let waiting = Fixture {
        workloads: vec!["increment-hot", "long-transaction"],
        ..Fixture::small()
    };
    let mut runs = [waiting.run(), waiting.run()];
    how(&mut runs[1]);
    runs
}

#[test]
fn runs_of_different_things_are_refused_and_the_difference_is_named() {
    type Change = fn(&mut Run);
    let cases: [(&str, Change); 10] = [
        ("increment-hot is version 1 in the base and 2", |run| {
            run.workloads[0].version = 2
        }),
        ("power loss in the base and", |run| {
            run.subjects[0].tier = Tier::Nothing
        }),
        ("synchronous 2 in the base and 1", |run| {
            let settings = run.subjects[0].asserted.values_mut().next().unwrap();
            settings.insert("synchronous".to_owned(), "1".to_owned());
        }),
        ("Trials last 3 s in the base and 1 s", |run| {
            run.plan.seconds = 1.0
        }),
        ("Warm-ups last 500 ms in the base and 1 s", |run| {
            run.plan.warm_up_seconds = 1.0
        }),
        ("Lock timeouts last 1 s in the base and 5 s", |run| {
            run.plan.lock_timeout_seconds = 5.0
        }),
        ("Long transactions last 50 ms in the base and 5 s", |run| {
            run.plan.hold_seconds = 5.0
        }),
        ("Trials of long-transaction last 3 s", |run| {
            run.workloads[1].seconds = 6.0
        }),
        ("Instances are processes in the base and threads", |run| {
            let planned = run.plan.points.iter_mut();
            let points = planned.chain(run.trials.iter_mut().map(|trial| &mut trial.point));
            points.for_each(|point| point.topology = Topology::Threads);
        }),
        ("The new run (", |run| run.trials.clear()),
    ];
    for (expected, how) in cases {
        let [base, new] = differing(how);
        let said = contend::compare::compare(&base, &new, &Asked::default())
            .unwrap_err()
            .to_string();
        let said = said.replace('\u{a0}', " ");
        assert_sentence(&said);
        assert!(
            said.starts_with("The runs cannot be compared. ") && said.contains(expected),
            "{said}"
        );
    }
}

#[test]
fn runs_without_a_point_in_common_are_refused() {
    let other = Fixture {
        loads: vec![4],
        ..fixture()
    };
    let said = refusal(&Desk::of(&[fixture().run(), other.run()]).compare(&[]), 4);
    assert!(said.contains("no point in common"), "{said}");
}

#[test]
fn every_difference_is_named_at_once() {
    let runs = differing(|run| {
        run.workloads[0].version = 2;
        run.plan.seconds = 1.0;
    });
    let said = refusal(&Desk::of(&runs).compare(&[]), 4);
    assert!(
        said.contains("version 1") && said.contains("Trials last"),
        "{said}"
    );
}

#[test]
fn how_long_transactions_are_held_matters_only_where_there_are_any() {
    let mut runs = unchanged();
    runs[1].plan.hold_seconds = 5.0;
    assert_eq!(Desk::of(&runs).compare(&[]).code, 0);
}

#[test]
fn another_machine_or_engine_is_a_warning() {
    let mut runs = unchanged();
    let new = &mut runs[1];
    new.machine.cpu = "Another CPU".to_owned();
    new.machine.place.filesystem = "xfs".to_owned();
    new.sqlite = Some("3.52.0".to_owned());
    new.build.dirty = Some(true);
    let compared = Desk::of(&runs).compare(&[]);
    assert_eq!(compared.code, 0, "{}", compared.stdout);
    let said = compared
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for expected in [
        "The machine is another: processor Fixture CPU at 3 GHz before, Another CPU now; file system ext4 before, xfs now.",
        "SQLite 3.51.3 before, 3.52.0 now",
        "The new run was made by a build with changes that no commit has",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn what_is_no_run_file_is_refused_in_one_sentence() {
    let desk = Desk::of(&unchanged());
    let (base, new) = (desk.path("base/run.json"), desk.path("new/run.json"));
    let whole = std::fs::read_to_string(&base).unwrap();
    let other_schema = whole.replacen("\"schema_version\": 5", "\"schema_version\": 4", 1);
    for (content, code, expected) in [
        (&whole[..whole.len() / 2], 1, "cut off"),
        ("{}", 1, "no run of contend"),
        ("", 1, "cut off"),
        ("hello", 1, "not JSON"),
        (
            &whole.replacen("\"seconds\": 3.0", "\"seconds\": 1e999", 1),
            1,
            "out of range",
        ),
        (
            &whole.replacen("\"seconds\": 3.0", "\"seconds\": NaN", 1),
            1,
            "not JSON",
        ),
        (
            &whole.replacen("Fixture OS", "Another OS", 1),
            1,
            "changed after it was written",
        ),
        (&other_schema, 4, "run schema 4"),
    ] {
        let broken = desk.path("broken.json");
        std::fs::write(&broken, content).unwrap();
        for (base, new) in [(&broken, &new), (&base, &broken)] {
            let said = refusal(&compare(base, new, &["--first-run-ok"]), code);
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[test]
fn runs_of_no_rounds_or_of_trials_that_took_no_time_are_refused_or_told_and_no_number_comes_of_them()
 {
    let mut none = fixture().run();
    none.plan.rounds = 0;
    none.trials.clear();
    let mut timeless = again(&fixture(), 1.0).run();
    for trial in &mut timeless.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.seconds = 0.0;
        }
    }
    let said = refusal(&Desk::of(&[none.clone(), fixture().run()]).compare(&[]), 4);
    assert!(said.contains("base"), "{said}");
    let said = refusal(&Desk::of(&[fixture().run(), none]).compare(&[]), 1);
    assert!(said.contains("no trial that was measured"), "{said}");
    let compared = Desk::of(&[fixture().run(), timeless]).compare(&["--all"]);
    assert!([0, 3].contains(&compared.code), "{}", compared.stderr);
    assert!(!compared.stdout.contains("inf"), "{}", compared.stdout);
}

#[test]
fn options_that_make_no_sense_are_refused_with_the_sensible_ones() {
    for (options, expected) in [
        (vec!["--floor", "NaN"], "from 0 to 1000"),
        (vec!["--floor=-1"], "from 0 to 1000"),
        (
            vec!["--gate", "time"],
            "the bases are counts, ratios, times",
        ),
        (vec!["--gate", "counts,counts"], "given twice"),
        (vec!["--gate", ""], "missing"),
        (vec!["--format", "yaml"], "terminal, markdown, json, junit"),
    ] {
        let compared = compare(Path::new("a"), Path::new("b"), &options);
        assert_eq!(compared.code, 2, "{}", compared.stderr);
        assert!(compared.stderr.contains(expected), "{}", compared.stderr);
    }
}
