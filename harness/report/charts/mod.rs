//! The charts: one file each, and one line in [`CHARTS`].
//!
//! A chart compares the subjects of one section of the report, and every number in it is in the table beside it.

mod axis;
mod canvas;
mod careless;
mod classes;
mod fairness;
mod goodput;
mod latency;
mod legend;
mod lone;
mod marks;
mod outcomes;
mod percentiles;
mod reference;
mod rows;
mod settled;
mod stated;
mod timeline;
mod view;
mod view_lines;
mod view_rows;
mod waits;

use std::borrow::Cow;

use anyhow::Result;
use serde::Serialize;

use super::basis::{Cell, Group, Section};
use super::measured::{self, Conditions};
use super::table::Table;
use crate::measure::experiment::{Timeline, View};
use crate::measure::{Experiment, Figure, Run, SubjectInfo};
pub use canvas::Paint;

/// A kind of chart.
struct Kind {
    /// The last part of its anchor: `increment-hot-goodput`.
    name: &'static str,
    /// Its name in the table of contents.
    label: &'static str,
    /// The workloads that have it, by what is read from them first; empty for all.
    figures: &'static [Figure],
    /// Draws it.
    draw: Draw,
}

/// What a chart is drawn of.
enum Draw {
    /// What careful clients did.
    Careful(fn(&Group) -> Result<Drawing>),
    /// What careful and naive clients did, where any were measured.
    Any(fn(&Section) -> Result<Drawing>),
    /// The same, where naive clients were measured.
    Naive(fn(&Section) -> Result<Drawing>),
}

/// Every chart, in the order of the report; a new one is one file and one line here.
const CHARTS: &[Kind] = &[
    Kind {
        name: "goodput",
        label: "Goodput",
        figures: &[Figure::Goodput],
        draw: Draw::Careful(goodput::draw),
    },
    Kind {
        name: "waits",
        label: "Waits",
        figures: &[Figure::Waits],
        draw: Draw::Any(waits::draw),
    },
    Kind {
        name: "settled",
        label: "Time until settled",
        figures: &[Figure::Settled],
        draw: Draw::Any(settled::draw),
    },
    Kind {
        name: "latency",
        label: "Latency",
        figures: &[Figure::Goodput],
        draw: Draw::Careful(latency::draw),
    },
    Kind {
        name: "outcomes",
        label: "Outcomes",
        figures: &[],
        draw: Draw::Careful(outcomes::draw),
    },
    Kind {
        name: "fairness",
        label: "Fairness",
        figures: &[Figure::Goodput],
        draw: Draw::Careful(fairness::draw),
    },
    Kind {
        name: "careless",
        label: "Careless clients",
        figures: &[],
        draw: Draw::Naive(careless::draw),
    },
];

/// What one chart's file makes of a section.
struct Drawing {
    /// What is shown, in a few words.
    title: Cow<'static, str>,
    /// The chart in words, for those who cannot see it.
    description: String,
    /// How to read it.
    caption: String,
    /// The SVG element; `None` if there is nothing to draw, which the caption then says.
    svg: Option<String>,
    /// The same numbers.
    table: Table,
}

/// A chart as the report shows it.
#[derive(Debug, Clone, Serialize)]
pub struct Chart {
    /// Its anchor, unique in the report.
    pub anchor: String,
    /// Its name in the table of contents.
    pub label: Cow<'static, str>,
    /// What is shown of which workload, in a few words.
    pub title: String,
    /// How to read it, and on how many rounds it stands.
    pub caption: String,
    /// Under what conditions it was measured.
    pub conditions: Conditions,
    /// The SVG element with its title and description; empty if there is nothing to draw.
    pub svg: String,
    /// The same numbers.
    pub table: Table,
}

/// Every chart of a section, those of careful clients first.
///
/// # Errors
/// If the drawing library refuses to draw.
pub fn of(run: &Run, section: &Section) -> Result<Vec<Chart>> {
    let mut charts = Vec::new();
    for kind in CHARTS {
        let figure = section.workload.figure;
        if !kind.figures.is_empty() && !kind.figures.contains(&figure) {
            continue;
        }
        let careful = section.careful.as_ref();
        let drawing = match (&kind.draw, careful, &section.naive) {
            (Draw::Careful(draw), Some(group), _) => draw(group)?,
            (Draw::Naive(draw), _, Some(_)) | (Draw::Any(draw), ..) => draw(section)?,
            _ => continue,
        };
        let groups: Vec<&Group> = match kind.draw {
            Draw::Careful(_) => careful.into_iter().collect(),
            _ => section.groups().collect(),
        };
        let cells = stored(&groups);
        let anchor = format!("{}-{}", section.anchor, kind.name);
        let title = format!("{}: {}", drawing.title, section.name());
        charts.push(chart(
            drawing,
            kind.label.into(),
            (anchor, title),
            &standing(&cells),
            measured::of(run, &groups, &cells),
        ));
    }
    Ok(charts)
}

