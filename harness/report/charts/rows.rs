//! The frame that charts with one row per subject share: a panel per load, the subjects' names to
//! the left, and one axis for all of them.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::Paint;
use super::canvas::{AXIS, Canvas, GRID, PLAIN, SMALL};
use super::{legend, marks};
use crate::report::basis::{Cell, Group};

/// The width of such a chart, in pixels.
pub const WIDTH: i32 = 900;
const ROW: i32 = 22;
const HEADER: i32 = 28;
const GAP: i32 = 10;

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Marks.
    Marks,
    /// Why there are none.
    Nothing(&'static str),
}

/// Room for what one chart adds to the frame, in pixels.
pub struct Room {
    /// Between the legend of the subjects and the first panel.
    pub above: i32,
    /// To the right of the axis.
    pub beside: i32,
}

/// Where everything of a chart with rows is.
pub struct Rows<'a> {
    group: &'a Group<'a>,
    panels: Vec<(u32, i32, i32)>,
    rows: Vec<(i32, &'a Cell<'a>, Content)>,
    /// The first pixel of the legend.
    pub legend: i32,
    /// The left end of the rows' axis.
    pub left: i32,
    /// The right end of it.
    pub right: i32,
    /// The upper end of the first panel.
    pub top: i32,
    bottom: i32,
}

impl<'a> Rows<'a> {
    /// Lays out the points of `group` that `wanted` wants.
    pub fn of(
        group: &'a Group<'a>,
        room: Room,
        wanted: impl Fn(&Cell) -> bool,
        content: impl Fn(&Cell) -> Content,
    ) -> Rows<'a> {
        let names = group
            .stores()
            .iter()
            .map(|s| legend::width(&s.name))
            .max()
            .unwrap_or(0);
        let top = legend::height(group.stores().len()) + room.above;
        let mut y = top;
        let (mut panels, mut rows) = (Vec::new(), Vec::new());
        for load in &group.loads {
            let at_load = |cell: &&Cell| cell.point.clients == *load && wanted(cell);
            let cells: Vec<&Cell> = group.stored_cells().filter(at_load).collect();
            if cells.is_empty() {
                continue;
            }
            let header = y + HEADER / 2;
            y += HEADER;
            for cell in cells {
                let content = match cell.comparable.is_empty() {
                    true => Content::Nothing("no trial may be compared"),
                    false => content(cell),
                };
                rows.push((y + ROW / 2, cell, content));
                y += ROW;
            }
            panels.push((*load, header, y));
            y += GAP;
        }
        Rows {
            group,
            panels,
            rows,
            legend: 0,
            left: names + 34,
            right: WIDTH - 24 - room.beside,
            top,
            bottom: y - GAP,
        }
    }

    /// How many subjects the legend names.
    pub fn subjects(&self) -> usize {
        self.group.stores().len()
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.rows
            .iter()
            .all(|(.., content)| *content != Content::Marks)
    }

    /// The size of the chart in pixels.
    pub fn size(&self) -> (u32, u32) {
        (WIDTH as u32, (self.bottom + 46) as u32)
    }

    /// The rows with marks: the height of the middle of each, and its point.
    pub fn rows(&self) -> impl Iterator<Item = (i32, &'a Cell<'a>)> {
        let with_marks = self
            .rows
            .iter()
            .filter(|(.., content)| *content == Content::Marks);
        with_marks.map(|(y, cell, _)| (*y, *cell))
    }

    /// Draws the legend, names, panels and axis, whose tick labels `label` makes and whose title is `title`.
    pub fn frame(
        &self,
        canvas: &Canvas,
        axis: &Axis,
        label: impl Fn(f64) -> String,
        title: &str,
    ) -> Result<()> {
        legend::draw(canvas, (8, self.legend), WIDTH - 16, &self.group.stores())?;
        for (clients, header, bottom) in &self.panels {
            let words = format!("{clients} client{}", if *clients == 1 { "" } else { "s" });
            canvas.text((8, *header), &words, PLAIN.bold())?;
            let from = *header + HEADER / 2;
            for (from, to) in self.stretches(from, *bottom) {
                for tick in &axis.ticks {
                    let x = axis.pixel(*tick);
                    canvas.line(&[(x, from), (x, to)], GRID, 1)?;
                }
            }
            canvas.line(&[(8, from), (self.right, from)], GRID, 1)?;
        }
        for (y, cell, content) in &self.rows {
            marks::shape(
                canvas,
                (15, *y),
                cell.subject.tier,
                Paint::hex(&cell.subject.colour),
            )?;
            canvas.text((28, *y), &cell.subject.name, PLAIN)?;
            if let Content::Nothing(why) = content {
                canvas.text((self.left + 12, *y), why, SMALL)?;
            }
        }
        let foot = self.bottom;
        canvas.line(&[(self.left, foot), (self.right, foot)], AXIS, 1)?;
        let mut free = i32::MIN;
        for tick in &axis.ticks {
            let x = axis.pixel(*tick);
            let words = label(*tick);
            canvas.line(&[(x, foot), (x, foot + 5)], AXIS, 1)?;
            // A label that would touch its neighbour is left out; its line stays.
            let half = legend::width(&words) / 2;
            if x - half > free {
                canvas.text((x, foot + 16), &words, PLAIN.middle())?;
                free = x + half + 8;
            }
        }
        if let Some(x) = axis.zero() {
            canvas.text((x, foot + 16), &label(0.0), PLAIN.middle())?;
        }
        canvas.text(
            ((self.left + self.right) / 2, foot + 35),
            title,
            SMALL.middle(),
        )
    }

    /// The parts of a panel whose rows have marks: a grid behind words would strike them through.
    fn stretches(&self, from: i32, to: i32) -> Vec<(i32, i32)> {
        let mut stretches: Vec<(i32, i32)> = Vec::new();
        for (y, ..) in self
            .rows
            .iter()
            .filter(|(y, _, content)| (from..to).contains(y) && *content == Content::Marks)
        {
            let (top, bottom) = (y - ROW / 2, y + ROW / 2);
            match stretches.last_mut() {
                Some(last) if last.1 == top => last.1 = bottom,
                _ => stretches.push((top, bottom)),
            }
        }
        stretches
    }
}
