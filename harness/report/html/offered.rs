//! What arrived in an open loop, and what became of it beside what was done.

use crate::measure::trial::Offered;
use crate::report::basis::{Cell, Section};
use crate::report::numbers::{count, number, percent};
use crate::report::table::{Kind, Table};

/// Every point of a section at which operations arrived at a rate, added up over its comparable rounds.
/// Empty in a closed loop.
pub fn of(section: &Section) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("arrivals asked for, per second", Kind::Number),
        ("arrived", Kind::Number),
        ("begun behind", Kind::Number),
        ("skipped", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    for cell in section.groups().flat_map(|group| &group.cells) {
        table.rows.extend(row(cell));
    }
    table.note =
        "Behind: begun after its arrival, since every client was busy; its latency counts \
                  from the arrival. Skipped: not begun when the stretch ended, so in no latency."
            .to_owned();
    table
}

fn row(cell: &Cell) -> Option<Vec<String>> {
    let offered: Vec<&Offered> = cell
        .measurements()
        .filter_map(|measurement| measurement.offered.as_ref())
        .collect();
    let rate = offered.first()?.rate_per_s;
    let total = |of: fn(&Offered) -> u64| offered.iter().map(|offered| of(offered)).sum::<u64>();
    let due = total(|offered| offered.due);
    let of_due = |part: u64| match due {
        0 => count(part),
        _ => format!("{} ({})", count(part), percent(part as f64 / due as f64)),
    };
    Some(vec![
        cell.point.clients.to_string(),
        cell.row_name(),
        number(rate),
        count(due),
        of_due(total(|offered| offered.behind)),
        of_due(total(|offered| offered.skipped)),
        cell.basis(),
    ])
}
