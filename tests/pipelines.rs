//! What runs in other people's pipelines: the action, the workflows and the file for GitLab, as far as that
//! can be seen without them.

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use contend::measure::{Run, TrialResult, store};
use support::compare::{again, fixture, with_speed};
use support::run::Fixture;

const ACTION: &str = ".github/actions/compare/action.yml";
const GITLAB: &str = ".gitlab-ci.yml";

/// The files, each with the schema that check-jsonschema knows for it.
const FILES: [(&str, &[&str]); 4] = [
    (ACTION, &["vendor.github-actions"]),
    (
        ".github/workflows/regressions.yml",
        &["vendor.github-workflows"],
    ),
    (".github/workflows/ci.yml", &["vendor.github-workflows"]),
    (
        GITLAB,
        &["vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
    ),
];

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Whether a program is there; `how` to get it.
fn need_program(program: &str, how: &str) -> Option<()> {
    let there = Command::new(program).arg("--version").output().is_ok();
    there
        .then_some(())
        .or_else(|| support::skip(&format!("there is no {program}: {how}")))
}

/// Every script of the action, by the name of its step.
fn scripts() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path(ACTION)).unwrap();
    let mut scripts: Vec<(String, String)> = Vec::new();
    let (mut name, mut inside) = (String::new(), false);
    for line in text.lines() {
        if let Some(found) = line.strip_prefix("    - name: ") {
            (name, inside) = (found.to_owned(), false);
        } else if let Some(one) = line.strip_prefix("      run: ") {
            inside = one == "|";
            let first = if inside {
                String::new()
            } else {
                format!("{one}\n")
            };
            scripts.push((name.clone(), first));
        } else if inside {
            let own = line.strip_prefix("        ").unwrap_or(line.trim());
            scripts.last_mut().unwrap().1.push_str(&format!("{own}\n"));
        }
    }
    scripts
}

fn script(step: &str) -> String {
    let found = scripts().into_iter().find(|(name, _)| name == step);
    found.unwrap_or_else(|| panic!("there is no step {step}")).1
}

#[test]
fn every_file_is_what_its_platform_takes() {
    let how = "pip install check-jsonschema";
    let Some(()) = need_program("check-jsonschema", how) else {
        return;
    };
    for (file, schema) in FILES {
        let checked = Command::new("check-jsonschema")
            .arg("--builtin-schema")
            .args(schema)
            .arg(path(file))
            .output()
            .unwrap();
        assert!(checked.status.success(), "{file}: {checked:?}");
    }
}

#[test]
fn the_scripts_of_the_action_pass_shellcheck_and_take_no_text_of_others_for_code() {
    let Some(()) = need_program("shellcheck", "apt install shellcheck") else {
        return;
    };
    let all = scripts();
    assert!(all.len() >= 7, "{all:?}");
    for (name, text) in all {
        assert!(
            !text.contains("${{"),
            "{name}: what a pull request says must come by the environment"
        );
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("step.sh");
        std::fs::write(
            &file,
            format!("#!/usr/bin/env bash\nset -eo pipefail\n{text}"),
        )
        .unwrap();
        let checked = Command::new("shellcheck")
            .args(["--exclude", "SC2154"])
            .arg(&file)
            .output()
            .unwrap();
        assert!(checked.status.success(), "{name}: {checked:?}");
    }
}

/// What the step that compares does with a new run and the last of the base branch, if there is one.
struct Compared {
    ended: Output,
    outputs: String,
    summary: String,
    page: String,
}

fn compare(base: Option<&str>, new: &Run) -> Compared {
    compare_among(base, &[], new)
}

fn compare_among(base: Option<&str>, past: &[Run], new: &Run) -> Compared {
    let desk = tempfile::tempdir().unwrap();
    let at = |name: &str| desk.path().join(name);
    store::write_latest(new, &{
        std::fs::create_dir(at("results")).unwrap();
        at("results")
    })
    .unwrap();
    if let Some(base) = base {
        std::fs::create_dir_all(at("contend-baseline/runs")).unwrap();
        std::fs::write(at("contend-baseline/run.json"), base).unwrap();
    }
    for (number, run) in past.iter().enumerate() {
        std::fs::write(
            at(&format!("contend-baseline/runs/{number}.json")),
            json(run),
        )
        .unwrap();
    }
    for file in ["outputs", "summary"] {
        std::fs::write(at(file), "").unwrap();
    }
    let ended = Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c"])
        .arg(script("Compare"))
        .current_dir(desk.path())
        .env("CONTEND", env!("CARGO_BIN_EXE_contend"))
        .env("OUT", "results")
        .env("GATE", "counts,ratios")
        .env("GITHUB_OUTPUT", at("outputs"))
        .env("GITHUB_STEP_SUMMARY", at("summary"))
        .output()
        .unwrap();
    let read = |name: &str| std::fs::read_to_string(at(name)).unwrap();
    Compared {
        outputs: read("outputs"),
        summary: read("summary"),
        page: std::fs::read_to_string(at("results/index.html")).unwrap_or_default(),
        ended,
    }
}

fn json(run: &Run) -> String {
    serde_json::to_string(run).unwrap()
}

#[test]
fn the_first_run_of_a_branch_has_nothing_to_compare_with_and_passes() {
    let compared = compare(None, &fixture().run());
    assert!(compared.ended.status.success(), "{:?}", compared.ended);
    assert_eq!(compared.outputs, "regressed=false\n");
    assert_eq!(compared.summary, "");
}

