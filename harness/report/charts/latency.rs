//! Latency of committed operations: percentiles by subject and load.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, At, Canvas, INK, Paint, SMALL};
use super::rows::{Content, Room, Rows};
use crate::measure::Latencies;
use crate::report::basis::{Cell, Group};
use crate::report::cut_off::CutOff;
use crate::report::numbers::{NOTHING, chosen_time, count, time};
use crate::report::table::{Kind, Table};

/// What is shown of a histogram: name and percentile, the largest last.
const SHOWN: [(&str, f64); 5] = [
    ("p50", 50.0),
    ("p95", 95.0),
    ("p99", 99.0),
    ("p99.9", 99.9),
    ("max", 100.0),
];

/// Draws the chart.
pub fn draw(group: &Group) -> Result<Drawing> {
    let points: Vec<(&Cell, [f64; 5], u64)> = group
        .stored_cells()
        .filter_map(|cell| {
            let merged = cell.latencies(|measurement| &measurement.success);
            Some((cell, percentiles(&merged)?, merged.count()))
        })
        .collect();
    let rows = Rows::of(
        group,
        Room {
            above: 26,
            beside: 0,
        },
        |_| true,
        |cell| match points.iter().any(|(other, ..)| std::ptr::eq(*other, cell)) {
            true => Content::Marks,
            false => Content::Nothing("no operation committed"),
        },
    );
    let drawn = !rows.is_empty();
    Ok(Drawing {
        title: "Latency of committed operations",
        description: describe(&points),
        caption: if drawn {
            "Further left is better. Each row is one subject: the large dot is the median, and the marks to its \
             right are the 95th, 99th and 99.9th percentile and the longest, on a logarithmic axis. Only operations \
             that committed are in it, retries included, from all comparable rounds in one histogram; those given up \
             are in the table of outcomes. Shape tells the durability tier."
                .to_owned()
                + &CutOff::after(group.run)
        } else {
            "No operation committed in a trial that may be compared, so there is no latency to draw.".to_owned()
        },
        svg: drawn.then(|| svg(&rows, &points)).transpose()?,
        table: table(group, &points),
    })
}

fn percentiles(latencies: &Latencies) -> Option<[f64; 5]> {
    let mut values = [latencies.max()?; 5];
    for (value, (_, percent)) in values.iter_mut().zip(SHOWN).take(4) {
        *value = latencies.percentile(percent)?;
    }
    Some(values)
}

fn describe(points: &[(&Cell, [f64; 5], u64)]) -> String {
    let sentences: Vec<String> = points
        .iter()
        .map(|(cell, values, _)| {
            format!(
                "{}: {} and {}.",
                cell.point,
                time(values[0]),
                time(values[2])
            )
        })
        .collect();
    format!("Median and 99th percentile. {}", sentences.join(" "))
}

fn table(group: &Group, points: &[(&Cell, [f64; 5], u64)]) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("durability tier", Kind::Text),
        ("p50", Kind::Number),
        ("p95", Kind::Number),
        ("p99", Kind::Number),
        ("p99.9", Kind::Number),
        ("max", Kind::Number),
        ("operations", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    for cell in group.stored_cells() {
        let found = points.iter().find(|(other, ..)| std::ptr::eq(*other, cell));
        let value =
            |index: usize| found.map_or(NOTHING.to_owned(), |(_, values, _)| time(values[index]));
        table.row([
            cell.point.clients.to_string(),
            cell.subject.name.clone(),
            cell.subject.tier.to_string(),
            value(0),
            value(1),
            value(2),
            value(3),
            value(4),
            count(found.map_or(0, |(.., operations)| *operations)),
            cell.basis(),
        ]);
    }
    table.note =
        "A percentile beyond the number of operations is the longest of them: of 500 operations, \
                  p99.9 is the longest."
            .to_owned();
    table
}

fn svg(rows: &Rows, points: &[(&Cell, [f64; 5], u64)]) -> Result<String> {
    let values: Vec<f64> = points.iter().flat_map(|(_, values, _)| *values).collect();
    let axis = Axis::log(values, rows.left, rows.right);
    canvas::draw(rows.size(), |canvas| {
        rows.frame(
            canvas,
            &axis,
            chosen_time,
            "latency of committed operations",
        )?;
        key(canvas, rows)?;
        for (y, cell) in rows.rows() {
            let Some((_, values, _)) = points.iter().find(|(other, ..)| std::ptr::eq(*other, cell))
            else {
                continue;
            };
            let paint = Paint::hex(&cell.subject.colour);
            let at = values.map(|value| axis.pixel(value));
            canvas.line(&[(at[0], y), (at[4], y)], paint.faded(0.5), 2)?;
            // The median last, so that nothing hides it.
            for (index, x) in at.iter().enumerate().rev() {
                mark(canvas, index, (*x, y), paint)?;
            }
        }
        Ok(())
    })
}

/// Draws the mark of one of the percentiles.
fn mark(canvas: &Canvas, index: usize, (x, y): At, paint: Paint) -> Result<()> {
    match index {
        0 => canvas.dot((x, y), 6, paint),
        1 => canvas.dot((x, y), 4, paint),
        2 => canvas.ring((x, y), 4, paint, 2),
        3 => {
            let corners = [(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)];
            canvas.line(&corners, paint, 2)
        }
        _ => canvas.line(&[(x, y - 7), (x, y + 7)], paint, 2),
    }
}

/// Says which mark is which percentile.
fn key(canvas: &Canvas, rows: &Rows) -> Result<()> {
    let y = rows.top - 4;
    for (index, (name, _)) in SHOWN.iter().enumerate() {
        let x = rows.left + index as i32 * 84 + 8;
        mark(canvas, index, (x, y), INK.faded(0.7))?;
        canvas.text((x + 13, y), name, SMALL)?;
    }
    Ok(())
}
