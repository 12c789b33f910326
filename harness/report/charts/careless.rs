//! What carelessness costs: what naive clients lost and what failed, with careful ones beside them.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::{self, Canvas, INK, PLAIN, Paint, SMALL};
use super::classes::{self, Entry};
use super::rows::{self, Content, Panel, Room, Row, Rows};
use super::{Drawing, legend};
use crate::measure::{Figure, SubjectInfo};
use crate::report::basis::{Cell, Section};
use crate::report::careless::{self, Cost};
use crate::report::numbers::{NOTHING, number, percent};
use crate::report::table::{Kind, Table};
use crate::report::tally::Tally;

/// How wide the second bar is, in pixels.
const LOST: i32 = 130;

/// The gap before it.
const GAP: i32 = 44;

/// How wide the columns of figures beside it are.
const COLUMN: i32 = 74;

/// What has to be known to read the tables.
const COUNTED: &str = "Lost is counted since the database was made, the warm-up included, and failed of the operations \
                       after the warm-up; both of all comparable rounds together. Where most operations read, \
                       a small share of failures may be most of the writes: kinds.csv has them apart. Goodput \
                       is the median of the rounds.";

/// What one row shows.
struct Bars<'a> {
    tally: Tally<'a>,
    /// The share that was lost of what was acknowledged; `None` if nothing was.
    lost: Option<f64>,
    /// Operations per second, where they say anything.
    goodput: String,
}

/// Draws the chart of one section: careful clients beside naive ones.
pub fn draw(section: &Section) -> Result<Drawing> {
    let costs: Vec<Cost> = careless::of_section(section).collect();
    let mut bars: Vec<(String, Bars)> = Vec::new();
    for cost in &costs {
        let title = cost.naive.clients();
        bars.extend(
            cost.careful
                .map(|cell| (title.clone(), careful(section, cell))),
        );
        bars.push((title, naive(cost)));
    }
    let drawn = drawing(&section.stores(), &bars)?;
    Ok(Drawing {
        title: "What carelessness costs".into(),
        description: describe(&costs),
        caption: caption(drawn.is_some(), section.workload.figure == Figure::Goodput),
        svg: drawn,
        table: table(&costs),
    })
}

/// Draws the chart of all sections: naive clients only, at the most clients they were measured with.
pub fn all(sections: &[Section], subjects: &[&SubjectInfo]) -> Result<Drawing> {
    let costs = careless::costs(sections);
    let most = |cost: &Cost| {
        let loads = cost.section.naive.as_ref().map(|group| &group.loads);
        loads.and_then(|loads| loads.last()) == Some(&cost.naive.point.clients)
    };
    let bars: Vec<(String, Bars)> = costs
        .iter()
        .filter(|cost| most(cost))
        .map(|cost| {
            let title = format!("{}, {}", cost.section.name(), cost.naive.clients());
            (title, naive(cost))
        })
        .collect();
    let drawn = drawing(subjects, &bars)?;
    let only_most = match bars.len() < costs.len() {
        true => " Of each workload only the most naive clients are drawn; the table has all loads.",
        false => "",
    };
    Ok(Drawing {
        title: "What carelessness costs".into(),
        description: describe(&costs),
        caption: caption(drawn.is_some(), true) + only_most,
        svg: drawn,
        table: summary(&costs),
    })
}

fn naive<'a>(cost: &Cost<'a>) -> Bars<'a> {
    bars(cost.section, cost.naive, cost.lost_share())
}

fn careful<'a>(section: &Section, cell: &'a Cell<'a>) -> Bars<'a> {
    // Its audit passed: nothing was lost.
    let acknowledged = cell.total(|m| m.committed + m.late);
    bars(section, cell, (acknowledged > 0).then_some(0.0))
}

fn bars<'a>(section: &Section, cell: &'a Cell<'a>, lost: Option<f64>) -> Bars<'a> {
    Bars {
        tally: Tally::of(cell),
        lost,
        goodput: goodput(section, cell),
    }
}

