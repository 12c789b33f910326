//! Made-up findings, for the tests of predicates.

use std::collections::BTreeMap;

use super::{Claim, Judgement};
use crate::measure::experiment::{Answer, Extent, Observation, Step, Timeline};
use crate::measure::{Audit, Check, Experiment, Outcome};

/// An experiment of this name that found these observations.
pub fn found(name: &str, observations: Vec<Observation>) -> Experiment {
    Experiment {
        name: name.to_owned(),
        version: 1,
        question: String::new(),
        started: String::new(),
        seconds: 0.0,
        extent: Extent::Short,
        left_out: Vec::new(),
        method: String::new(),
        scripts: BTreeMap::new(),
        views: Vec::new(),
        timelines: Vec::new(),
        observations,
        failures: Vec::new(),
    }
}

/// A timeline on SQLite with a write-ahead log: the label of each step, and the code with which it was
/// refused, or `done`.
pub fn played(name: &str, steps: &[(&str, &str)]) -> Timeline {
    let step = |(label, code): &(&str, &str)| Step {
        label: (*label).to_owned(),
        actor: "A".to_owned(),
        does: String::new(),
        began_us: 0.0,
        took_us: 0.0,
        answer: match *code {
            "done" => Answer::Done { value: None },
            code => Answer::Refused {
                class: Outcome::Other,
                code: code.to_owned(),
                message: String::new(),
            },
        },
    };
    Timeline {
        name: name.to_owned(),
        title: String::new(),
        subject: "sqlite-wal-full".to_owned(),
        conditions: std::collections::BTreeMap::new(),
        steps: steps.iter().map(step).collect(),
        ending: Audit {
            checks: vec![Check::number("rows", 1, 1)],
        },
    }
}

/// So many repeats under one condition, each with a value of its own of one figure.
pub fn repeats(conditions: &[(&str, &str)], figure: &str, values: &[f64]) -> Vec<Observation> {
    let numbered = (1..).zip(values);
    numbered
        .map(|(repeat, value)| Observation {
            repeat,
            ..Observation::under(conditions.iter().copied()).with(figure, *value)
        })
        .collect()
}

/// The same, but the audit of each failed.
pub fn void(observations: Vec<Observation>) -> Vec<Observation> {
    let spoilt = |observation| Observation {
        audit: Audit {
            checks: vec![Check::number("stored", 1, 0)],
        },
        ..observation
    };
    observations.into_iter().map(spoilt).collect()
}

/// What a claim makes of one experiment.
pub fn judged(claim: &Claim, found: Experiment) -> Judgement {
    claim.of(&[found])
}
