//! How operations ended: committed, or given up, by class.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, Canvas, INK, PLAIN, Paint, SMALL};
use super::legend;
use super::rows::Rows;
use crate::measure::{Measurement, Outcome};
use crate::report::basis::{Cell, Group};
use crate::report::numbers::{NOTHING, count, number, percent, time};
use crate::report::table::{Kind, Table};

/// How wide the columns of figures beside the bars are, in pixels.
const COLUMN: i32 = 96;

/// What the operations of one point came to, added up over its comparable rounds.
struct Sums<'a> {
    cell: &'a Cell<'a>,
    committed: u64,
    late: u64,
    given_up: BTreeMap<Outcome, u64>,
    operations: u64,
    attempts: u64,
    failed_attempts: u64,
}

impl<'a> Sums<'a> {
    fn of(cell: &'a Cell<'a>) -> Sums<'a> {
        let mut given_up = BTreeMap::new();
        for measurement in cell.measurements() {
            for (class, operations) in &measurement.given_up {
                *given_up.entry(*class).or_insert(0) += operations;
            }
        }
        given_up.retain(|_, operations| *operations > 0);
        Sums {
            cell,
            committed: cell.total(|m| m.committed),
            late: cell.total(|m| m.late),
            given_up,
            operations: cell.total(Measurement::operations),
            attempts: cell.total(|m| m.attempts),
            failed_attempts: cell.total(Measurement::failed_attempts),
        }
    }

    fn given_up_total(&self) -> u64 {
        self.given_up.values().sum()
    }

    /// Per cent of operations given up.
    fn given_up_share(&self) -> String {
        share(self.given_up_total(), self.operations)
    }

    /// Per cent of attempts that returned an error.
    fn errors_per_attempt(&self) -> String {
        share(self.failed_attempts, self.attempts)
    }

    /// Attempts that each committed operation cost, those of operations given up included.
    fn attempts_per_commit(&self) -> String {
        match self.committed + self.late {
            0 => NOTHING.to_owned(),
            commits => number(self.attempts as f64 / commits as f64),
        }
    }
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        NOTHING.to_owned()
    } else {
        percent(part as f64 / whole as f64)
    }
}

/// Draws the chart.
pub fn draw(group: &Group) -> Result<Drawing> {
    let sums: Vec<Sums> = group.stored_cells().map(Sums::of).collect();
    let classes: Vec<Outcome> = Outcome::ALL
        .into_iter()
        .filter(|class| sums.iter().any(|s| s.given_up.contains_key(class)))
        .collect();
    let above = 44 + 21 * (classes.len() as i32 + 2).div_euclid(5);
    let rows = Rows::of(group, above, 3 * COLUMN, |cell| {
        cell.total(Measurement::operations) > 0
    });
    let drawn = !rows.is_empty();
    Ok(Drawing {
        title: "Outcomes of operations",
        description: describe(&sums),
        caption: if drawn {
            "Each bar is all operations of one point: the pale part committed, the coloured parts were given up, by \
             class, and however rare are at least a hair wide. A retry that succeeds shows in the columns to the \
             right: errors per attempt, and attempts per commit. Shape tells the durability tier."
                .to_owned()
        } else {
            "No operation was measured in a trial that may be compared, so there is nothing to draw.".to_owned()
        },
        svg: drawn.then(|| svg(&rows, &sums, &classes)).transpose()?,
        table: table(&sums),
    })
}

fn describe(sums: &[Sums]) -> String {
    let lossy: Vec<String> = sums
        .iter()
        .filter(|sums| sums.given_up_total() > 0)
        .map(|sums| format!("{}: {} given up.", sums.cell.point, sums.given_up_share()))
        .collect();
    match lossy.is_empty() {
        true => "Share of operations by how they ended. No operation was given up.".to_owned(),
        false => format!("Share of operations by how they ended. {}", lossy.join(" ")),
    }
}

