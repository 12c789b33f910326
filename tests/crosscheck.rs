//! `contend crosscheck` as it is typed: what it measures, what it does without, what it leaves.

mod support;

use std::process::Command;

use contend::measure::crosscheck::{self, FILE, Reference};
use rustix::process::Signal;
use support::bench::{Bench, assert_sentence, contend};
use support::server::{Cluster, need_postgres_binaries};
use support::system::{entries, files_with, need_program};

/// The smallest crosscheck.
fn smallest(bench: &Bench, given: &[&str]) -> Command {
    of_rounds(1, bench, given)
}

fn of_rounds(rounds: u32, bench: &Bench, given: &[&str]) -> Command {
    let mut command = contend();
    command
        .args(["crosscheck", "--seconds", "0.2"])
        .arg(format!("--rounds={rounds}"))
        .arg("--dir")
        .arg(bench.databases())
        .arg("--out")
        .arg(bench.out())
        .args(given)
        .current_dir(bench.path("desk"));
    command
}

#[test]
fn the_help_says_what_is_measured_and_when_it_fails() {
    let output = contend().args(["crosscheck", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for expected in ["Examples:\n  contend crosscheck", "pgbench", "exit code 5"] {
        assert!(help.contains(expected), "{help}");
    }
    let whole = contend().arg("--help").output().unwrap();
    let whole = String::from_utf8(whole.stdout).unwrap();
    assert!(whole.contains("  5    crosscheck:"), "{whole}");
    assert!(!whole.contains("  bare"), "{whole}");
}

#[test]
fn a_short_one_compares_everything_and_its_figures_go_into_the_next_run() {
    let wrk = need_program("wrk", "apt install wrk");
    let (Some(()), Some(())) = (need_postgres_binaries(), wrk) else {
        return;
    };
    let cluster = Cluster::start();
    cluster.run("CREATE ROLE owner LOGIN CREATEDB PASSWORD 'hunter2'");
    let bench = Bench::new();
    let url = cluster.url_of("owner", "hunter2", "postgres");
    let ended = bench
        .start(smallest(&bench, &[&format!("--postgres={url}")]))
        .end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let found = crosscheck::read(&bench.out()).unwrap().unwrap();
    assert_eq!((&found.failures, &found.not_compared), (&vec![], &vec![]));
    for comparison in &found.comparisons {
        assert!(ended.stdout.contains(&comparison.subject));
        let round = &comparison.rounds[0];
        assert!(round.contend.committed > 0, "{comparison:?}");
        let beside = comparison.reference != Reference::Nothing;
        assert_eq!(round.reference.is_some(), beside, "{comparison:?}");
        assert!(comparison.figure.unwrap().confidence.is_none());
    }
    assert_eq!(
        files_with(&bench.path(""), "hunter2"),
        [] as [std::path::PathBuf; 0]
    );
    let left = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'contend%' \
                AND datname <> current_database()";
    assert_eq!(support::server::query(&cluster.url, left).unwrap(), "0");
    bench.assert_clean();

    let ended = bench.run(&["--subjects", "noop"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(bench.kept().crosscheck, Some(found));
    assert!(bench.page().contains("The harness under test"));
}

#[test]
fn without_pgbench_or_a_server_the_rest_is_measured() {
    let bench = Bench::new();
    let mut command = smallest(&bench, &["--postgres-image", "nowhere.invalid/no:1"]);
    // Neither a daemon nor binaries nor anything to fetch them with, unless packages put them where they are looked for.
    command
        .env("DOCKER_HOST", "tcp://127.0.0.1:1")
        .env("XDG_CACHE_HOME", bench.path("cache"))
        .env("PATH", "/nowhere");
    if std::path::Path::new("/usr/lib/postgresql").exists() {
        let Some(()) = support::system::need_mounts() else {
            return;
        };
        let mut hidden = Command::new("unshare");
        hidden
            .args(["--mount", "sh", "-ec"])
            .arg("mount -t tmpfs none /usr/lib/postgresql; exec env PATH=/nowhere DOCKER_HOST=tcp://127.0.0.1:1 \"$@\"")
            .arg("sh")
            .arg(command.get_program())
            .args(command.get_args())
            .env("XDG_CACHE_HOME", bench.path("cache"))
            .current_dir(bench.path("desk"));
        command = hidden;
    }
    let ended = bench.start(command).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let found = crosscheck::read(&bench.out()).unwrap().unwrap();
    let [postgres, wrk] = &found.not_compared[..] else {
        panic!("two sentences: {:?}", found.not_compared)
    };
    assert!(postgres.contains("apt install postgresql"), "{postgres}");
    assert!(wrk.contains("apt install wrk"), "{wrk}");
    for sentence in [postgres, wrk] {
        assert_sentence(sentence);
        assert!(ended.stdout.contains(sentence));
    }
    let references = found.comparisons.iter().map(|found| found.reference);
    assert!(references.clone().any(|it| it == Reference::BareLoop));
    let others = [Reference::Pgbench, Reference::Wrk];
    assert!(references.clone().all(|it| !others.contains(&it)));
    bench.assert_clean();
}

#[test]
fn a_server_that_was_named_and_is_not_there_ends_it() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let bench = Bench::new();
    let command = smallest(&bench, &["--postgres", "postgres://me@host.invalid/db"]);
    let ended = bench.start(command).end();
    assert!(ended.complaint().contains("host.invalid"));
    assert!(entries(&bench.out()).is_empty());
    bench.assert_clean();
}

#[test]
fn ctrl_c_leaves_nothing_behind_and_an_older_file_as_it_was() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let bench = Bench::new();
    std::fs::create_dir(bench.out()).unwrap();
    let older = bench.out().join(FILE);
    std::fs::write(&older, "older").unwrap();
    let command = of_rounds(90, &bench, &["--postgres", "local"]);
    let mut running = bench.start(command);
    running.until("a client works", || {
        bench.processes().iter().any(|process| {
            let line = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0)
                .any(|word| word == b"bare" || word == b"worker")
        })
    });
    running.signal(Signal::INT);
    let ended = running.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert_eq!(std::fs::read_to_string(older).unwrap(), "older");
    bench.assert_clean();
}

#[test]
fn a_broken_file_is_one_warning_and_no_crosscheck() {
    let bench = Bench::new();
    std::fs::create_dir(bench.out()).unwrap();
    std::fs::write(bench.out().join(FILE), "{}").unwrap();
    let ended = bench.run(&["--subjects", "noop"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    assert_eq!(run.crosscheck, None);
    let warnings: Vec<&String> = run
        .warnings
        .iter()
        .filter(|warning| warning.contains(FILE))
        .collect();
    assert_eq!(warnings.len(), 1, "{:?}", run.warnings);
    assert_sentence(warnings[0]);
}
