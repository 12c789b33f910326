//! The command line of `contend experiment`.

mod support;

use contend::{claim, experiment};
use support::bench::{Bench, contend};

fn said(arguments: &[&str]) -> (Option<i32>, String, String) {
    let bench = Bench::new();
    let mut command = contend();
    command.arg("experiment").args(arguments);
    if arguments[0] == "run" {
        command.arg("--dir").arg(bench.databases());
    }
    let ended = bench.start(command).end();
    bench.assert_clean();
    (ended.code, ended.stdout, ended.stderr)
}

#[test]
fn the_list_has_every_experiment_with_its_question() {
    let (code, stdout, _) = said(&["list"]);
    assert_eq!(code, Some(0));
    for experiment in experiment::ALL {
        assert!(stdout.contains(experiment.name()), "{stdout}");
        assert!(stdout.contains(experiment.question()), "{stdout}");
    }
}

#[test]
fn a_typo_in_a_name_lists_the_valid_ones() {
    let (code, stdout, stderr) = said(&["run", "lost-upates"]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stdout.is_empty());
    for experiment in experiment::ALL {
        assert!(stderr.contains(experiment.name()), "{stderr}");
    }
}

#[test]
fn an_experiment_tells_its_figures_and_the_verdict_on_its_claims() {
    let (code, stdout, stderr) = said(&["run", "default-timeout"]);
    assert_eq!(code, Some(0), "{stderr}");
    let a3 = claim::ALL.iter().find(|claim| claim.id == "A3").unwrap();
    assert!(stdout.contains(a3.statement), "{stdout}");
    assert!(stdout.contains("A3   contradicted"), "{stdout}");
    assert!(
        !stdout.contains("A1 "),
        "of other claims nothing is said: {stdout}"
    );
}

#[test]
fn a_server_that_cannot_be_reached_is_one_sentence_if_it_was_asked_for() {
    let nowhere = "postgres://user:secret@127.0.0.1:1/postgres";
    let (code, stdout, stderr) = said(&["run", "inventory", "--postgres", nowhere]);
    assert_eq!(code, Some(1));
    assert!(stdout.is_empty(), "{stdout}");
    assert!(!stderr.contains("secret"), "{stderr}");
}

#[test]
fn json_is_for_programs() {
    let (code, stdout, stderr) = said(&["run", "default-timeout", "--json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let found: Vec<contend::measure::Experiment> = serde_json::from_str(&stdout).unwrap();
    assert_eq!(found[0].name, "default-timeout");
}
