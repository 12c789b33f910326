//! Observations brought together: those of one condition, over their repeats.

use std::collections::BTreeMap;

use crate::claim::Spread;
use crate::measure::experiment::{Observation, View};
use crate::measure::{Experiment, Latencies};

use super::numbers::plural;

/// The condition that colours tell.
pub const SUBJECT: &str = "subject";

/// The observations under one condition.
pub struct Condition<'e> {
    /// The values of the names asked for, in their order.
    pub values: Vec<String>,
    /// Those that may be compared.
    pub comparable: Vec<&'e Observation>,
    /// Those of which a check failed.
    pub void: Vec<&'e Observation>,
}

impl Condition<'_> {
    /// A figure over the repeats that may be compared; `None` without any.
    pub fn spread(&self, figure: &str) -> Option<Spread> {
        let values = self.comparable.iter().filter_map(|o| o.figure(figure));
        Spread::of(values.filter(|value| value.is_finite()))
    }

    /// Why repeats are void, each reason once; empty if none is.
    pub fn reasons(&self) -> String {
        let reasons: Vec<String> = self.void.iter().map(|void| reason(void)).collect();
        natural(reasons.iter().map(String::as_str)).join("; ")
    }

    /// The latencies of this name, of all repeats that may be compared, in one histogram.
    pub fn latencies(&self, name: &str) -> Latencies {
        let mut merged = Latencies::default();
        let own = self.comparable.iter().filter_map(|o| o.latencies.get(name));
        own.for_each(|latencies| merged.merge(latencies));
        merged
    }

    /// On how many repeats it stands: `3 repeats; 1 void`.
    pub fn basis(&self) -> String {
        let words = plural(self.comparable.len(), "repeat", "repeats");
        match self.void.len() {
            0 => words,
            void => format!("{words}; {void} void"),
        }
    }
}

/// Observations by the values of these conditions: numbers in their order, words in the order in
/// which they came first.
pub fn by<'e>(
    observations: impl IntoIterator<Item = &'e Observation>,
    names: &[&str],
) -> Vec<Condition<'e>> {
    let mut found: Vec<Condition> = Vec::new();
    for observation in observations {
        let values: Vec<String> = names
            .iter()
            .map(|name| observation.condition(name).to_owned())
            .collect();
        let at = found.iter().position(|known| known.values == values);
        let at = at.unwrap_or_else(|| {
            found.push(Condition {
                values,
                comparable: Vec::new(),
                void: Vec::new(),
            });
            found.len() - 1
        });
        match observation.void() {
            true => found[at].void.push(observation),
            false => found[at].comparable.push(observation),
        }
    }
    let ranks: Vec<BTreeMap<String, usize>> = (0..names.len())
        .map(|column| ranks(found.iter().map(|known| known.values[column].as_str())))
        .collect();
    found.sort_by_key(|known| -> Vec<usize> {
        let values = known.values.iter().zip(&ranks);
        values.map(|(value, ranks)| ranks[value]).collect()
    });
    found
}

/// The place of each value among the others.
fn ranks<'a>(values: impl Iterator<Item = &'a str>) -> BTreeMap<String, usize> {
    let ordered = natural(values);
    (0..)
        .zip(ordered)
        .map(|(rank, value)| (value, rank))
        .collect()
}

/// Different values in their natural order: as numbers if all are, else as they came first.
pub fn natural<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut ordered: Vec<String> = Vec::new();
    for value in values {
        if !ordered.iter().any(|known| known == value) {
            ordered.push(value.to_owned());
        }
    }
    let number = |value: &String| value.parse::<f64>().ok();
    if ordered.iter().all(|value| number(value).is_some()) {
        ordered.sort_by(|a, b| {
            number(a)
                .unwrap_or(0.0)
                .total_cmp(&number(b).unwrap_or(0.0))
        });
    }
    ordered
}

/// Why an observation is void: every check that failed; empty if it is not.
pub fn reason(observation: &Observation) -> String {
    let words = observation.audit.failed().map(ToString::to_string);
    words.collect::<Vec<_>>().join("; ")
}

/// The observations that a view is of, void ones included.
pub fn of_view<'e>(
    experiment: &'e Experiment,
    view: &'e View,
) -> impl Iterator<Item = &'e Observation> {
    experiment.observations.iter().filter(|observation| {
        let holds = |(name, value): (&String, &String)| observation.condition(name) == value;
        view.only.iter().all(holds) && observation.figure(&view.figure).is_some()
    })
}

/// The names of all conditions: as the first view parts them, then the others.
pub fn names(experiment: &Experiment) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let mut add = |name| {
        let has = |o: &Observation| o.conditions.contains_key(name);
        if !names.contains(&name) && experiment.observations.iter().any(has) {
            names.push(name);
        }
    };
    if let Some(view) = experiment.views.first() {
        let parts = view.panels.iter().chain(&view.series).chain(&view.along);
        parts.for_each(|name| add(name));
    }
    add(SUBJECT);
    for observation in &experiment.observations {
        observation.conditions.keys().for_each(|name| add(name));
    }
    names
}

/// The names of all figures: those that views draw, then the others.
pub fn figures(experiment: &Experiment) -> Vec<&str> {
    let mut figures: Vec<&str> = Vec::new();
    let mut add = |name| {
        let has = |o: &Observation| o.figures.contains_key(name);
        if !figures.contains(&name) && experiment.observations.iter().any(has) {
            figures.push(name);
        }
    };
    experiment.views.iter().for_each(|view| add(&view.figure));
    for observation in &experiment.observations {
        observation.figures.keys().for_each(|name| add(name));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_numbers_and_words_as_they_come() {
        let order = |values: &[&str]| natural(values.iter().copied()).join(" ");
        assert_eq!(order(&["50", "10", "100", "10"]), "10 50 100");
        assert_eq!(order(&["wal", "delete", "wal"]), "wal delete");
        assert_eq!(order(&["10", "none", "5"]), "10 none 5");
    }

    #[test]
    fn repeats_of_one_condition_come_together() {
        let made = |clients: &str, value: f64| {
            Observation::under([("clients", clients), ("subject", "postgres")]).with("n", value)
        };
        let observations = [made("50", 1.0), made("10", 2.0), made("50", 3.0)];
        let found = by(&observations, &["subject", "clients"]);
        let values: Vec<String> = found.iter().map(|c| c.values.join(" ")).collect();
        assert_eq!(values, ["postgres 10", "postgres 50"]);
        assert_eq!(found[1].spread("n").unwrap().median, 2.0);
        assert_eq!(found[1].spread("other"), None);
    }
}
