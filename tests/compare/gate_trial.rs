//! Subjects that are made worse on purpose: they are, and no other is.

use std::path::Path;

use crate::support::bench::{Bench, assert_sentence, contend};
use crate::support::compare::{again, fixture, with_speed};
use crate::support::run::Fixture;
use contend::load::hinder::ON_PURPOSE;
use contend::measure::{Point, Run, Trial, store};

fn refused(trial: &Trial) -> u64 {
    let errors = &trial.comparable().expect("its audit passed").errors;
    let on_purpose = errors.iter().filter(|error| error.code == ON_PURPOSE);
    on_purpose.map(|error| error.attempts).sum()
}

#[test]
fn a_copy_is_refused_as_often_as_its_name_says_and_its_original_is_not() {
    let bench = Bench::new();
    let copy = "sqlite-wal-full+refuse-20";
    let ended = bench.run(&["--subjects", "sqlite-wal-full", "--worse", copy]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    let points = |subject: &str| {
        let of = run.plan.points.iter().filter(|p| p.subject == subject);
        of.map(|point| point.clients).collect::<Vec<_>>()
    };
    assert_eq!(points(copy), points("sqlite-wal-full"));
    assert!(run.subject(copy).is_some(), "it is described");
    for trial in &run.trials {
        let attempts = trial.comparable().unwrap().attempts as f64;
        let share = refused(trial) as f64 / attempts;
        if trial.point.subject == copy {
            // One in five statements that change something, give or take one for each client.
            let off = 4.0 / attempts;
            assert!(
                (share - 0.2).abs() <= off,
                "{share} of {attempts}: {}",
                trial.point
            );
        } else {
            assert_eq!(share, 0.0, "{}", trial.point);
        }
    }
}

#[test]
fn a_harm_that_makes_no_sense_is_refused_in_a_sentence() {
    for nonsense in ["sqlite-wal-full", "sqlite-wal-full+slow", "mysql+slow-20"] {
        let command = ["bench", "--worse", nonsense];
        let done = contend().args(command).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("there is no {nonsense}")), "{said}");
    }
}

