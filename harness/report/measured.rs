//! Under what conditions figures were measured, in words: what every caption and every citation says.

use serde::Serialize;

use crate::measure::experiment::{Timeline, View};
use crate::measure::{Discipline, Experiment, Figure, Run, Tier};

use super::basis::{Cell, Group};
use super::lengths;
use super::numbers::{chosen_time, list, plural};
use super::{observed, phrases};

/// The conditions of a figure or a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conditions {
    /// What all of it has in common; a citation of one row says it.
    pub common: String,
    /// What its rows differ in, and each of them tells by itself; empty if nothing is to be said of it.
    pub varied: String,
}

impl Conditions {
    /// Conditions that hold for every row.
    pub fn common(common: impl Into<String>) -> Conditions {
        Conditions {
            common: common.into(),
            varied: String::new(),
        }
    }
}

/// The conditions of trials: workload, discipline, topology, load, trial length and rounds; by row
/// the clients and the durability tiers.
pub fn of(run: &Run, groups: &[&Group], cells: &[&Cell]) -> Conditions {
    let mut common = Vec::new();
    let mut varied = Vec::new();
    let mut workloads: Vec<String> = Vec::new();
    for group in groups {
        let name = format!("{}, version {}", group.section(), group.workload.version);
        if !workloads.contains(&name) {
            workloads.push(name);
        }
    }
    match workloads.len() {
        1 => common.append(&mut workloads),
        several => varied.push(plural(several, "workload", "workloads")),
    }
    let disciplines = Discipline::ALL.into_iter().filter(|discipline| {
        let own = |cell: &&Cell| cell.point.discipline == *discipline;
        cells.iter().any(own)
    });
    common.extend(words(disciplines.map(Discipline::name), "clients"));
    common.extend(words(
        unique(cells.iter().map(|cell| cell.point.topology.name())),
        "",
    ));
    common.extend(instances(cells));
    common.extend(load(run, groups));
    let named = |name: &str| cells.iter().any(|cell| cell.point.workload == name);
    common.push(format!("trials of {}", lengths::of(run, named)));
    common.push(plural(run.plan.rounds as usize, "round", "rounds"));
    let mut clients: Vec<u32> = cells.iter().map(|cell| cell.point.clients).collect();
    clients.sort_unstable();
    clients.dedup();
    if let Some(most) = clients.last() {
        let one_or_more = if *most == 1 { "client" } else { "clients" };
        let numbers: Vec<String> = clients.iter().map(u32::to_string).collect();
        varied.push(format!("{} {one_or_more}", list(&numbers)));
    }
    match tiers(cells.iter().map(|cell| cell.subject.tier)) {
        Some((1, tier)) => common.push(tier),
        several => varied.extend(several.map(|(_, tiers)| tiers)),
    }
    Conditions {
        common: common.join(", "),
        varied: varied.join("; "),
    }
}

/// How many durability tiers these are, and which, in words; `None` without any.
fn tiers(tiers: impl Iterator<Item = Tier>) -> Option<(usize, String)> {
    let mut tiers: Vec<Tier> = tiers.filter(|tier| *tier != Tier::None).collect();
    tiers.sort();
    tiers.dedup();
    let names: Vec<String> = tiers.iter().map(Tier::to_string).collect();
    let words = match names.len() {
        0 => return None,
        1 => format!("durability tier: {}", names.concat()),
        _ => format!("durability tiers: {}", names.join(", ")),
    };
    Some((names.len(), words))
}

fn instances(cells: &[&Cell]) -> Option<String> {
    let numbers = || cells.iter().map(|cell| cell.point.instances);
    let (least, most) = (numbers().min()?, numbers().max()?);
    let most_words = plural(most as usize, "instance", "instances");
    Some(match least == most {
        true => most_words,
        false => format!("up to {most_words}"),
    })
}

/// How operations come: as fast as they can, at a rate, at a pace of their own, or once.
fn load(run: &Run, groups: &[&Group]) -> Option<String> {
    let of_group = |group: &&Group| match (group.rate(), group.workload.figure) {
        (Some(rate), _) => format!("open loop at {rate}/s"),
        (None, Figure::Goodput) => "closed loop".to_owned(),
        (None, Figure::Waits) => format!(
            "open loop at a pace of its own, transactions held open for {}",
            chosen_time(run.plan.hold_seconds)
        ),
        (None, Figure::Settled) => "one operation of each client".to_owned(),
    };
    let each: Vec<String> = groups.iter().map(of_group).collect();
    words(unique(each.iter().map(String::as_str)), "")
}

/// Names as a list, with what they are names of; `None` without any.
fn words<'a>(names: impl IntoIterator<Item = &'a str>, what: &str) -> Option<String> {
    let names: Vec<String> = names.into_iter().map(str::to_owned).collect();
    (!names.is_empty()).then(|| format!("{} {what}", list(&names)).trim_end().to_owned())
}

fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut unique = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// The conditions of whatever an experiment observed; its rows tell theirs, and on how many repeats
/// they stand.
pub fn of_experiment(experiment: &Experiment) -> Conditions {
    Conditions::common(format!(
        "experiment {}, version {}, {} form, repeats instead of rounds",
        experiment.name,
        experiment.version,
        experiment.extent.name()
    ))
}

/// The conditions of one of its charts: those to which it is confined as well, and by row the tiers.
pub fn of_view(run: &Run, experiment: &Experiment, view: &View) -> Conditions {
    let mut conditions = of_experiment(experiment);
    let only = phrases::conditions(&view.only);
    if !only.is_empty() {
        conditions.common.push_str(&format!(", {only} only"));
    }
    let subjects = observed::of_view(experiment, view).map(|o| o.condition(observed::SUBJECT));
    let subjects = subjects.filter_map(|name| run.subject(name));
    let tiers = tiers(subjects.map(|subject| subject.tier));
    conditions.varied = tiers.map_or_else(String::new, |(_, words)| words);
    conditions
}

/// The conditions of an interleaving that was stepped by hand.
pub fn of_timeline(run: &Run, experiment: &Experiment, timeline: &Timeline) -> Conditions {
    let subject = match run.subject(&timeline.subject) {
        Some(subject) => format!("{} ({})", subject.name, subject.tier),
        None => timeline.subject.clone(),
    };
    let own = timeline.conditions.iter();
    let own = own.map(|(name, value)| format!(", {}: {value}", phrases::name(name)));
    let own: String = own.collect();
    Conditions::common(format!(
        "experiment {}, version {}, stepped by hand, once, on {subject}{own}",
        experiment.name, experiment.version
    ))
}
