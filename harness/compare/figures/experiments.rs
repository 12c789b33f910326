//! What the audits of experiments found: observations that are void, and interleavings that end with
//! less in the database than was acknowledged.

use crate::compare::figure::{Basis, Better, Event, Evidence, Figure, Place, Unit};
use crate::compare::pair::Pair;
use crate::compare::verdict::Verdict;
use crate::measure::experiment::{Observation, Timeline};
use crate::measure::{Audit, Experiment};
use crate::report::numbers::plural;

/// The figures of two runs: of the experiments that both made to the same extent.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let mut figures = Vec::new();
    for new in &pair.new.experiments {
        let same = |base: &&Experiment| {
            (&base.name, base.version, base.extent) == (&new.name, new.version, new.extent)
        };
        if let Some(base) = pair.base.experiments.iter().find(same) {
            figures.extend(observations(base, new));
            figures.extend(timelines(base, new));
        }
    }
    figures
}

/// How many observations are void.
fn observations(base: &Experiment, new: &Experiment) -> Option<Figure> {
    let void = |made: &Experiment| made.observations.iter().filter(|o| o.void()).count();
    let of = |made: &Experiment| {
        let all: &[Observation] = &made.observations;
        let all = plural(all.len(), "observation", "observations");
        format!("{} of {all}", void(made))
    };
    let verdict = Verdict::of_bad(
        (void(base), base.observations.len()),
        (void(new), new.observations.len()),
    );
    (!base.observations.is_empty() && !new.observations.is_empty()).then(|| {
        figure(
            (&new.name, String::new()),
            "failed audits",
            Event {
                base: of(base),
                new: of(new),
                verdict,
                sentence: match verdict {
                    Verdict::Regressed => "Checks fail that passed before.".to_owned(),
                    _ => String::new(),
                },
            },
        )
    })
}

/// How each interleaving that both played ended.
fn timelines(base: &Experiment, new: &Experiment) -> Vec<Figure> {
    let of = |after: &Timeline| {
        let same = |other: &&Timeline| {
            (&other.name, &other.subject, &other.conditions)
                == (&after.name, &after.subject, &after.conditions)
        };
        let before = base.timelines.iter().find(same)?;
        let failed = [&before.ending, &after.ending].map(failed);
        let verdict = Verdict::of_checks(failed[0].len(), failed[1].len());
        let conditions = after
            .conditions
            .iter()
            .map(|(name, value)| format!(", {name} {value}"));
        let conditions: String = conditions.collect();
        Some(figure(
            (
                &new.name,
                format!("{}, {}{conditions}", after.name, after.subject),
            ),
            "checks at the end that fail",
            Event {
                base: failed[0].len().to_string(),
                new: failed[1].len().to_string(),
                verdict,
                sentence: match verdict {
                    Verdict::Regressed => failed[1].join("; "),
                    _ => String::new(),
                },
            },
        ))
    };
    new.timelines.iter().filter_map(of).collect()
}

/// The checks that did not pass, in words.
fn failed(ending: &Audit) -> Vec<String> {
    let failed = ending.checks.iter().filter(|check| !check.passed);
    failed
        .map(|check| {
            format!(
                "{}: expected {}, found {}",
                check.what, check.expected, check.found
            )
        })
        .collect()
}

fn figure((experiment, part): (&str, String), name: &str, event: Event) -> Figure {
    let words = match part.is_empty() {
        true => experiment.to_owned(),
        false => format!("{experiment}, {part}"),
    };
    Figure {
        place: Place {
            group: "experiments".to_owned(),
            id: format!("experiments/{words}"),
            words,
        },
        name: name.to_owned(),
        basis: Basis::Count,
        better: Better::Lower,
        unit: Unit::Number,
        evidence: Evidence::Event(event),
    }
}
