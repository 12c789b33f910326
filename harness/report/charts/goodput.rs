//! Goodput against clients.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, AXIS, Canvas, GRID, PLAIN, Paint, SMALL};
use super::legend::{self, END_LABEL, EndLabel};
use super::reference::Reference;
use super::{lone, marks};
use crate::measure::statistics::Estimate;
use crate::report::basis::{Cell, Group};
use crate::report::numbers::{NOTHING, list, number, percent, plural, short, span, span_kind};
use crate::report::table::{Kind, Table};

const WIDTH: i32 = 900;
const LEFT: i32 = 66;
const RIGHT: i32 = 606;
const LABELS: i32 = 636;
const TOP: i32 = 40;
const MARGIN_BELOW: i32 = 52;

/// Draws the chart.
pub fn draw(group: &Group) -> Result<Drawing> {
    let reference = Reference::of(group);
    let drawn = group.stored_cells().any(|cell| cell.goodput().is_some());
    Ok(Drawing {
        title: "Goodput against clients".into(),
        description: describe(group),
        caption: caption(group, drawn, reference.as_ref()),
        svg: drawn.then(|| svg(group, reference.as_ref())).transpose()?,
        table: table(group),
    })
}

fn caption(group: &Group, drawn: bool, reference: Option<&Reference>) -> String {
    if !drawn {
        return "No trial of this workload may be compared, so there is nothing to draw."
            .to_owned();
    }
    let most = group
        .stored_cells()
        .filter_map(Cell::goodput)
        .max_by_key(|e| e.rounds);
    let bars = match most {
        Some(Estimate {
            rounds, confidence, ..
        }) if rounds > 1 => {
            let fewer = |cell: &Cell| !cell.comparable.is_empty() && cell.comparable.len() < rounds;
            format!(
                "The bar through it is the {}{}. ",
                span_kind(rounds, confidence),
                match confidence.is_some() && group.stored_cells().any(fewer) {
                    true => ", and of points with fewer rounds what the table says",
                    false => "",
                }
            )
        }
        _ => "It is of one round, so no interval is claimed. ".to_owned(),
    };
    let zero = group
        .stored_cells()
        .filter_map(Cell::goodput)
        .any(|e| e.lower <= 0.0);
    let reference = reference.map_or_else(String::new, Reference::caption);
    let lone = lone::caption(group);
    let load = match group.rate() {
        Some(rate) => format!(
            "Operations arrive in an open loop at {rate}/s, and nobody does more than arrive. "
        ),
        None => String::new(),
    };
    format!(
        "Higher is better. {load}Each mark is the median goodput, in operations committed per second. {bars}\
         Both axes are logarithmic{}. {lone}{reference}Shape and dash tell the durability tier: subjects of \
         different tiers do not promise the same.",
        if zero {
            ", with a place for 0 at the foot"
        } else {
            ""
        },
    )
}

fn describe(group: &Group) -> String {
    let sentences: Vec<String> = group
        .stores()
        .iter()
        .filter_map(|subject| {
            let figures: Vec<String> = group
                .cells_of(&subject.name)
                .filter_map(|cell| {
                    let clients = plural(cell.point.clients as usize, "client", "clients");
                    Some(format!("{} at {clients}", number(cell.goodput()?.median)))
                })
                .collect();
            (!figures.is_empty())
                .then(|| format!("{} ({}): {}.", subject.name, subject.tier, list(&figures)))
        })
        .collect();
    format!(
        "Median operations committed per second. {}",
        sentences.join(" ")
    )
}

fn table(group: &Group) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("durability tier", Kind::Text),
        ("goodput, operations/s", Kind::Number),
        ("interval or range, operations/s", Kind::Number),
        ("confidence", Kind::Text),
        ("stands on", Kind::Text),
    ]);
    for cell in group.stored_cells() {
        let goodput = cell.goodput();
        let of =
            |text: &dyn Fn(&Estimate) -> String| goodput.as_ref().map_or(NOTHING.to_owned(), text);
        table.row([
            cell.point.clients.to_string(),
            cell.subject.name.clone(),
            cell.subject.tier.to_string(),
            of(&|e| number(e.median)),
            of(&|e| span(e, number)),
            of(&|e| e.confidence.map_or("none claimed".to_owned(), percent)),
            cell.basis(),
        ]);
    }
    table
}

