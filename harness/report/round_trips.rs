//! What a round trip costs: a transaction of many statements beside one that sends the same rows in one
//! statement.

use crate::measure::statistics::Estimate;
use crate::measure::workload::{ROW_BY_ROW, ROWS_AT_ONCE};
use crate::measure::{Engine, Measurement};

use super::basis::{Cell, Group, Section};
use super::numbers::{list, plural, span, span_kind, time};

/// With one client nobody waits for anybody, so that the time per operation is the stretch divided by
/// the commits.
const CLIENTS: u32 = 1;

/// The cost of a statement on one subject.
struct Cost<'a> {
    cell: &'a Cell<'a>,
    /// In seconds, over the rounds in which both workloads may be compared.
    estimate: Estimate,
}

/// What a further statement in a transaction costs on each subject, in one paragraph for the section of
/// transactions that send their rows one by one; `None` for other sections, and where one of the two
/// workloads was not measured with one client.
pub fn sentence(own: &Section, sections: &[Section]) -> Option<String> {
    if own.workload.name != ROW_BY_ROW || own.over_http() {
        return None;
    }
    let others = sections
        .iter()
        .find(|other| other.workload.name == ROWS_AT_ONCE && other.variant == own.variant)?;
    let (many, one) = (own.careful.as_ref()?, others.careful.as_ref()?);
    // At a rate, operations come no faster than they are asked for.
    if many.rate().is_some() {
        return None;
    }
    let statements = many
        .script()
        .statements
        .checked_sub(one.script().statements)
        .filter(|statements| *statements > 0)?;
    let costs: Vec<Cost> = many
        .stores()
        .iter()
        .filter_map(|subject| {
            let cell = many.cell(&subject.name, CLIENTS)?;
            let estimate = per_statement(cell, one, statements)?;
            Some(Cost { cell, estimate })
        })
        .collect();
    if costs.is_empty() {
        return None;
    }
    let words: Vec<String> = costs.iter().map(Cost::words).collect();
    Some(format!(
        "Each further statement in a transaction costs {}. This is the time per operation of {ROW_BY_ROW} minus that \
         of {ROWS_AT_ONCE}, divided by the {} between them, with {}; {}.",
        list(&words),
        plural(statements as usize, "statement", "statements"),
        plural(CLIENTS as usize, "client", "clients"),
        standing(&costs)
    ))
}

/// The difference in time per operation, divided by the statements, round by round.
fn per_statement(many: &Cell, one: &Group, statements: u32) -> Option<Estimate> {
    let one = one.cell(&many.subject.name, CLIENTS)?;
    let differences: Vec<f64> = many
        .comparable
        .iter()
        .filter_map(|(round, many)| {
            let (_, one) = one.comparable.iter().find(|(other, _)| other == round)?;
            Some((per_operation(many)? - per_operation(one)?) / f64::from(statements))
        })
        .collect();
    Estimate::of(&differences)
}

/// Seconds per operation of the only client; `None` if it committed nothing.
fn per_operation(measurement: &Measurement) -> Option<f64> {
    (measurement.committed > 0).then(|| measurement.seconds / measurement.committed as f64)
}

impl Cost<'_> {
    /// `41.2 µs [40.1 µs – 43.0 µs] on postgres, where it is a round trip to the server`.
    fn words(&self) -> String {
        let brackets = match self.estimate.rounds {
            0 | 1 => String::new(),
            _ => format!(" [{}]", span(&self.estimate, time)),
        };
        let subject = &self.cell.subject;
        let means = match subject.engine {
            Engine::Postgres => " (a round trip to the server)",
            Engine::Sqlite => " (a call within the process)",
            Engine::Noop => "",
        };
        format!(
            "{}{brackets} on {}{means}",
            time(self.estimate.median),
            subject.name
        )
    }
}

/// On how many rounds the figures stand, and with them what the brackets hold.
fn standing(costs: &[Cost]) -> String {
    let kind = |cost: &Cost| span_kind(cost.estimate.rounds, cost.estimate.confidence);
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for cost in costs {
        let name = cost.cell.subject.name.clone();
        match kinds.iter_mut().find(|(own, _)| *own == kind(cost)) {
            Some((_, names)) => names.push(name),
            None => kinds.push((kind(cost), vec![name])),
        }
    }
    match &kinds[..] {
        [(only, _)] => only.clone(),
        several => {
            let words = several
                .iter()
                .map(|(kind, names)| format!("{}: {kind}", list(names)));
            words.collect::<Vec<_>>().join("; ")
        }
    }
}
