//! Latency of committed operations: percentiles by subject and load, and by kind of operation where
//! there are several.

use anyhow::Result;

use super::Drawing;
use super::axis::Axis;
use super::canvas;
use super::percentiles::{self, Shown};
use super::rows::{self, Content, Room, Row, Rows};
use crate::measure::latency::time_above;
use crate::report::basis::{Cell, Group};
use crate::report::long_trials::WAITS;
use crate::report::numbers::{NOTHING, chosen_time, count, percent, time};
use crate::report::table::{Kind, Table};

/// What is shown of a histogram, the largest last.
const SHOWN: [Shown; 5] = [
    ("p50", 50.0, 0),
    ("p95", 95.0, 1),
    ("p99", 99.0, 2),
    ("p99.9", 99.9, 3),
    ("max", 100.0, 4),
];

/// The latencies of a point, or of one kind of operation at it.
struct Seen<'a> {
    cell: &'a Cell<'a>,
    /// The kind, if the workload has several.
    kind: Option<&'a str>,
    /// The percentiles; `None` if nothing committed.
    values: Option<[f64; 5]>,
    /// The share of all time in operations that went into waits above each of [`WAITS`].
    waits: [Option<f64>; 2],
    operations: u64,
}

/// Draws the chart.
pub fn draw(group: &Group) -> Result<Drawing> {
    let seen: Vec<Seen> = seen(group);
    let panels = rows::panels(seen.iter().map(|seen| {
        let content = Content::or(seen.values, "no operation committed");
        (seen.panel(), Row::of(seen.cell, content))
    }));
    let room = Room {
        above: 26,
        beside: 0,
    };
    let rows = Rows::of(group.stores(), room, panels);
    let drawn = !rows.is_empty();
    let kinds = match group.workload.kinds.is_empty() {
        true => "",
        false => " Each kind of operation has panels of its own.",
    };
    let load = match group.rate() {
        Some(rate) => format!(
            "Operations arrive in an open loop at {rate}/s, and latency counts from the arrival. "
        ),
        None => String::new(),
    };
    Ok(Drawing {
        title: "Latency of committed operations".into(),
        description: describe(&seen),
        caption: if drawn {
            format!(
                "Further left is better. {load}Each row is one subject: the large dot is the median, and the marks to its \
                 right are the 95th, 99th and 99.9th percentile and the longest, on a logarithmic axis.{kinds} Only \
                 operations that committed are in it, retries included, from all comparable rounds in one histogram; \
                 those given up are in the table of outcomes. Shape tells the durability tier."
            )
        } else {
            "No operation committed in a trial that may be compared, so there is no latency to draw.".to_owned()
        },
        svg: drawn.then(|| svg(&rows)).transpose()?,
        table: table(group, &seen),
    })
}

fn seen<'a>(group: &'a Group) -> Vec<Seen<'a>> {
    let of = |cell: &'a Cell<'a>, kind: Option<(usize, &'a str)>| {
        let (latencies, failures) = match kind {
            Some((index, _)) => {
                let kind = cell.kind(index);
                (kind.success, kind.failure)
            }
            None => (
                cell.latencies(|measurement| &measurement.success),
                cell.latencies(|measurement| &measurement.failure),
            ),
        };
        Seen {
            cell,
            kind: kind.map(|(_, name)| name),
            values: percentiles::of(&latencies, &SHOWN),
            waits: WAITS.map(|bound| time_above(&[&latencies, &failures], bound)),
            operations: latencies.count(),
        }
    };
    let kinds = group.workload.kinds.iter().map(|kind| kind.name.as_str());
    let kinds: Vec<(usize, &str)> = kinds.enumerate().collect();
    let mut seen = Vec::new();
    for load in &group.loads {
        let cells = || {
            group
                .stored_cells()
                .filter(|cell| cell.point.clients == *load)
        };
        if kinds.is_empty() {
            seen.extend(cells().map(|cell| of(cell, None)));
        }
        for kind in &kinds {
            seen.extend(cells().map(|cell| of(cell, Some(*kind))));
        }
    }
    seen
}

impl Seen<'_> {
    fn panel(&self) -> String {
        match self.kind {
            Some(kind) => format!("{}: {kind}", self.cell.clients()),
            None => self.cell.clients(),
        }
    }
}

fn describe(seen: &[Seen]) -> String {
    let sentences: Vec<String> = seen
        .iter()
        .filter_map(|seen| {
            let values = seen.values?;
            let kind = seen.kind.map_or(String::new(), |kind| format!(", {kind}"));
            Some(format!(
                "{}{kind}: {} and {}.",
                seen.cell.point,
                time(values[0]),
                time(values[2])
            ))
        })
        .collect();
    format!("Median and 99th percentile. {}", sentences.join(" "))
}

fn table(group: &Group, seen: &[Seen]) -> Table {
    let kinds = !group.workload.kinds.is_empty();
    let mut columns = vec![("clients", Kind::Head)];
    if kinds {
        columns.push(("kind", Kind::Head));
    }
    columns.extend([("subject", Kind::Head), ("durability tier", Kind::Text)]);
    columns.extend(SHOWN.map(|(name, ..)| (name, Kind::Number)));
    let waits = WAITS.map(|bound| format!("time in waits > {}", chosen_time(bound)));
    columns.extend(waits.each_ref().map(|head| (head.as_str(), Kind::Number)));
    columns.extend([("operations", Kind::Number), ("stands on", Kind::Text)]);
    let mut table = Table::new(&columns);
    for seen in seen {
        let mut row = vec![seen.cell.point.clients.to_string()];
        row.extend(seen.kind.map(str::to_owned));
        row.extend([
            seen.cell.subject.name.clone(),
            seen.cell.subject.tier.to_string(),
        ]);
        row.extend((0..SHOWN.len()).map(|index| {
            seen.values
                .map_or(NOTHING.to_owned(), |values| time(values[index]))
        }));
        row.extend(
            seen.waits
                .map(|share| share.map_or(NOTHING.to_owned(), percent)),
        );
        row.extend([count(seen.operations), seen.cell.basis()]);
        table.rows.push(row);
    }
    table.note =
        "A percentile beyond the number of operations is the longest of them: of 500 operations, p99.9 is the longest. \
         Percentiles count operations, so they hide a client that does few because it waits. Time in waits counts \
         seconds: the share of the clients' time that went into operations longer than this, given up or not."
            .to_owned();
    table
}

fn svg(rows: &Rows<[f64; 5]>) -> Result<String> {
    let values: Vec<f64> = rows.rows().flat_map(|(.., values)| *values).collect();
    let axis = Axis::log(values, rows.left, rows.right);
    canvas::draw(rows.size(), |canvas| {
        let title = "latency of committed operations";
        rows.frame(canvas, &axis, chosen_time, title)?;
        percentiles::key(canvas, rows, &SHOWN)?;
        for (y, paint, values) in rows.rows() {
            percentiles::draw(canvas, &axis, (y, paint), &SHOWN, values)?;
        }
        Ok(())
    })
}
