//! What runs in other people's pipelines: the action, the workflows and the file for GitLab, as far as that
//! can be seen without them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::compare::{again, fixture, with_speed};
use crate::support::run::Fixture;
use crate::support::system::need_program;
use contend::measure::{Run, TrialResult, store};

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
    let Some(()) = need_program("check-jsonschema", "pip install check-jsonschema") else {
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

/// The number of the run of the workflow in which the new run is made.
const OWN: usize = 100;

fn compare(base: Option<&str>, new: &Run) -> Compared {
    compare_among(base.map(|base| (OWN - 1, base.to_owned())), new)
}

/// The same with several runs of the base branch, each with its number.
fn compare_among(kept: impl IntoIterator<Item = (usize, String)>, new: &Run) -> Compared {
    compare_by("counts,ratios", kept, new)
}

/// The same where other things decide.
fn compare_by(gate: &str, kept: impl IntoIterator<Item = (usize, String)>, new: &Run) -> Compared {
    let desk = tempfile::tempdir().unwrap();
    let at = |name: &str| desk.path().join(name);
    store::write_latest(new, &{
        std::fs::create_dir(at("results")).unwrap();
        at("results")
    })
    .unwrap();
    std::fs::create_dir_all(at("contend-baseline/runs")).unwrap();
    for (number, run) in kept {
        let file = format!("contend-baseline/runs/{number:020}.json");
        std::fs::write(at(&file), run).unwrap();
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
        .env("GATE", gate)
        .env("GITHUB_RUN_ID", OWN.to_string())
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

impl Compared {
    /// Whether anything is regressed, as later steps are told.
    fn regressed(&self) -> bool {
        assert!(self.ended.status.success(), "{:?}", self.ended);
        let told = self
            .outputs
            .lines()
            .find_map(|l| l.strip_prefix("regressed="));
        told.unwrap().parse().unwrap()
    }

    /// Asserts that nothing was compared, which is no regression, and that this is said.
    fn assert_not_compared(&self) {
        assert!(!self.regressed());
        let said = String::from_utf8_lossy(&self.ended.stdout).into_owned();
        assert!(said.contains("::warning::"), "{said}");
        assert!(
            self.summary.starts_with("Not compared: "),
            "{}",
            self.summary
        );
    }
}

fn json(run: &Run) -> String {
    serde_json::to_string(run).unwrap()
}

#[test]
fn what_a_step_asks_of_another_that_one_says() {
    let action = std::fs::read_to_string(path(ACTION)).unwrap();
    let mut says: Vec<String> = Vec::new();
    for step in action.split("\n    - name: ").skip(1) {
        let id = step
            .lines()
            .find_map(|line| line.trim().strip_prefix("id: "));
        let Some(id) = id else { continue };
        let own = step.lines().filter(|line| line.contains("GITHUB_OUTPUT"));
        let own = own.filter_map(|line| line.trim().strip_prefix("echo \"")?.split_once('='));
        says.extend(own.map(|(name, _)| format!("{id}.outputs.{name}")));
        if step.contains("uses: actions/cache@") {
            says.push(format!("{id}.outputs.cache-hit"));
        }
    }
    let word = |rest: &str| -> String {
        let part = |letter: &char| letter.is_alphanumeric() || ".-_".contains(*letter);
        rest.chars().take_while(part).collect()
    };
    let asked: Vec<String> = action.split("steps.").skip(1).map(word).collect();
    assert!(asked.len() >= 6, "{asked:?}");
    for asked in &asked {
        assert!(says.contains(asked), "no step says {asked}, but {says:?}");
    }
    // Without this, a regression is told and nothing fails.
    let (_, fails) = action.split_once("- name: Fail on a regression").unwrap();
    assert!(fails.contains("if: steps.compare.outputs.regressed == 'true'"));
    assert!(script("Fail on a regression").contains("exit 3"));
}

#[test]
fn the_first_run_of_a_branch_has_nothing_to_compare_with_and_passes_with_a_warning() {
    compare(None, &fixture().run()).assert_not_compared();
}

#[test]
fn a_regression_is_told_and_noise_is_not() {
    let [base, worse] = with_speed(&fixture(), 0.4, |point| point.subject == "sqlite-wal-full");
    let compared = compare(Some(&json(&base)), &worse);
    assert!(compared.regressed());
    assert!(
        compared.summary.contains("sqlite-wal-full"),
        "{}",
        compared.summary
    );
    let compared = compare(Some(&json(&base)), &again(&fixture(), 1.0).run());
    assert!(!compared.regressed());
    assert!(!compared.summary.contains("Not compared"));
}

#[test]
fn a_gate_by_which_nothing_decides_lets_nothing_pass() {
    let alone = Fixture {
        subjects: vec!["postgres"],
        ..fixture()
    };
    let base = [(OWN - 1, json(&alone.run()))];
    let compared = compare_by("ratios", base, &again(&alone, 1.0).run());
    assert_eq!(
        compared.ended.status.code(),
        Some(4),
        "{:?}",
        compared.ended
    );
}

#[test]
fn a_job_that_is_made_again_is_compared_with_the_run_before_and_not_with_itself() {
    let [base, worse] = with_speed(&fixture(), 0.4, |point| point.subject == "sqlite-wal-full");
    // What the first attempt kept, and a later run, are as slow.
    let kept = [(OWN - 1, &base), (OWN, &worse), (OWN + 1, &worse)];
    let compared = compare_among(kept.map(|(number, run)| (number, json(run))), &worse);
    assert!(compared.regressed());
}

#[test]
fn a_base_of_another_kind_is_warned_of_and_fails_no_change() {
    let new = fixture().run();
    let own = format!("\"schema_version\":{}", new.schema_version);
    let older = json(&new).replace(&own, "\"schema_version\":1");
    let other = Fixture {
        workloads: vec!["insert-1"],
        ..fixture()
    };
    for base in [older, json(&other.run())] {
        compare(Some(&base), &new).assert_not_compared();
    }
}

#[test]
fn a_base_that_cannot_be_read_gives_way_to_the_one_before() {
    let [base, worse] = with_speed(&fixture(), 0.4, |point| point.subject == "sqlite-wal-full");
    compare(Some("{"), &worse).assert_not_compared();
    let kept = [(OWN - 2, json(&base)), (OWN - 1, "{".to_owned())];
    assert!(compare_among(kept, &worse).regressed());
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
    let past = (1..=6).map(|number| (number, json(&made(number as u64))));
    let compared = compare_among(past, &made(7));
    assert!(!compared.regressed());
    let said = "5 past runs were asked";
    assert!(compared.summary.contains(said), "{}", compared.summary);
    assert!(compared.page.contains(said));
}

/// What GitLab does after measuring, in this directory, with this program for contend.
fn on_gitlab(desk: &Path, contend: &str, pipeline: u32) -> Output {
    let text = std::fs::read_to_string(path(GITLAB)).unwrap();
    let (_, script) = text.split_once("    - |\n").unwrap();
    let script: Vec<&str> = script
        .lines()
        .map_while(|line| line.strip_prefix("      "))
        .collect();
    let program = desk.join("target/release/contend");
    if !program.exists() {
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(contend, program).unwrap();
    }
    Command::new("sh")
        .args(["-e", "-c", &script.join("\n")])
        .current_dir(desk)
        .env("BASELINE", "contend-baseline")
        .env("CI_COMMIT_BRANCH", "main")
        .env("CI_DEFAULT_BRANCH", "main")
        .env("CI_PIPELINE_IID", pipeline.to_string())
        .output()
        .unwrap()
}

#[test]
fn the_last_twenty_runs_are_kept_on_gitlab_too() {
    let desk = tempfile::tempdir().unwrap();
    std::fs::create_dir(desk.path().join("contend-results")).unwrap();
    for number in 90..=112 {
        let results = desk.path().join("contend-results/run.json");
        std::fs::write(results, number.to_string()).unwrap();
        // What is kept does not depend on what was found.
        let kept = on_gitlab(desk.path(), "/bin/true", number);
        let nothing_before = (number == 90).then_some(4);
        assert_eq!(kept.status.code(), nothing_before.or(Some(0)), "{kept:?}");
    }
    assert_eq!(kept(desk.path()), (93..=112).collect::<Vec<u32>>());
}

#[test]
fn gitlab_is_told_a_regression_once_more_when_a_job_is_made_again() {
    let desk = tempfile::tempdir().unwrap();
    std::fs::create_dir(desk.path().join("contend-results")).unwrap();
    let results = desk.path().join("contend-results");
    let [base, worse] = with_speed(&fixture(), 0.4, |point| point.subject == "sqlite-wal-full");
    let next = |run: &Run, pipeline: u32| {
        store::write_latest(run, &results).unwrap();
        on_gitlab(desk.path(), env!("CARGO_BIN_EXE_contend"), pipeline)
            .status
            .code()
            .unwrap()
    };
    assert_eq!(next(&base, 8), 4, "nothing to compare with");
    assert_eq!([next(&worse, 9), next(&worse, 9)], [3, 3]);
    assert_eq!(next(&worse, 10), 0);
    let broken = desk.path().join("contend-baseline/runs/0000000010.json");
    std::fs::write(&broken, "{").unwrap();
    assert_eq!(next(&worse, 11), 0);
    assert!(!broken.exists());
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
    assert_eq!(kept(desk.path()), (93..=112).collect::<Vec<u32>>());
}

/// The runs that are kept, each a number.
fn kept(desk: &Path) -> Vec<u32> {
    let number = |path: PathBuf| std::fs::read_to_string(path).unwrap().parse().unwrap();
    let files = std::fs::read_dir(desk.join("contend-baseline/runs")).unwrap();
    let mut kept: Vec<u32> = files.map(|file| number(file.unwrap().path())).collect();
    kept.sort_unstable();
    kept
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
