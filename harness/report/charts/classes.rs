//! How operations ended, as the parts of a bar: which colour is which class.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::{Canvas, INK, Paint, SMALL};
use super::{legend, rows};
use crate::measure::Outcome;
use crate::report::tally::Tally;

/// How high a line of the key is, in pixels.
pub const KEY_LINE: i32 = 21;

/// An entry of a key: its colour and its name.
pub type Entry = (Paint, String);

/// The colour of a class, apart from those of the subjects (Paul Tol's muted scheme).
pub fn colour(class: Outcome) -> Paint {
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

/// The classes of operations that any of these tallies has given up.
pub fn of<'a>(tallies: impl Iterator<Item = &'a Tally<'a>> + Clone) -> Vec<Outcome> {
    Outcome::ALL
        .into_iter()
        .filter(|class| tallies.clone().any(|t| t.given_up.contains_key(class)))
        .collect()
}

/// The key of what committed, called `committed`, and of these classes.
pub fn entries(committed: &str, classes: &[Outcome]) -> Vec<Entry> {
    let first = (colour(Outcome::Committed), committed.to_owned());
    let others = classes
        .iter()
        .map(|class| (colour(*class), class.name().to_owned()));
    [first].into_iter().chain(others).collect()
}

/// Draws the operations of a tally along an axis from 0 to 1.
pub fn bar(canvas: &Canvas, axis: &Axis, y: i32, tally: &Tally) -> Result<()> {
    let committed = [(Outcome::Committed, tally.committed + tally.late)];
    let given_up = tally.given_up.iter().map(|(class, n)| (*class, *n));
    let parts: Vec<(Paint, u64)> = committed
        .into_iter()
        .chain(given_up)
        .map(|(class, operations)| (colour(class), operations))
        .collect();
    parts_of(canvas, axis, y, &parts)
}

/// Draws parts of a whole along an axis from 0 to 1.
pub fn parts_of(canvas: &Canvas, axis: &Axis, y: i32, parts: &[(Paint, u64)]) -> Result<()> {
    let parts: Vec<&(Paint, u64)> = parts.iter().filter(|(_, size)| *size > 0).collect();
    let sizes: Vec<u64> = parts.iter().map(|(_, size)| *size).collect();
    let mut from = axis.pixel(0.0);
    let widths = widths(&sizes, axis.pixel(1.0) - from);
    for ((paint, _), width) in parts.iter().zip(widths) {
        canvas.fill((from, y - 7), (from + width, y + 7), *paint)?;
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

/// How high the key of these entries is, in pixels.
pub fn key_height(entries: &[Entry]) -> i32 {
    let lines = places(entries).last().map_or(1, |(_, line)| line + 1);
    KEY_LINE * lines
}

/// Says which colour is what, from a height on.
pub fn key(canvas: &Canvas, top: i32, entries: &[Entry]) -> Result<()> {
    for ((paint, name), (x, line)) in entries.iter().zip(places(entries)) {
        let y = top + line * KEY_LINE;
        canvas.fill((x, y - 6), (x + 14, y + 6), *paint)?;
        canvas.text((x + 20, y), name, SMALL)?;
    }
    Ok(())
}

/// Where each entry of a key stands: the first pixel, and the line.
fn places(entries: &[Entry]) -> Vec<(i32, i32)> {
    let (mut x, mut line) = (8, 0);
    entries
        .iter()
        .map(|(_, name)| {
            let wide = legend::width(name) + 40;
            if x > 8 && x + wide > rows::WIDTH {
                (x, line) = (8, line + 1);
            }
            let place = (x, line);
            x += wide;
            place
        })
        .collect()
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
        let entries = entries("committed", &Outcome::ALL[1..]);
        let places = places(&entries);
        assert_eq!(places.len(), Outcome::ALL.len());
        for ((x, _), class) in places.iter().zip(Outcome::ALL) {
            assert!(x + 20 + legend::width(class.name()) <= rows::WIDTH);
        }
    }
}