/// Goodput where it is the database that sets the pace.
fn goodput(section: &Section, cell: &Cell) -> String {
    let paced = section.workload.figure != Figure::Goodput;
    let goodput = cell.goodput().filter(|_| !paced);
    goodput.map_or(NOTHING.to_owned(), |e| number(e.median))
}

fn caption(drawn: bool, goodput: bool) -> String {
    if !drawn {
        return "No operation of naive clients ended in a trial that may be compared, so there is nothing to draw."
            .to_owned();
    }
    let goodput = match goodput {
        true => {
            " The goodput of naive clients counts what was acknowledged, what was lost included: it is no figure to \
             compare a careful one with."
        }
        false => "",
    };
    format!(
        "The left bar is all operations after the warm-up: the pale part was acknowledged, the coloured parts failed \
         with an error, by class. The right bar is what was acknowledged since the database was made, the warm-up \
         included: the solid part is not there any more, or on a wrong account, and nobody got an error for it. \
         Shares of both are of all comparable rounds together.{goodput} A naive client that fails does not try again \
         and begins its next operation at once: its share of failures is that of clients that never pause to think, \
         and failing fast keeps the processors busy. Shape tells the durability tier."
    )
}

fn describe(costs: &[Cost]) -> String {
    let known = costs.iter().filter(|cost| cost.is_known());
    let sentences: Vec<String> = known
        .map(|cost| {
            format!(
                "{}: {} of operations failed with an error; lost: {}.",
                cost.naive.point,
                Tally::of(cost.naive).given_up_share(),
                cost.lost_words()
            )
        })
        .collect();
    format!(
        "What naive clients lost, and what failed. {}",
        sentences.join(" ")
    )
}

/// The table of the costs of one section.
fn table(costs: &[Cost]) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("durability tier", Kind::Text),
        ("careful goodput, operations/s", Kind::Number),
        ("naive, acknowledged/s", Kind::Number),
        ("naive: lost", Kind::Text),
        ("share lost, over the rounds", Kind::Number),
        ("naive: failed", Kind::Number),
        ("by class", Kind::Text),
        ("careful: given up", Kind::Number),
        ("errors per attempt, naive", Kind::Number),
        ("careful", Kind::Number),
        ("errors per operation, naive", Kind::Number),
        ("careful", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    for cost in costs {
        let naive = Tally::of(cost.naive);
        let careful = cost.careful.map(Tally::of);
        let of =
            |text: &dyn Fn(&Tally) -> String| careful.as_ref().map_or(NOTHING.to_owned(), text);
        table.row([
            cost.naive.point.clients.to_string(),
            cost.naive.subject.name.clone(),
            cost.naive.subject.tier.to_string(),
            careful_goodput(cost),
            goodput(cost.section, cost.naive),
            cost.lost_words(),
            cost.lost_span(),
            naive.given_up_share(),
            naive.by_class(),
            of(&|careful| careful.given_up_share()),
            naive.errors_per_attempt(),
            of(&|careful| careful.errors_per_attempt()),
            naive.errors_per_operation(),
            of(&|careful| careful.errors_per_operation()),
            cost.naive.basis(),
        ]);
    }
    table.note = format!("{COUNTED} A naive client makes one attempt per operation.");
    table
}

/// The table of the costs of all sections, which leaves to theirs what is not asked first.
fn summary(costs: &[Cost]) -> Table {
    let mut table = Table::new(&[
        ("workload", Kind::Head),
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("durability tier", Kind::Text),
        ("careful goodput, operations/s", Kind::Number),
        ("naive, acknowledged/s", Kind::Number),
        ("naive: failed", Kind::Number),
        ("naive: lost", Kind::Text),
    ]);
    for cost in costs {
        table.row([
            cost.section.name(),
            cost.naive.point.clients.to_string(),
            cost.naive.subject.name.clone(),
            cost.naive.subject.tier.to_string(),
            careful_goodput(cost),
            goodput(cost.section, cost.naive),
            Tally::of(cost.naive).given_up_share(),
            cost.lost_words(),
        ]);
    }
    table.note = COUNTED.to_owned();
    table
}

