//! How long it took until all clients were through with their one operation or had given up.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, At, Canvas, INK, PLAIN, Paint, SMALL};
use super::marks;
use super::rows::{self, Content, Room, Row, Rows};
use crate::measure::statistics::Estimate;
use crate::measure::{Engine, Measurement};
use crate::report::basis::{Cell, Section};
use crate::report::durations;
use crate::report::numbers::{NOTHING, chosen_time, count, percent, span, time};
use crate::report::table::{Kind, Table};
use crate::report::tally::Tally;

/// How wide the columns of figures beside the rows are, in pixels.
const COLUMN: i32 = 92;

/// How one point settled.
struct Settled<'a> {
    tally: Tally<'a>,
    /// Of each round: how long it took in seconds, and whether somebody gave up.
    rounds: Vec<(f64, bool)>,
    /// The time over the rounds; `None` if no operation ended.
    time: Option<Estimate>,
    /// After how long PostgreSQL looks for a deadlock, as its clients read it back.
    deadlock_timeout: Option<&'a str>,
}

/// Draws the chart.
pub fn draw(section: &Section) -> Result<Drawing> {
    let settled: Vec<Settled> = section.stored_cells().map(settled).collect();
    let panels = rows::panels(settled.iter().map(|settled| {
        let marks = settled.time.map(|_| settled);
        let row = Row::of(settled.cell(), Content::or(marks, "no operation ended"));
        (settled.cell().clients(), row)
    }));
    let room = Room {
        above: 26,
        beside: 2 * COLUMN,
    };
    let rows = Rows::of(section.stores(), room, panels);
    let drawn = !rows.is_empty();
    let timeouts = match settled.iter().any(|s| s.timeout().is_some()) {
        true => {
            " The dashed tick in a row is its deadlock_timeout, read back from the server: so long PostgreSQL waits \
             for a lock before it looks whether there is a deadlock."
        }
        false => "",
    };
    Ok(Drawing {
        title: "Time until all were through or had given up".into(),
        description: describe(&settled),
        caption: if drawn {
            format!(
                "Further left is better. Each small mark is one round, on a logarithmic axis: a ring where somebody \
                 gave up. The large dot is their median, and the line through it the interval or range that the table \
                 gives. It counts from the instant in which all began.{timeouts} A failed attempt is rolled back; \
                 careful clients make another, naive ones give up. Shape tells the durability tier."
            )
        } else {
            "No operation ended in a trial that may be compared, so there is no time to draw."
                .to_owned()
        },
        svg: drawn.then(|| svg(&rows)).transpose()?,
        table: table(&settled),
    })
}

fn settled<'a>(cell: &'a Cell<'a>) -> Settled<'a> {
    let rounds: Vec<(f64, bool)> = cell
        .measurements()
        .filter_map(|m| Some((m.longest()?, m.given_up_total() > 0)))
        .collect();
    let times: Vec<f64> = rounds.iter().map(|(seconds, _)| *seconds).collect();
    let read_back = |m: &'a Measurement| m.settings.get("deadlock_timeout").map(String::as_str);
    Settled {
        tally: Tally::of(cell),
        time: Estimate::of(&times),
        rounds,
        deadlock_timeout: match cell.subject.engine {
            Engine::Postgres => cell.measurements().find_map(read_back),
            _ => None,
        },
    }
}

impl<'a> Settled<'a> {
    fn cell(&self) -> &'a Cell<'a> {
        self.tally.cell
    }

    /// The deadlock timeout in seconds.
    fn timeout(&self) -> Option<f64> {
        self.deadlock_timeout.and_then(durations::postgres)
    }
}

fn describe(all: &[Settled]) -> String {
    let sentences: Vec<String> = all
        .iter()
        .filter_map(|settled| {
            Some(format!(
                "{}: {}, {} given up.",
                settled.cell().point,
                time(settled.time?.median),
                count(settled.tally.given_up_total())
            ))
        })
        .collect();
    format!(
        "Median time until all clients were through or had given up, and operations given up in all rounds. {}",
        sentences.join(" ")
    )
}

