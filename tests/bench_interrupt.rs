//! Ctrl-C and its kin: a run ends within seconds, leaves nothing of its own behind, and keeps what it measured.

mod support;

use std::time::Duration;

use rustix::process::Signal;
use support::bench::{Bench, Ended, Running};
use support::server::{containers_of, need_docker_image, need_postgres_binaries};
use support::system::entries;

/// How long an interrupted run may take to end.
const PROMPT: Duration = Duration::from_secs(5);

/// Interrupts a run, which must then end promptly, with the code of the signal, and leave nothing.
fn interrupt(bench: &Bench, run: Running<'_>, signal: Signal, code: i32) -> Ended {
    run.signal(signal);
    let ended = run.end();
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(ended.took < PROMPT, "{:?}", ended.took);
    assert!(ended.last_sentence().contains("(SIG"));
    bench.assert_clean();
    ended
}

/// What was finished is kept, and the report says that it is not all.
fn assert_kept(bench: &Bench, at_least: usize) {
    let run = bench.kept();
    assert!(!run.complete);
    assert!(run.trials.len() >= at_least, "{}", run.trials.len());
    assert!(run.trials.len() < run.plan.points.len() * run.plan.rounds as usize);
    assert!(run.trials.iter().all(|trial| trial.measurement().is_some()));
    let page = bench.page();
    let made = run.trials.len() + run.long_trials.len();
    let said = format!("This run is incomplete: {made} of ");
    assert!(page.contains(&said), "{said}");
    let kept = bench.out().join("runs").join(format!("{}.json", run.id));
    assert!(kept.exists());
}

#[test]
fn ctrl_c_while_commits_are_counted_keeps_every_trial_and_what_was_counted() {
    let bench = Bench::new();
    let mut run = bench.start(bench.command(&[
        "--subjects",
        "sqlite-delete-full,sqlite-delete-extra,sqlite-wal-full,sqlite-wal-normal",
        "--disciplines",
        "careful",
    ]));
    // Eight trials and four long ones, and eight more in which commits are counted.
    run.until("something was counted", || bench.has_reached_trial(14));
    interrupt(&bench, run, Signal::INT, 130);
    let run = bench.kept();
    assert!(run.complete && run.trials.len() == 8);
    assert!((1..8).contains(&run.commit_work.len()));
    let missed = format!("at {} of 8 points", 8 - run.commit_work.len());
    assert!(run.not_measured.iter().any(|line| line.contains(&missed)));
}

const MANY: [&str; 4] = ["--subjects", "sqlite-wal-full", "--rounds", "1000"];

#[test]
fn ctrl_c_in_the_first_round_keeps_the_trials_that_were_finished() {
    let bench = Bench::new();
    let mut run = bench.start(bench.command(&[
        "--subjects",
        "sqlite-wal-full",
        "--disciplines",
        "careful",
        "--clients",
        "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28",
    ]));
    run.until("two trials are finished", || bench.has_reached_trial(3));
    let ended = interrupt(&bench, run, Signal::INT, 130);
    assert!(ended.stdout.contains(" of 28 made in "), "{}", ended.stdout);
    assert_kept(&bench, 2);
}

#[test]
fn sigterm_between_rounds_keeps_every_round_that_was_finished() {
    let bench = Bench::new();
    let mut run = bench.start(bench.command(&MANY));
    // It is written at the end of a round.
    run.until("a round is saved", || bench.out().join("run.json").exists());
    interrupt(&bench, run, Signal::TERM, 143);
    assert_kept(&bench, 2);
}

#[test]
fn a_terminal_that_closes_ends_the_run_and_keeps_what_was_measured() {
    let bench = Bench::new();
    let mut run = bench.start(bench.command(&MANY));
    run.until("a round is saved", || bench.out().join("run.json").exists());
    interrupt(&bench, run, Signal::HUP, 129);
    assert_kept(&bench, 2);
}

