//! The marks of percentiles in a row of a chart.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::{At, Canvas, INK, Paint, SMALL};
use super::rows::Rows;
use crate::measure::Latencies;

/// A percentile that is shown: its name, the per cent, and which mark it has, from 0.
pub type Shown = (&'static str, f64, usize);

/// How wide one percentile is in the key, in pixels.
const KEY: i32 = 84;

/// The percentiles of latencies, the largest last; 100 is the longest. `None` without any latency.
pub fn of<const N: usize>(latencies: &Latencies, shown: &[Shown; N]) -> Option<[f64; N]> {
    let mut values = [latencies.max()?; N];
    for (value, (_, percent, _)) in values.iter_mut().zip(shown) {
        if *percent < 100.0 {
            *value = latencies.percentile(*percent)?;
        }
    }
    Some(values)
}

/// Draws percentiles at a height, with a line from the first to the last.
pub fn draw(
    canvas: &Canvas,
    axis: &Axis,
    (y, paint): (i32, Paint),
    shown: &[Shown],
    values: &[f64],
) -> Result<()> {
    let at: Vec<At> = values.iter().map(|value| (axis.pixel(*value), y)).collect();
    if let (Some(first), Some(last)) = (at.first(), at.last()) {
        canvas.line(&[*first, *last], paint.faded(0.5), 2)?;
    }
    // The median last, so that nothing hides it.
    for (at, (.., index)) in at.iter().zip(shown).rev() {
        mark(canvas, *index, *at, paint)?;
    }
    Ok(())
}

/// Draws the mark of one percentile.
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

/// Says which mark is which percentile, above the first panel; the first pixel after it.
pub fn key<T>(canvas: &Canvas, rows: &Rows<T>, shown: &[Shown]) -> Result<i32> {
    let y = rows.top - 4;
    for (place, (name, _, index)) in shown.iter().enumerate() {
        let x = rows.left + place as i32 * KEY + 8;
        mark(canvas, *index, (x, y), INK.faded(0.7))?;
        canvas.text((x + 13, y), name, SMALL)?;
    }
    Ok(rows.left + shown.len() as i32 * KEY + 8)
}
