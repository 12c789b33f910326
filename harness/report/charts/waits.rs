//! How long operations of each kind took beside a long transaction.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas::{self, INK, PLAIN, SMALL};
use super::marks;
use super::percentiles::{self, Shown};
use super::rows::{self, Content, Room, Row, Rows};
use crate::measure::{KindCounts, Latencies};
use crate::report::basis::{Cell, Section};
use crate::report::numbers::{NOTHING, chosen_time, count, percent, plural, time};
use crate::report::table::{Kind, Table};
use crate::report::tally;

/// What is shown of a histogram, the largest last.
const SHOWN: [Shown; 4] = [
    ("p50", 50.0, 0),
    ("p90", 90.0, 1),
    ("p99", 99.0, 2),
    ("max", 100.0, 4),
];

/// How wide the column of figures beside the rows is, in pixels.
const COLUMN: i32 = 84;

/// The operations of one kind at one point.
struct Seen<'a> {
    cell: &'a Cell<'a>,
    kind: &'a str,
    counts: KindCounts,
    /// Percentiles of those that committed; `None` if none did.
    values: Option<[f64; 4]>,
}

/// Draws the chart.
pub fn draw(section: &Section) -> Result<Drawing> {
    let hold = section
        .groups()
        .next()
        .map_or(0.0, |g| g.run.plan.hold_seconds);
    let seen = seen(section);
    let several = several_loads(section);
    let panels = rows::panels(seen.iter().map(|seen| {
        let title = match several {
            true => format!("{}, {}", seen.kind, seen.cell.clients()),
            false => seen.kind.to_owned(),
        };
        let given_up = seen.counts.given_up_total();
        let why = match given_up {
            0 => "no operation of this kind ended".to_owned(),
            n => format!("none committed, {} given up", count(n)),
        };
        let marks = seen.values.is_some().then_some(seen);
        (title, Row::of(seen.cell, Content::or(marks, &why)))
    }));
    let room = Room {
        above: 26,
        beside: COLUMN,
    };
    let rows = Rows::of(section.stores(), room, panels);
    let drawn = !rows.is_empty();
    let clients = match several {
        true => String::new(),
        false => seen.first().map_or(String::new(), |first| {
            format!(
                " All of it with {}, each of one kind.",
                first.cell.clients()
            )
        }),
    };
    Ok(Drawing {
        title: "How long operations took, by kind".into(),
        description: describe(&seen),
        caption: if drawn {
            format!(
                "Further left is better. A panel per kind of operation, a row per subject: the large dot is the median, \
                 the marks to its right the 90th and 99th percentile and the longest, on a logarithmic axis. Only \
                 operations that committed have marks: a client that gives up at once has waited for nothing, so read \
                 them with the share given up, at the right. The dashed line is how long the long transaction is held open, {}.{clients} Latency counts from the moment an operation was \
                 due, whether its client was free or still waiting with the one before (open loop): how many there are \
                 is set by the pace, not by the database. Shape tells the durability tier.",
                chosen_time(hold)
            )
        } else {
            "No operation committed in a trial that may be compared, so there is no wait to draw."
                .to_owned()
        },
        svg: drawn.then(|| svg(&rows, hold)).transpose()?,
        table: table(section, &seen, hold),
    })
}

fn several_loads(section: &Section) -> bool {
    let mut loads: Vec<u32> = section.groups().flat_map(|g| g.loads.clone()).collect();
    loads.sort_unstable();
    loads.dedup();
    loads.len() > 1
}

fn seen<'a>(section: &'a Section) -> Vec<Seen<'a>> {
    let kinds = section.workload.kinds.iter().enumerate();
    kinds
        .flat_map(|(index, kind)| {
            section.stored_cells().map(move |cell| {
                let counts = cell.kind(index);
                Seen {
                    cell,
                    kind: &kind.name,
                    values: percentiles::of(&counts.success, &SHOWN),
                    counts,
                }
            })
        })
        .collect()
}

impl Seen<'_> {
    /// Per cent of operations given up.
    fn given_up(&self) -> String {
        tally::share(self.counts.given_up_total(), self.counts.operations())
    }
}

fn describe(seen: &[Seen]) -> String {
    let sentences: Vec<String> = seen
        .iter()
        .filter_map(|seen| {
            let values = seen.values?;
            Some(format!(
                "{}, {}: {} and {}, {} given up.",
                seen.kind,
                seen.cell.row_name(),
                time(values[0]),
                time(values[2]),
                seen.given_up()
            ))
        })
        .collect();
    format!(
        "Median and 99th percentile from the moment an operation was due. {}",
        sentences.join(" ")
    )
}

