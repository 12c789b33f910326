//! What the run knows of subjects, server, machine and build, as tables.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::measure::{Discipline, Place, Point, Run, SubjectInfo};
use crate::report::conditions::{self, Row};
use crate::report::numbers::NOTHING;
use crate::report::table::{Kind, Table};

/// What stands at the head of the page.
#[derive(Serialize)]
pub struct Header {
    id: String,
    started: String,
    finished: String,
    version: String,
    quick: bool,
}

/// The head of the page.
pub fn header(run: &Run) -> Header {
    Header {
        id: run.id.clone(),
        started: run.started.clone(),
        finished: run.finished.clone(),
        version: run.build.version.clone(),
        quick: run.plan.quick,
    }
}

/// The settings of a subject.
#[derive(Serialize)]
pub struct Settings {
    subject: String,
    by_discipline: Vec<OfDiscipline>,
}

/// The settings of a subject's clients of one discipline.
#[derive(Serialize)]
struct OfDiscipline {
    discipline: Discipline,
    table: Table,
    /// Whether not every trial read back the same.
    varied: bool,
}

/// The settings of every subject: those asserted, and those read back in its trials.
pub fn settings(run: &Run) -> Vec<Settings> {
    run.every_subject()
        .map(|subject| Settings {
            subject: subject.name.clone(),
            by_discipline: Discipline::ALL
                .iter()
                .filter_map(|discipline| of_discipline(run, subject, *discipline))
                .collect(),
        })
        .collect()
}

/// `None` if the run has no such trial of the subject, or there is nothing to set.
fn of_discipline(run: &Run, subject: &SubjectInfo, discipline: Discipline) -> Option<OfDiscipline> {
    let of_it = |point: &Point| point.subject == subject.name && point.discipline == discipline;
    run.plan.points.iter().find(|point| of_it(point))?;
    let mut read: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let trials = run.trials.iter().filter(|trial| of_it(&trial.point));
    for measurement in trials.filter_map(|trial| trial.measurement()) {
        for (name, value) in &measurement.settings {
            read.entry(name).or_default().insert(value);
        }
    }
    let none = BTreeMap::new();
    let asserted = subject.asserted.get(&discipline).unwrap_or(&none);
    let names: BTreeSet<&str> = asserted
        .keys()
        .map(String::as_str)
        .chain(read.keys().copied())
        .collect();
    let mut table = Table::new(&[
        ("setting", Kind::Code),
        ("asserted", Kind::Code),
        ("read back", Kind::Code),
    ]);
    for name in names {
        let values: Vec<&str> = read.get(name).into_iter().flatten().copied().collect();
        let asserted = asserted.get(name).map_or(NOTHING, String::as_str);
        let read_back = match values.is_empty() {
            true => NOTHING.to_owned(),
            false => values.join(" · "),
        };
        table.row([name.to_owned(), asserted.to_owned(), read_back]);
    }
    (!table.rows.is_empty()).then_some(OfDiscipline {
        discipline,
        table,
        varied: read.values().any(|values| values.len() > 1),
    })
}

/// What is known of the server.
#[derive(Serialize)]
pub struct Server {
    facts: Table,
    settings: Table,
    changed: Table,
    passed_over: Vec<String>,
}

/// The PostgreSQL server; `None` if no subject needed one.
pub fn server(run: &Run) -> Option<Server> {
    let server = run.server.as_ref()?;
    let mut facts = facts(&[
        ("version", server.version.clone()),
        ("provided by", server.provision.to_string()),
        ("transport", server.transport.clone()),
        ("version()", server.banner.clone()),
        (
            "image",
            server
                .image
                .clone()
                .unwrap_or_else(|| "no container".to_owned()),
        ),
    ]);
    if let Some(package) = &server.package {
        facts.row(["package".to_owned(), package.clone()]);
    }
    if !server.built_without.is_empty() {
        facts.row(["built without".to_owned(), server.built_without.join(", ")]);
    }
    match &server.data {
        Some(place) => facts.rows.extend(place_rows("data", place)),
        None => facts.row([
            "data".to_owned(),
            "where its data lies cannot be known from here".to_owned(),
        ]),
    }
    Some(Server {
        facts,
        settings: Table::of_pairs("setting", "value", &server.settings),
        changed: Table::of_pairs("setting", "value", &server.changed_settings),
        passed_over: server.passed_over.clone(),
    })
}

/// The machine, and where databases lay.
pub fn machine(run: &Run) -> Table {
    let mut table = pairs(conditions::machine(&run.machine));
    table
        .rows
        .extend(place_rows("SQLite files", &run.machine.place));
    if let Some(data) = run.server.as_ref().and_then(|server| server.data.as_ref()) {
        table.rows.extend(place_rows("PostgreSQL data", data));
    }
    table
}

/// What was probed before the first round.
pub fn probe(run: &Run) -> Table {
    pairs(conditions::probe(&run.probe))
}

/// The versions a stranger needs.
pub fn versions(run: &Run) -> Table {
    let build = &run.build;
    let commit = match (&build.commit, build.dirty) {
        (Some(commit), Some(true)) => format!("{commit}, with changes that no commit holds"),
        (Some(commit), _) => commit.clone(),
        (None, _) => "not built from a git checkout".to_owned(),
    };
    let absent = || "not used".to_owned();
    let facts = [
        ("contend", build.version.clone()),
        ("commit", commit),
        ("compiler", build.rustc.clone()),
        ("profile", build.profile.clone()),
        ("SQLite", run.sqlite.clone().unwrap_or_else(absent)),
        (
            "PostgreSQL",
            run.server
                .as_ref()
                .map_or_else(absent, |server| server.version.clone()),
        ),
        ("run file schema", run.schema_version.to_string()),
    ];
    let facts = facts.map(|(name, value)| (name.to_owned(), value));
    let images = run.images.iter();
    let images = images.map(|(what, image)| (format!("image of the {what}"), image.clone()));
    pairs(facts.into_iter().chain(images))
}

fn facts(facts: &[(&str, String)]) -> Table {
    pairs(
        facts
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone())),
    )
}

fn pairs(pairs: impl IntoIterator<Item = Row>) -> Table {
    let mut table = Table::new(&[("what", Kind::Head), ("value", Kind::Text)]);
    for (name, value) in pairs {
        table.row([name, value]);
    }
    table
}

fn place_rows(what: &str, place: &Place) -> Vec<Vec<String>> {
    conditions::place(place)
        .into_iter()
        .map(|(name, value)| vec![format!("{what}: {name}"), value])
        .collect()
}