fn table(all: &[Settled]) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("discipline", Kind::Text),
        ("durability tier", Kind::Text),
        ("until all were through or gave up", Kind::Number),
        ("interval or range", Kind::Number),
        ("confidence", Kind::Text),
        ("longest round", Kind::Number),
        ("committed", Kind::Number),
        ("rolled back attempts", Kind::Number),
        ("errors per attempt", Kind::Number),
        ("given up", Kind::Number),
        ("by class", Kind::Text),
        ("deadlock_timeout", Kind::Code),
        ("stands on", Kind::Text),
    ]);
    for settled in all {
        let (cell, tally) = (settled.cell(), &settled.tally);
        let of = |text: &dyn Fn(&Estimate) -> String| {
            settled.time.as_ref().map_or(NOTHING.to_owned(), text)
        };
        let longest = settled.rounds.iter().map(|(seconds, _)| *seconds);
        table.row([
            cell.point.clients.to_string(),
            cell.subject.name.clone(),
            cell.point.discipline.to_string(),
            cell.subject.tier.to_string(),
            of(&|e| time(e.median)),
            of(&|e| span(e, time)),
            of(&|e| e.confidence.map_or("none claimed".to_owned(), percent)),
            longest.reduce(f64::max).map_or(NOTHING.to_owned(), time),
            count(tally.committed + tally.late),
            count(tally.failed_attempts),
            tally.errors_per_attempt(),
            count(tally.given_up_total()),
            tally.by_class(),
            settled.deadlock_timeout.unwrap_or(NOTHING).to_owned(),
            cell.basis(),
        ]);
    }
    table.note = "Counts are of all comparable rounds together.".to_owned();
    table
}

fn svg(rows: &Rows<&Settled>) -> Result<String> {
    let times = rows
        .rows()
        .flat_map(|(.., s)| s.rounds.iter().map(|(t, _)| *t));
    let timeouts = rows.rows().filter_map(|(.., s)| s.timeout());
    let values: Vec<f64> = times.chain(timeouts).collect();
    let axis = Axis::log(values, rows.left + 12, rows.right);
    canvas::draw(rows.size(), |canvas| {
        let title = "time until all were through or had given up";
        rows.frame(canvas, &axis, chosen_time, title)?;
        key(canvas, rows)?;
        for (y, paint, settled) in rows.rows() {
            if let Some(timeout) = settled.timeout() {
                tick(canvas, (axis.pixel(timeout), y))?;
            }
            let Some(estimate) = settled.time else {
                continue;
            };
            let at = |seconds: f64| (axis.pixel(seconds), y);
            canvas.line(&[at(estimate.lower), at(estimate.upper)], paint, 2)?;
            canvas.dot(at(estimate.median), 6, paint)?;
            for (seconds, gave_up) in &settled.rounds {
                round(canvas, at(*seconds), *gave_up, paint)?;
            }
            let figures = [
                settled.tally.failed_attempts,
                settled.tally.given_up_total(),
            ];
            for (index, figure) in figures.iter().enumerate() {
                let x = rows.right + (index as i32 + 1) * COLUMN;
                canvas.text((x, y), &count(*figure), PLAIN.end())?;
            }
        }
        Ok(())
    })
}

/// Draws the mark of one round.
fn round(canvas: &Canvas, at: At, gave_up: bool, paint: Paint) -> Result<()> {
    match gave_up {
        true => canvas.ring(at, 8, paint, 2),
        false => canvas.line(&[(at.0, at.1 - 6), (at.0, at.1 + 6)], paint.faded(0.75), 1),
    }
}

fn tick(canvas: &Canvas, (x, y): At) -> Result<()> {
    canvas.dashed(
        &[(x, y - 11), (x, y + 11)],
        INK.faded(0.8),
        1,
        marks::REFERENCE,
    )
}

/// Says which mark is what, and what the columns are.
fn key(canvas: &Canvas, rows: &Rows<&Settled>) -> Result<()> {
    let (x, y) = (rows.left + 8, rows.top - 4);
    let ink = INK.faded(0.7);
    canvas.dot((x, y), 6, ink)?;
    canvas.text((x + 13, y), "median", SMALL)?;
    round(canvas, (x + 84, y), false, ink)?;
    canvas.text((x + 92, y), "a round", SMALL)?;
    round(canvas, (x + 164, y), true, ink)?;
    canvas.text((x + 179, y), "somebody gave up", SMALL)?;
    if rows.rows().any(|(.., s)| s.timeout().is_some()) {
        tick(canvas, (x + 312, y))?;
        canvas.text((x + 321, y), "deadlock_timeout", SMALL)?;
    }
    let columns = [("attempts", "rolled back"), ("operations", "given up")];
    for (index, (above, below)) in columns.iter().enumerate() {
        let x = rows.right + (index as i32 + 1) * COLUMN;
        canvas.text((x, rows.top - 6), above, SMALL.end())?;
        canvas.text((x, rows.top + 9), below, SMALL.end())?;
    }
    Ok(())
}
