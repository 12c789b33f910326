//! An interleaving that was stepped by hand: a lane for each actor, a row for each step.

use std::borrow::Cow;

use anyhow::Result;

use super::canvas::{self, AXIS, At, Canvas, GRID, INK, PLAIN, Paint, SMALL, Type};
use super::{Drawing, classes, legend};
use crate::measure::experiment::{Answer, Step, Timeline};
use crate::report::endings;
use crate::report::numbers::time;
use crate::report::phrases;
use crate::report::table::{Kind, Table};

const WIDTH: i32 = 900;
/// Room for the time at which a step began.
const TIMES: i32 = 78;
/// How high a line of words is, and the room around the lines of a row.
const LINE: i32 = 17;
const AROUND: i32 = 10;
const HEAD: i32 = 34;
/// From the left of a lane to its bar, and from there to the words.
const BAR: i32 = 12;
const WORDS: i32 = 26;
/// What must not be overlooked.
const STRONG: Type = Type {
    paint: INK,
    bold: true,
    ..SMALL
};
/// With more actors than this the words stand beside all lanes, not in them.
const MOST_IN_LANES: usize = 3;

/// What happens in a row.
#[derive(Clone, Copy)]
enum Event {
    /// A step begins and has its answer, or begins and waits.
    Begins { step: usize, waits: bool },
    /// A step that waited has its answer.
    Answered { step: usize },
}

/// A row: what happens, its words, and where it is.
struct Row {
    event: Event,
    does: Vec<String>,
    answer: Vec<String>,
    top: i32,
    bottom: i32,
}

/// Where lanes and words are.
struct Lanes<'t> {
    actors: Vec<&'t str>,
    wide: i32,
}

/// Draws the chart.
pub fn draw(timeline: &Timeline) -> Result<Drawing> {
    let drawn = !timeline.steps.is_empty();
    Ok(Drawing {
        title: Cow::Owned(format!("{}: {}", timeline.title, timeline.subject)),
        description: describe(timeline),
        caption: caption(timeline),
        svg: drawn.then(|| svg(timeline)).transpose()?,
        table: table(timeline),
    })
}

fn caption(timeline: &Timeline) -> String {
    let mut conditions: Vec<String> = Vec::new();
    for (name, value) in &timeline.conditions {
        conditions.push(format!("{}: {value}", phrases::name(name)));
    }
    let mut sentences = Vec::new();
    if timeline.steps.is_empty() {
        sentences.push("No step was made.".to_owned());
    }
    if !conditions.is_empty() {
        sentences.push(format!("Under {}.", conditions.join("; ")));
    }
    sentences.push(format!("In the end: {}.", endings::brief(&timeline.ending)));
    sentences.join(" ")
}

fn describe(timeline: &Timeline) -> String {
    let steps = timeline
        .steps
        .iter()
        .map(|step| format!("{}: {}: {}.", step.actor, step.does, answer(step)));
    let steps: Vec<String> = steps.collect();
    format!("{} {}", steps.join(" "), endings::words(&timeline.ending))
}

/// What came back, and after how long.
fn answer(step: &Step) -> String {
    let after = time(step.took_us * 1e-6);
    match &step.answer {
        Answer::Done { value: None } => format!("done after {after}"),
        Answer::Done { value: Some(value) } => format!("gave {value} after {after}"),
        Answer::Refused { class, code, .. } => {
            format!("refused after {after}: {} ({code})", class.name())
        }
    }
}

fn table(timeline: &Timeline) -> Table {
    let mut table = Table::new(&[
        ("began after", Kind::Number),
        ("actor", Kind::Head),
        ("does", Kind::Code),
        ("answer", Kind::Text),
        ("message", Kind::Text),
    ]);
    for step in &timeline.steps {
        let message = match &step.answer {
            Answer::Refused { message, .. } => message.clone(),
            Answer::Done { .. } => String::new(),
        };
        table.row([
            began(step),
            step.actor.clone(),
            step.does.clone(),
            answer(step),
            message,
        ]);
    }
    table.note = endings::words(&timeline.ending);
    table
}

/// In milliseconds whatever the size, so that one can be compared with another.
fn began(step: &Step) -> String {
    format!("{:.1} ms", step.began_us / 1e3)
}

/// What happens, in order: a step that had its answer only after another had begun has a second
/// row for it.
fn events(steps: &[Step]) -> Vec<Event> {
    let mut events: Vec<(f64, Event)> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let ends = step.began_us + step.took_us;
        let waits = steps[index + 1..].iter().any(|later| later.began_us < ends);
        events.push((step.began_us, Event::Begins { step: index, waits }));
        if waits {
            events.push((ends, Event::Answered { step: index }));
        }
    }
    events.sort_by(|a, b| a.0.total_cmp(&b.0));
    events.into_iter().map(|(_, event)| event).collect()
}

