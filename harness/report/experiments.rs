//! What experiments found, and the verdicts on claims, as text for a terminal.

use std::fmt::Write as _;

use crate::claim::{Claim, Judgement};
use crate::measure::Experiment;
use crate::measure::experiment::{Answer, Observation, Step, Timeline, View};

use super::numbers::NOTHING;
use super::{observed, phrases};

/// What an experiment found.
pub fn text(experiment: &Experiment) -> String {
    let mut text = format!("{}\n{}\n", experiment.name, experiment.question);
    for timeline in &experiment.timelines {
        add_timeline(&mut text, timeline);
    }
    for view in &experiment.views {
        add_view(&mut text, experiment, view);
    }
    // What no chart shows is told one by one.
    if experiment.views.is_empty() && !experiment.observations.is_empty() {
        text.push('\n');
        for observation in &experiment.observations {
            add_observation(&mut text, observation);
        }
    }
    for left_out in &experiment.left_out {
        let _ = writeln!(text, "\n  left out: {left_out}");
    }
    for failure in &experiment.failures {
        let _ = writeln!(text, "\n  not made: {failure}");
    }
    text
}

fn add_timeline(text: &mut String, timeline: &Timeline) {
    let conditions: Vec<String> = timeline
        .conditions
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let _ = writeln!(text, "\n  {}: {}", timeline.subject, timeline.title);
    if !conditions.is_empty() {
        let _ = writeln!(text, "  {}", conditions.join("; "));
    }
    let wide = |of: fn(&Step) -> usize| timeline.steps.iter().map(of).max().unwrap_or(0);
    let actor = wide(|step| step.actor.chars().count());
    let does = wide(|step| step.does.chars().count());
    for step in &timeline.steps {
        let _ = writeln!(
            text,
            "  {:>9.1} ms  {:actor$}  {:does$}  {} after {:.1} ms",
            step.began_us / 1e3,
            step.actor,
            step.does,
            answer(&step.answer),
            step.took_us / 1e3,
        );
    }
    for check in &timeline.ending.checks {
        let _ = writeln!(
            text,
            "  in the end  {}: {} expected, {} found",
            check.what, check.expected, check.found
        );
    }
}

/// The most lines that a chart is told in.
const MOST_LINES: usize = 50;

/// What a chart shows, as lines: the median and the range of the repeats.
fn add_view(text: &mut String, experiment: &Experiment, view: &View) {
    let _ = writeln!(text, "\n  {}", view.title);
    let names = view.panels.iter().chain(&view.series).chain(&view.along);
    let names: Vec<&str> = names.map(String::as_str).collect();
    let conditions = observed::by(observed::of_view(experiment, view), &names);
    let lines: Vec<(String, String)> = conditions
        .iter()
        .map(|condition| {
            let told = phrases::conditions(names.iter().zip(&condition.values));
            let spread = condition.spread(&view.figure);
            let found = spread.map_or(NOTHING.to_owned(), |spread| {
                phrases::spread(Some(view.unit), &spread)
            });
            (told, format!("{found} ({})", condition.basis()))
        })
        .collect();
    if lines.len() > MOST_LINES {
        let _ = writeln!(
            text,
            "    {} figures: see the chart in the report",
            lines.len()
        );
        return;
    }
    let wide = lines.iter().map(|(told, _)| told.chars().count()).max();
    let wide = wide.unwrap_or(0);
    for (told, found) in lines {
        let _ = writeln!(text, "    {told:wide$}  {found}");
    }
    for stated in &view.stated {
        let _ = writeln!(text, "    document: {}", stated.words);
    }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Done { value: None } => "done".to_owned(),
        Answer::Done { value: Some(value) } => value.clone(),
        Answer::Refused { class, code, .. } => format!("{} ({code})", class.name()),
    }
}

fn add_observation(text: &mut String, observation: &Observation) {
    let conditions: Vec<&str> = observation
        .conditions
        .values()
        .map(String::as_str)
        .collect();
    let figures: Vec<String> = observation
        .figures
        .iter()
        .map(|(name, figure)| format!("{name} {}", rounded(*figure)))
        .collect();
    let void = match observation.void() {
        true => " (void: its audit did not pass)",
        false => "",
    };
    let _ = writeln!(
        text,
        "  {}: {}{void}",
        conditions.join(", "),
        figures.join(", ")
    );
}

/// A figure without digits that say nothing.
fn rounded(figure: f64) -> String {
    match figure.fract() == 0.0 {
        true => format!("{figure:.0}"),
        false => format!("{figure:.1}"),
    }
}

/// What experiments say of a claim.
pub fn verdict(claim: &Claim, judgement: &Judgement) -> String {
    format!(
        "{:4} {:12}  {} ({})\n                   {}\n                   {}\n",
        claim.id,
        judgement.verdict.name(),
        claim.statement,
        claim.document.title(),
        judgement.figures,
        judgement.conditions,
    )
}
