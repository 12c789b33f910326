//! Clients that committed nothing while others did, and the longest wait. A trial that is longer than those of
//! the rounds sees more of both: what it found belongs in this line.

use crate::measure::{Engine, Figure, Measurement, Run};
use crate::report::basis::{Cell, Section};
use crate::report::numbers::{chosen_time, list, rough_time};

use super::{Line, capital, of_engines};

/// How many commits a client's share of a trial must be before a client without any has starved: among
/// equals with ten commits each on average, one has none in 5 of 100,000 cases.
const FAIR_SHARE: f64 = 10.0;

/// A point with several careful clients, with the section that it is of.
type Point<'b, 'a> = (&'b Section<'a>, &'b Cell<'a>);

/// Clients of one trial that committed nothing.
struct Starved<'m> {
    clients: usize,
    trial: &'m Measurement,
}

/// The line: the worst point of each engine. `None` if no trial with several careful clients may be
/// compared.
pub fn line(_: &Run, sections: &[Section]) -> Option<Line> {
    let points: Vec<Point> = sections
        .iter()
        .filter(|section| section.workload.figure == Figure::Goodput)
        .flat_map(|section| {
            let cells = section
                .careful
                .iter()
                .flat_map(|group| group.stored_cells());
            cells.map(move |cell| (section, cell))
        })
        .filter(|(_, cell)| cell.point.clients > 1 && !cell.comparable.is_empty())
        .collect();
    if points.is_empty() {
        return None;
    }
    let engine = |(_, cell): &Point| cell.subject.engine;
    let alarm = points.iter().any(|(_, cell)| worst_of(cell).is_some());
    let starved = match alarm {
        true => format!(
            "{}.",
            capital(&of_engines(&points, engine, committed_nothing).join("; "))
        ),
        false => "No careful client.".to_owned(),
    };
    let longest: Vec<String> = of_engines(&points, engine, longest)
        .into_iter()
        .filter(|words| !words.is_empty())
        .collect();
    Some(Line {
        alarm,
        text: match longest.is_empty() {
            true => starved,
            false => format!("{starved} Longest wait: {}.", list(&longest)),
        },
    })
}

/// `up to 3 of 16 clients committed nothing in 2 s on sqlite-wal-full (increment-hot)`.
fn committed_nothing(engine: Engine, points: &[&Point]) -> String {
    let found = points
        .iter()
        .filter_map(|(section, cell)| Some((section, cell, worst_of(cell)?)));
    match found.max_by_key(|(.., starved)| starved.clients) {
        Some((section, cell, starved)) => format!(
            "up to {} of {} committed nothing in {} on {} ({})",
            starved.clients,
            cell.clients(),
            chosen_time(starved.trial.seconds),
            cell.subject.name,
            section.name()
        ),
        None => format!("none on {engine}"),
    }
}

/// The trial in which the most clients committed nothing; `None` if there is none.
fn worst_of<'m>(cell: &Cell<'m>) -> Option<Starved<'m>> {
    let of_trial = |trial: &'m Measurement| {
        let each = &trial.committed_per_client;
        let clients = each.iter().filter(|commits| **commits == 0).count();
        let fair = each.iter().sum::<u64>() as f64 / each.len().max(1) as f64;
        (clients > 0 && fair >= FAIR_SHARE).then_some(Starved { clients, trial })
    };
    let trials = cell.measurements().filter_map(of_trial);
    trials.max_by_key(|starved| starved.clients)
}

/// `2.3 s on sqlite-wal-full`; nothing if no operation ended.
fn longest(_: Engine, points: &[&Point]) -> String {
    let waits = points.iter().filter_map(|(_, cell)| {
        let all = cell.measurements().filter_map(Measurement::longest);
        Some((cell, all.reduce(f64::max)?))
    });
    match waits.max_by(|(_, a), (_, b)| a.total_cmp(b)) {
        Some((cell, seconds)) => format!("{} on {}", rough_time(seconds), cell.subject.name),
        None => String::new(),
    }
}