fn table(sums: &[Sums]) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("durability tier", Kind::Text),
        ("committed", Kind::Number),
        ("of these late", Kind::Number),
        ("given up", Kind::Number),
        ("given up of operations", Kind::Number),
        ("by class", Kind::Text),
        ("gave up after, median (max)", Kind::Number),
        ("errors per attempt", Kind::Number),
        ("errors per operation", Kind::Number),
        ("attempts per commit", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    for sums in sums {
        let classes: Vec<String> = sums
            .given_up
            .iter()
            .map(|(class, n)| format!("{} {}", class.name(), count(*n)))
            .collect();
        let failure = sums.cell.latencies(|measurement| &measurement.failure);
        let after = failure.percentile(50.0).zip(failure.max());
        let per_operation = sums.failed_attempts as f64 / sums.operations as f64;
        table.row([
            sums.cell.point.clients.to_string(),
            sums.cell.subject.name.clone(),
            sums.cell.subject.tier.to_string(),
            count(sums.committed + sums.late),
            count(sums.late),
            count(sums.given_up_total()),
            sums.given_up_share(),
            if classes.is_empty() {
                NOTHING.to_owned()
            } else {
                classes.join(", ")
            },
            after.map_or(NOTHING.to_owned(), |(p50, max)| {
                format!("{} ({})", time(p50), time(max))
            }),
            sums.errors_per_attempt(),
            number(per_operation),
            sums.attempts_per_commit(),
            sums.cell.basis(),
        ]);
    }
    table.note = "Late operations were begun within the measured stretch and acknowledged after it: they are \
                  committed, but not goodput."
        .to_owned();
    table
}

/// The colour of a class, apart from those of the subjects (Paul Tol's muted scheme).
fn colour(class: Outcome) -> Paint {
    Paint::hex(match class {
        Outcome::Committed => return INK.faded(0.16),
        Outcome::Busy => "#AA3377",
        Outcome::BusySnapshot => "#CC6677",
        Outcome::Locked => "#882255",
        Outcome::Schema => "#999933",
        Outcome::Deadlock => "#6655CC",
        Outcome::Serialization => "#4477AA",
        Outcome::LockTimeout => "#117733",
        Outcome::TooManyConnections => "#44AA99",
        Outcome::Timeout => "#997700",
        Outcome::Unknown => "#BB2222",
        Outcome::Other => "#6F7378",
    })
}

fn svg(rows: &Rows, sums: &[Sums], classes: &[Outcome]) -> Result<String> {
    let axis = Axis::linear(1.0, rows.left, rows.right);
    canvas::draw(rows.size(), |canvas| {
        rows.frame(
            canvas,
            &axis,
            |tick| format!("{:.0} %", tick * 100.0),
            "share of operations",
        )?;
        key(canvas, rows, classes)?;
        for (y, cell) in rows.rows() {
            let Some(sums) = sums.iter().find(|sums| std::ptr::eq(sums.cell, *cell)) else {
                continue;
            };
            bar(canvas, &axis, *y, sums)?;
            let figures = [
                sums.given_up_share(),
                sums.errors_per_attempt(),
                sums.attempts_per_commit(),
            ];
            for (index, figure) in figures.iter().enumerate() {
                let x = rows.right + (index as i32 + 1) * COLUMN;
                canvas.text((x, *y), figure, PLAIN.end())?;
            }
        }
        Ok(())
    })
}

fn bar(canvas: &Canvas, axis: &Axis, y: i32, sums: &Sums) -> Result<()> {
    let (top, bottom) = (y - 7, y + 7);
    let whole = sums.operations as f64;
    let (mut done, mut from) = (0, axis.pixel(0.0));
    let committed = [(Outcome::Committed, sums.committed + sums.late)];
    let given_up = sums.given_up.iter().map(|(class, n)| (*class, *n));
    for (class, operations) in committed
        .into_iter()
        .chain(given_up)
        .filter(|(_, n)| *n > 0)
    {
        done += operations;
        let to = axis.pixel(done as f64 / whole).max(from + 2);
        // What is too rare to see is drawn inside the end of the bar, over the last pixels.
        let end = axis.pixel(1.0);
        let (from_here, to_here) = if to > end {
            (from.min(end - 2), end)
        } else {
            (from, to)
        };
        canvas.fill((from_here, top), (to_here, bottom), colour(class))?;
        from = to_here;
    }
    Ok(())
}

/// Says which colour is which class, and what the columns are.
fn key(canvas: &Canvas, rows: &Rows, classes: &[Outcome]) -> Result<()> {
    let first = rows.legend + legend::height(rows.subjects());
    let mut at = (8, first + 10);
    for class in [Outcome::Committed].iter().chain(classes) {
        let wide = legend::width(class.name()) + 40;
        if at.0 + wide > rows.right {
            at = (8, at.1 + 21);
        }
        canvas.fill((at.0, at.1 - 6), (at.0 + 14, at.1 + 6), colour(*class))?;
        canvas.text((at.0 + 20, at.1), class.name(), SMALL)?;
        at.0 += wide;
    }
    let columns = [
        ("given up of", "operations"),
        ("errors per", "attempt"),
        ("attempts", "per commit"),
    ];
    for (index, (above, below)) in columns.iter().enumerate() {
        let x = rows.right + (index as i32 + 1) * COLUMN;
        canvas.text((x, rows.top - 6), above, SMALL.end())?;
        canvas.text((x, rows.top + 9), below, SMALL.end())?;
    }
    Ok(())
}
