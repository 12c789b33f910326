//! What experiments found, and the verdicts on claims, as text for a terminal.

use std::fmt::Write as _;

use crate::claim::{Claim, Judgement};
use crate::measure::Experiment;
use crate::measure::experiment::{Answer, Observation, Step, Timeline};

/// What an experiment found.
pub fn text(experiment: &Experiment) -> String {
    let mut text = format!("{}\n{}\n", experiment.name, experiment.question);
    for timeline in &experiment.timelines {
        add_timeline(&mut text, timeline);
    }
    if !experiment.observations.is_empty() {
        text.push('\n');
    }
    for observation in &experiment.observations {
        add_observation(&mut text, observation);
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
    let void = match observation.audit.checks.iter().all(|check| check.passed) {
        true => "",
        false => " (void: its audit did not pass)",
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
