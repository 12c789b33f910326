//! The share of operations that clients gave up, with the classes of the errors that made them.

use std::cmp::Reverse;

use crate::measure::{Discipline, Engine, Figure, Outcome, Run};
use crate::report::basis::{Cell, Group, Section};
use crate::report::numbers::{list, rough_percent};
use crate::report::tally::Tally;

use super::{Line, of_engines, place};

/// A point, with the section that it is of.
type Point<'b, 'a> = (&'b Section<'a>, &'b Cell<'a>);

/// The line: the worst point of each engine, by careful and by naive clients. `None` if no trial may be
/// compared.
pub fn line(_: &Run, sections: &[Section]) -> Option<Line> {
    let mut alarm = false;
    let mut sentences = Vec::new();
    for discipline in Discipline::ALL {
        let points = points(sections, discipline);
        if points.is_empty() {
            continue;
        }
        let given_up = points.iter().any(|(_, cell)| share(cell) > 0.0);
        alarm |= discipline == Discipline::Careful && given_up;
        let engines = of_engines(&points, |(_, cell)| cell.subject.engine, of_engine);
        sentences.push(match given_up {
            true => format!(
                "At most, of the operations of {discipline} clients: {}.",
                engines.join(", ")
            ),
            false => format!("None by {discipline} clients."),
        });
    }
    (!sentences.is_empty()).then(|| Line {
        alarm,
        text: sentences.join(" "),
    })
}

/// The points of clients of this discipline that may be compared.
fn points<'b, 'a>(sections: &'b [Section<'a>], discipline: Discipline) -> Vec<Point<'b, 'a>> {
    let of_section = |section: &'b Section<'a>| {
        let groups = section.groups();
        let own = groups.filter(move |group| group.discipline == discipline);
        let cells = own.flat_map(Group::stored_cells);
        let known = cells.filter(|cell| cell.total(|m| m.operations()) > 0);
        known.map(move |cell| (section, cell))
    };
    let mut points: Vec<Point> = sections.iter().flat_map(of_section).collect();
    // Payments that are made to meet fail on purpose, unless they are tried again.
    let on_purpose = |(section, _): &Point| section.workload.figure == Figure::Settled;
    if discipline == Discipline::Naive && !points.iter().all(on_purpose) {
        points.retain(|point| !on_purpose(point));
    }
    points
}

fn share(cell: &Cell) -> f64 {
    cell.total(|m| m.given_up_total()) as f64 / cell.total(|m| m.operations()) as f64
}

/// The classes of what was given up, the most frequent first.
fn classes(cell: &Cell) -> String {
    let mut classes: Vec<(Outcome, u64)> = Tally::of(cell).given_up.into_iter().collect();
    classes.sort_by_key(|(_, operations)| Reverse(*operations));
    let names: Vec<String> = classes
        .iter()
        .map(|(class, _)| class.name().to_owned())
        .collect();
    list(&names)
}

/// `0.64 % on sqlite-wal-full (increment-hot, 16 clients, busy)`.
fn of_engine(engine: Engine, points: &[&Point]) -> String {
    let given_up = points.iter().filter(|(_, cell)| share(cell) > 0.0);
    let worst = given_up.max_by(|(_, a), (_, b)| share(a).total_cmp(&share(b)));
    match worst {
        Some((section, cell)) => format!(
            "{} on {} ({}, {})",
            rough_percent(share(cell)),
            cell.subject.name,
            place(section, cell),
            classes(cell)
        ),
        None => format!("none on {engine}"),
    }
}