fn careful_goodput(cost: &Cost) -> String {
    let goodput = |cell| goodput(cost.section, cell);
    cost.careful.map_or(NOTHING.to_owned(), goodput)
}

/// The chart of these rows, each with the title of its panel; `None` if there is nothing to draw.
fn drawing(subjects: &[&SubjectInfo], bars: &[(String, Bars)]) -> Result<Option<String>> {
    let classes = classes::of(bars.iter().map(|(_, bars)| &bars.tally));
    let mut entries = classes::entries("acknowledged", &classes);
    entries.push((INK, "acknowledged and lost, no error".to_owned()));
    let panels: Vec<Panel<&Bars>> = rows::panels(bars.iter().map(|(title, bars)| {
        let marks = (bars.tally.operations > 0).then_some(bars);
        let row = Row::of(bars.tally.cell, Content::or(marks, "no operation ended"));
        (title.clone(), row)
    }));
    let room = Room {
        above: 20 + classes::key_height(&entries),
        beside: GAP + LOST + 2 * COLUMN,
    };
    let rows = Rows::of(subjects.to_vec(), room, panels);
    (!rows.is_empty()).then(|| svg(&rows, &entries)).transpose()
}

fn svg(rows: &Rows<&Bars>, entries: &[Entry]) -> Result<String> {
    let ended = Axis::linear(1.0, rows.left, rows.right);
    let from = rows.right + GAP;
    let mut acknowledged = Axis::linear(1.0, from, from + LOST);
    acknowledged.ticks = vec![0.0, 0.5, 1.0];
    let label = |tick: f64| format!("{:.0} %", tick * 100.0);
    canvas::draw(rows.size(), |canvas| {
        rows.frame(canvas, &ended, label, "share of operations")?;
        rows.axis(canvas, &acknowledged, label, "of what was acknowledged")?;
        let top = rows.legend + legend::height(rows.subjects()) + 10;
        classes::key(canvas, top, entries)?;
        heads(canvas, rows)?;
        for (y, _, bars) in rows.rows() {
            classes::bar(canvas, &ended, y, &bars.tally)?;
            let x = from + LOST + COLUMN;
            let lost = match bars.lost {
                Some(share) => {
                    classes::parts_of(canvas, &acknowledged, y, &parts(share))?;
                    match share > 0.0 {
                        true => percent(share),
                        false => "none".to_owned(),
                    }
                }
                None => {
                    canvas.text((from, y), "none acknowledged", SMALL)?;
                    NOTHING.to_owned()
                }
            };
            canvas.text((x, y), &lost, PLAIN.end())?;
            canvas.text((x + COLUMN, y), &bars.goodput, PLAIN.end())?;
        }
        Ok(())
    })
}

/// What is there of what was acknowledged, and what was lost, in parts of a million. Of money more
/// can be on wrong accounts than was paid.
fn parts(lost: f64) -> [(Paint, u64); 2] {
    const WHOLE: f64 = 1e6;
    let lost = (lost.clamp(0.0, 1.0) * WHOLE).ceil();
    let stored = classes::colour(crate::measure::Outcome::Committed);
    [(stored, (WHOLE - lost) as u64), (INK, lost as u64)]
}

/// Says what the columns are.
fn heads(canvas: &Canvas, rows: &Rows<&Bars>) -> Result<()> {
    let x = rows.right + GAP + LOST + COLUMN;
    for (x, above, below) in [
        (x, "lost,", "no error"),
        (x + COLUMN, "acknowl.", "per second"),
    ] {
        canvas.text((x, rows.top - 6), above, SMALL.end())?;
        canvas.text((x, rows.top + 9), below, SMALL.end())?;
    }
    Ok(())
}
