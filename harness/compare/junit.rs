//! Changes as a JUnit report: a suite for each workload, a case for each figure.
//!
//! What decides and regressed is a failure, and with `--strict` so are what decides and is inconclusive, and
//! what only the base has; and so it is where nothing decides. What is inconclusive otherwise is skipped, with the reason, and so is what is worse and decides nothing.

use anyhow::{Context, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::changes::{Change, Changes};
use super::summary;
use super::verdict::Verdict;

/// The whole report; if it is strict, what decides must be decided.
///
/// # Errors
/// If it cannot be written as XML.
pub fn text(changes: &Changes, strict: bool) -> Result<String> {
    let mut report = Report::new(format!(
        "contend compare {} {}",
        changes.base.run, changes.new.run
    ));
    let mut groups: Vec<&str> = Vec::new();
    for change in &changes.changes {
        if !groups.contains(&change.group.as_str()) {
            groups.push(&change.group);
        }
    }
    groups.sort_unstable();
    for group in groups {
        let mut suite = TestSuite::new(group);
        let own = changes
            .changes
            .iter()
            .filter(|change| change.group == group);
        suite.add_test_cases(own.map(|change| case(change, strict)));
        report.add_test_suite(suite);
    }
    if !changes.decides() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(format!("{}.", summary::NOTHING_DECIDES));
        let mut suite = TestSuite::new("what decides");
        suite.add_test_case(TestCase::new("anything", status));
        report.add_test_suite(suite);
    }
    if !changes.only_in_base.is_empty() {
        let mut suite = TestSuite::new("only in the base");
        let only = changes.only_in_base.iter();
        suite.add_test_cases(only.map(|what| gone(what, strict)));
        report.add_test_suite(suite);
    }
    report.to_string().context("Cannot write changes as XML")
}

/// What the new run has not measured any more.
fn gone(what: &str, strict: bool) -> TestCase {
    let mut status = match strict {
        true => TestCaseStatus::non_success(NonSuccessKind::Failure),
        false => TestCaseStatus::skipped(),
    };
    status.set_message("Only the base has it, so that nothing is known of it any more.");
    let mut case = TestCase::new(what, status);
    case.set_classname("only in the base");
    case
}

fn case(change: &Change, strict: bool) -> TestCase {
    let values = format!("{} → {}: ", change.base_words, change.new_words);
    let said = format!("{values}{}", summary::sentence(change)).replace('\u{a0}', " ");
    let fails = match change.verdict {
        Verdict::Regressed => change.gates,
        Verdict::Inconclusive => change.gates && strict,
        Verdict::Improved | Verdict::NoDifference => false,
    };
    let mut status = match change.verdict {
        _ if fails => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Regressed | Verdict::Inconclusive => TestCaseStatus::skipped(),
        Verdict::Improved | Verdict::NoDifference => TestCaseStatus::success(),
    };
    let passed = matches!(status, TestCaseStatus::Success { .. });
    if !passed {
        let before = match change.verdict {
            Verdict::Regressed if !fails => "Worse, but shown only. ",
            Verdict::Inconclusive if fails => "Inconclusive. ",
            _ => "",
        };
        status.set_message(format!("{before}{said}"));
    }
    let name = format!(
        "{}: {} ({})",
        change.place,
        change.figure,
        change.basis.name()
    );
    let mut case = TestCase::new(name, status);
    case.set_classname(&change.group);
    if passed {
        case.set_system_out(format!("{}: {said}", change.verdict.name()));
    }
    case
}
