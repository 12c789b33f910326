//! What a document states, beside what was observed: dashed, hollow or shaded, never mistaken for a
//! finding.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::{At, Canvas, INK, PLAIN};
use super::{legend, marks};
use crate::measure::experiment::{Stated, View};

/// How high a line of the key is, in pixels.
const LINE: i32 = 17;
/// Where the words of the key begin, in pixels.
const WORDS: i32 = 48;

/// How a statement is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    /// A dashed line: one number that holds everywhere.
    Line,
    /// A shaded band: a range that holds everywhere.
    Band,
    /// Hollow marks joined by a dashed line: numbers at places along the chart.
    Marks,
}

/// The key to what a document states.
pub struct Key {
    entries: Vec<(Sample, Vec<String>)>,
}

impl Key {
    /// The key of a view, so many pixels wide.
    pub fn of(view: &View, wide: i32) -> Key {
        let (mut entries, mut placed) = (Vec::new(), Vec::new());
        for stated in &view.stated {
            if view.along.is_some() && stated.at.is_some() {
                placed.push(stated.words.as_str());
                continue;
            }
            let sample = match stated.from < stated.to {
                true => Sample::Band,
                false => Sample::Line,
            };
            entries.push((sample, words(&stated.words, wide)));
        }
        if !placed.is_empty() {
            entries.push((Sample::Marks, words(&placed.join("; "), wide)));
        }
        Key { entries }
    }

    /// How high it is, in pixels.
    pub fn height(&self) -> i32 {
        let lines: usize = self.entries.iter().map(|(_, lines)| lines.len()).sum();
        match lines {
            0 => 0,
            lines => lines as i32 * LINE + 6,
        }
    }

    /// Draws it from a height on.
    pub fn draw(&self, canvas: &Canvas, top: i32) -> Result<()> {
        let mut y = top + LINE / 2;
        for (sample, lines) in &self.entries {
            let (from, to) = ((8, y), (38, y));
            match sample {
                Sample::Band => band(canvas, (8, y - 6), (38, y + 6))?,
                Sample::Line => line(canvas, from, to)?,
                Sample::Marks => {
                    line(canvas, from, to)?;
                    hollow(canvas, (23, y))?;
                }
            }
            for words in lines {
                canvas.text((WORDS, y), words, PLAIN)?;
                y += LINE;
            }
        }
        Ok(())
    }
}

fn words(stated: &str, wide: i32) -> Vec<String> {
    legend::wrapped(&format!("document: {stated}"), wide - WORDS)
}

/// Draws what holds everywhere across a part of the chart: between two heights if the figures of
/// `rows` run from left to right, else between two places from left to right.
pub fn everywhere(
    canvas: &Canvas,
    axis: &Axis,
    stated: &Stated,
    (from, to): (i32, i32),
    rows: bool,
) -> Result<()> {
    let at = |value: f64, along: i32| match rows {
        true => (axis.pixel(value), along),
        false => (along, axis.pixel(value)),
    };
    if stated.from < stated.to {
        let [one, other] = [at(stated.from, from), at(stated.to, to)];
        let upper = (one.0.min(other.0), one.1.min(other.1));
        let lower = (one.0.max(other.0), one.1.max(other.1));
        return band(canvas, upper, lower);
    }
    line(canvas, at(stated.from, from), at(stated.from, to))
}

/// Draws what holds at places along the chart: a hollow mark at each, with a bar if it is a range.
pub fn placed(canvas: &Canvas, x: &Axis, y: &Axis, stated: &[&Stated]) -> Result<()> {
    let mut corners = Vec::new();
    for (stated, at) in stated.iter().filter_map(|s| Some((s, s.at?))) {
        let at = x.pixel(at);
        let [from, to] = [stated.from, stated.to].map(|value| y.pixel(value));
        line(canvas, (at, from), (at, to))?;
        corners.push((at, (from + to) / 2));
    }
    canvas.dashed(&corners, INK.faded(0.6), 1, marks::REFERENCE)?;
    corners.iter().try_for_each(|at| hollow(canvas, *at))
}

fn line(canvas: &Canvas, from: At, to: At) -> Result<()> {
    canvas.dashed(&[from, to], INK.faded(0.6), 2, marks::REFERENCE)
}

fn hollow(canvas: &Canvas, (x, y): At) -> Result<()> {
    let corners = [(x - 6, y), (x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)];
    canvas.line(&corners, INK, 2)
}

fn band(canvas: &Canvas, from: At, to: At) -> Result<()> {
    canvas.fill(from, to, INK.faded(0.12))
}
