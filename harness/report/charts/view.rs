//! What an experiment observed, drawn as its view asks: rows, or lines along a condition.

use std::borrow::Cow;

use anyhow::Result;

use super::{Drawing, view_lines, view_rows};
use crate::claim::Spread;
use crate::measure::experiment::{Unit, View};
use crate::measure::{Experiment, Run, SubjectInfo};
use crate::report::numbers::{NOTHING, list, plural};
use crate::report::observed::{self, Condition, SUBJECT};
use crate::report::phrases;
use crate::report::table::{Kind, Table};

/// What a view is drawn of.
pub struct Seen<'a> {
    /// The view.
    pub view: &'a View,
    /// Every condition that parts it: the panels', the series', and the one along which lines run.
    pub conditions: Vec<Condition<'a>>,
    /// The conditions of the series that tell one from another, by their place among the values.
    telling: Vec<usize>,
    run: &'a Run,
}

impl<'a> Seen<'a> {
    fn of(run: &'a Run, experiment: &'a Experiment, view: &'a View) -> Seen<'a> {
        let observations = observed::of_view(experiment, view);
        let conditions = observed::by(observations, &names(view));
        let from = view.panels.len();
        let differs = |at: &usize| {
            let mut values = conditions
                .iter()
                .map(|condition| &condition.values[from + at]);
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let all = 0..view.series.len();
        let telling: Vec<usize> = all.clone().filter(differs).collect();
        Seen {
            view,
            telling: match telling.is_empty() {
                true => all.collect(),
                false => telling,
            },
            conditions,
            run,
        }
    }

    /// The panel of a condition: its values by name, with the tier if it is of one subject.
    pub fn panel(&self, condition: &Condition) -> String {
        let words = phrases::conditions(self.view.panels.iter().zip(&condition.values));
        match self.panel_subject(condition) {
            Some(subject) => format!("{words} ({})", subject.tier),
            None => words,
        }
    }

    /// The subject of a whole panel; `None` if it is of several or of none.
    pub fn panel_subject(&self, condition: &Condition) -> Option<&'a SubjectInfo> {
        let parts = self.view.panels.iter().any(|name| name == SUBJECT);
        self.subject(condition).filter(|_| parts)
    }

    /// The subject of a series, in whatever panel; `None` if its name does not tell one.
    pub fn series_subject(&self, condition: &Condition) -> Option<&'a SubjectInfo> {
        let parts = self.view.series.iter().any(|name| name == SUBJECT);
        self.subject(condition).filter(|_| parts)
    }

    /// The series of a condition, in words: only what tells it from another.
    pub fn name(&self, condition: &Condition) -> String {
        let series = self.series(condition).enumerate();
        let told = series.filter(|(at, _)| self.telling.contains(at));
        match phrases::conditions(told.map(|(_, pair)| pair)) {
            empty if empty.is_empty() => "observed".to_owned(),
            words => words,
        }
    }

    /// What all series have in common and no name tells; empty if there is nothing of the kind.
    fn common(&self) -> String {
        let first = self.conditions.iter().take(1);
        let series = first.flat_map(|first| self.series(first).enumerate());
        let untold = series.filter(|(at, _)| !self.telling.contains(at));
        phrases::conditions(untold.map(|(_, pair)| pair))
    }

    /// The values that tell a series from another, but for its subject.
    pub fn besides_subject<'c>(&'c self, condition: &'c Condition) -> Vec<&'c str> {
        let series = self.series(condition).enumerate();
        let known = self.subject(condition).is_some();
        series
            .filter(|(at, (name, _))| self.telling.contains(at) && !(known && *name == SUBJECT))
            .map(|(_, (_, value))| value.as_str())
            .collect()
    }

    /// Names and values that part the rows, or the lines, of a panel.
    fn series<'c>(
        &'c self,
        condition: &'c Condition,
    ) -> impl Iterator<Item = (&'c String, &'c String)> {
        let values = condition.values.iter().skip(self.view.panels.len());
        self.view.series.iter().zip(values)
    }

    /// The subject of a condition; `None` if it is of none, or of one that the run does not
    /// describe.
    pub fn subject(&self, condition: &Condition) -> Option<&'a SubjectInfo> {
        let mut parts = names(self.view).into_iter().zip(&condition.values);
        let (_, subject) = parts.find(|(name, _)| *name == SUBJECT)?;
        self.run.subject(subject)
    }

    /// The number along which a condition stands.
    pub fn along(&self, condition: &Condition) -> Option<f64> {
        let number = condition.values.last()?.parse::<f64>().ok()?;
        number.is_finite().then_some(number)
    }

    /// The figure of a condition; `None` if nothing there may be compared.
    pub fn spread(&self, condition: &Condition) -> Option<Spread> {
        condition.spread(&self.view.figure)
    }

    /// Whether there is anything to draw.
    fn is_drawn(&self) -> bool {
        self.conditions.iter().any(|condition| {
            let placed = self.view.along.is_none() || self.along(condition).is_some();
            placed && self.spread(condition).is_some()
        })
    }

    /// The conditions that differ within a mark, so that its range is not that of repeats alone.
    fn mixed(&self) -> Vec<String> {
        let mut mixed: Vec<String> = Vec::new();
        for condition in &self.conditions {
            let Some((first, others)) = condition.comparable.split_first() else {
                continue;
            };
            for (name, value) in &first.conditions {
                let differs = others.iter().any(|other| other.condition(name) != value);
                let name = phrases::name(name);
                if differs && !mixed.contains(&name) {
                    mixed.push(name);
                }
            }
        }
        mixed
    }

    /// Every number that the axis of the figure has to hold.
    pub fn values(&self) -> Vec<f64> {
        let found = self.conditions.iter().filter_map(|c| self.spread(c));
        let stated = self.view.stated.iter().flat_map(|s| [s.from, s.to]);
        found
            .flat_map(|spread| [spread.low, spread.high])
            .chain(stated.filter(|value| value.is_finite()))
            .collect()
    }

    /// What the axis of the figure shows.
    pub fn axis_title(&self) -> String {
        let name = phrases::name(&self.view.figure);
        match self.view.unit {
            Unit::PerSecond if !name.contains("per second") => format!("{name}, per second"),
            _ => name,
        }
    }
}

