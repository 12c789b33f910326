//! Two made-up runs of the same thing, the second of which can be changed in one respect.

use std::path::{Path, PathBuf};
use std::process::Output;

use contend::compare::{Asked, Change, Changes, Verdict, compare as compare_runs};
use contend::measure::{Check, Measurement, Point, Run, TrialResult, store};

use super::bench::{assert_sentence, contend};
use super::run::Fixture;

/// Four subjects that store something, with 1 and 16 clients, in six rounds.
pub fn fixture() -> Fixture {
    Fixture {
        rounds: 6,
        subjects: vec![
            "sqlite-delete-full",
            "sqlite-wal-full",
            "sqlite-wal-normal",
            "postgres",
            "noop",
        ],
        ..Fixture::small()
    }
}

/// The same thing measured again: chance is another, and so is the speed of the machine.
pub fn again(fixture: &Fixture, speed: f64) -> Fixture {
    Fixture {
        seed: fixture.seed + 1,
        scale: fixture.scale * speed,
        ..fixture.clone()
    }
}

/// A run, and another of the same thing in which these points are so many times as fast.
pub fn with_speed(fixture: &Fixture, speed: f64, wanted: impl Fn(&Point) -> bool) -> [Run; 2] {
    let mut new = again(fixture, 1.0).run();
    for trial in again(fixture, speed).run().trials {
        let same = |other: &&mut contend::measure::Trial| {
            other.point == trial.point && other.round == trial.round && wanted(&trial.point)
        };
        if let Some(own) = new.trials.iter_mut().find(same) {
            *own = trial;
        }
    }
    store::seal(&mut new);
    [fixture.run(), new]
}

/// Changes measurements of a run: those of these points, by round.
pub fn change(run: &mut Run, wanted: impl Fn(&Point, u32) -> bool, how: impl Fn(&mut Measurement)) {
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result
            && wanted(&trial.point, trial.round)
        {
            how(measurement);
        }
    }
    store::seal(run);
}

/// What changed between two runs, as it is judged by default.
pub fn changes([base, new]: &[Run; 2]) -> Changes {
    compare_runs(base, new, &Asked::default()).unwrap()
}

/// The figures of a verdict: subject, clients, figure and basis.
pub fn called(changes: &Changes, verdict: Verdict) -> Vec<String> {
    let words = |change: &Change| {
        format!(
            "{}: {} ({})",
            change.place,
            change.figure,
            change.basis.name()
        )
    };
    changes.of(verdict).map(words).collect()
}

/// Whether a point is one of this subject.
pub fn on(subject: &str) -> impl Fn(&Point) -> bool {
    move |point| point.subject == subject
}

/// Two runs of the same thing.
pub fn unchanged() -> [Run; 2] {
    [fixture().run(), again(&fixture(), 1.0).run()]
}

/// One subject slower, one audit failed, another machine, and a point that one run has alone.
pub fn worse() -> [Run; 2] {
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

/// A directory with a base and a new run.
pub struct Desk {
    place: tempfile::TempDir,
}

impl Desk {
    /// Writes both runs.
    pub fn of([base, new]: &[Run; 2]) -> Desk {
        let desk = Desk {
            place: tempfile::tempdir().unwrap(),
        };
        for (name, run) in [("base", base), ("new", new)] {
            let mut run = run.clone();
            store::seal(&mut run);
            let directory = desk.path(name);
            std::fs::create_dir(&directory).unwrap();
            store::write_latest(&run, &directory).unwrap();
        }
        desk
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// `contend compare` of both, with these options.
    pub fn compare(&self, options: &[&str]) -> Compared {
        let [base, new] = ["base", "new"].map(|name| self.path(name).join("run.json"));
        compare(&base, &new, options)
    }
}

/// What a comparison said, and how it ended.
pub struct Compared {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// `contend compare` with these files and options.
pub fn compare(base: &Path, new: &Path, options: &[&str]) -> Compared {
    let Output {
        status,
        stdout,
        stderr,
    } = contend()
        .arg("compare")
        .args([base, new])
        .args(options)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let compared = Compared {
        code: status.code().unwrap(),
        stdout: text(stdout),
        stderr: text(stderr),
    };
    assert!(
        !compared.stderr.contains("panicked at"),
        "{}",
        compared.stderr
    );
    assert!(!compared.stdout.contains("NaN"), "{}", compared.stdout);
    compared
}

/// The one sentence with which a comparison was refused.
pub fn refusal(compared: &Compared, code: i32) -> String {
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