#[test]
fn a_subject_that_stands_still_most_of_the_time_does_little() {
    let bench = Bench::new();
    // Nine tenths of the time; half of what it did is left for what else slows either down.
    let copy = "sqlite-wal-normal+slow-900";
    let subjects = ["--subjects", "sqlite-wal-normal", "--worse", copy];
    let ended = bench.run(&[&subjects[..], &["--seconds", "0.2"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    let goodput = |subject: &str| {
        let own = run.trials.iter().filter(|t| t.point.subject == subject);
        own.map(|trial| trial.comparable().unwrap().goodput())
            .sum::<f64>()
    };
    let (worse, free) = (goodput(copy), goodput("sqlite-wal-normal"));
    assert!(worse < free / 2.0, "{worse} of {free}");
    assert!(worse > 0.0);
}

/// A directory with runs of a trial under their names, and a file to document it in.
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

    /// The tables of two pairs, as far as there are any: exit code, what is said, and the file.
    fn table(&self, docs: &Path) -> (Option<i32>, String, String) {
        self.table_of(2, docs)
    }

    /// The same of so many.
    fn table_of(&self, pairs: u32, docs: &Path) -> (Option<i32>, String, String) {
        let done = contend()
            .args(["gate-trial", "--only-table", "--each", "1", "--pairs"])
            .arg(pairs.to_string())
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

/// A run in which a copy of a subject was measured beside it, and was as fast as that is in another run.
fn with_copy(mut run: Run, copy: &str, as_in: Run) -> Run {
    let original = copy.split('+').next().unwrap();
    let renamed = |point: &Point| Point {
        subject: copy.to_owned(),
        ..point.clone()
    };
    let mut info = run.subject(original).unwrap().clone();
    info.name = copy.to_owned();
    run.subjects.push(info);
    for point in run.plan.points.clone() {
        if point.subject == original {
            run.plan.points.push(renamed(&point));
        }
    }
    for mut work in as_in.commit_work {
        if work.point.subject == original {
            work.point = renamed(&work.point);
            run.commit_work.push(work);
        }
    }
    for mut trial in as_in.trials {
        if trial.point.subject == original {
            trial.point = renamed(&trial.point);
            run.trials.push(trial);
        }
    }
    run
}

#[test]
fn the_tables_tell_what_the_comparisons_came_to_and_take_the_place_of_the_old_ones() {
    let desk = Desk::new();
    let same = |number: u64| {
        let fixture = Fixture {
            seed: gated().seed + number,
            ..gated()
        };
        fixture.run()
    };
    desk.keep("000", &same(0));
    let [_, halved] = with_speed(&gated(), 0.5, |_| true);
    desk.keep(
        "001",
        &with_copy(same(1), "sqlite-wal-normal+slow-50", halved),
    );
    // One that is as fast as ever: no notice is taken of it, nor of the copy in the run before.
    desk.keep(
        "002",
        &with_copy(same(2), "sqlite-wal-normal+refuse-1", same(3)),
    );
    let (code, said, written) = desk.table(&desk.docs());
    assert_eq!(code, Some(0), "{said}");
    let row = |begin: &str| {
        let found = written.lines().find(|line| line.starts_with(begin));
        found
            .unwrap_or_else(|| panic!("{begin}: {written}"))
            .to_owned()
    };
    assert!(row("| nothing |").contains("| – | 0 of 2 (0.0 %) | – | – | 0 of "));
    assert!(
        row("| nothing |")
            .contains("comparisons: too few to tell; at most 1 % of figures: too few")
    );
    let slow = row("| 50 % slower |");
    assert!(
        slow.contains("| 1 of 1 (100.0 %) | – | 0 of 1 (0.0 %) |"),
        "{slow}"
    );
    let goodput = slow.split(" | ").nth(1).unwrap();
    let percent: i32 = goodput.trim_end_matches(" %").parse().unwrap();
    assert!((-55..=-45).contains(&percent), "{slow}");
    assert!(
        slow.ends_with("at least 90 % of comparisons: too few to tell |"),
        "{slow}"
    );
    let other = row("| 1 % of statements refused |");
    assert!(
        other.contains("| 0 of 1 (0.0 %) | – | 0 of 1 (0.0 %) |"),
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
fn copies_are_compared_beside_past_runs_and_who_else_became_worse_is_told() {
    let desk = Desk::new();
    let copy = "sqlite-wal-normal+slow-50";
    let made = |number: u64| {
        let fixture = Fixture {
            seed: gated().seed + number,
            ..gated()
        };
        let mut run = fixture.run();
        run.started = format!("2026-01-{:02}T06:00:00Z", number + 1);
        run
    };
    let [_, halved] = with_speed(&gated(), 0.5, |_| true);
    for number in 0..7 {
        desk.keep(
            &format!("{number:03}"),
            &with_copy(made(number), copy, halved.clone()),
        );
    }
    // In the last run the copy is as fast as ever, and syncs twice for each commit; the others wait for a disk
    // that is slower.
    let [_, slower] = with_speed(&gated(), 0.2, |point| point.subject == "postgres");
    let mut last = with_copy(
        Run {
            started: made(7).started,
            ..slower
        },
        copy,
        made(7),
    );
    for work in last
        .commit_work
        .iter_mut()
        .filter(|work| work.point.subject == copy)
    {
        let files = work.written.files.values_mut();
        files.for_each(|file| file.syncs = file.syncs.map(|syncs| 2 * syncs));
        work.statements *= 2;
    }
    desk.keep("007", &last);
    let (code, said, written) = desk.table_of(7, &desk.docs());
    assert_eq!(code, Some(0), "{said}");
    let row = |begin: &str| {
        written
            .lines()
            .find(|line| line.starts_with(begin))
            .unwrap()
    };
    let nothing = row("| nothing |");
    assert!(nothing.contains("| 1 of 7 (14.3 %) | – | – |"), "{nothing}");
    let beside = row("| nothing, beside 5 to 19 past runs |");
    assert!(beside.contains("| 1 of 2 (50.0 %) | – | – |"), "{beside}");
    let slow = row("| 50 % slower |");
    assert!(
        slow.contains("| 7 of 7 (100.0 %) | 2 of 2 (100.0 %) | 1 of 7 (14.3 %) |"),
        "{slow}"
    );
    assert!(
        written.contains("and of up to 2 of copies that are worse"),
        "{written}"
    );
}

#[test]
fn more_copies_than_a_run_has_room_for_are_refused() {
    let trial = ["gate-trial", "--pairs", "2", "--each", "5"];
    let done = contend().args(trial).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(
        said.contains("give at most --each 4 with --pairs 2"),
        "{said}"
    );
    let twice = "postgres+slow-5,postgres+slow-5";
    let done = contend()
        .args(["bench", "--worse", twice])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(said.contains("given twice"), "{said}");
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
    desk.keep("000", &gated().run());
    desk.keep("001", &elsewhere);
    refused(&desk.docs(), "another machine");
}
