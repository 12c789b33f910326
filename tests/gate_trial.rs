//! Subjects that are made worse on purpose: they are, and no other is.
#![cfg(feature = "gate-trial")]

mod support;

use contend::load::hinder::{HINDER, ON_PURPOSE};
use contend::measure::Trial;
use support::bench::Bench;

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
