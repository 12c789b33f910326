//! The charts: one file each, and one line in [`CHARTS`].
//!
//! A chart compares the subjects of one group, and every number in it is in the table beside it.

mod axis;
mod canvas;
mod fairness;
mod goodput;
mod latency;
mod legend;
mod lone;
mod marks;
mod outcomes;
mod reference;
mod rows;

use anyhow::Result;
use serde::Serialize;

use super::basis::Group;
use super::table::Table;
pub use canvas::Paint;

/// A kind of chart.
struct Kind {
    /// The last part of its anchor: `increment-hot-goodput`.
    name: &'static str,
    /// Its name in the table of contents.
    label: &'static str,
    /// Draws it for a group.
    draw: fn(&Group) -> Result<Drawing>,
}

/// Every chart, in the order of the report; a new one is one file and one line here.
const CHARTS: &[Kind] = &[
    Kind {
        name: "goodput",
        label: "Goodput",
        draw: goodput::draw,
    },
    Kind {
        name: "latency",
        label: "Latency",
        draw: latency::draw,
    },
    Kind {
        name: "outcomes",
        label: "Outcomes",
        draw: outcomes::draw,
    },
    Kind {
        name: "fairness",
        label: "Fairness",
        draw: fairness::draw,
    },
];

/// What one chart's file makes of a group.
struct Drawing {
    /// What is shown, in a few words.
    title: &'static str,
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
    pub label: &'static str,
    /// What is shown of which workload, in a few words.
    pub title: String,
    /// How to read it, and on how many rounds it stands.
    pub caption: String,
    /// The SVG element with its title and description; empty if there is nothing to draw.
    pub svg: String,
    /// The same numbers.
    pub table: Table,
}

/// Every chart of a group.
///
/// # Errors
/// If the drawing library refuses to draw.
pub fn of(group: &Group) -> Result<Vec<Chart>> {
    CHARTS
        .iter()
        .map(|kind| {
            let drawing = (kind.draw)(group)?;
            let anchor = format!("{}-{}", group.anchor, kind.name);
            let title = format!("{}: {}", drawing.title, group.name());
            let described = |svg: String| described(&svg, &anchor, &title, &drawing.description);
            Ok(Chart {
                svg: drawing.svg.map_or_else(String::new, described),
                label: kind.label,
                caption: format!("{} {}", drawing.caption, standing(group))
                    .trim()
                    .to_owned(),
                table: drawing.table,
                title,
                anchor,
            })
        })
        .collect()
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
fn standing(group: &Group) -> String {
    let lacking: Vec<String> = group
        .stored_cells()
        .filter(|cell| cell.lacks_rounds())
        .map(|cell| {
            let clients = super::numbers::plural(cell.point.clients as usize, "client", "clients");
            format!("{} at {clients} ({})", cell.subject.name, cell.basis())
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