fn svg(group: &Group, reference: Option<&Reference>) -> Result<String> {
    let subjects = group.stores();
    let labels = subjects.len() as i32 + 1;
    let bottom = TOP + (labels * END_LABEL).max(330);
    let size = (WIDTH as u32, (bottom + MARGIN_BELOW) as u32);
    let estimates: Vec<Estimate> = group.stored_cells().filter_map(Cell::goodput).collect();
    let mut values: Vec<f64> = estimates.iter().flat_map(|e| [e.lower, e.upper]).collect();
    values.extend(reference.iter().flat_map(|r| [r.low, r.goodput, r.high]));
    let y = Axis::log(values, bottom, TOP);
    let loads: Vec<f64> = group
        .loads
        .iter()
        .map(|load| f64::from((*load).max(1)))
        .collect();
    let x = Axis::steps(&loads, LEFT + 28, RIGHT - 28);
    canvas::draw(size, |canvas| {
        frame(canvas, &x, &y, bottom)?;
        let mut labels: Vec<EndLabel> = Vec::new();
        if let Some(reference) = reference {
            let at = y.pixel(reference.goodput);
            reference.draw(canvas, (LEFT, RIGHT), |goodput| y.pixel(goodput))?;
            labels.push(EndLabel {
                wanted: at,
                leader: Some((RIGHT, at)),
                subject: None,
                name: "one fdatasync per commit".to_owned(),
                below: "group commit can exceed it".to_owned(),
            });
        }
        for (index, subject) in subjects.iter().enumerate() {
            // Bars of several subjects at one load stand side by side.
            let aside = (index as i32 * 2 - (subjects.len() as i32 - 1)) * 2;
            let paint = Paint::hex(&subject.colour);
            let mut points = Vec::new();
            // A line only joins neighbours: over a load without a figure it would claim one.
            let mut stretch = Vec::new();
            for clients in &group.loads {
                let goodput = group.cell(&subject.name, *clients).and_then(Cell::goodput);
                let Some(goodput) = goodput else {
                    canvas.dashed(&stretch, paint, 2, marks::dashes(subject.tier))?;
                    stretch.clear();
                    continue;
                };
                let at = x.pixel(f64::from(*clients)) + aside;
                let (low, high) = (y.pixel(goodput.lower), y.pixel(goodput.upper));
                canvas.line(&[(at, low), (at, high)], paint, 2)?;
                stretch.push((at, y.pixel(goodput.median)));
                points.push((at, y.pixel(goodput.median)));
            }
            canvas.dashed(&stretch, paint, 2, marks::dashes(subject.tier))?;
            for point in &points {
                marks::shape(canvas, *point, subject.tier, paint)?;
            }
            labels.push(EndLabel {
                wanted: points.last().map_or(bottom, |(_, y)| *y),
                leader: points.last().map(|(x, y)| (x + 7, *y)),
                subject: Some(subject),
                name: subject.name.clone(),
                below: match points.is_empty() {
                    true => "no trial may be compared".to_owned(),
                    false => subject.tier.to_string(),
                },
            });
        }
        legend::end_labels(
            canvas,
            LABELS,
            (TOP - END_LABEL / 2, bottom + END_LABEL / 2),
            &mut labels,
        )
    })
}

/// Axes, grid and their labels.
fn frame(canvas: &Canvas, x: &Axis, y: &Axis, bottom: i32) -> Result<()> {
    canvas.text(
        (LEFT - 58, TOP - 24),
        "operations committed per second",
        SMALL,
    )?;
    for tick in &y.ticks {
        let at = y.pixel(*tick);
        canvas.line(&[(LEFT, at), (RIGHT, at)], GRID, 1)?;
        canvas.text((LEFT - 8, at), &short(*tick), PLAIN.end())?;
    }
    if let Some(at) = y.zero() {
        canvas.text((LEFT - 8, at), "0", PLAIN.end())?;
    }
    canvas.line(&[(LEFT, bottom), (RIGHT, bottom)], AXIS, 1)?;
    for tick in &x.ticks {
        let at = x.pixel(*tick);
        canvas.line(&[(at, bottom), (at, bottom + 5)], AXIS, 1)?;
        canvas.text((at, bottom + 17), &short(*tick), PLAIN.middle())?;
    }
    canvas.text(((LEFT + RIGHT) / 2, bottom + 38), "clients", SMALL.middle())
}
