//! The report as one HTML file that needs nothing else: no network and no fonts, and a script for the one thing that
//! takes one, copying citations.

mod audits;
mod cite;
mod claims;
mod commit_work;
mod comparison;
mod crosscheck;
mod errors;
mod experiments;
mod facts;
mod method;
mod offered;
mod opening;
mod overhead;
mod repeat;
mod waiting;

use anyhow::{Context, Result};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, HtmlEscape, Value};
use serde::Serialize;

use super::basis::{self, Cell, Group, Section as Content};
use super::changes::Changes;
use super::charts::{self, Chart, Paint};
use super::measured::{self, Conditions};
use super::numbers::chosen_time;
use super::round_trips;
use super::table::Table;
use super::warnings::{self, Warning};
use super::{long_trials, not_measured};
use crate::measure::{Run, Script, SubjectInfo, WorkloadInfo};

/// The templates: name and text.
const TEMPLATES: &[(&str, &str)] = &[
    ("index.html", include_str!("index.html")),
    ("macros.html", include_str!("macros.html")),
    ("changes.html", include_str!("changes.html")),
    ("long_trials.html", include_str!("long_trials.html")),
    ("carelessness.html", include_str!("carelessness.html")),
    ("workload.html", include_str!("workload.html")),
    ("commit_work.html", include_str!("commit_work.html")),
    ("claims.html", include_str!("claims.html")),
    ("experiments.html", include_str!("experiments.html")),
    ("conditions.html", include_str!("conditions.html")),
    ("method.html", include_str!("method.html")),
    ("crosscheck.html", include_str!("crosscheck.html")),
    ("repeat.html", include_str!("repeat.html")),
];

/// The style sheet, which goes into the page.
const STYLE: &str = include_str!("style.css");

/// Everything that the templates are given.
#[derive(Serialize)]
struct Page<'a> {
    style: &'a str,
    /// The version of the program that makes the page; the one that measured is the run's.
    generator: &'static str,
    cite: cite::Cite,
    run: facts::Header,
    incomplete: Option<String>,
    warnings: Vec<String>,
    notes: Vec<String>,
    opening: Vec<String>,
    changes: Option<&'a Changes>,
    carelessness: Option<Chart>,
    comparison: comparison::Comparison,
    long: Option<Long>,
    sections: Vec<Section<'a>>,
    work: Option<commit_work::Work>,
    claims: claims::Claims<'a>,
    experiments: Vec<experiments::Part<'a>>,
    subjects: Vec<Subject<'a>>,
    settings: Vec<facts::Settings>,
    server: Option<facts::Server>,
    machine: Table,
    probe: Table,
    versions: Table,
    method: method::Method,
    crosscheck: Option<crosscheck::Harness>,
    overhead: overhead::Overhead,
    audits: audits::Audits,
    not_measured: Vec<String>,
    repeat: repeat::Repeat,
}

/// The long trials.
#[derive(Serialize)]
struct Long {
    seconds: String,
    table: Table,
}

/// A section about one workload.
#[derive(Serialize)]
struct Section<'a> {
    anchor: &'a str,
    /// The workload's name, with the variant if there is one.
    name: String,
    variant: &'a str,
    workload: &'a WorkloadInfo,
    /// What a round trip costs, where it can be derived from this section and another.
    round_trips: Option<String>,
    careful: Option<&'a Script>,
    naive: Option<&'a Script>,
    /// Who sends these statements.
    senders: &'static str,
    charts: Vec<Chart>,
    offered: Table,
    /// Under what conditions all its points were measured.
    offered_conditions: Conditions,
    errors: Table,
    /// Under what conditions those were that store something.
    conditions: Conditions,
}

/// A subject as the page shows it.
#[derive(Serialize)]
struct Subject<'a> {
    anchor: String,
    name: &'a str,
    colour: String,
    engine: String,
    tier: String,
    summary: &'a str,
    dialect: &'a [String],
}

