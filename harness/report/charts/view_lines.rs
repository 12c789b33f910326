//! A view as lines along a condition that is a number: a panel beside the other.

use anyhow::Result;

use super::axis::Axis;
use super::canvas::{self, AXIS, At, Canvas, GRID, INK, PLAIN, Paint, SMALL};
use super::stated::{self, Key};
use super::view::Seen;
use super::{legend, marks};
use crate::claim::Spread;
use crate::measure::Tier;
use crate::measure::experiment::Stated;
use crate::report::phrases;

const WIDTH: i32 = 900;
/// Room for the labels of the upright axis, and to the right of a panel.
const LABELS: i32 = 72;
const BESIDE: i32 = 20;
/// Room for the title of a panel, and for the labels below it.
const TITLE: i32 = 28;
const BELOW: i32 = 56;
/// Room above a panel without one.
const AROUND: i32 = 8;
/// How high a line of the legend is.
const LINE: i32 = 17;

/// How a line is drawn.
struct Style {
    /// What tells it from the others.
    name: String,
    /// The same for the legend, with the tier of its subject, line by line.
    words: Vec<String>,
    paint: Paint,
    /// Its shape and dashes, as those of a tier.
    shape: Tier,
    dashes: Tier,
}

/// Shapes and dashes, in the order in which they are given to series.
const LOOKS: [Tier; 5] = [
    Tier::PowerLoss,
    Tier::PowerLossButLast,
    Tier::ProcessCrash,
    Tier::Nothing,
    Tier::None,
];

/// Points of one line of one panel: where along, and the figure there, if any may be compared.
type Line = Vec<(f64, Option<Spread>)>;

/// A panel: its title, the same line by line, and a line for each style.
struct Panel {
    title: String,
    words: Vec<String>,
    /// The colour of its subject, if all of it is of one.
    paint: Option<Paint>,
    lines: Vec<Line>,
}

/// Draws the chart.
pub fn svg(seen: &Seen) -> Result<String> {
    let styles = styles(seen);
    let panels = panels(seen, &styles);
    let columns = panels.len().clamp(1, 2) as i32;
    let high = if columns == 1 { 300 } else { 200 };
    let key = Key::of(seen.view, WIDTH);
    let legend = legend_rows(&styles);
    let top = legend.iter().sum::<i32>() + 8 + key.height() + 22;
    let titles = panels.iter().map(|panel| panel.words.len()).max();
    let head = match titles.unwrap_or(0) as i32 {
        0 => AROUND,
        lines => TITLE + (lines - 1) * LINE,
    };
    let block = head + high + BELOW;
    let lines = (panels.len() as i32 + columns - 1) / columns;
    let size = (WIDTH as u32, (top + lines * block) as u32);
    let mut along: Vec<f64> = panels
        .iter()
        .flat_map(|panel| panel.lines.iter().flatten().map(|(at, _)| *at))
        .collect();
    along.extend(seen.view.stated.iter().filter_map(|stated| stated.at));
    along.sort_by(f64::total_cmp);
    along.dedup();
    canvas::draw(size, |canvas| {
        draw_legend(canvas, &styles, &legend)?;
        key.draw(canvas, legend.iter().sum::<i32>() + 8)?;
        canvas.text((8, top - 10), &seen.axis_title(), SMALL)?;
        for (panel, index) in panels.iter().zip(0..) {
            let left = index % columns * (WIDTH / columns) + LABELS;
            let right = (index % columns + 1) * (WIDTH / columns) - BESIDE;
            let upper = top + index / columns * block + head;
            let frame = Frame {
                left,
                right,
                upper,
                lower: upper + high,
            };
            draw_panel(canvas, seen, panel, &styles, &along, &frame)?;
        }
        Ok(())
    })
}

/// Where a panel is.
struct Frame {
    left: i32,
    right: i32,
    upper: i32,
    lower: i32,
}

/// A style for each series: the colour of its subject, and where other conditions part the series
/// a shape and a dash for them; else those of the subject's tier.
fn styles(seen: &Seen) -> Vec<Style> {
    let mut styles: Vec<Style> = Vec::new();
    let mut others: Vec<Vec<&str>> = Vec::new();
    let mut all = seen.conditions.iter();
    let only_subjects = all.all(|condition| seen.besides_subject(condition).is_empty());
    for condition in &seen.conditions {
        let name = seen.name(condition);
        if styles.iter().any(|style| style.name == name) {
            continue;
        }
        let subject = seen.series_subject(condition);
        let rest = seen.besides_subject(condition);
        let place = others.iter().position(|known| *known == rest);
        let place = place.unwrap_or_else(|| {
            others.push(rest);
            others.len() - 1
        });
        let (shape, dashes) = match subject {
            Some(subject) if only_subjects => (subject.tier, subject.tier),
            _ => {
                let round = place / LOOKS.len();
                (
                    LOOKS[place % LOOKS.len()],
                    LOOKS[(place + round) % LOOKS.len()],
                )
            }
        };
        let words = match subject {
            Some(subject) => format!("{name} ({})", subject.tier),
            None => name.clone(),
        };
        styles.push(Style {
            name,
            words: legend::wrapped(&words, WIDTH / 2 - 62),
            paint: subject.map_or(INK, |subject| Paint::hex(&subject.colour)),
            shape,
            dashes,
        });
    }
    styles
}

