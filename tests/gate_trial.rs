//! Subjects that are made worse on purpose: they are, and no other is.
#![cfg(feature = "gate-trial")]

mod support;

use std::path::Path;

use contend::load::hinder::{HINDER, ON_PURPOSE};
use contend::measure::{Run, Trial, store};
use support::bench::{Bench, assert_sentence, contend};
use support::compare::{again, fixture, with_speed};
use support::run::Fixture;

fn refused(trial: &Trial) -> u64 {
    let errors = &trial.comparable().expect("its audit passed").errors;
    let on_purpose = errors.iter().filter(|error| error.code == ON_PURPOSE);
    on_purpose.map(|error| error.attempts).sum()
}

#[test]
fn what_the_environment_names_is_refused_as_often_as_it_says_and_nothing_else_is() {
    let bench = Bench::new();
    let subjects = ["--subjects", "sqlite-wal-full,sqlite-wal-normal"];
    let mut command = bench.command(&subjects);
    command.env(HINDER, "sqlite wal full: fail 0.2");
    let ended = bench.start(command).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    for trial in &run.trials {
        let attempts = trial.comparable().unwrap().attempts as f64;
        let share = refused(trial) as f64 / attempts;
        match trial.point.subject.as_str() {
            // One in five statements that change something, give or take one for each client.
            "sqlite-wal-full" => {
                let off = 4.0 / attempts;
                assert!(
                    (share - 0.2).abs() <= off,
                    "{share} of {attempts}: {}",
                    trial.point
                );
            }
            _ => assert_eq!(share, 0.0, "{}", trial.point),
        }
    }
}

#[test]
fn a_harm_that_makes_no_sense_fails_every_trial_with_a_sentence() {
    let bench = Bench::new();
    let mut command = bench.command(&["--subjects", "sqlite-wal-full"]);
    command.env(HINDER, "sqlite wal full");
    let ended = bench.start(command).end();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(ended.stdout.contains(HINDER), "{}", ended.stdout);
}

#[test]
fn a_subject_that_stands_still_most_of_the_time_does_little() {
    // Nine tenths of the time; half of what it did is left for what else slows either run down.
    let goodput = |hindrance: &str| {
        let bench = Bench::new();
        let options = ["--subjects", "sqlite-wal-normal", "--seconds", "0.2"];
        let mut command = bench.command(&options);
        command.env(HINDER, hindrance);
        let ended = bench.start(command).end();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let run = bench.kept();
        let of = |trial: &Trial| trial.comparable().unwrap().goodput();
        run.trials.iter().map(of).sum::<f64>()
    };
    let hindered = goodput("sqlite wal normal: slow 9");
    let free = goodput("sqlite wal full: slow 9");
    assert!(hindered < free / 2.0, "{hindered} of {free}");
    assert!(hindered > 0.0);
}

/// A directory with runs of a trial under the names of its steps, and a file to document it in.
struct Desk(tempfile::TempDir);

const MARKS: &str = "before\n<!-- gate-trial: begin -->\nold\n<!-- gate-trial: end -->\nafter\n";

impl Desk {
    fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().unwrap());
        std::fs::write(desk.docs(), MARKS).unwrap();
        desk
    }

    fn docs(&self) -> std::path::PathBuf {
        self.0.path().join("docs.md")
    }

    fn keep(&self, name: &str, run: &Run) {
        let mut run = run.clone();
        store::seal(&mut run);
        let path = self.0.path().join(format!("{name}.json"));
        std::fs::write(path, serde_json::to_string(&run).unwrap()).unwrap();
    }

    /// The tables of two pairs that are the same and one run of each kind that is worse, as far as there
    /// are any: exit code, what is said, and the file.
    fn table(&self, docs: &Path) -> (Option<i32>, String, String) {
        let done = contend()
            .args(["gate-trial", "--only-table", "--pairs", "2", "--each", "1"])
            .arg("--out")
            .arg(self.0.path())
            .arg("--docs")
            .arg(docs)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let written = std::fs::read_to_string(self.docs()).unwrap();
        (done.status.code(), said, written)
    }
}

