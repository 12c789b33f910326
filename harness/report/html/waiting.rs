//! Sentences on workloads whose figure is a time: how long careful clients waited behind a long
//! transaction, and how long payments that meet took.

use crate::measure::statistics::Estimate;
use crate::measure::{Engine, Figure, Measurement};
use crate::report::basis::{Cell, Group, Section};
use crate::report::numbers::{chosen_time, list, plural, time};

/// The percentile that is told of waits.
const TOLD: f64 = 99.0;

/// One sentence for each workload whose figure is a time, where careful clients have one.
pub fn sentences(sections: &[Section]) -> Vec<String> {
    let sentence = |section: &Section| {
        let group = section.careful.as_ref()?;
        match section.workload.figure {
            Figure::Waits => waits(group),
            Figure::Settled => settled(group),
            Figure::Goodput => None,
        }
    };
    sections.iter().filter_map(sentence).collect()
}

/// Which part of the operations of each kind was through when, on each engine.
fn waits(group: &Group) -> Option<String> {
    let hold = group.run.plan.hold_seconds;
    let clients = group.loads.last()?;
    let kinds: Vec<String> = group
        .workload
        .kinds
        .iter()
        .enumerate()
        .filter_map(|(index, kind)| {
            let engines: Vec<String> = [Engine::Sqlite, Engine::Postgres]
                .into_iter()
                .filter_map(|engine| of_engine(group, *clients, index, engine))
                .collect();
            (!engines.is_empty()).then(|| format!("{} {}", kind.name, engines.join(", ")))
        })
        .collect();
    (!kinds.is_empty()).then(|| {
        format!(
            "Beside a transaction held open for {} ({} with {}), {TOLD} % of what careful clients got committed took, from \
             when it was due, at most: {}.",
            chosen_time(hold),
            group.name(),
            plural(*clients as usize, "client", "clients"),
            kinds.join("; ")
        )
    })
}

/// The least and the most among the subjects of an engine; `None` without any, or if these operations
/// are the long transactions themselves.
fn of_engine(group: &Group, clients: u32, kind: usize, engine: Engine) -> Option<String> {
    let own = |cell: &&Cell| cell.subject.engine == engine && cell.point.clients == clients;
    let times: Vec<f64> = group
        .stored_cells()
        .filter(own)
        .filter_map(|cell| {
            let latencies = cell.kind(kind).success;
            let waits = latencies.percentile(0.0)? < group.run.plan.hold_seconds;
            latencies.percentile(TOLD).filter(|_| waits)
        })
        .collect();
    let least = times.iter().copied().reduce(f64::min)?;
    let most = times.iter().copied().reduce(f64::max)?;
    Some(match time(least) == time(most) {
        true => format!("{} on {engine}", time(most)),
        false => format!("{} to {} on {engine}", time(least), time(most)),
    })
}

/// How long it took on each subject until all clients were through or had given up.
fn settled(group: &Group) -> Option<String> {
    let clients = *group.loads.last()?;
    let times: Vec<String> = group
        .stored_cells()
        .filter(|cell| cell.point.clients == clients)
        .filter_map(|cell| {
            let times: Vec<f64> = cell
                .measurements()
                .filter_map(Measurement::longest)
                .collect();
            let median = Estimate::of(&times)?.median;
            let given_up = match cell.total(Measurement::given_up_total) {
                0 => String::new(),
                n => format!(
                    " ({} given up)",
                    plural(n as usize, "operation", "operations")
                ),
            };
            Some(format!(
                "{} on {}{given_up}",
                time(median),
                cell.subject.name
            ))
        })
        .collect();
    (!times.is_empty()).then(|| {
        format!(
            "{} ({}): with careful clients it took, until all were through or had given up, {} (medians).",
            group.workload.title,
            group.name(),
            list(&times)
        )
    })
}
