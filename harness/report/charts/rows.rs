//! The frame that charts with one row per subject share: panels with a title, the subjects' names
//! to the left, and one axis for all of them.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::Paint;
use super::canvas::{AXIS, Canvas, GRID, INK, PLAIN, SMALL};
use super::{legend, marks};
use crate::measure::{SubjectInfo, Tier};
use crate::report::basis::Cell;

/// The width of such a chart, in pixels.
pub const WIDTH: i32 = 900;
const ROW: i32 = 22;
/// How high each further line of a name is, in pixels.
const LINE: i32 = 16;
/// How wide a title may be, in pixels: bold words are wider than others.
const TITLE: i32 = WIDTH * 4 / 5;
/// How wide a name may be, in pixels, before it takes another line.
const NAMES: i32 = 300;
const HEADER: i32 = 28;
const GAP: i32 = 10;

/// What a row shows.
pub enum Content<T> {
    /// Marks, made of this.
    Marks(T),
    /// Why there are none.
    Nothing(String),
}

/// One row.
pub struct Row<T> {
    /// The shape and the colour of its subject; `None` without one.
    mark: Option<(Tier, Paint)>,
    /// Its name, line by line.
    name: Vec<String>,
    content: Content<T>,
}

/// Rows under one title.
pub struct Panel<T> {
    /// The title; empty if there is but one panel and nothing to tell.
    pub title: String,
    /// The rows.
    pub rows: Vec<Row<T>>,
}

/// Room for what one chart adds to the frame, in pixels.
pub struct Room {
    /// Between the legend of the subjects and the first panel.
    pub above: i32,
    /// To the right of the axis.
    pub beside: i32,
}

/// Where everything of a chart with rows is.
pub struct Rows<'a, T> {
    subjects: Vec<&'a SubjectInfo>,
    /// Title, line by line, upper and lower end of its rows.
    panels: Vec<(Vec<String>, i32, i32)>,
    /// The height of the middle of each.
    rows: Vec<(i32, Row<T>)>,
    /// The first pixel of the legend.
    pub legend: i32,
    /// The left end of the rows' axis.
    pub left: i32,
    /// The right end of it.
    pub right: i32,
    /// The upper end of the first panel.
    pub top: i32,
    /// The lower end of the last panel.
    pub bottom: i32,
}

impl<T> Row<T> {
    /// A row of this name, with the mark of a subject if it is of one.
    pub fn named(name: &str, subject: Option<&SubjectInfo>, content: Content<T>) -> Row<T> {
        Row {
            mark: subject.map(|subject| (subject.tier, Paint::hex(&subject.colour))),
            name: legend::wrapped(name, NAMES),
            content,
        }
    }

    /// The row of a point.
    pub fn of(cell: &Cell, content: Content<T>) -> Row<T> {
        let content = match cell.comparable.is_empty() {
            true => Content::Nothing("no trial may be compared".to_owned()),
            false => content,
        };
        Row::named(&cell.row_name(), Some(&cell.subject), content)
    }

    /// How high it is, in pixels.
    fn height(&self) -> i32 {
        ROW + (self.name.len().max(1) as i32 - 1) * LINE
    }

    fn paint(&self) -> Paint {
        self.mark.map_or(INK, |(_, paint)| paint)
    }

    fn has_marks(&self) -> bool {
        matches!(self.content, Content::Marks(_))
    }
}

impl<T> Content<T> {
    /// Marks, or why there are none.
    pub fn or(marks: Option<T>, nothing: &str) -> Content<T> {
        marks.map_or_else(|| Content::Nothing(nothing.to_owned()), Content::Marks)
    }
}

/// Rows sorted into panels by title; titles stay in the order in which they come first.
pub fn panels<T>(rows: impl IntoIterator<Item = (String, Row<T>)>) -> Vec<Panel<T>> {
    let mut panels: Vec<Panel<T>> = Vec::new();
    for (title, row) in rows {
        match panels.iter_mut().find(|panel| panel.title == title) {
            Some(panel) => panel.rows.push(row),
            None => panels.push(Panel {
                title,
                rows: vec![row],
            }),
        }
    }
    panels
}