#[test]
fn a_regression_is_told_and_noise_is_not() {
    let [base, worse] = with_speed(&fixture(), 0.4, |point| point.subject == "sqlite-wal-full");
    let compared = compare(Some(&json(&base)), &worse);
    assert!(compared.ended.status.success(), "{:?}", compared.ended);
    assert_eq!(compared.outputs, "regressed=true\n");
    assert!(
        compared.summary.contains("sqlite-wal-full"),
        "{}",
        compared.summary
    );
    let compared = compare(Some(&json(&base)), &again(&fixture(), 1.0).run());
    assert_eq!(compared.outputs, "regressed=false\n");
    assert!(!compared.summary.is_empty());
}

#[test]
fn a_base_of_another_schema_is_warned_of_and_a_broken_one_fails() {
    let new = fixture().run();
    let own = format!("\"schema_version\":{}", new.schema_version);
    let older = json(&new).replace(&own, "\"schema_version\":1");
    let compared = compare(Some(&older), &new);
    assert!(compared.ended.status.success(), "{:?}", compared.ended);
    assert_eq!(compared.outputs, "regressed=false\n");
    let said = String::from_utf8_lossy(&compared.ended.stdout).into_owned();
    assert!(said.contains("::warning::"), "{said}");
    let compared = compare(Some("{"), &new);
    assert_eq!(compared.ended.status.code(), Some(1));
}

#[test]
fn past_runs_are_asked_and_the_report_says_so() {
    let made = |seed: u64| {
        let of_seed = Fixture {
            seed: fixture().seed + seed,
            ..fixture()
        };
        of_seed.run()
    };
    let past: Vec<Run> = (1..=6).map(made).collect();
    let compared = compare_among(Some(&json(&past[5])), &past, &made(7));
    assert_eq!(
        compared.outputs, "regressed=false\n",
        "{:?}",
        compared.ended
    );
    let said = "5 past runs were asked";
    assert!(compared.summary.contains(said), "{}", compared.summary);
    assert!(compared.page.contains(said));
}

#[test]
fn the_last_twenty_runs_are_kept_on_gitlab_too() {
    let text = std::fs::read_to_string(path(GITLAB)).unwrap();
    let (_, script) = text.split_once("    - |\n").unwrap();
    let script: Vec<&str> = script
        .lines()
        .map_while(|line| line.strip_prefix("      "))
        .collect();
    let desk = tempfile::tempdir().unwrap();
    let at = |name: &str| desk.path().join(name);
    for folder in ["target/release", "contend-results"] {
        std::fs::create_dir_all(at(folder)).unwrap();
    }
    // What is kept does not depend on what was found.
    std::os::unix::fs::symlink("/bin/true", at("target/release/contend")).unwrap();
    for number in 90..=112 {
        std::fs::write(at("contend-results/run.json"), number.to_string()).unwrap();
        let kept = Command::new("sh")
            .args(["-e", "-c", &script.join("\n")])
            .current_dir(desk.path())
            .env("BASELINE", "contend-baseline")
            .env("CI_COMMIT_BRANCH", "main")
            .env("CI_DEFAULT_BRANCH", "main")
            .env("CI_PIPELINE_IID", number.to_string())
            .output()
            .unwrap();
        assert!(kept.status.success(), "{kept:?}");
    }
    assert_eq!(kept(desk.path()), (112, (93..=112).collect()));
}

#[test]
fn the_last_twenty_runs_of_the_base_branch_are_kept_as_past_ones() {
    let desk = tempfile::tempdir().unwrap();
    let at = |name: &str| desk.path().join(name);
    std::fs::create_dir(at("results")).unwrap();
    for number in 90..=112 {
        std::fs::write(at("results/run.json"), number.to_string()).unwrap();
        let kept = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c"])
            .arg(script("Take this run for the base"))
            .current_dir(desk.path())
            .env("OUT", "results")
            .env("GITHUB_RUN_ID", number.to_string())
            .output()
            .unwrap();
        assert!(kept.status.success(), "{kept:?}");
    }
    assert_eq!(kept(desk.path()), (112, (93..=112).collect()));
}

/// The base and the past runs that are kept, each a number.
fn kept(desk: &Path) -> (u32, Vec<u32>) {
    let number = |path: PathBuf| std::fs::read_to_string(path).unwrap().parse().unwrap();
    let files = std::fs::read_dir(desk.join("contend-baseline/runs")).unwrap();
    let mut past: Vec<u32> = files.map(|file| number(file.unwrap().path())).collect();
    past.sort_unstable();
    (number(desk.join("contend-baseline/run.json")), past)
}

#[test]
fn a_change_after_which_nothing_can_be_measured_fails_and_becomes_no_base() {
    let base = fixture().run();
    let mut broken = again(&fixture(), 1.0).run();
    for trial in &mut broken.trials {
        trial.result = TrialResult::Failed {
            reason: "A worker died.".to_owned(),
        };
    }
    store::seal(&mut broken);
    let compared = compare(Some(&json(&base)), &broken);
    // Whatever comes after a step that failed is left out, unless it says otherwise.
    assert_eq!(
        compared.ended.status.code(),
        Some(1),
        "{:?}",
        compared.ended
    );
    assert_eq!(compared.outputs, "");
    let action = std::fs::read_to_string(path(ACTION)).unwrap();
    let keeps = action.split("- name: Keep it").nth(1).unwrap();
    let condition = keeps.lines().find(|line| line.contains("if: ")).unwrap();
    assert!(!condition.contains("always"), "{condition}");
}
