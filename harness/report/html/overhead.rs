//! What the harness itself costs, and who used the processors.

use serde::Serialize;

use crate::measure::statistics::Estimate;
use crate::measure::{Engine, Run};
use crate::report::basis::{Cell, Group, Section, groups};
use crate::report::measured::{self, Conditions};
use crate::report::numbers::{NOTHING, number, rough_percent, rough_time, time};
use crate::report::processors::Processors;
use crate::report::table::{Kind, Table};

/// What the harness costs.
#[derive(Serialize)]
pub struct Overhead {
    /// Whether the subject that stores nothing was measured.
    measured: bool,
    /// The most processor time it needed for one operation.
    worst: String,
    /// Where it is the largest share of a subject's own time, and how large.
    heaviest: Option<String>,
    /// By workload and load.
    noop: Table,
    noop_conditions: Conditions,
    /// CPU time and load of every point.
    cpu: Table,
    cpu_conditions: Conditions,
}

/// The overhead as far as the run measured it.
pub fn of(run: &Run, sections: &[Section], compared: &[&Group]) -> Overhead {
    let mut noop = Table::new(&[
        ("workload", Kind::Head),
        ("clients", Kind::Head),
        ("operations/s", Kind::Number),
        ("processor time per operation, from goodput", Kind::Number),
        ("worker CPU per operation", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    let mut worst: Option<f64> = None;
    for (group, cell) in cells(sections).filter(|(_, cell)| cell.subject.engine == Engine::Noop) {
        let per_operation = processor_time(run, cell);
        let cpu = cpu_per_operation(cell);
        let candidates = [worst, cpu, per_operation.map(|e| e.median)];
        worst = candidates.into_iter().flatten().reduce(f64::max);
        noop.row([
            group.name(),
            cell.point.clients.to_string(),
            show(cell.goodput(), number),
            show(per_operation, time),
            cpu.map_or(NOTHING.to_owned(), rough_time),
            cell.basis(),
        ]);
    }
    Overhead {
        measured: worst.is_some(),
        worst: worst.map_or(NOTHING.to_owned(), rough_time),
        heaviest: heaviest(run, compared),
        noop,
        noop_conditions: conditions(run, sections, |cell| cell.subject.engine == Engine::Noop),
        cpu: cpu_table(run, sections),
        cpu_conditions: conditions(run, sections, |_| true),
    }
}

/// The conditions of some of the points.
fn conditions(run: &Run, sections: &[Section], wanted: fn(&Cell) -> bool) -> Conditions {
    let own: Vec<&Cell> = cells(sections)
        .map(|(_, cell)| cell)
        .filter(|cell| wanted(cell))
        .collect();
    let has = |group: &&Group| group.cells.iter().any(wanted);
    let groups: Vec<&Group> = groups(sections).filter(has).collect();
    measured::of(run, &groups, &own)
}

/// Processor time per operation in seconds, if the clients keep as many processors busy as they can.
fn processor_time(run: &Run, cell: &Cell) -> Option<Estimate> {
    let busy = f64::from(cell.point.clients.min(run.machine.cpus).max(1));
    cell.estimate(|measurement| busy / measurement.goodput())
}

/// The point of a subject where the harness is the largest share of the time.
fn heaviest(run: &Run, groups: &[&Group]) -> Option<String> {
    let mut heaviest: Option<(f64, String)> = None;
    for group in groups {
        for own in group
            .cells
            .iter()
            .filter(|cell| cell.subject.engine == Engine::Noop)
        {
            let same_load = |cell: &&Cell| cell.point.clients == own.point.clients;
            for cell in group.stored_cells().filter(same_load) {
                let times = processor_time(run, own).zip(processor_time(run, cell));
                let share = times.map_or(0.0, |(own, whole)| own.median / whole.median);
                if share.is_finite() && share > heaviest.as_ref().map_or(0.0, |(most, _)| *most) {
                    heaviest = Some((share, cell.point.to_string()));
                }
            }
        }
    }
    heaviest.map(|(share, point)| format!("{point}: {} of the time", rough_percent(share.min(1.0))))
}

fn cpu_table(run: &Run, sections: &[Section]) -> Table {
    let mut table = Table::new(&[
        ("workload", Kind::Head),
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("worker CPU per operation", Kind::Number),
        ("machine busy", Kind::Number),
        ("taken by the hypervisor", Kind::Number),
    ]);
    for (group, cell) in cells(sections) {
        let machine = Processors::of(cell.measurements()).believable(run.machine.cpus);
        let share = |share: Option<f64>| share.map_or(NOTHING.to_owned(), rough_percent);
        table.row([
            group.name(),
            cell.point.clients.to_string(),
            cell.subject.name.clone(),
            cpu_per_operation(cell).map_or(NOTHING.to_owned(), rough_time),
            share(machine.map(|machine| machine.busy())),
            share(machine.and_then(|machine| machine.steal())),
        ]);
    }
    table
}

fn cells<'b>(sections: &'b [Section<'b>]) -> impl Iterator<Item = (&'b Group<'b>, &'b Cell<'b>)> {
    groups(sections).flat_map(|group| group.cells.iter().map(move |cell| (group, cell)))
}

/// CPU time of the workers per operation, in seconds; `None` without operations. Both are of the
/// stretch alone: an operation that ended late cost its CPU time after it.
fn cpu_per_operation(cell: &Cell) -> Option<f64> {
    let ended = cell.total(|m| m.committed + m.given_up_total());
    let seconds: f64 = cell.measurements().map(|m| m.worker_cpu_seconds).sum();
    (ended > 0).then(|| seconds / ended as f64)
}

fn show(estimate: Option<Estimate>, format: impl Fn(f64) -> String) -> String {
    estimate.map_or(NOTHING.to_owned(), |estimate| format(estimate.median))
}
