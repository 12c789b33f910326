//! `contend compare` as it is typed: exit codes, options and files.

use crate::support::bench::{assert_sentence, contend};
use crate::support::compare::{Desk, again, fixture, unchanged, worse};
use crate::support::run::Fixture;
use contend::measure::Point;

#[test]
fn no_regression_is_0_and_a_regression_3() {
    let same = Desk::of(&unchanged()).compare(&[]);
    assert_eq!(
        (same.code, same.stderr.as_str()),
        (0, ""),
        "{}",
        same.stdout
    );
    assert!(same.stdout.contains("No regression"), "{}", same.stdout);
    let worse = Desk::of(&worse()).compare(&[]);
    assert_eq!(
        (worse.code, worse.stderr.as_str()),
        (3, ""),
        "{}",
        worse.stdout
    );
    assert!(worse.stdout.contains("Regressed: "), "{}", worse.stdout);
}

#[test]
fn what_is_inconclusive_fails_only_if_strictness_is_asked_for() {
    let few = Fixture {
        rounds: 3,
        ..fixture()
    };
    let desk = Desk::of(&[few.run(), again(&few, 1.0).run()]);
    assert_eq!(desk.compare(&[]).code, 0);
    assert_eq!(desk.compare(&["--strict"]).code, 3);
    let mut one = fixture().run();
    one.complete = false;
    let same = Desk::of(&[one.clone(), one]);
    let compared = same.compare(&["--strict", "--gate", "times"]);
    assert_eq!(compared.code, 3, "its times vary: {}", compared.stdout);
    assert!(
        compared.stdout.contains("The base is incomplete: "),
        "{}",
        compared.stdout
    );
    assert!(
        compared.stdout.contains("Both are the same run"),
        "{}",
        compared.stdout
    );
}

#[test]
fn what_decides_and_from_which_size_on_can_be_chosen() {
    let runs = [fixture().run(), again(&fixture(), 0.6).run()];
    let desk = Desk::of(&runs);
    assert_eq!(desk.compare(&[]).code, 0);
    assert_eq!(desk.compare(&["--gate", "counts,ratios,times"]).code, 3);
    assert_eq!(desk.compare(&["--gate", "times", "--floor", "500"]).code, 0);
}

#[test]
fn exit_codes_are_in_the_help() {
    let help = |arguments: &[&str]| {
        String::from_utf8(contend().args(arguments).output().unwrap().stdout).unwrap()
    };
    let own = help(&["compare", "--help"]);
    for line in [
        "0  no regression",
        "3  regressed",
        "4  the runs cannot be compared",
        "--first-run-ok",
    ] {
        assert!(own.contains(line), "{line}: {own}");
    }
    assert!(help(&["--help"]).contains("3    compare, ab: "));
}

#[test]
fn what_an_earlier_comparison_wrote_is_gone_when_this_one_fails() {
    let desk = Desk::of(&worse());
    let out = desk.path("out");
    let out = out.to_str().unwrap();
    desk.compare(&["--out", out]);
    let files = || std::fs::read_dir(out).unwrap().count();
    assert_eq!(files(), 3);
    std::fs::remove_file(desk.path("base/run.json")).unwrap();
    let first = desk.compare(&["--out", out, "--first-run-ok"]);
    assert_eq!((first.code, files()), (0, 0), "{}", first.stderr);
}

#[test]
fn where_nothing_decides_that_is_no_success() {
    let alone = Fixture {
        subjects: vec!["postgres"],
        ..fixture()
    };
    let desk = Desk::of(&[alone.run(), again(&alone, 1.0).run()]);
    let compared = desk.compare(&["--gate", "ratios"]);
    assert_eq!(compared.code, 4, "{}", compared.stderr);
    let said = compared
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("error: "));
    assert_sentence(said.unwrap());
    assert!(
        compared.stderr.contains("None of the figures"),
        "{}",
        compared.stderr
    );
    let junit = desk.compare(&["--gate", "ratios", "--format", "junit"]);
    assert!(junit.stdout.contains("failures=\"1\""), "{}", junit.stdout);
}

#[test]
fn what_is_measured_no_more_is_warned_of_and_not_passed_over_where_everything_must_be_known() {
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    let gone = |point: &Point| point.subject == "sqlite-wal-full";
    runs[1].plan.points.retain(|point| !gone(point));
    runs[1].trials.retain(|trial| !gone(&trial.point));
    runs[1].commit_work.retain(|work| !gone(&work.point));
    let desk = Desk::of(&runs);
    let compared = desk.compare(&[]);
    assert_eq!(compared.code, 0, "{}", compared.stderr);
    assert!(
        compared.stdout.contains("warning: Only in the base"),
        "{}",
        compared.stdout
    );
    let comment = desk.compare(&["--format", "markdown"]).stdout;
    let (open, _) = comment.split_once("<details>").unwrap();
    assert!(open.contains("Only in the base"), "{open}");
    let strict = desk.compare(&["--strict", "--format", "junit"]);
    assert_eq!(strict.code, 3, "{}", strict.stderr);
    assert!(
        strict.stdout.contains("only in the base"),
        "{}",
        strict.stdout
    );
}
