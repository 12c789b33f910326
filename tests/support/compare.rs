//! Two made-up runs of the same thing, the second of which can be changed in one respect.

use std::path::{Path, PathBuf};
use std::process::Output;

use contend::measure::{Measurement, Point, Run, TrialResult, store};

use super::bench::contend;
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
