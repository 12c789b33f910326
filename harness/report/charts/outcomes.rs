//! How operations ended: committed, or given up, by class.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, Canvas, PLAIN, SMALL};
use super::classes::{self, Entry};
use super::legend;
use super::rows::{self, Content, Room, Row, Rows};
use crate::report::basis::Group;
use crate::report::numbers::{NOTHING, count, time};
use crate::report::table::{Kind, Table};
use crate::report::tally::Tally;

/// How wide the columns of figures beside the bars are, in pixels.
const COLUMN: i32 = 96;

/// Draws the chart.
pub fn draw(group: &Group) -> Result<Drawing> {
    let sums: Vec<Tally> = group.stored_cells().map(Tally::of).collect();
    let entries = classes::entries("committed", &classes::of(sums.iter()));
    let room = Room {
        above: 20 + classes::key_height(&entries),
        beside: 3 * COLUMN,
    };
    let panels = rows::panels(sums.iter().map(|sums| {
        let content = Content::or((sums.operations > 0).then_some(sums), "no operation ended");
        (sums.cell.clients(), Row::of(sums.cell, content))
    }));
    let rows = Rows::of(group.stores(), room, panels);
    let drawn = !rows.is_empty();
    Ok(Drawing {
        title: "Outcomes of operations".into(),
        description: describe(&sums),
        caption: if drawn {
            "Each bar is all operations of one point: the pale part committed, the coloured parts were given up, by \
             class, and however rare are at least a hair wide. A retry that succeeds shows in the columns to the \
             right: errors per attempt, and attempts per commit. Shape tells the durability tier."
                .to_owned()
        } else {
            "No operation was measured in a trial that may be compared, so there is nothing to draw.".to_owned()
        },
        svg: drawn.then(|| svg(&rows, &entries)).transpose()?,
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
        let failure = sums.cell.latencies(|measurement| &measurement.failure);
        let after = failure.percentile(50.0).zip(failure.max());
        table.row([
            sums.cell.point.clients.to_string(),
            sums.cell.subject.name.clone(),
            sums.cell.subject.tier.to_string(),
            count(sums.committed + sums.late),
            count(sums.late),
            count(sums.given_up_total()),
            sums.given_up_share(),
            sums.by_class(),
            after.map_or(NOTHING.to_owned(), |(p50, max)| {
                format!("{} ({})", time(p50), time(max))
            }),
            sums.errors_per_attempt(),
            sums.errors_per_operation(),
            sums.attempts_per_commit(),
            sums.cell.basis(),
        ]);
    }
    table.note = "Late operations were begun before the end of the measured stretch and acknowledged after it: they \
                  are committed, but not goodput."
        .to_owned();
    table
}

fn svg(rows: &Rows<&Tally>, entries: &[Entry]) -> Result<String> {
    let axis = Axis::linear(1.0, rows.left, rows.right);
    canvas::draw(rows.size(), |canvas| {
        rows.frame(
            canvas,
            &axis,
            |tick| format!("{:.0} %", tick * 100.0),
            "share of operations",
        )?;
        classes::key(
            canvas,
            rows.legend + legend::height(rows.subjects()) + 10,
            entries,
        )?;
        heads(canvas, rows)?;
        for (y, _, sums) in rows.rows() {
            classes::bar(canvas, &axis, y, sums)?;
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

/// Says what the columns are.
fn heads(canvas: &Canvas, rows: &Rows<&Tally>) -> Result<()> {
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
