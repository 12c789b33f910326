//! Fairness: how evenly the commits fell to the clients.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, INK, SMALL};
use super::rows::{self, Content, Room, Row, Rows};
use crate::measure::Measurement;
use crate::measure::statistics::Estimate;
use crate::report::basis::{Cell, Group};
use crate::report::numbers::{NOTHING, number, ratio, short};
use crate::report::table::{Kind, Table};

/// The share of the unluckiest and the luckiest client, where 1 is what each would get if all got the same.
struct Shares<'a> {
    cell: &'a Cell<'a>,
    /// The smallest share of each round, over the rounds.
    least: Estimate,
    /// The largest share of each round, over the rounds.
    most: Estimate,
}

/// Draws the chart.
pub fn draw(group: &Group) -> Result<Drawing> {
    let shares: Vec<Shares> = group.stored_cells().filter_map(shares).collect();
    let rivals = group.stored_cells().filter(|c| c.point.clients > 1);
    let panels = rows::panels(rivals.map(|cell| {
        let own = shares.iter().find(|s| std::ptr::eq(s.cell, cell));
        let content = Content::or(own, "no operation committed within the stretch");
        (cell.clients(), Row::of(cell, content))
    }));
    let room = Room {
        above: 26,
        beside: 0,
    };
    let rows = Rows::of(group.stores(), room, panels);
    let drawn = !rows.is_empty();
    Ok(Drawing {
        title: "Fairness between clients".into(),
        description: describe(&shares),
        caption: if drawn {
            "A short bar around 1 is fair. Each thick bar runs from the share of the client with the fewest commits \
             to that of the client with the most, where 1 is an equal share (medians over the rounds); the thin line \
             shows the worst of all rounds. Shape tells the durability tier."
                .to_owned()
        } else {
            "Fairness is between clients: no trial with at least two clients, and commits, may be compared.".to_owned()
        },
        svg: drawn.then(|| svg(&rows)).transpose()?,
        table: table(group, &shares),
    })
}

fn shares<'a>(cell: &'a Cell<'a>) -> Option<Shares<'a>> {
    if cell.point.clients < 2 {
        return None;
    }
    let relative = |of: fn((u64, u64)) -> u64| {
        cell.estimate(|measurement| of(measurement.fairness()) as f64 / equal_share(measurement))
    };
    Some(Shares {
        cell,
        least: relative(|(least, _)| least)?,
        most: relative(|(_, most)| most)?,
    })
}

/// Commits per client if every client had got the same; 0 without commits, and a share of it is then no number.
fn equal_share(measurement: &Measurement) -> f64 {
    let clients = measurement.committed_per_client.len().max(1);
    measurement.committed_per_client.iter().sum::<u64>() as f64 / clients as f64
}

fn describe(shares: &[Shares]) -> String {
    let sentences: Vec<String> = shares
        .iter()
        .map(|s| {
            format!(
                "{}: {} to {}.",
                s.cell.point,
                ratio(s.least.median),
                ratio(s.most.median)
            )
        })
        .collect();
    format!(
        "Shares of the least and the most lucky client, 1 being equal. {}",
        sentences.join(" ")
    )
}

fn table(group: &Group, shares: &[Shares]) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("durability tier", Kind::Text),
        ("fewest commits of a client", Kind::Number),
        ("mean of clients", Kind::Number),
        ("most commits of a client", Kind::Number),
        ("worst client / mean", Kind::Number),
        ("best client / mean", Kind::Number),
        ("worst round", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    for cell in group.stored_cells().filter(|cell| cell.point.clients > 1) {
        let found = shares.iter().find(|s| std::ptr::eq(s.cell, cell));
        let of = |text: &dyn Fn(&Shares) -> String| found.map_or(NOTHING.to_owned(), text);
        let median = |figure: &dyn Fn(&Measurement) -> f64| {
            cell.estimate(figure)
                .map_or(NOTHING.to_owned(), |e| number(e.median))
        };
        table.row([
            cell.point.clients.to_string(),
            cell.subject.name.clone(),
            cell.subject.tier.to_string(),
            median(&|m| m.fairness().0 as f64),
            median(&equal_share),
            median(&|m| m.fairness().1 as f64),
            of(&|s| ratio(s.least.median)),
            of(&|s| ratio(s.most.median)),
            of(&|s| format!("{} – {}", ratio(lowest(s)), ratio(highest(s)))),
            cell.basis(),
        ]);
    }
    table.note =
        "Commits within the measured stretch of one trial; medians over the rounds.".to_owned();
    table
}

/// The smallest share in any round. With many rounds the interval leaves outliers out, so this asks the measurements.
fn lowest(shares: &Shares) -> f64 {
    extreme(shares, |m| m.fairness().0, f64::min)
}

/// The largest share in any round.
fn highest(shares: &Shares) -> f64 {
    extreme(shares, |m| m.fairness().1, f64::max)
}

fn extreme(shares: &Shares, of: impl Fn(&Measurement) -> u64, pick: fn(f64, f64) -> f64) -> f64 {
    let values = shares
        .cell
        .measurements()
        .map(|m| of(m) as f64 / equal_share(m));
    values
        .filter(|value| value.is_finite())
        .reduce(pick)
        .unwrap_or(1.0)
}

fn svg(rows: &Rows<&Shares>) -> Result<String> {
    let values: Vec<f64> = rows
        .rows()
        .flat_map(|(.., s)| [lowest(s), highest(s)])
        .collect();
    let highest_of_all = values.iter().copied().fold(1.0, f64::max);
    let axis = match highest_of_all > 4.0 {
        true => Axis::log(values.into_iter().chain([1.0]), rows.left + 12, rows.right),
        false => Axis::linear(highest_of_all, rows.left + 12, rows.right),
    };
    canvas::draw(rows.size(), |canvas| {
        let label = |tick: f64| format!("{}×", short(tick));
        rows.frame(
            canvas,
            &axis,
            label,
            "commits of one client, as a share of an equal share",
        )?;
        canvas.text(
            (rows.left + 12, rows.top - 4),
            "the upright line at 1× is an equal share",
            SMALL,
        )?;
        for (y, paint, s) in rows.rows() {
            let (from, to) = (axis.pixel(s.least.median), axis.pixel(s.most.median));
            canvas.line(
                &[(axis.pixel(1.0), y - 11), (axis.pixel(1.0), y + 11)],
                INK.faded(0.45),
                1,
            )?;
            canvas.line(
                &[(axis.pixel(lowest(s)), y), (axis.pixel(highest(s)), y)],
                paint,
                2,
            )?;
            canvas.fill((from.min(to - 3), y - 5), (to.max(from + 3), y + 5), paint)?;
        }
        Ok(())
    })
}
