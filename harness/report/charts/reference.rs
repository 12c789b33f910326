//! The reference line of the goodput chart: one fdatasync per commit.

use anyhow::Result;

use super::canvas::{At, Canvas, INK};
use super::marks;
use crate::measure::Engine;
use crate::report::basis::{Cell, Group};
use crate::report::disk::Spread;
use crate::report::numbers::number;

/// Commits per second of one client that waits for one fdatasync at each commit, from what was
/// timed before and after each trial.
pub struct Reference {
    /// At the median.
    pub goodput: f64,
    /// At the slow tenth.
    pub low: f64,
    /// At the fast tenth.
    pub high: f64,
    /// Whether nothing was timed beside PostgreSQL's trials.
    sqlite_only: bool,
}

impl Reference {
    /// The line of a group; `None` if nothing was timed.
    pub fn of(group: &Group) -> Option<Reference> {
        let cells = || group.stored_cells();
        let times: Vec<f64> = cells().flat_map(|cell| cell.fdatasync_us.clone()).collect();
        let spread = Spread::of(&times)?;
        let untimed = |cell: &Cell| {
            let postgres = cell.subject.engine == Engine::Postgres;
            postgres && !cell.comparable.is_empty() && cell.fdatasync_us.is_empty()
        };
        (spread.p10 > 0.0).then(|| Reference {
            goodput: 1e6 / spread.median,
            low: 1e6 / spread.p90,
            high: 1e6 / spread.p10,
            sqlite_only: cells().any(untimed),
        })
    }

    /// What has to be known to read the line.
    pub fn caption(&self) -> String {
        let band = match self.low < self.high {
            true => format!(
                "; the band behind it, from {} to {}, leaves out the slowest and the fastest tenth",
                number(self.low),
                number(self.high)
            ),
            false => String::new(),
        };
        let whose = match self.sqlite_only {
            true => {
                " It stands for the trials of SQLite only: the disk of the PostgreSQL server is not known."
            }
            false => "",
        };
        format!(
            "The thin dashed line is what one fdatasync per commit would allow if commits waited for it one after \
             another, each writing a page over an older one: {} per second here, the median of what was timed before \
             and after each trial{band}.{whose} A file that grows costs more. Group commit can exceed the line, and so \
             can a tier that does not wait for the disk. ",
            number(self.goodput)
        )
    }

    /// Draws the band and the line from one pixel to another; `pixel` gives the height of a goodput.
    pub fn draw(
        &self,
        canvas: &Canvas,
        (left, right): (i32, i32),
        pixel: impl Fn(f64) -> i32,
    ) -> Result<()> {
        let (top, at, bottom) = (pixel(self.high), pixel(self.goodput), pixel(self.low));
        if bottom > top {
            canvas.fill((left, top), (right, bottom), INK.faded(0.07))?;
        }
        line(canvas, (left, at), (right, at))
    }
}

/// Draws the line, or the sample of it in a legend.
pub fn line(canvas: &Canvas, from: At, to: At) -> Result<()> {
    canvas.dashed(&[from, to], INK.faded(0.6), 1, marks::REFERENCE)
}