/// Makes the page, with what changed since another run if that is known.
///
/// # Errors
/// If a chart cannot be drawn or a template does not fit what it is given.
pub fn render(run: &Run, changes: Option<&Changes>) -> Result<String> {
    let contents = basis::sections(run);
    let compared = basis::compared(&contents);
    let sections = contents
        .iter()
        .map(|content| section(run, content, &contents))
        .collect::<Result<Vec<_>>>()?;
    let example = example_figure(&sections);
    let experiments = experiments::of(run)?;
    let warnings = warnings::of(run);
    let stop = warnings
        .iter()
        .find(|warning| matches!(warning, Warning::Incomplete { .. }));
    let rest = warnings
        .iter()
        .filter(|warning| !matches!(warning, Warning::Incomplete { .. }));
    let page = Page {
        style: STYLE,
        generator: env!("CARGO_PKG_VERSION"),
        cite: cite::of(run),
        run: facts::header(run),
        incomplete: stop.map(ToString::to_string),
        warnings: rest.map(ToString::to_string).collect(),
        notes: warnings::notes(run)
            .iter()
            .map(ToString::to_string)
            .collect(),
        opening: opening::paragraphs(run, &contents, &compared),
        changes,
        comparison: comparison::of(run, &compared),
        long: (!run.long_trials.is_empty()).then(|| Long {
            seconds: chosen_time(run.plan.long_seconds),
            table: long_trials::table(run),
        }),
        carelessness: charts::of_carelessness(run, &contents)?,
        sections,
        work: commit_work::of(run),
        claims: claims::of(run, &experiments),
        experiments,
        subjects: run.every_subject().map(subject).collect(),
        settings: facts::settings(run),
        server: facts::server(run),
        machine: facts::machine(run),
        probe: facts::probe(run),
        versions: facts::versions(run),
        method: method::of(run, &contents, &compared),
        crosscheck: crosscheck::of(run),
        overhead: overhead::of(run, &contents, &compared),
        audits: audits::of(run),
        not_measured: not_measured::sentences(run),
        repeat: repeat::of(run, example),
    };
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_filter("unbroken", |text: String| {
        Value::from_safe_string(unbroken(&text))
    });
    for (name, text) in TEMPLATES {
        environment
            .add_template(name, text)
            .with_context(|| format!("The template {name}"))?;
    }
    Ok(environment
        .get_template("index.html")?
        .render(Serde(&page))?)
}

/// Text as HTML in which names such as `sqlite-wal-full` are not broken at their hyphens.
fn unbroken(text: &str) -> String {
    let is_name = |word: &str| {
        let name = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        name.contains('-') && name.len() < 30
    };
    text.split_inclusive(' ')
        .map(|word| match is_name(word) {
            true => {
                let (name, space) = word.split_at(word.trim_end().len());
                format!("<span class=\"n\">{}</span>{space}", HtmlEscape(name))
            }
            false => HtmlEscape(word).to_string(),
        })
        .collect()
}

fn section<'a>(run: &Run, content: &'a Content<'a>, beside: &[Content]) -> Result<Section<'a>> {
    let groups: Vec<&Group> = content.groups().collect();
    let all: Vec<&Cell> = groups.iter().flat_map(|group| &group.cells).collect();
    let stored: Vec<&Cell> = content.stored_cells().collect();
    Ok(Section {
        anchor: &content.anchor,
        name: content.name(),
        variant: &content.variant,
        workload: &content.workload,
        round_trips: round_trips::sentence(content, beside),
        careful: content.careful.as_ref().map(|group| group.script()),
        naive: content.naive.as_ref().map(|group| group.script()),
        senders: match content.over_http() {
            true => "instances of the app",
            false => "clients",
        },
        charts: charts::of(run, content)?,
        offered: offered::of(content),
        offered_conditions: measured::of(run, &groups, &all),
        conditions: measured::of(run, &groups, &stored),
        errors: errors::of(content),
    })
}

/// The anchor of a figure that this report has, for the example of how to cite one.
fn example_figure(sections: &[Section]) -> Option<String> {
    let mut charts = sections.iter().flat_map(|section| &section.charts);
    charts.next().map(|chart| chart.anchor.clone())
}

fn subject(info: &SubjectInfo) -> Subject<'_> {
    Subject {
        anchor: format!("subject-{}", basis::slug(&info.name)),
        name: &info.name,
        colour: Paint::hex(&info.colour).css(),
        engine: info.engine.to_string(),
        tier: info.tier.to_string(),
        summary: &info.summary,
        dialect: &info.dialect,
    }
}
