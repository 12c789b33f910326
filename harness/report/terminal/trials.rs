//! How many trials were made, and why the first of those failed that are in no figure.

use crate::measure::{Run, Trial};
use crate::report::csv::status;

use super::Line;

/// The line.
pub fn line(run: &Run, took: &str) -> Line {
    let count =
        |wanted: fn(&Trial) -> bool| run.trials.iter().filter(|trial| wanted(trial)).count();
    let failed = count(|trial| trial.measurement().is_none());
    let void = count(is_void);
    let planned = run.plan.points.len() * run.plan.rounds as usize;
    let made = run.trials.len();
    let audits = match void + failed {
        0 => "all passed their audit".to_owned(),
        flawed => format!(
            "{} passed their audit, {void} void, {failed} failed",
            made - flawed
        ),
    };
    let mut text = format!("{made} of {planned} made in {took}: {audits}.");
    let first_failed = run.trials.iter().find(|t| t.measurement().is_none());
    let first_void = run.trials.iter().find(|trial| is_void(trial));
    for (what, trial) in [("failed", first_failed), ("void", first_void)] {
        if let Some(trial) = trial {
            let (_, why) = status(trial);
            text.push_str(&format!(
                " First {what}: {}, round {}: {why}",
                trial.point, trial.round
            ));
            // A reason may be a sentence of another program.
            if !text.ends_with(['.', '!', '?']) {
                text.push('.');
            }
        }
    }
    Line {
        alarm: made < planned || void + failed > 0,
        text,
    }
}

fn is_void(trial: &Trial) -> bool {
    trial.measurement().is_some() && trial.comparable().is_none()
}
