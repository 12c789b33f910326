//! The command line of `contend bench`: what makes no sense is refused, with what would do.

mod support;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use contend::{subject, workload};
use support::bench::{Bench, contend};
use support::system::entries;

/// What is said of options that are not understood. Nothing may have been touched.
fn refusal(given: &[&str]) -> String {
    let bench = Bench::new();
    let ended = bench.run(given);
    assert_eq!(ended.code, Some(2), "{given:?}: {}", ended.stderr);
    assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    assert!(entries(&bench.out()).is_empty(), "{given:?}");
    ended.stderr
}

#[test]
fn numbers_that_make_no_sense_are_refused_with_the_sensible_ones() {
    for (option, values, sensible) in [
        ("--rounds", ["0", "NaN", "1001", "2.5"], "from 1 to 1000"),
        ("--seconds", ["0", "NaN", "inf", "1e9"], "from 0.05 to 3600"),
        ("--clients", ["0", "NaN", "1,1000000", "2,2"], ""),
        ("--instances", ["0", "NaN", "65", "+"], "from 1 to 64"),
        ("--rate", ["0", "NaN", "", "1.5"], "from 1 to 1000000"),
        ("--hold", ["0", "NaN", "5001", "1.5"], "from 1 to 5000"),
        ("--seed", ["NaN", "1.5", "", "18446744073709551616"], ""),
    ] {
        for value in values {
            let said = refusal(&[option, value]);
            assert!(said.contains(option) && said.contains(sensible), "{said}");
        }
    }
    let negative = refusal(&["--seconds", "-1"]);
    assert!(negative.contains("-1"), "{negative}");
}

#[test]
fn a_choice_that_leaves_nothing_to_measure_is_refused_before_anything_is_started() {
    let bench = Bench::new();
    let given = ["--subjects", "noop", "--workloads", "payment-mixed"];
    let ended = bench.run(&given);
    assert_eq!(ended.code, Some(1));
    let said = ended.complaint();
    assert!(
        said.contains("None of these subjects is measured"),
        "{said}"
    );
}

#[test]
fn a_rate_is_refused_where_a_workload_says_itself_when_operations_come() {
    for workload in ["long-transaction", "payment-deadlock"] {
        let bench = Bench::new();
        let ended = bench.run(&["--rate", "500", "--workloads", workload]);
        assert_eq!(ended.code, Some(1));
        let said = ended.complaint();
        assert!(said.contains(workload) && said.contains("--rate"), "{said}");
        assert!(entries(&bench.out()).is_empty(), "{workload}");
    }
}

#[test]
fn an_option_given_twice_is_refused() {
    for option in ["--rounds", "--seconds", "--clients", "--dir", "--out"] {
        let said = refusal(&[option, "1", option, "1"]);
        assert!(said.contains("multiple times"), "{said}");
    }
    assert!(refusal(&["--subjects", "noop,noop"]).contains("twice"));
    assert!(refusal(&["--subjects", "noop,,"]).contains("missing"));
}

#[test]
fn a_typo_in_a_name_lists_the_valid_ones() {
    let said = refusal(&["--subjects", "sqlite-wall-full"]);
    for subject in subject::catalog::ALL {
        assert!(said.contains(subject.name), "{said}");
    }
    let said = refusal(&["--disciplines", "carefull"]);
    assert!(
        said.contains("the disciplines are careful, naive"),
        "{said}"
    );
    let said = refusal(&["--topology", "container"]);
    assert!(
        said.contains("the topologies are processes, threads"),
        "{said}"
    );
    let said = refusal(&["--workloads", "increments"]);
    for workload in workload::ALL {
        assert!(said.contains(workload.name()), "{said}");
    }
    assert!(refusal(&["--subject", "noop"]).contains("--subjects"));
}

#[test]
fn a_password_in_a_misplaced_url_is_not_repeated() {
    let url = "postgres://me:hunter2@localhost/db";
    for given in [
        &[url][..],
        &["--subjects", url],
        &["--clients", url],
        &["--postgress", url],
        &["--postgres", url, "--postgres", url],
        &["--postgres", "mysql://me:hunter2@localhost/db"],
        &["--postgres", "postgres://me:hunter2@localhost:port/db"],
    ] {
        let said = refusal(given);
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn an_argument_that_is_no_text_does_not_make_it_panic() {
    let bench = Bench::new();
    let mut command = contend();
    command
        .args(["bench", "--subjects", "noop", "--out"])
        .arg(bench.out())
        .arg("--dir")
        .arg(bench.path("desk").join(OsStr::from_bytes(b"\xff")));
    let ended = bench.start(command).end();
    assert!(ended.complaint().contains("does not exist"));

    let directory = bench.databases().join(OsStr::from_bytes(b"\xff"));
    std::fs::create_dir(&directory).unwrap();
    let mut command = contend();
    command
        .args(["bench", "--subjects", "noop", "--out"])
        .arg(bench.out())
        .arg("--dir")
        .arg(directory);
    let ended = bench.start(command).end();
    assert!(ended.complaint().contains("UTF-8"));
}

#[test]
fn the_help_of_every_subcommand_has_examples() {
    for subcommand in ["bench", "doctor", "report"] {
        let output = contend().args([subcommand, "--help"]).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        let example = format!("Examples:\n  contend {subcommand}");
        assert!(help.contains(&example), "{help}");
    }
    let output = contend().args(["schema", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("Examples:\n  contend schema"), "{help}");
}

#[test]
fn too_few_open_files_are_said_before_it_starts_with_the_number_that_would_do() {
    let bench = Bench::new();
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "ulimit -n 64; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_contend"))
        .args(bench.options(&["--clients", "64", "--subjects", "sqlite-wal-full"]))
        .current_dir(bench.path("desk"));
    let ended = bench.start(command).end();
    let said = ended.complaint();
    assert!(said.contains("ulimit -n 128"), "{said}");
    bench.assert_clean();
}
