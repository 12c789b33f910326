//! A decision record, filled in from a run as far as a run can tell: what the data favours under each
//! driver, with citations. What counts for more, and what no benchmark shows, is for people to say.

mod choice;
mod evidence;
mod figures;
mod words;

use anyhow::{Context, Result};
use minijinja::value::Serde;
use serde::Serialize;

pub use choice::{Choice, Refusal, check};

use crate::measure::{Engine, Figure, Run};

use super::basis::{self, Cell, Group, Section};
use super::long_trials;
use super::markdown::{self, code, escape};
use super::numbers::{list, plural};
use super::warnings::{self, Warning};
use super::{citation, engines, ledger, measured, not_measured};
use words::{Numbered, Record as Words};

/// The format of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// Markdown Architectural Decision Records 4.0.0 (adr.github.io/madr)
    Madr,
    /// Context, Decision, Consequences, as Michael Nygard proposed
    Nygard,
}

impl Template {
    /// Every format, the first the usual one.
    pub const ALL: [Template; 2] = [Template::Madr, Template::Nygard];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Template::Madr => "madr",
            Template::Nygard => "nygard",
        }
    }
}

/// What a record is to say beside what the run tells.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The title; `None` for the question.
    pub title: Option<String>,
    /// What was chosen; `None` leaves it open.
    pub choice: Option<Choice>,
    /// The format.
    pub template: Template,
    /// The date of the record, as YYYY-MM-DD.
    pub date: String,
    /// Where the report is, as links from the record lead to it.
    pub page: String,
}

/// The title of a record that was given none.
const QUESTION: &str = "One SQLite file shared by all instances of the app, or PostgreSQL";

/// What the templates are given. Everything but the title is Markdown already.
#[derive(Serialize)]
struct Record {
    status: &'static str,
    date: String,
    title: String,
    context: Vec<String>,
    drivers: Vec<String>,
    options: Vec<words::Opinion>,
    /// What the brackets of the options' figures hold; empty without any.
    brackets: String,
    outcome: Vec<String>,
    by_driver: Vec<String>,
    against: Vec<String>,
    consequences: Vec<String>,
    confirmation: String,
    /// The run that the evidence is of.
    source: String,
    evidence: Vec<String>,
    weakened: Vec<String>,
    not_measured: Vec<String>,
    more: Vec<String>,
}

/// `adr.md`: the record of a decision that nobody has made yet, on the day of the run.
///
/// # Errors
/// If the template does not fit what it is given, which would be a mistake in this file.
pub fn render(run: &Run) -> Result<String> {
    let asked = Asked {
        title: None,
        choice: None,
        template: Template::Madr,
        date: citation::date(run).to_owned(),
        page: "index.html".to_owned(),
    };
    record(run, &asked)
}

/// The record of a run as it was asked for.
///
/// # Errors
/// If the template does not fit what it is given, which would be a mistake in this file.
pub fn record(run: &Run, asked: &Asked) -> Result<String> {
    let sections = basis::sections(run);
    let findings = Numbered::all(evidence::findings(run, &sections));
    let audits = evidence::audits(run, &sections);
    let words = Words {
        page: &asked.page,
        findings: &findings,
        audits: &audits,
        choice: asked.choice.as_ref(),
        starvation: long_trials::sentence(run),
    };
    let record = Record {
        status: match asked.choice {
            Some(_) => "accepted",
            None => "proposed",
        },
        date: asked.date.clone(),
        title: asked.title.clone().unwrap_or_else(|| QUESTION.to_owned()),
        context: context(run, &sections),
        drivers: words.drivers(),
        options: words.options(&sections),
        brackets: words.brackets(),
        outcome: words.outcome(),
        by_driver: words.by_driver(),
        against: words.against(),
        consequences: words.consequences(),
        confirmation: confirmation(run),
        source: citation::source(run),
        evidence: words.evidence(),
        weakened: weakened(run),
        not_measured: beyond(run, &sections),
        more: more(run, &asked.page),
    };
    let (name, text) = match asked.template {
        Template::Madr => ("madr.md", include_str!("madr.md")),
        Template::Nygard => ("nygard.md", include_str!("nygard.md")),
    };
    let mut environment = markdown::environment();
    environment
        .add_template(name, text)
        .with_context(|| format!("The template {name}"))?;
    let text = environment.get_template(name)?.render(Serde(&record))?;
    Ok(markdown::tidy(&text))
}