fn panels(seen: &Seen, styles: &[Style]) -> Vec<Panel> {
    let mut panels: Vec<Panel> = Vec::new();
    for condition in &seen.conditions {
        let title = seen.panel(condition);
        let at = panels.iter().position(|panel| panel.title == title);
        let at = at.unwrap_or_else(|| {
            panels.push(Panel {
                words: legend::wrapped(&title, WIDTH * 2 / 5),
                paint: seen.panel_subject(condition).map(|s| Paint::hex(&s.colour)),
                title,
                lines: styles.iter().map(|_| Line::new()).collect(),
            });
            panels.len() - 1
        });
        let name = seen.name(condition);
        let style = styles.iter().position(|style| style.name == name);
        if let Some((style, place)) = style.zip(seen.along(condition)) {
            panels[at].lines[style].push((place, seen.spread(condition)));
        }
    }
    panels
}

/// How high each row of the legend is, with two series in each.
fn legend_rows(styles: &[Style]) -> Vec<i32> {
    let high = |pair: &[Style]| pair.iter().map(|style| style.words.len()).max();
    styles
        .chunks(2)
        .map(|pair| high(pair).unwrap_or(1) as i32 * LINE + 5)
        .collect()
}

fn draw_legend(canvas: &Canvas, styles: &[Style], rows: &[i32]) -> Result<()> {
    let mut top = 0;
    for (pair, high) in styles.chunks(2).zip(rows) {
        for (style, left) in pair.iter().zip([8, WIDTH / 2 + 8]) {
            let y = top + LINE / 2 + 3;
            let ends = [(left, y), (left + 34, y)];
            canvas.dashed(&ends, style.paint, 2, marks::dashes(style.dashes))?;
            marks::shape(canvas, (left + 17, y), style.shape, style.paint)?;
            for (line, words) in (0..).zip(&style.words) {
                canvas.text((left + 44, y + line * LINE), words, PLAIN)?;
            }
        }
        top += high;
    }
    Ok(())
}

fn draw_panel(
    canvas: &Canvas,
    seen: &Seen,
    panel: &Panel,
    styles: &[Style],
    along: &[f64],
    frame: &Frame,
) -> Result<()> {
    let view = seen.view;
    let x = Axis::along(along, frame.left + 24, frame.right - 24);
    let values = seen.values();
    let y = match view.logarithmic {
        true => Axis::log(values, frame.lower, frame.upper),
        false => Axis::linear(
            values.into_iter().fold(0.0, f64::max),
            frame.lower,
            frame.upper,
        ),
    };
    axes(canvas, seen, &x, &y, along, frame)?;
    for (words, line) in panel.words.iter().rev().zip(0..) {
        let at = (
            frame.left - LABELS + 8,
            frame.upper - TITLE / 2 - 2 - line * LINE,
        );
        canvas.text(at, words, PLAIN.bold())?;
    }
    let (placed, everywhere): (Vec<&Stated>, Vec<&Stated>) =
        view.stated.iter().partition(|stated| stated.at.is_some());
    for stated in everywhere {
        stated::everywhere(canvas, &y, stated, (frame.left, frame.right), false)?;
    }
    stated::placed(canvas, &x, &y, &placed)?;
    let middle = styles.len() as i32 - 1;
    for ((line, style), index) in panel.lines.iter().zip(styles).zip(0..) {
        // Bars of several series at one place stand side by side.
        let paint = panel.paint.unwrap_or(style.paint);
        let aside = (index * 2 - middle) * 6 / (middle + 1).max(3);
        let mut corners: Vec<At> = Vec::new();
        // A line only joins neighbours: over a place where all is void it would claim a figure.
        let mut stretch: Vec<At> = Vec::new();
        for (at, spread) in line {
            let at = x.pixel(*at) + aside;
            let Some(spread) = spread else {
                canvas.dashed(&stretch, paint, 2, marks::dashes(style.dashes))?;
                stretch.clear();
                continue;
            };
            let [low, median, high] = [spread.low, spread.median, spread.high].map(|v| y.pixel(v));
            if low != high {
                canvas.line(&[(at, low), (at, high)], paint, 2)?;
            }
            corners.push((at, median));
            stretch.push((at, median));
        }
        canvas.dashed(&stretch, paint, 2, marks::dashes(style.dashes))?;
        for at in corners {
            marks::shape(canvas, at, style.shape, paint)?;
        }
    }
    Ok(())
}

fn axes(
    canvas: &Canvas,
    seen: &Seen,
    x: &Axis,
    y: &Axis,
    along: &[f64],
    frame: &Frame,
) -> Result<()> {
    let (left, right, lower) = (frame.left, frame.right, frame.lower);
    for tick in &y.ticks {
        let at = y.pixel(*tick);
        canvas.line(&[(left, at), (right, at)], GRID, 1)?;
        let words = phrases::tick(seen.view.unit, *tick);
        canvas.text((left - 8, at), &words, PLAIN.end())?;
    }
    if let Some(at) = y.zero() {
        canvas.text((left - 8, at), "0", PLAIN.end())?;
    }
    canvas.line(&[(left, lower), (right, lower)], AXIS, 1)?;
    let mut free = i32::MIN;
    for value in along {
        let at = x.pixel(*value);
        let words = value.to_string();
        canvas.line(&[(at, lower), (at, lower + 5)], AXIS, 1)?;
        // A label that would touch its neighbour is left out; its line stays.
        let half = legend::width(&words) / 2;
        if at - half > free {
            canvas.text((at, lower + 17), &words, PLAIN.middle())?;
            free = at + half + 6;
        }
    }
    let along = seen.view.along.as_deref().unwrap_or_default();
    let title = phrases::name(along);
    canvas.text(((left + right) / 2, lower + 37), &title, SMALL.middle())
}