impl<'a, T> Rows<'a, T> {
    /// Lays out panels, under a legend of these subjects.
    pub fn of(subjects: Vec<&'a SubjectInfo>, room: Room, panels: Vec<Panel<T>>) -> Rows<'a, T> {
        let rows = panels.iter().flat_map(|panel| &panel.rows);
        let names = rows.flat_map(|row| &row.name);
        let longest = names.map(|name| legend::width(name)).max().unwrap_or(0);
        let top = legend::height(subjects.len()) + room.above;
        let mut y = top;
        let (mut placed, mut rows) = (Vec::new(), Vec::new());
        for panel in panels {
            let title = legend::wrapped(&panel.title, TITLE);
            let from = match title.len() as i32 {
                0 => y,
                lines => y + HEADER + (lines - 1) * LINE,
            };
            y = from;
            for row in panel.rows {
                let high = row.height();
                rows.push((y + high / 2, row));
                y += high;
            }
            placed.push((title, from, y));
            y += GAP;
        }
        Rows {
            subjects,
            panels: placed,
            rows,
            legend: 0,
            left: longest + 34,
            right: WIDTH - 24 - room.beside,
            top,
            bottom: y - GAP,
        }
    }

    /// How many subjects the legend names.
    pub fn subjects(&self) -> usize {
        self.subjects.len()
    }

    /// Whether there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|(_, row)| !row.has_marks())
    }

    /// The size of the chart in pixels.
    pub fn size(&self) -> (u32, u32) {
        (WIDTH as u32, (self.bottom + 46) as u32)
    }

    /// The rows with marks: the height of the middle of each, its colour, and what it shows.
    pub fn rows(&self) -> impl Iterator<Item = (i32, Paint, &T)> {
        self.rows.iter().filter_map(|(y, row)| match &row.content {
            Content::Marks(marks) => Some((*y, row.paint(), marks)),
            Content::Nothing(_) => None,
        })
    }

    /// Draws the legend, names, panels and axis, whose tick labels `label` makes and whose title is `title`.
    pub fn frame(
        &self,
        canvas: &Canvas,
        axis: &Axis,
        label: impl Fn(f64) -> String,
        title: &str,
    ) -> Result<()> {
        legend::draw(canvas, (8, self.legend), WIDTH - 16, &self.subjects)?;
        for (title, from, _) in &self.panels {
            if title.is_empty() {
                continue;
            }
            for (words, line) in title.iter().rev().zip(0..) {
                canvas.text((8, from - HEADER / 2 - line * LINE), words, PLAIN.bold())?;
            }
            canvas.line(&[(8, *from), (self.right, *from)], GRID, 1)?;
        }
        for (y, row) in &self.rows {
            if let Some((tier, paint)) = row.mark {
                marks::shape(canvas, (15, *y), tier, paint)?;
            }
            let first = y - (row.name.len() as i32 - 1) * LINE / 2;
            for (name, line) in row.name.iter().zip(0..) {
                canvas.text((28, first + line * LINE), name, PLAIN)?;
            }
            if let Content::Nothing(why) = &row.content {
                canvas.text((self.left + 12, *y), why, SMALL)?;
            }
        }
        self.axis(canvas, axis, label, title)
    }

    /// Draws an axis under the rows and its grid behind them; for a second one beside that of the
    /// frame.
    pub fn axis(
        &self,
        canvas: &Canvas,
        axis: &Axis,
        label: impl Fn(f64) -> String,
        title: &str,
    ) -> Result<()> {
        for (_, from, bottom) in &self.panels {
            for (from, to) in self.stretches(*from, *bottom) {
                for tick in &axis.ticks {
                    let x = axis.pixel(*tick);
                    canvas.line(&[(x, from), (x, to)], GRID, 1)?;
                }
            }
        }
        let foot = self.bottom;
        let (left, right) = axis.ends();
        canvas.line(&[(left, foot), (right, foot)], AXIS, 1)?;
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
        canvas.text(((left + right) / 2, foot + 35), title, SMALL.middle())
    }

    /// The parts of each panel whose rows have marks, from top to bottom: a grid behind words would
    /// strike them through.
    pub fn marked(&self) -> Vec<(i32, i32)> {
        let panels = self.panels.iter();
        panels
            .flat_map(|(_, from, bottom)| self.stretches(*from, *bottom))
            .collect()
    }

    fn stretches(&self, from: i32, to: i32) -> Vec<(i32, i32)> {
        let mut stretches: Vec<(i32, i32)> = Vec::new();
        for (y, row) in self
            .rows
            .iter()
            .filter(|(y, row)| (from..to).contains(y) && row.has_marks())
        {
            let top = y - row.height() / 2;
            let bottom = top + row.height();
            match stretches.last_mut() {
                Some(last) if last.1 == top => last.1 = bottom,
                _ => stretches.push((top, bottom)),
            }
        }
        stretches
    }
}