fn table(section: &Section, seen: &[Seen], hold: f64) -> Table {
    let longer = format!("longer than half the hold ({})", chosen_time(hold / 2.0));
    let mut table = Table::new(&[
        ("kind", Kind::Head),
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("discipline", Kind::Text),
        ("durability tier", Kind::Text),
        ("committed", Kind::Number),
        ("of these late", Kind::Number),
        ("given up", Kind::Number),
        ("given up of operations", Kind::Number),
        ("by class", Kind::Text),
        ("p50", Kind::Number),
        ("p90", Kind::Number),
        ("p99", Kind::Number),
        ("max", Kind::Number),
        (&longer, Kind::Number),
        ("gave up after, median (max)", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    for seen in seen {
        let counts = &seen.counts;
        let value = |index: usize| seen.values.map_or(NOTHING.to_owned(), |v| time(v[index]));
        let mut ended = counts.success.clone();
        ended.merge(&counts.failure);
        let after = counts.failure.percentile(50.0).zip(counts.failure.max());
        table.row([
            seen.kind.to_owned(),
            seen.cell.point.clients.to_string(),
            seen.cell.subject.name.clone(),
            seen.cell.point.discipline.to_string(),
            seen.cell.subject.tier.to_string(),
            count(counts.committed + counts.late),
            count(counts.late),
            count(counts.given_up_total()),
            seen.given_up(),
            tally::by_class(&counts.given_up),
            value(0),
            value(1),
            value(2),
            value(3),
            ended
                .share_above(hold / 2.0)
                .map_or(NOTHING.to_owned(), percent),
            after.map_or(NOTHING.to_owned(), |(p50, max)| {
                format!("{} ({})", time(p50), time(max))
            }),
            seen.cell.basis(),
        ]);
    }
    table.note = format!(
        "Operations longer than half the hold are of all that ended, committed or given up.{}",
        lag(section)
    );
    table
}

/// How much of the waits the harness added, in a sentence.
fn lag(section: &Section) -> String {
    let mut lag = Latencies::default();
    for measurement in section.stored_cells().flat_map(Cell::measurements) {
        lag.merge(&measurement.lag);
    }
    let Some((p99, longest)) = lag.percentile(99.0).zip(lag.max()) else {
        return String::new();
    };
    format!(
        " Of {} that a client had slept for, 99 % began at most {} after they were due, the last {} after: so much of \
         a latency is the harness.",
        plural(lag.count() as usize, "operation", "operations"),
        time(p99),
        time(longest)
    )
}

fn svg(rows: &Rows<&Seen>, hold: f64) -> Result<String> {
    let mut values: Vec<f64> = rows
        .rows()
        .flat_map(|(.., seen)| seen.values)
        .flatten()
        .collect();
    values.extend((hold > 0.0).then_some(hold));
    let axis = Axis::log(values, rows.left, rows.right);
    canvas::draw(rows.size(), |canvas| {
        rows.frame(
            canvas,
            &axis,
            chosen_time,
            "time since the operation was due",
        )?;
        let after = percentiles::key(canvas, rows, &SHOWN)?;
        if hold > 0.0 {
            let y = rows.top - 4;
            canvas.dashed(
                &[(after, y), (after + 26, y)],
                INK.faded(0.7),
                1,
                marks::REFERENCE,
            )?;
            canvas.text((after + 32, y), "length of the hold", SMALL)?;
            let x = axis.pixel(hold);
            for (top, bottom) in rows.marked() {
                canvas.dashed(
                    &[(x, top), (x, bottom)],
                    INK.faded(0.7),
                    1,
                    marks::REFERENCE,
                )?;
            }
        }
        let right = rows.right + COLUMN;
        canvas.text((right, rows.top - 6), "given up of", SMALL.end())?;
        canvas.text((right, rows.top + 9), "operations", SMALL.end())?;
        for (y, paint, seen) in rows.rows() {
            if let Some(values) = &seen.values {
                percentiles::draw(canvas, &axis, (y, paint), &SHOWN, values)?;
            }
            canvas.text((right, y), &seen.given_up(), PLAIN.end())?;
        }
        Ok(())
    })
}
