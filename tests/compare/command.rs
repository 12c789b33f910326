//! `contend compare` as it is typed: exit codes, refusals, formats, and bad input.

use std::path::Path;
use std::process::Command;

use crate::support::bench::{assert_sentence, contend};
use crate::support::compare::{Compared, Desk, again, change, compare, fixture, with_speed};
use crate::support::html;
use crate::support::run::Fixture;
use crate::support::system::need_program;
use contend::compare::{Asked, changes};
use contend::measure::{Check, Point, Run, Tier, Topology, TrialResult};
use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;

fn unchanged() -> [Run; 2] {
    [fixture().run(), again(&fixture(), 1.0).run()]
}

/// One subject slower, one audit failed, another machine, and a point that one run has alone.
fn worse() -> [Run; 2] {
    let mut runs = with_speed(&fixture(), 0.5, |point| point.subject == "sqlite-wal-full");
    change(
        &mut runs[1],
        |point, round| point.subject == "postgres" && point.clients == 1 && round == 4,
        |m| {
            m.audit.checks = vec![Check::number("sum of the counters", 100, 99)];
        },
    );
    let [base, new] = &mut runs;
    new.machine.kernel = "Linux 6.2.0".to_owned();
    let gone = |point: &Point| point.subject == "postgres" && point.clients == 16;
    new.trials.retain(|trial| !gone(&trial.point));
    new.plan.points.retain(|point| !gone(point));
    base.warnings.clear();
    runs
}

/// The one sentence with which a comparison was refused.
fn refusal(compared: &Compared, code: i32) -> String {
    assert_eq!(compared.code, code, "{}", compared.stderr);
    assert!(compared.stdout.is_empty(), "{}", compared.stdout);
    let error = compared
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("error: "));
    let error = error.unwrap_or_else(|| panic!("{}", compared.stderr));
    assert_sentence(error);
    error.to_owned()
}

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
    let other_schema = whole.replacen("\"schema_version\": 4", "\"schema_version\": 3", 1);
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
        (&other_schema, 4, "run schema 3"),
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
        compared.stderr.contains("Nothing that decides"),
        "{}",
        compared.stderr
    );
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