/// The points of these groups that store something.
fn stored<'g>(groups: &[&'g Group<'g>]) -> Vec<&'g Cell<'g>> {
    groups
        .iter()
        .flat_map(|group| group.stored_cells())
        .collect()
}

/// The chart of what carelessness costs in all sections; `None` without naive clients.
///
/// # Errors
/// If the drawing library refuses to draw.
pub fn of_carelessness(run: &Run, sections: &[Section]) -> Result<Option<Chart>> {
    let groups = || sections.iter().filter_map(|section| section.naive.as_ref());
    let cells: Vec<&Cell> = groups().flat_map(Group::stored_cells).collect();
    if cells.is_empty() {
        return Ok(None);
    }
    let measured = |subject: &&SubjectInfo| cells.iter().any(|c| c.subject.name == subject.name);
    let subjects: Vec<&SubjectInfo> = run.subjects.iter().filter(measured).collect();
    let drawing = careless::all(sections, &subjects)?;
    let title = format!("{}: all workloads", drawing.title);
    let anchor = "carelessness-summary".to_owned();
    let careless = sections.iter().filter(|section| section.naive.is_some());
    let compared: Vec<&Group> = careless.flat_map(Section::groups).collect();
    let conditions = measured::of(run, &compared, &stored(&compared));
    let standing = standing(&cells);
    Ok(Some(chart(
        drawing,
        "Summary".into(),
        (anchor, title),
        &standing,
        conditions,
    )))
}

/// The chart of what an experiment observed, as a view of it asks for.
///
/// # Errors
/// If the drawing library refuses to draw.
pub fn of_view(run: &Run, experiment: &Experiment, view: &View, anchor: &str) -> Result<Chart> {
    let drawing = view::draw(run, experiment, view)?;
    let conditions = measured::of_view(run, experiment, view);
    Ok(own(drawing, anchor, conditions))
}

/// The chart of an interleaving that was stepped by hand.
///
/// # Errors
/// If the drawing library refuses to draw.
pub fn of_timeline(
    run: &Run,
    experiment: &Experiment,
    timeline: &Timeline,
    anchor: &str,
) -> Result<Chart> {
    let conditions = measured::of_timeline(run, experiment, timeline);
    Ok(own(timeline::draw(timeline)?, anchor, conditions))
}

/// A chart whose title says all.
fn own(drawing: Drawing, anchor: &str, conditions: Conditions) -> Chart {
    let title = drawing.title.to_string();
    let label = drawing.title.clone();
    chart(drawing, label, (anchor.to_owned(), title), "", conditions)
}

fn chart(
    drawing: Drawing,
    label: Cow<'static, str>,
    (anchor, title): (String, String),
    standing: &str,
    conditions: Conditions,
) -> Chart {
    let described = |svg: String| described(&svg, &anchor, &title, &drawing.description);
    Chart {
        svg: drawing.svg.map_or_else(String::new, described),
        label,
        caption: format!("{} {standing}", drawing.caption).trim().to_owned(),
        conditions,
        table: drawing.table,
        title,
        anchor,
    }
}

/// Gives an SVG element its title and description, and lets the page decide on its size.
fn described(svg: &str, anchor: &str, title: &str, description: &str) -> String {
    let body = svg.find('>').map_or(svg, |end| &svg[end + 1..]);
    let view = svg
        .split("viewBox=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    format!(
        "<svg viewBox=\"{}\" role=\"img\" aria-labelledby=\"{anchor}-title {anchor}-desc\" \
         xmlns=\"http://www.w3.org/2000/svg\"><title id=\"{anchor}-title\">{}</title>\
         <desc id=\"{anchor}-desc\">{}</desc>{body}",
        view.unwrap_or("0 0 900 400"),
        escaped(title),
        escaped(description),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Says of every point that lacks rounds how many it stands on; nothing if none does.
fn standing(cells: &[&Cell]) -> String {
    let lacking: Vec<String> = cells
        .iter()
        .filter(|cell| cell.lacks_rounds())
        .map(|cell| {
            format!(
                "{} at {} ({})",
                cell.row_name(),
                cell.clients(),
                cell.basis()
            )
        })
        .collect();
    match lacking.len() {
        0 => String::new(),
        1..=4 => format!("Not every round is in it: {}.", lacking.join(", ")),
        more => {
            format!("{more} points stand on fewer rounds than were planned: the table says which.")
        }
    }
}
