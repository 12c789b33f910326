//! How long careful clients wait behind a long transaction.

use crate::measure::{Engine, Figure, Run};
use crate::report::basis::{Cell, Group, Section};
use crate::report::numbers::{NOTHING, chosen_time, list, plural, rough_time};

use super::Line;

/// The line: the 99th percentile of each kind of operation on each engine, where the most clients were.
/// `None` if it was not measured.
pub fn line(run: &Run, sections: &[Section]) -> Option<Line> {
    let measured = |section: &&Section| section.workload.figure == Figure::Waits;
    let mut groups = sections
        .iter()
        .filter(measured)
        .filter_map(|section| section.careful.as_ref());
    let group = groups.next()?;
    let clients = *group.loads.last()?;
    let cells: Vec<&Cell> = group
        .stored_cells()
        .filter(|cell| cell.point.clients == clients)
        .collect();
    let engines: Vec<Engine> = [Engine::Sqlite, Engine::Postgres]
        .into_iter()
        .filter(|engine| cells.iter().any(|cell| cell.subject.engine == *engine))
        .collect();
    let kinds: Vec<String> = group
        .workload
        .kinds
        .iter()
        .enumerate()
        .filter_map(|(index, kind)| {
            let of = |engine: &Engine| longest(group, &cells, index, *engine);
            let waits: Vec<Option<f64>> = engines.iter().map(of).collect();
            let words = |wait: &Option<f64>| wait.map_or(NOTHING.to_owned(), rough_time);
            let known = waits.iter().any(Option::is_some);
            let waits: Vec<String> = waits.iter().map(words).collect();
            known.then(|| format!("{} {}", kind.name, list(&waits)))
        })
        .collect();
    let engines: Vec<String> = engines.iter().map(Engine::to_string).collect();
    (!kinds.is_empty()).then(|| Line {
        alarm: false,
        text: format!(
            "Behind a {} transaction, p99 on {} ({}): {}.",
            chosen_time(run.plan.hold_seconds),
            list(&engines),
            plural(clients as usize, "client", "clients"),
            kinds.join("; ")
        ),
    })
}

/// The 99th percentile of a kind of operation in seconds, the longest among the subjects of an engine; `None`
/// without any, or if these operations are the long transactions themselves.
fn longest(group: &Group, cells: &[&Cell], kind: usize, engine: Engine) -> Option<f64> {
    let own = cells.iter().filter(|cell| cell.subject.engine == engine);
    let waits = own.filter_map(|cell| {
        let latencies = cell.kind(kind).success;
        let waits = latencies.percentile(0.0)? < group.run.plan.hold_seconds;
        latencies.p99().filter(|_| waits)
    });
    waits.reduce(f64::max)
}
