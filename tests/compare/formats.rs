//! `contend compare` in each of its formats, and the section of a report.

use std::path::Path;
use std::process::Command;

use crate::support::bench::contend;
use crate::support::compare::{Desk, again, fixture, refusal, unchanged, worse};
use crate::support::html;
use crate::support::system::need_program;
use contend::compare::{Asked, changes};
use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;

#[test]
fn the_terminal_has_what_changed_first_and_counts_the_rest() {
    let compared = Desk::of(&worse()).compare(&[]);
    insta::assert_snapshot!(steady(&compared.stdout));
}

#[test]
fn markdown_is_a_comment_with_everything_folded_away_that_did_not_change() {
    let compared = Desk::of(&worse()).compare(&["--format", "markdown"]);
    let (head, _) = compared.stdout.split_once("<details>").unwrap();
    insta::assert_snapshot!(steady(head));
    let tags = |tag| compared.stdout.matches(tag).count();
    assert_eq!((tags("<details>"), tags("</details>")), (2, 2));
}

#[test]
fn a_comment_on_very_many_figures_is_no_longer_than_github_takes() {
    let [base, new] = worse();
    let mut found = contend::compare::compare(&base, &new, &Asked::default()).unwrap();
    for change in &mut found.changes {
        (change.notable, change.words) = (true, "much worse ".repeat(100));
    }
    let text = contend::compare::markdown::text(&found);
    let length = text.chars().count();
    assert!((30_000..65_536).contains(&length), "{length}");
    assert!(text.contains("more, in changes.json."));
}

/// Without ids, which change with every word of a run file.
fn steady(text: &str) -> String {
    let is_id = |word: &str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    words
        .map(|word| {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            if is_id(bare) {
                word.replace(bare, "(id)")
            } else {
                word.to_owned()
            }
        })
        .collect()
}

#[test]
fn everything_is_listed_if_everything_is_asked_for() {
    let desk = Desk::of(&unchanged());
    let lines = |options: &[&str]| desk.compare(options).stdout.matches("(ratio").count();
    assert!(lines(&["--all"]) > lines(&[]) + 5);
}

#[test]
fn no_colours_go_where_no_terminal_is() {
    assert!(!Desk::of(&worse()).compare(&[]).stdout.contains('\u{1b}'));
}

fn schema() -> jsonschema::Validator {
    jsonschema::validator_for(&serde_json::from_str(&changes::schema()).unwrap()).unwrap()
}

#[test]
fn the_checked_in_schema_of_changes_is_the_one_the_types_make() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/compare/changes.schema.json");
    if std::env::var_os("CONTEND_BLESS").is_some() {
        std::fs::write(&path, changes::schema()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == changes::schema(),
        "If the change is meant, write it anew with CONTEND_BLESS=1 cargo test --test compare schema"
    );
    let printed = contend()
        .args(["schema", "changes"])
        .output()
        .unwrap()
        .stdout;
    assert_eq!(
        String::from_utf8(printed).unwrap().trim_end(),
        changes::schema().trim_end()
    );
}

#[test]
fn json_fits_its_schema_and_holds_every_figure_with_its_effect() {
    let compared = Desk::of(&worse()).compare(&["--format", "json"]);
    let found: Value = serde_json::from_str(&compared.stdout).unwrap();
    let errors: Vec<String> = schema()
        .iter_errors(&found)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(
        (&found["format"], &found["verdict"]),
        (&"contend-changes".into(), &"regressed".into())
    );
    let slower = found["changes"].as_array().unwrap().iter().find(|change| {
        change["verdict"] == "regressed"
            && change["basis"] == "ratio"
            && change["figure"] == "goodput"
    });
    let effect = &slower.unwrap()["effect"];
    let number = |name: &str| effect[name].as_f64().unwrap();
    assert!(number("lower") < number("estimate") && number("estimate") < number("upper"));
    assert!(
        number("upper") < 1.0 && number("p") <= number("p_corrected"),
        "{effect}"
    );
    let mut strange = found.clone();
    strange["changes"][0]["verdict"] = "worse".into();
    assert!(!schema().is_valid(&strange));
}