impl Event {
    fn step(self) -> usize {
        match self {
            Event::Begins { step, .. } | Event::Answered { step } => step,
        }
    }
}

impl<'t> Lanes<'t> {
    fn of(steps: &'t [Step]) -> Lanes<'t> {
        let mut actors: Vec<&str> = Vec::new();
        for step in steps {
            if !actors.contains(&step.actor.as_str()) {
                actors.push(&step.actor);
            }
        }
        let many = actors.len() > MOST_IN_LANES;
        let all = if many { 380 } else { WIDTH - TIMES - 8 };
        let wide = (all / actors.len().max(1) as i32).max(2);
        Lanes { actors, wide }
    }

    fn many(&self) -> bool {
        self.actors.len() > MOST_IN_LANES
    }

    fn left(&self, actor: &str) -> i32 {
        let lane = self.actors.iter().position(|known| *known == actor);
        TIMES + lane.unwrap_or(0) as i32 * self.wide
    }

    /// The first pixel of an actor's words.
    fn words(&self, actor: &str) -> i32 {
        match self.many() {
            true => TIMES + self.actors.len() as i32 * self.wide + WORDS,
            false => self.left(actor) + WORDS,
        }
    }

    /// How wide they may be.
    fn room(&self) -> i32 {
        match self.many() {
            true => WIDTH - self.words("") - 8,
            false => self.wide - WORDS - 8,
        }
    }

    /// Whether there is room for an actor's name over its lane.
    fn names(&self, actor: &str) -> bool {
        legend::width(actor) + BAR < self.wide
    }

    /// Words of an actor, with its name where the lane does not tell it.
    fn says(&self, actor: &str, words: &str) -> String {
        match self.many() || !self.names(actor) {
            true => format!("{actor}: {words}"),
            false => words.to_owned(),
        }
    }
}

fn rows(timeline: &Timeline, lanes: &Lanes) -> Vec<Row> {
    let mut top = HEAD;
    let mut rows = Vec::new();
    for event in events(&timeline.steps) {
        let step = &timeline.steps[event.step()];
        let told = |words: &str| legend::wrapped(words, lanes.room() - 14);
        let answered = lanes.says(&step.actor, &answer(step));
        let (does, answer) = match event {
            Event::Begins { waits, .. } => (
                legend::wrapped(&lanes.says(&step.actor, &step.does), lanes.room()),
                if waits {
                    told("waits …")
                } else {
                    told(&answer(step))
                },
            ),
            Event::Answered { .. } => (Vec::new(), told(&answered)),
        };
        let bottom = top + (does.len() + answer.len()) as i32 * LINE + AROUND;
        rows.push(Row {
            event,
            does,
            answer,
            top,
            bottom,
        });
        top = bottom;
    }
    rows
}

fn svg(timeline: &Timeline) -> Result<String> {
    let lanes = Lanes::of(&timeline.steps);
    let rows = rows(timeline, &lanes);
    let foot = rows.last().map_or(HEAD, |row| row.bottom);
    let ending: Vec<(bool, Vec<String>)> = endings::checks(&timeline.ending)
        .into_iter()
        .map(|(passed, words)| (passed, legend::wrapped(&words, WIDTH - TIMES - WORDS - 8)))
        .collect();
    let lines: usize = ending.iter().map(|(_, lines)| lines.len()).sum();
    let size = (
        WIDTH as u32,
        (foot + 14 + lines.max(1) as i32 * LINE + AROUND) as u32,
    );
    canvas::draw(size, |canvas| {
        for actor in &lanes.actors {
            let x = lanes.left(actor) + BAR;
            canvas.line(&[(x, HEAD), (x, foot)], AXIS, 1)?;
            if lanes.names(actor) {
                canvas.text((lanes.left(actor) + 6, HEAD / 2), actor, PLAIN.bold())?;
            }
        }
        for row in &rows {
            canvas.line(&[(8, row.top), (WIDTH - 8, row.top)], GRID, 1)?;
        }
        for row in &rows {
            draw_row(canvas, timeline, &lanes, &rows, row)?;
        }
        canvas.line(&[(8, foot), (WIDTH - 8, foot)], AXIS, 1)?;
        let mut y = foot + 14;
        canvas.text((8, y), "In the end", STRONG)?;
        if ending.is_empty() {
            canvas.text((TIMES + WORDS, y), "the database was not asked", SMALL)?;
        }
        for (passed, lines) in &ending {
            let paint = if *passed { INK } else { refusal() };
            answer_mark(canvas, (TIMES + BAR, y), *passed, paint)?;
            for line in lines {
                canvas.text((TIMES + WORDS, y), line, PLAIN)?;
                y += LINE;
            }
        }
        Ok(())
    })
}

fn draw_row(
    canvas: &Canvas,
    timeline: &Timeline,
    lanes: &Lanes,
    rows: &[Row],
    row: &Row,
) -> Result<()> {
    let index = row.event.step();
    let step = &timeline.steps[index];
    let left = lanes.words(&step.actor);
    let paint = step.answer.class().map_or(INK, classes::colour);
    let mut y = row.top + AROUND / 2 + LINE / 2;
    if let Event::Begins { waits, .. } = row.event {
        canvas.text((TIMES - 10, y), &began(step), SMALL.end())?;
        let answered = |row: &&Row| matches!(row.event, Event::Answered { step } if step == index);
        let last = rows.iter().find(answered).unwrap_or(row);
        bar(
            canvas,
            lanes,
            step,
            (row.top + 3, last.bottom - 3),
            waits,
            paint,
        )?;
    }
    for words in &row.does {
        canvas.text((left, y), words, PLAIN)?;
        y += LINE;
    }
    let (left, kind) = match row.event {
        Event::Begins { waits: true, .. } => (left, SMALL),
        _ => {
            answer_mark(canvas, (left + 5, y), step.answer.done(), paint)?;
            let kind = if step.answer.done() { SMALL } else { STRONG };
            (left + 16, kind)
        }
    };
    for words in &row.answer {
        canvas.text((left, y), words, kind)?;
        y += LINE;
    }
    Ok(())
}

/// The bar of a step: filled, or hollow while it waited.
fn bar(
    canvas: &Canvas,
    lanes: &Lanes,
    step: &Step,
    (top, bottom): (i32, i32),
    waits: bool,
    paint: Paint,
) -> Result<()> {
    let x = lanes.left(&step.actor) + BAR;
    let half = (lanes.wide / 4).clamp(1, 5);
    if !waits {
        return canvas.fill((x - half, top), (x + half, bottom), paint);
    }
    canvas.fill((x - half, top), (x + half, bottom), paint.faded(0.2))?;
    let corners = [
        (x - half, top),
        (x + half, top),
        (x + half, bottom),
        (x - half, bottom),
        (x - half, top),
    ];
    canvas.line(&corners, paint, 2)
}

/// The colour of what is not as it should be in the end.
fn refusal() -> Paint {
    classes::colour(crate::measure::Outcome::Unknown)
}

/// A dot where it was done, a cross where it was refused.
fn answer_mark(canvas: &Canvas, (x, y): At, done: bool, paint: Paint) -> Result<()> {
    if done {
        return canvas.dot((x, y), 3, INK);
    }
    canvas.line(&[(x - 4, y - 4), (x + 4, y + 4)], paint, 3)?;
    canvas.line(&[(x - 4, y + 4), (x + 4, y - 4)], paint, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(actor: &str, began_us: f64, took_us: f64) -> Step {
        Step {
            label: String::new(),
            actor: actor.to_owned(),
            does: "COMMIT".to_owned(),
            began_us,
            took_us,
            answer: Answer::Done { value: None },
        }
    }

    fn order(steps: &[Step]) -> String {
        let words = events(steps).into_iter().map(|event| match event {
            Event::Begins { step, waits: true } => format!("{step} waits"),
            Event::Begins { step, .. } => format!("{step}"),
            Event::Answered { step } => format!("{step} answered"),
        });
        words.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_step_that_waits_while_others_act_is_answered_in_a_row_of_its_own() {
        let steps = [
            step("A", 0.0, 10.0),
            step("B", 20.0, 500.0),
            step("A", 200.0, 50.0),
            step("A", 600.0, 5.0),
        ];
        assert_eq!(order(&steps), "0, 1 waits, 2, 1 answered, 3");
    }

    #[test]
    fn steps_one_after_another_have_a_row_each() {
        assert_eq!(order(&[step("A", 0.0, 10.0), step("B", 20.0, 1e6)]), "0, 1");
        assert_eq!(order(&[]), "");
    }

    #[test]
    fn many_actors_share_the_place_for_words() {
        let steps: Vec<Step> = (0..12)
            .map(|n| step(&format!("writer {n}"), f64::from(n), 0.5))
            .collect();
        let lanes = Lanes::of(&steps);
        assert!(lanes.room() > 300);
        assert_eq!(lanes.words("writer 3"), lanes.words("writer 7"));
    }
}
