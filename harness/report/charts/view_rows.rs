//! A view as rows: one for each series, its median and its range, and the numbers beside it.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::{self, PLAIN};
use super::rows::{self, Content, Panel, Room, Row, Rows, WIDTH};
use super::stated::{self, Key};
use super::view::Seen;
use super::{legend, marks};
use crate::claim::Spread;
use crate::measure::{SubjectInfo, Tier};
use crate::report::phrases;

/// A row's figure, and the shape of its subject's tier.
struct Mark {
    spread: Spread,
    tier: Tier,
}

/// Draws the chart.
pub fn svg(seen: &Seen) -> Result<String> {
    let view = seen.view;
    let mut subjects: Vec<&SubjectInfo> = Vec::new();
    let panels: Vec<Panel<Mark>> = rows::panels(seen.conditions.iter().map(|condition| {
        let subject = seen.subject(condition);
        if let Some(subject) = subject.filter(|s| !subjects.iter().any(|k| k.name == s.name)) {
            subjects.push(subject);
        }
        let tier = subject.map_or(Tier::PowerLoss, |subject| subject.tier);
        let mark = seen.spread(condition).map(|spread| Mark { spread, tier });
        let content = Content::or(mark, "no observation may be compared");
        let row = Row::named(&seen.name(condition), subject, content);
        (seen.panel(condition), row)
    }));
    let words = |mark: &Mark| phrases::spread(Some(view.unit), &mark.spread);
    let beside = seen.conditions.iter().filter_map(|c| seen.spread(c));
    let beside = beside.map(|spread| legend::width(&phrases::spread(Some(view.unit), &spread)));
    let key = Key::of(view, WIDTH);
    let room = Room {
        above: key.height(),
        beside: beside.max().unwrap_or(0),
    };
    let values = seen.values();
    let rows = Rows::of(subjects, room, panels);
    let (left, right) = (rows.left + 12, rows.right - 12);
    let axis = match view.logarithmic {
        true => Axis::log(values, left, right),
        false => Axis::linear(values.into_iter().fold(0.0, f64::max), left, right),
    };
    canvas::draw(rows.size(), |canvas| {
        let label = |tick| phrases::tick(view.unit, tick);
        rows.frame(canvas, &axis, label, &seen.axis_title())?;
        key.draw(canvas, rows.legend + legend::height(rows.subjects()))?;
        for stretch in rows.marked() {
            for stated in &view.stated {
                stated::everywhere(canvas, &axis, stated, stretch, true)?;
            }
        }
        for (y, paint, mark) in rows.rows() {
            let [low, median, high] =
                [mark.spread.low, mark.spread.median, mark.spread.high].map(|v| axis.pixel(v));
            if low != high {
                canvas.line(&[(low, y), (high, y)], paint, 2)?;
                for end in [low, high] {
                    canvas.line(&[(end, y - 5), (end, y + 5)], paint, 2)?;
                }
            }
            marks::shape(canvas, (median, y), mark.tier, paint)?;
            canvas.text((WIDTH - 8, y), &words(mark), PLAIN.end())?;
        }
        Ok(())
    })
}