fn context(run: &Run, sections: &[Section]) -> Vec<String> {
    let mut paragraphs = vec![
        "Several instances of an app need one database. They can share one SQLite file, or ask a PostgreSQL server. \
         Which of the two, and with which settings?"
            .to_owned(),
    ];
    let mut what = escape(&engines::words(run));
    if what.is_empty() {
        "no database".clone_into(&mut what);
    }
    let machine = &run.machine;
    paragraphs.push(format!(
        "{} measured {what}, on {} ({}, {}).",
        escape(&citation::source(run)),
        escape(&machine.system),
        escape(&machine.cpu),
        plural(machine.cpus as usize, "processor", "processors"),
    ));
    let groups: Vec<&Group> = evidence::careful(sections)
        .into_iter()
        .map(|(_, group)| group)
        .collect();
    let cells: Vec<&Cell> = groups
        .iter()
        .flat_map(|group| group.stored_cells())
        .collect();
    if !cells.is_empty() {
        let conditions = measured::of(run, &groups, &cells);
        let varied = match conditions.varied.is_empty() {
            true => String::new(),
            false => format!("; {}", conditions.varied),
        };
        paragraphs.push(format!(
            "Conditions: {}.",
            escape(&format!("{}{varied}", conditions.common))
        ));
    }
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if run.subjects.iter().all(|subject| subject.engine != engine) {
            paragraphs.push(format!(
                "{engine} was not measured in this run, which therefore says nothing of it."
            ));
        }
    }
    if !run.complete {
        paragraphs.push("The run was stopped before its plan was done.".to_owned());
    }
    paragraphs
}

fn confirmation(run: &Run) -> String {
    format!(
        "Keep the run file of run {} and let `contend compare` hold new runs against it in CI, as their baseline, made by \
         the same command ({}), since runs of other settings cannot be compared: it fails where a count or a ratio became \
         worse. Whether the evidence still favours the choice, a new record from a new run tells.",
        escape(&run.id),
        code(&run.command.join(" "))
    )
}

fn weakened(run: &Run) -> Vec<String> {
    let incomplete = |warning: &&Warning| matches!(warning, Warning::Incomplete { .. });
    let all = warnings::of(run);
    let sorted = all
        .iter()
        .filter(incomplete)
        .chain(all.iter().filter(|w| !incomplete(w)));
    sorted.map(|warning| escape(&warning.to_string())).collect()
}

/// What the record cannot rest on: beyond any run, and beyond this one.
fn beyond(run: &Run, sections: &[Section]) -> Vec<String> {
    let most = run.plan.most_clients();
    let clients = plural(most as usize, "client", "clients");
    let mut all = vec![
        "What it costs to run either: backups, upgrades, monitoring, a server to be paid for, and what the team knows."
            .to_owned(),
        "Networks between machines, other machines and other disks.".to_owned(),
        format!("More than {clients} at once, and data that grows."),
    ];
    let timed = |section: &&Section| section.workload.figure != Figure::Goodput;
    let timed: Vec<String> = sections
        .iter()
        .filter(timed)
        .map(|section| escape(&section.name()))
        .collect();
    if !timed.is_empty() {
        all.push(format!(
            "Not weighed here, since their figure is a time of their own, which the report shows: {}.",
            list(&timed)
        ));
    }
    all.extend(
        not_measured::sentences(run)
            .iter()
            .map(|sentence| escape(sentence)),
    );
    all
}

fn more(run: &Run, page: &str) -> Vec<String> {
    let place = &run.machine.place;
    let mut more = vec![
        format!(
            "Run: {}, made from {} to {}, by contend {}; [report]({page}), checked by {}.",
            code(&run.id),
            escape(&run.started),
            escape(&run.finished),
            escape(&run.build.words()),
            code("contend verify run.json index.html"),
        ),
        format!(
            "To measure again: {}, seed {}.",
            code(&run.command.join(" ")),
            run.plan.seed
        ),
        format!(
            "[Machine]({page}#machine): {}, {}; SQLite files on {} ({}).",
            escape(&run.machine.system),
            escape(&run.machine.kernel),
            escape(&place.filesystem),
            escape(&place.device),
        ),
    ];
    more.push(claims(run, page));
    more.push(
        "To be looked at again when the load exceeds what was measured, when the disk, the machine or the version of \
         either engine changes, or when a comparison with this run fails."
            .to_owned(),
    );
    more
}

/// The verdicts on the documents' claims, each with a link.
fn claims(run: &Run, page: &str) -> String {
    if run.experiments.is_empty() {
        return "Claims of the documents: no experiment was made in this run, so none was judged."
            .to_owned();
    }
    let entries = ledger::of(run);
    let verdicts = ledger::VERDICTS.iter().filter_map(|verdict| {
        let own = entries.iter().filter(|e| e.judgement.verdict == *verdict);
        let links: Vec<String> = own
            .map(|entry| format!("[{id}]({page}#claim-{id})", id = entry.claim.id))
            .collect();
        (!links.is_empty()).then(|| format!("{}: {}", verdict.name(), links.join(", ")))
    });
    let verdicts: Vec<String> = verdicts.collect();
    format!(
        "[Claims]({page}#claims) of the documents, by verdict: {}.",
        verdicts.join("; ")
    )
}