fn gated() -> Fixture {
    Fixture {
        subjects: vec![
            "sqlite-wal-full",
            "sqlite-wal-normal",
            "postgres",
            "postgres-async",
        ],
        ..fixture()
    }
}

/// A run in which a subject is half as fast.
fn halved(subject: &str) -> Run {
    let [_, new] = with_speed(&gated(), 0.5, |point| point.subject == subject);
    new
}

#[test]
fn the_tables_tell_what_the_comparisons_came_to_and_take_the_place_of_the_old_ones() {
    let desk = Desk::new();
    for number in 0..3 {
        let same = Fixture {
            seed: gated().seed + number,
            ..gated()
        };
        desk.keep(&format!("00{number}-same"), &same.run());
    }
    desk.keep(
        "002-slow-50-sqlite-wal-normal-0",
        &halved("sqlite-wal-normal"),
    );
    // Somebody else became worse: that is no notice of this one.
    desk.keep("002-fail-1-sqlite-wal-normal-1", &halved("postgres"));
    let (code, said, written) = desk.table(&desk.docs());
    assert_eq!(code, Some(0), "{said}");
    let row = |begin: &str| {
        let found = written.lines().find(|line| line.starts_with(begin));
        found
            .unwrap_or_else(|| panic!("{begin}: {written}"))
            .to_owned()
    };
    assert!(row("| nothing |").contains("| – | 0 of 2 (0.0 %) | – | 0 of "));
    assert!(
        row("| nothing |").contains("comparisons: too few to tell; at most 1 % of figures: met")
    );
    let slow = row("| 50 % slower |");
    assert!(
        slow.contains("| 1 of 1 (100.0 %) | 0 of 1 (0.0 %) |"),
        "{slow}"
    );
    assert!(slow.contains("| -5") || slow.contains("| -4"), "{slow}");
    assert!(
        slow.ends_with("at least 90 % of comparisons: too few to tell |"),
        "{slow}"
    );
    let other = row("| 1 % of statements refused |");
    assert!(
        other.contains("| 0 of 1 (0.0 %) | 1 of 1 (100.0 %) |"),
        "{other}"
    );
    assert!(other.ends_with("too few to tell |"), "{other}");
    assert!(row("| 20 % slower |").ends_with("not measured |"));
    assert!(
        row("| sqlite-wal-normal |").ends_with(" 2 of 2 (100.0 %) | too few to tell |"),
        "{written}"
    );
    assert!(!written.contains("old") && written.starts_with("before\n"));
    assert!(written.ends_with("<!-- gate-trial: end -->\nafter\n"));
}

#[test]
fn what_cannot_be_told_is_refused_in_a_sentence_and_changes_nothing() {
    let desk = Desk::new();
    let refused = |docs: &Path, expected: &str| {
        let (code, said, written) = desk.table(docs);
        assert_eq!((code, written.as_str()), (Some(1), MARKS), "{said}");
        let error = said.lines().find_map(|line| line.strip_prefix("error: "));
        let error = error.unwrap_or_else(|| panic!("{said}"));
        assert_sentence(error);
        assert!(error.contains(expected), "{error}");
    };
    refused(&desk.docs(), "There is no run yet");
    refused(&desk.0.path().join("REDME.md"), "Cannot read");
    let unmarked = desk.0.path().join("unmarked.md");
    std::fs::write(&unmarked, "nothing").unwrap();
    refused(&unmarked, "gate-trial: begin");
    let mut elsewhere = again(&gated(), 1.0).run();
    elsewhere.machine.cpus += 1;
    desk.keep("000-same", &gated().run());
    desk.keep("001-same", &elsewhere);
    refused(&desk.docs(), "another machine");
}
