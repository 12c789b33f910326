//! Crashes: a killed writer leaves what SQLite can recover, unless somebody deletes it.

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use contend::experiment::crash::writer::{End, Job, Said};
use contend::experiment::crash::{self, Amount, Crash};
use contend::experiment::{self, Lab};
use contend::lab::{Interrupt, Scratch};
use contend::measure::Experiment;
use contend::measure::experiment::{Extent, Observation};
use support::server::{directory, need_postgres_binaries, processes_in};
use support::stage::{Stage, sqlite_target};

const EXECUTABLE: &str = env!("CARGO_BIN_EXE_contend");

const NOTHING: Amount = Amount {
    batches: 0,
    kills: 0,
    server_kills: 0,
    repeats: 0,
};

/// Does so much of the experiment, and sees that nothing of it is left.
fn done(amount: Amount) -> Experiment {
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let interrupt = Interrupt::never();
    let executable = Path::new(EXECUTABLE);
    let lab = Lab::new(
        Extent::Short,
        executable,
        scratch.path(),
        None,
        None,
        &interrupt,
        1,
    );
    let crash = Crash {
        short: amount,
        full: amount,
    };
    let found = experiment::run(&crash, &lab).unwrap();
    assert!(found.failures.is_empty(), "{:?}", found.failures);
    assert!(processes_in(scratch.path()).is_empty());
    found
}

fn observed<'e>(
    found: &'e Experiment,
    subject: &'e str,
    way: &'e str,
) -> impl Iterator<Item = &'e Observation> {
    found
        .observations
        .iter()
        .filter(move |o| o.condition("subject") == subject && o.condition("way") == way)
}

fn one<'e>(found: &'e Experiment, subject: &'e str, way: &'e str) -> &'e Observation {
    let mut all = observed(found, subject, way);
    let one = all
        .next()
        .unwrap_or_else(|| panic!("no {way} on {subject}"));
    assert!(all.next().is_none());
    one
}

#[track_caller]
fn has(observation: &Observation, figures: &[(&str, f64)]) {
    for (name, value) in figures {
        assert_eq!(
            observation.figure(name),
            Some(*value),
            "{name}: {observation:?}"
        );
    }
}

const HARMLESS: [(&str, f64); 3] = [
    ("corrupt", 0.0),
    ("noticed_by_integrity_check", 0.0),
    ("acknowledged_gone", 0.0),
];

#[test]
fn writers_are_killed_by_the_signal_and_the_file_holds_what_was_acknowledged() {
    let found = done(Amount {
        batches: 2,
        kills: 5,
        ..NOTHING
    });
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        assert_eq!(observed(&found, subject, crash::SIGKILL).count(), 2);
        for batch in observed(&found, subject, crash::SIGKILL) {
            has(batch, &HARMLESS);
            has(batch, &[("kills", 5.0)]);
            assert!(batch.figure("acknowledged").unwrap() >= 5.0, "{batch:?}");
            let checks = &batch.audit.checks;
            let by_signal = checks.iter().find(|check| check.what.contains("SIGKILL"));
            assert!(by_signal.unwrap().passed, "{batch:?}");
        }
    }
}

#[test]
fn deleting_what_a_killed_writer_left_destroys_what_it_would_have_mended() {
    let found = done(Amount {
        repeats: 1,
        ..NOTHING
    });
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        let kept = one(&found, subject, crash::MID_TRANSACTION);
        has(kept, &HARMLESS);
        has(kept, &[("unfinished", 1.0), ("mended_by_recovery", 1.0)]);
    }
    // Whether integrity_check notices hangs on which pages were written, the invariants do in any case.
    let torn = one(&found, "sqlite-delete-full", crash::JOURNAL_DELETED);
    has(torn, &[("corrupt", 1.0), ("unfinished", 1.0)]);
    // What was in the log only is gone, and the file says that all is well.
    let emptied = one(&found, "sqlite-wal-full", crash::WAL_DELETED);
    has(
        emptied,
        &[("corrupt", 0.0), ("noticed_by_integrity_check", 0.0)],
    );
    assert_eq!(
        emptied.figure("acknowledged_gone"),
        emptied.figure("acknowledged")
    );
    assert!(emptied.figure("acknowledged_gone").unwrap() > 0.0);

    let locked = one(&found, "sqlite-delete-full", crash::FILE_LOCKS);
    has(locked, &HARMLESS);
    has(
        locked,
        &[
            ("acknowledged", 160.0),
            ("writers_stopped_by_an_error", 0.0),
        ],
    );
    // What becomes of the other file is up to chance, but that it was tried is not.
    one(&found, "sqlite-delete-full", crash::NO_LOCKS);
    assert!(found.observations.iter().all(|o| !o.void()), "{found:?}");
}

#[test]
fn a_server_killed_whole_recovers_what_it_acknowledged_once_it_was_on_disk() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let found = done(Amount {
        server_kills: 2,
        ..NOTHING
    });
    for subject in ["postgres", "postgres-async"] {
        assert_eq!(observed(&found, subject, crash::WHOLE_SERVER).count(), 2);
        for kill in observed(&found, subject, crash::WHOLE_SERVER) {
            has(kill, &[("corrupt", 0.0), ("kills", 1.0)]);
            // The postmaster, its helpers and four backends.
            assert!(kill.figure("processes_killed").unwrap() > 4.0, "{kill:?}");
            assert!(!kill.void(), "{kill:?}");
            if subject == "postgres" {
                has(kill, &[("acknowledged_gone", 0.0)]);
            }
        }
    }
}

#[test]
fn a_writer_in_mid_transaction_exits_when_its_parent_is_gone() {
    let stage = Stage::files();
    let mut store = stage.store("sqlite-wal-full", "increment-hot", 1);
    let tables = [
        "CREATE TABLE accounts (id INTEGER, value INTEGER, writes INTEGER)",
        "CREATE TABLE commits (client INTEGER, seq INTEGER, statements INTEGER)",
    ];
    store.execute(&tables.map(str::to_owned)).unwrap();
    let job = Job {
        target: sqlite_target(&*store, contend::measure::Discipline::Careful),
        pragmas: Vec::new(),
        asserted: [("synchronous".to_owned(), "full".to_owned())].into(),
        client: 1,
        next: 1,
        most_pairs: 1,
        seed: 1,
        end: End::Halted(1),
    };
    let mut writer = Command::new(EXECUTABLE)
        .arg("crash-writer")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = writer.stdin.take().unwrap();
    let mut stdout = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut said = || -> Said { serde_json::from_str(&stdout.next().unwrap().unwrap()).unwrap() };
    writeln!(stdin, "{}", serde_json::to_string(&job).unwrap()).unwrap();
    assert_eq!(said(), Said::Ready);
    writeln!(stdin, "\"go\"").unwrap();
    assert_eq!(said(), Said::Committed(1));
    assert_eq!(said(), Said::Halted);
    assert!(writer.try_wait().unwrap().is_none());
    drop(stdin);
    let patience = Instant::now() + Duration::from_secs(30);
    while writer.try_wait().unwrap().is_none() {
        assert!(Instant::now() < patience);
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(store.number("SELECT COUNT(*) FROM commits").unwrap(), 1);
}
