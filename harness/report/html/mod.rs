//! The report as one HTML file that needs nothing else: no network, no script, no fonts.

mod audits;
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

use super::basis::{self, Section as Content};
use super::changes::Changes;
use super::charts::{self, Chart, Paint};
use super::cut_off::CutOff;
use super::ledger;
use super::numbers::list;
use super::table::Table;
use super::warnings::{self, Warning};
use crate::measure::{Run, Script, SubjectInfo, WorkloadInfo};

/// The templates: name and text.
const TEMPLATES: &[(&str, &str)] = &[
    ("index.html", include_str!("index.html")),
    ("macros.html", include_str!("macros.html")),
    ("changes.html", include_str!("changes.html")),
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
    run: facts::Header,
    incomplete: Option<String>,
    warnings: Vec<String>,
    notes: Vec<String>,
    opening: Vec<String>,
    changes: Option<&'a Changes>,
    carelessness: Option<Chart>,
    comparison: comparison::Comparison,
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

/// A section about one workload.
#[derive(Serialize)]
struct Section<'a> {
    anchor: &'a str,
    variant: &'a str,
    workload: &'a WorkloadInfo,
    careful: Option<&'a Script>,
    naive: Option<&'a Script>,
    /// Who sends these statements.
    senders: &'static str,
    charts: Vec<Chart>,
    offered: Table,
    errors: Table,
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
    let sections = contents.iter().map(section).collect::<Result<Vec<_>>>()?;
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
        carelessness: charts::of_carelessness(run, &contents)?,
        sections,
        work: commit_work::of(run),
        claims: claims::of(run, &experiments),
        experiments,
        subjects: run.subjects.iter().map(subject).collect(),
        settings: facts::settings(run),
        server: facts::server(run),
        machine: facts::machine(run),
        probe: facts::probe(run),
        versions: facts::versions(run),
        method: method::of(run, &contents, &compared),
        crosscheck: crosscheck::of(run),
        overhead: overhead::of(run, &contents, &compared),
        audits: audits::of(run),
        not_measured: not_measured(run),
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

/// What the run says that it did not measure, and what its plan could not.
fn not_measured(run: &Run) -> Vec<String> {
    let cut_off = CutOff::of(run).map(|cut_off| cut_off.not_measured());
    let not_made = not_made(run);
    let all = run.not_measured.iter().cloned();
    all.chain(cut_off).chain(not_made).collect()
}

/// Which experiments that claims wait for were not made.
fn not_made(run: &Run) -> Option<String> {
    let names: Vec<String> = ledger::not_made(run)
        .into_iter()
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "Experiments that would decide claims of the documents and were not made: {}.",
            list(&names)
        )
    })
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

fn section<'a>(content: &'a Content<'a>) -> Result<Section<'a>> {
    Ok(Section {
        anchor: &content.anchor,
        variant: &content.variant,
        workload: &content.workload,
        careful: content.careful.as_ref().map(|group| group.script()),
        naive: content.naive.as_ref().map(|group| group.script()),
        senders: match content.over_http() {
            true => "instances of the app",
            false => "clients",
        },
        charts: charts::of(content)?,
        offered: offered::of(content),
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