#[test]
fn ctrl_c_while_clients_connect_or_a_long_trial_is_measured_ends_it_at_once() {
    for wait in [Duration::ZERO, Duration::from_secs(2)] {
        let bench = Bench::new();
        let mut run = bench.start(bench.command(&[
            "--subjects",
            "sqlite-wal-full",
            "--clients",
            "200",
            "--instances",
            "50",
            "--seconds",
            "3600",
        ]));
        run.until("the first worker is there", || !bench.workers().is_empty());
        std::thread::sleep(wait);
        interrupt(&bench, run, Signal::INT, 130);
        assert!(entries(&bench.out()).is_empty(), "nothing was measured");
    }
}

#[test]
fn sigterm_at_any_moment_leaves_nothing() {
    for milliseconds in [0, 10, 30, 100, 200, 300, 400, 600, 800, 1200] {
        let bench = Bench::new();
        let run = bench.start(bench.command(&MANY));
        std::thread::sleep(Duration::from_millis(milliseconds));
        run.signal(Signal::TERM);
        let ended = run.end();
        // Before it could listen, the signal itself ends it.
        assert!(matches!(ended.code, Some(143) | None), "{}", ended.stderr);
        assert!(ended.took < PROMPT, "{:?}", ended.took);
        bench.assert_clean();
    }
}

#[test]
fn ctrl_c_while_a_cluster_is_made_or_used_leaves_no_server() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let given = [
        "--subjects",
        "postgres",
        "--postgres",
        "local",
        "--rounds",
        "1000",
    ];
    let bench = Bench::new();
    let in_databases = || support::server::processes_in(&bench.databases());
    let mut run = bench.start(bench.command(&given));
    run.until("initdb works", || !in_databases().is_empty());
    interrupt(&bench, run, Signal::INT, 130);
    assert!(entries(&bench.out()).is_empty(), "nothing was measured");

    let mut run = bench.start(bench.command(&given));
    run.until("a round is saved", || bench.out().join("run.json").exists());
    interrupt(&bench, run, Signal::INT, 130);
    assert_kept(&bench, 2);
}

#[test]
fn ctrl_c_while_a_container_starts_or_is_used_leaves_no_container() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let given = [
        "--subjects",
        "postgres",
        "--postgres",
        "docker",
        "--postgres-image",
        &image,
        "--rounds",
        "1000",
    ];
    let bench = Bench::new();
    let id = || {
        entries(&bench.databases()).into_iter().find_map(|path| {
            let name = path.file_name()?.to_str()?;
            Some(name.strip_prefix("contend-scratch-")?.to_owned())
        })
    };
    for moment in ["starts", "is used"] {
        let mut ours = String::new();
        let mut run = bench.start(bench.command(&given));
        run.until("there is a container", || {
            ours = id().unwrap_or_default();
            !ours.is_empty() && !containers_of(&ours).is_empty()
        });
        if moment == "is used" {
            run.until("a round is saved", || bench.out().join("run.json").exists());
        }
        interrupt(&bench, run, Signal::INT, 130);
        assert!(containers_of(&ours).is_empty(), "{moment}");
    }
    assert_kept(&bench, 2);
}

#[test]
fn after_kill_9_no_process_is_left_and_the_next_run_sweeps_the_files() {
    let has_postgres = need_postgres_binaries().is_some();
    let given: &[&str] = if has_postgres {
        &[
            "--subjects",
            "sqlite-wal-full,postgres",
            "--postgres",
            "local",
        ]
    } else {
        &["--subjects", "sqlite-wal-full"]
    };
    let bench = Bench::new();
    let mut run = bench.start(bench.command(&[given, &["--rounds", "1000"]].concat()));
    run.until("a round is saved", || bench.out().join("run.json").exists());
    run.until("workers work", || !bench.workers().is_empty());
    run.signal(Signal::KILL);
    run.end();
    support::bench::eventually("workers and servers end by themselves", || {
        bench.processes().is_empty()
    });
    assert!(!entries(&bench.databases()).is_empty());
    let saved = bench.kept();
    assert!(!saved.complete && !saved.trials.is_empty());

    let next = bench.run(given);
    assert_eq!(next.code, Some(0), "{}", next.stderr);
    assert!(bench.kept().complete);
    assert!(
        bench
            .kept()
            .warnings
            .iter()
            .all(|warning| !warning.contains("left"))
    );
    bench.assert_clean();
}
