//! How operations ended: committed, or given up, by class.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, Canvas, INK, PLAIN, Paint, SMALL};
use super::legend;
use super::rows::{self, Content, Room, Rows};
use crate::measure::{Measurement, Outcome};
use crate::report::basis::Group;
use crate::report::cut_off::CutOff;
use crate::report::numbers::{NOTHING, count, number, time};
use crate::report::table::{Kind, Table};
use crate::report::tally::Tally;

/// How high a line of the key is, in pixels.
const KEY_LINE: i32 = 21;

/// How wide the columns of figures beside the bars are, in pixels.
const COLUMN: i32 = 96;

/// Draws the chart.
pub fn draw(group: &Group) -> Result<Drawing> {
    let sums: Vec<Tally> = group.stored_cells().map(Tally::of).collect();
    let classes: Vec<Outcome> = Outcome::ALL
        .into_iter()
        .filter(|class| sums.iter().any(|s| s.given_up.contains_key(class)))
        .collect();
    let key = key_places(&classes);
    let lines = key.last().map_or(1, |(_, line)| line + 1);
    let room = Room {
        above: 20 + KEY_LINE * lines,
        beside: 3 * COLUMN,
    };
    let rows = Rows::of(
        group,
        room,
        |_| true,
        |cell| match cell.total(Measurement::operations) > 0 {
            true => Content::Marks,
            false => Content::Nothing("no operation ended"),
        },
    );
    let drawn = !rows.is_empty();
    Ok(Drawing {
        title: "Outcomes of operations",
        description: describe(&sums),
        caption: if drawn {
            "Each bar is all operations of one point: the pale part committed, the coloured parts were given up, by \
             class, and however rare are at least a hair wide. A retry that succeeds shows in the columns to the \
             right: errors per attempt, and attempts per commit. Shape tells the durability tier."
                .to_owned()
                + &CutOff::after(group.run)
        } else {
            "No operation was measured in a trial that may be compared, so there is nothing to draw.".to_owned()
        },
        svg: drawn.then(|| svg(&rows, &sums, &classes)).transpose()?,
        table: table(&sums),
    })
}

fn describe(sums: &[Tally]) -> String {
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

fn table(sums: &[Tally]) -> Table {
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
    table.note = "Late operations were begun before the end of the measured stretch and acknowledged after it: they \
                  are committed, but not goodput."
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

fn svg(rows: &Rows, sums: &[Tally], classes: &[Outcome]) -> Result<String> {
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
            let Some(sums) = sums.iter().find(|sums| std::ptr::eq(sums.cell, cell)) else {
                continue;
            };
            bar(canvas, &axis, y, sums)?;
            let figures = [
                sums.given_up_share(),
                sums.errors_per_attempt(),
                sums.attempts_per_commit(),
            ];
            for (index, figure) in figures.iter().enumerate() {
                let x = rows.right + (index as i32 + 1) * COLUMN;
                canvas.text((x, y), figure, PLAIN.end())?;
            }
        }
        Ok(())
    })
}

fn bar(canvas: &Canvas, axis: &Axis, y: i32, sums: &Tally) -> Result<()> {
    let committed = [(Outcome::Committed, sums.committed + sums.late)];
    let given_up = sums.given_up.iter().map(|(class, n)| (*class, *n));
    let parts: Vec<(Outcome, u64)> = committed
        .into_iter()
        .chain(given_up)
        .filter(|(_, operations)| *operations > 0)
        .collect();
    let mut from = axis.pixel(0.0);
    let operations: Vec<u64> = parts.iter().map(|(_, operations)| *operations).collect();
    let widths = widths(&operations, axis.pixel(1.0) - from);
    for ((class, _), width) in parts.iter().zip(widths) {
        canvas.fill((from, y - 7), (from + width, y + 7), colour(*class))?;
        from += width;
    }
    Ok(())
}

/// The width of each part of a bar, in pixels. What is too rare to see gets a hair all the same, at
/// the cost of the largest part.
fn widths(parts: &[u64], whole: i32) -> Vec<i32> {
    let total: u64 = parts.iter().sum();
    let exact = |part: &u64| (*part as f64 / total as f64 * f64::from(whole)).round() as i32;
    let mut widths: Vec<i32> = parts.iter().map(|part| exact(part).max(2)).collect();
    let excess = widths.iter().sum::<i32>() - whole;
    if let Some(largest) = widths.iter_mut().max() {
        *largest -= excess;
    }
    widths
}

/// The classes that the key names.
fn named(classes: &[Outcome]) -> impl Iterator<Item = Outcome> {
    [Outcome::Committed]
        .into_iter()
        .chain(classes.iter().copied())
}

/// Where each class of the key stands: the first pixel, and the line.
fn key_places(classes: &[Outcome]) -> Vec<(i32, i32)> {
    let (mut x, mut line) = (8, 0);
    named(classes)
        .map(|class| {
            let wide = legend::width(class.name()) + 40;
            if x > 8 && x + wide > rows::WIDTH {
                (x, line) = (8, line + 1);
            }
            let place = (x, line);
            x += wide;
            place
        })
        .collect()
}

/// Says which colour is which class, and what the columns are.
fn key(canvas: &Canvas, rows: &Rows, classes: &[Outcome]) -> Result<()> {
    let top = rows.legend + legend::height(rows.subjects()) + 10;
    for (class, (x, line)) in named(classes).zip(key_places(classes)) {
        let y = top + line * KEY_LINE;
        canvas.fill((x, y - 6), (x + 14, y + 6), colour(class))?;
        canvas.text((x + 20, y), class.name(), SMALL)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_rare_a_class_is_it_can_be_seen() {
        assert_eq!(widths(&[1_000_000, 1, 2], 300), [296, 2, 2]);
        assert_eq!(widths(&[50, 50], 300), [150, 150]);
    }

    #[test]
    fn the_key_stays_in_the_chart_with_every_class_there_is() {
        let places = key_places(&Outcome::ALL[1..]);
        assert_eq!(places.len(), Outcome::ALL.len());
        for ((x, _), class) in places.iter().zip(Outcome::ALL) {
            assert!(x + 20 + legend::width(class.name()) <= rows::WIDTH);
        }
    }
}