#[test]
fn junit_has_a_failure_for_each_regression_that_decides_and_skips_what_is_undecided() {
    let desk = Desk::of(&worse());
    let found: Value = serde_json::from_str(&desk.compare(&["--format", "json"]).stdout).unwrap();
    let all = found["changes"].as_array().unwrap();
    let count = |verdicts: &[&str], gates: &[bool]| {
        let wanted = |change: &&Value| {
            verdicts.contains(&change["verdict"].as_str().unwrap())
                && gates.contains(&change["gates"].as_bool().unwrap())
        };
        all.iter().filter(wanted).count()
    };
    let xml = desk.compare(&["--format", "junit"]).stdout;
    let report = Report::deserialize_from_str(&xml).unwrap();
    let suites: Vec<&str> = report
        .test_suites
        .iter()
        .map(|suite| suite.name.as_str())
        .collect();
    let only_in_base = found["only_in_base"].as_array().unwrap().len();
    assert_eq!(
        suites,
        ["all workloads", "increment-hot", "only in the base"]
    );
    assert_eq!(report.tests, all.len() + only_in_base);
    assert_eq!(report.failures, count(&["regressed"], &[true]));
    assert!(report.failures > 0);
    let mut names = Vec::new();
    let mut skipped = 0;
    for case in report
        .test_suites
        .iter()
        .flat_map(|suite| &suite.test_cases)
    {
        names.push(case.name.as_str());
        if let TestCaseStatus::Skipped { message, .. } = &case.status {
            assert!(message.is_some(), "{}", case.name.as_str());
            skipped += 1;
        }
    }
    let undecided = count(&["inconclusive"], &[true, false]);
    assert_eq!(
        skipped,
        undecided + count(&["regressed"], &[false]) + only_in_base
    );
    let strict = desk.compare(&["--format", "junit", "--strict"]).stdout;
    let strict = Report::deserialize_from_str(&strict).unwrap();
    let failing = count(&["regressed", "inconclusive"], &[true]) + only_in_base;
    assert_eq!(strict.failures, failing);
    assert!(failing > report.failures, "something is inconclusive");
    names.sort_unstable();
    let cases = names.len();
    names.dedup();
    assert_eq!(names.len(), cases, "names are unique");
}

#[test]
fn other_programs_read_the_junit_report_and_fail_where_something_regressed() {
    let Some(()) = need_program("junitparser", "pip install junitparser") else {
        return;
    };
    for (runs, code) in [
        (worse(), 1),
        ([fixture().run(), again(&fixture(), 1.0).run()], 0),
    ] {
        let desk = Desk::of(&runs);
        desk.compare(&["--out", desk.path("out").to_str().unwrap()]);
        let read = Command::new("junitparser")
            .arg("verify")
            .arg(desk.path("out/changes.junit.xml"))
            .output()
            .unwrap();
        assert_eq!(read.status.code(), Some(code), "{read:?}");
    }
}

#[test]
fn every_format_is_written_and_nothing_else_is_left() {
    let desk = Desk::of(&worse());
    let out = desk.path("not/there/yet");
    let compared = desk.compare(&["--out", out.to_str().unwrap()]);
    assert_eq!(compared.code, 3, "{}", compared.stderr);
    assert!(compared.stdout.contains("Regressed: "));
    let mut found: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, ["changes.json", "changes.junit.xml", "changes.md"]);
    for name in found {
        assert!(compared.stderr.contains(&name), "{}", compared.stderr);
    }
    let file = desk.path("base/run.json");
    let said = refusal(&desk.compare(&["--out", file.to_str().unwrap()]), 1);
    assert!(said.contains("--out"), "{said}");
}

#[test]
fn a_report_says_what_changed_only_if_it_is_told_since_when() {
    let runs = worse();
    let desk = Desk::of(&runs);
    let (base, new) = (desk.path("base/run.json"), desk.path("new/run.json"));
    let report = |options: &[&str]| {
        let mut command = contend();
        let done = command
            .arg("report")
            .arg(&new)
            .args(options)
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        std::fs::read_to_string(desk.path("new/index.html")).unwrap()
    };
    assert!(!report(&[]).contains("id=\"changes\""));
    let counts = report(&["--base", base.to_str().unwrap(), "--gate", "counts"]);
    let decides = "What decides: counts.";
    assert!(html::text(html::section(&counts, "changes")).contains(decides));
    let page = report(&["--base", base.to_str().unwrap()]);
    let section = html::section(&page, "changes");
    let rows = html::table(section);
    assert_eq!(
        rows[0],
        ["verdict", "figure", "base → new", "change", "basis"]
    );
    let audit = "increment-hot, postgres, 1 client: failed audits";
    assert_eq!(
        rows[1][..3],
        ["regressed", audit, "0 of 6 rounds → 1 of 6 rounds"]
    );
    let text = html::text(section);
    assert!(
        text.contains("Regressed: ") && text.contains("The machine is another"),
        "{text}"
    );
    assert!(page.contains("href=\"#changes\""));
}

#[test]
fn names_from_a_run_file_are_text_in_every_format() {
    let mut runs = worse();
    let attack = "</td>|<script>alert(1)</script>\u{7}";
    for run in &mut runs {
        run.workloads[0].name.push_str(attack);
        let planned = run.plan.points.iter_mut();
        let trials = run.trials.iter_mut().map(|trial| &mut trial.point);
        let counted = run.commit_work.iter_mut().map(|work| &mut work.point);
        planned
            .chain(trials)
            .chain(counted)
            .for_each(|point| point.workload.push_str(attack));
    }
    let desk = Desk::of(&runs);
    let markdown = desk.compare(&["--format", "markdown"]).stdout;
    assert!(
        !markdown.contains("<script") && markdown.contains("&lt;script"),
        "{markdown}"
    );
    let xml = desk.compare(&["--format", "junit"]).stdout;
    let report = Report::deserialize_from_str(&xml).unwrap();
    let mut suites = report.test_suites.iter().map(|suite| suite.name.as_str());
    assert!(suites.any(|name| name.contains("<script>")));
}