/// The names of the conditions that part a view.
fn names(view: &View) -> Vec<&str> {
    let all = view.panels.iter().chain(&view.series).chain(&view.along);
    all.map(String::as_str).collect()
}

/// Draws the chart.
pub fn draw(run: &Run, experiment: &Experiment, view: &View) -> Result<Drawing> {
    let seen = Seen::of(run, experiment, view);
    let svg = match (seen.is_drawn(), &view.along) {
        (false, _) => None,
        (true, None) => Some(view_rows::svg(&seen)?),
        (true, Some(_)) => Some(view_lines::svg(&seen)?),
    };
    Ok(Drawing {
        title: Cow::Owned(view.title.clone()),
        description: describe(&seen),
        caption: caption(&seen, svg.is_some()),
        svg,
        table: table(&seen),
    })
}

fn caption(seen: &Seen, drawn: bool) -> String {
    let view = seen.view;
    let mut sentences = vec![view.caption.trim().to_owned()];
    let common = seen.common();
    if !common.is_empty() {
        sentences.push(format!("All of it: {common}."));
    }
    if !drawn {
        sentences
            .push("Nothing was observed that may be compared, so nothing is drawn.".to_owned());
    } else {
        let most = seen.conditions.iter().map(|c| c.comparable.len()).max();
        sentences.push(match most.unwrap_or(0) {
            0 | 1 => "Each mark is one observation.".to_owned(),
            _ => "Each mark is the median of the repeats, and the bar through it their range; no interval is claimed."
                .to_owned(),
        });
        let mixed = seen.mixed();
        if !mixed.is_empty() {
            sentences.push(format!(
                "A mark does not tell apart what differs in {}: the table of all observations does.",
                list(&mixed)
            ));
        }
        if view.logarithmic {
            let zero = seen.values().iter().any(|value| *value <= 0.0);
            sentences.push(match zero {
                true => "The axis is logarithmic, with a place for 0 at its lower end.".to_owned(),
                false => "The axis is logarithmic.".to_owned(),
            });
        }
        if !view.stated.is_empty() {
            sentences.push("What the document states is dashed or hollow.".to_owned());
        }
    }
    let void: usize = seen.conditions.iter().map(|c| c.void.len()).sum();
    if void > 0 {
        let observations = plural(void, "void observation is", "void observations are");
        sentences.push(format!("{observations} not drawn."));
    }
    if let Some(along) = &view.along {
        let unplaced = seen.conditions.iter().filter(|c| seen.along(c).is_none());
        let values: Vec<String> =
            observed::natural(unplaced.filter_map(|c| c.values.last()).map(String::as_str));
        if !values.is_empty() {
            let along = phrases::name(along);
            sentences.push(format!(
                "In the table only, for it is no number: {along} {}.",
                list(&values)
            ));
        }
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

fn describe(seen: &Seen) -> String {
    let unit = Some(seen.view.unit);
    let found = seen.conditions.iter().filter_map(|condition| {
        let words = phrases::conditions(names(seen.view).into_iter().zip(&condition.values));
        let spread = phrases::spread(unit, &seen.spread(condition)?);
        Some(format!("{words}: {spread}."))
    });
    let stated = seen.view.stated.iter();
    let stated = stated.map(|stated| format!("The document states: {}.", stated.words));
    let sentences: Vec<String> = found.chain(stated).collect();
    format!("{}. {}", seen.axis_title(), sentences.join(" "))
}

fn table(seen: &Seen) -> Table {
    let names = names(seen.view);
    let heads: Vec<String> = names.iter().map(|name| phrases::name(name)).collect();
    let figure = seen.axis_title();
    let mut columns: Vec<(&str, Kind)> = heads
        .iter()
        .map(|head| (head.as_str(), Kind::Head))
        .collect();
    let parted = names.contains(&SUBJECT);
    if parted {
        columns.push(("durability tier", Kind::Text));
    }
    columns.extend([
        (figure.as_str(), Kind::Number),
        ("range", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    let mut table = Table::new(&columns);
    let unit = Some(seen.view.unit);
    for condition in &seen.conditions {
        let spread = seen.spread(condition);
        let of = |text: &dyn Fn(&Spread) -> String| {
            spread.as_ref().map_or_else(|| NOTHING.to_owned(), text)
        };
        let mut cells = condition.values.clone();
        if parted {
            let subject = seen.subject(condition);
            cells.push(subject.map_or_else(|| NOTHING.to_owned(), |s| s.tier.to_string()));
        }
        cells.extend([
            of(&|found| phrases::value(unit, found.median)),
            of(&|found| match found.repeats {
                1 => NOTHING.to_owned(),
                _ => phrases::range(unit, found.low, found.high),
            }),
            condition.basis(),
        ]);
        table.rows.push(cells);
    }
    let stated: Vec<&str> = seen.view.stated.iter().map(|s| s.words.as_str()).collect();
    if !stated.is_empty() {
        table.note = format!("The document states: {}.", stated.join("; "));
    }
    table
}
