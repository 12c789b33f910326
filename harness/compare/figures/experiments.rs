//! What the audits of experiments found: parts that could not be made, observations that are void, and
//! interleavings that end with less in the database than was acknowledged.

use crate::compare::figure::{Basis, Better, Event, Evidence, Figure, Place, Unit};
use crate::compare::pair::Pair;
use crate::compare::verdict::Verdict;
use crate::measure::experiment::{Observation, Timeline};
use crate::measure::{Audit, Experiment, Run};
use crate::report::numbers::plural;

/// The figures of two runs: of the experiments that both made to the same extent.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let mut figures = Vec::new();
    for new in &pair.new.experiments {
        if let Some(base) = pair.base.experiments.iter().find(|base| same(base, new)) {
            figures.extend(failures(base, new));
            figures.extend(observations(base, new));
            figures.extend(timelines(base, new));
        }
    }
    figures
}

/// How many parts could not be made; `None` if all could in both runs.
fn failures(base: &Experiment, new: &Experiment) -> Option<Figure> {
    let verdict = Verdict::of_checks(base.failures.len(), new.failures.len());
    (base.failures.len() + new.failures.len() > 0).then(|| {
        figure(
            (&new.name, String::new()),
            "parts that could not be made",
            Event {
                base: base.failures.len().to_string(),
                new: new.failures.len().to_string(),
                verdict,
                sentence: match verdict {
                    Verdict::Regressed => new.failures.join(" "),
                    _ => String::new(),
                },
            },
        )
    })
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
                    Verdict::Regressed if void(base) > 0 => "They fail far more often.",
                    Verdict::Regressed => "Checks fail that passed before.",
                    Verdict::Inconclusive => {
                        "That may be chance: so few more or less do not decide."
                    }
                    _ => "",
                }
                .to_owned(),
            },
        )
    })
}

/// How each interleaving that both played ended.
fn timelines(base: &Experiment, new: &Experiment) -> Vec<Figure> {
    let of = |after: &Timeline| {
        let before = base.timelines.iter().find(|before| plays(before, after))?;
        let failed = [&before.ending, &after.ending].map(failed);
        let verdict = Verdict::of_checks(failed[0].len(), failed[1].len());
        Some(figure(
            (&new.name, in_words(after)),
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

/// Whether two interleavings are the same, under the same conditions.
fn plays(one: &Timeline, other: &Timeline) -> bool {
    (&one.name, &one.subject, &one.conditions) == (&other.name, &other.subject, &other.conditions)
}

fn in_words(timeline: &Timeline) -> String {
    let conditions = timeline.conditions.iter();
    let conditions = conditions.map(|(name, value)| format!(", {name} {value}"));
    let conditions: String = conditions.collect();
    format!("{}, {}{conditions}", timeline.name, timeline.subject)
}

/// What of the experiments of a run another one has not, in words.
pub fn only_in(one: &Run, other: &Run) -> Vec<String> {
    let mut only = Vec::new();
    for made in &one.experiments {
        let Some(theirs) = other.experiments.iter().find(|theirs| same(made, theirs)) else {
            only.push(format!(
                "the experiment {} ({})",
                made.name,
                made.extent.name()
            ));
            continue;
        };
        let missing = made.timelines.iter();
        let missing = missing.filter(|own| !theirs.timelines.iter().any(|their| plays(own, their)));
        only.extend(missing.map(|own| format!("{}, {}", made.name, in_words(own))));
        if theirs.observations.is_empty() && !made.observations.is_empty() {
            only.push(format!("the observations of {}", made.name));
        }
    }
    only
}

/// Whether two experiments have the same steps, made to the same extent.
fn same(one: &Experiment, other: &Experiment) -> bool {
    (&one.name, one.version, one.extent) == (&other.name, other.version, other.extent)
}

/// The checks that did not pass, in words.
fn failed(ending: &Audit) -> Vec<String> {
    ending.failed().map(ToString::to_string).collect()
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
