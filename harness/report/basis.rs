//! What every figure stands on: the trials of a run, sorted into groups that may be drawn
//! together.

use crate::measure::{
    Discipline, Engine, Figure, Point, Run, Script, SubjectInfo, Topology, WorkloadInfo,
};

pub use super::cell::Cell;
use super::numbers::plural;
use super::unknown;

/// One workload in one topology: what one section of the report is about.
pub struct Section<'a> {
    /// Its anchor, unique in the report.
    pub anchor: String,
    /// What tells it from other sections of the same workload; empty if there is none.
    pub variant: String,
    /// The workload.
    pub workload: WorkloadInfo,
    /// What careful clients did.
    pub careful: Option<Group<'a>>,
    /// What naive clients did.
    pub naive: Option<Group<'a>>,
}

/// The trials of one workload, topology and discipline: what one set of charts compares.
pub struct Group<'a> {
    /// The run they are of.
    pub run: &'a Run,
    /// The workload.
    pub workload: WorkloadInfo,
    /// How careful its clients are.
    pub discipline: Discipline,
    /// What tells it from other groups of the same workload and discipline; empty if there is none.
    pub variant: String,
    /// The subjects, in the order of the run.
    pub subjects: Vec<SubjectInfo>,
    /// The numbers of clients, ascending.
    pub loads: Vec<u32>,
    /// The points, by load and then by subject.
    pub cells: Vec<Cell<'a>>,
}

/// What the points of a section have in common: workload, topology, the number of instances if
/// there are points that differ in nothing else, and the rate at which operations arrive.
type Key<'a> = (&'a str, Topology, Option<u32>, Option<u32>);

/// Every section of the run, in the order of its workloads.
pub fn sections(run: &Run) -> Vec<Section<'_>> {
    let mut points: Vec<&Point> = Vec::new();
    let made = run.trials.iter().map(|trial| &trial.point);
    for point in run.plan.points.iter().chain(made) {
        if !points.contains(&point) {
            points.push(point);
        }
    }
    let mut keys: Vec<Key> = Vec::new();
    for point in &points {
        let key = key(point, &points);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let rank = |name: &str| run.workloads.iter().position(|w| w.name == name);
    keys.sort_by_key(|(name, ..)| rank(name).unwrap_or(usize::MAX));
    keys.iter()
        .map(|own| section(run, *own, variant(*own, &keys), &points))
        .collect()
}

fn key<'a>(point: &'a Point, points: &[&Point]) -> Key<'a> {
    let of_workload =
        |other: &&&Point| (&other.workload, other.topology) == (&point.workload, point.topology);
    let but_for_instances = |p: &Point| {
        (
            p.subject.clone(),
            p.clients,
            p.discipline,
            p.workload.clone(),
            p.rate,
        )
    };
    let same: Vec<_> = points.iter().filter(of_workload).collect();
    let ambiguous = same.iter().any(|one| {
        same.iter().any(|other| {
            one.instances != other.instances && but_for_instances(one) == but_for_instances(other)
        })
    });
    let instances = ambiguous.then_some(point.instances);
    (&point.workload, point.topology, instances, point.rate)
}

/// What tells a key from the others of its workload.
fn variant((workload, topology, instances, rate): Key, keys: &[Key]) -> String {
    let mut words = Vec::new();
    let elsewhere = |other: &&Key| other.0 == workload && other.1 != topology;
    if keys.iter().find(elsewhere).is_some() {
        words.push(topology.to_string());
    }
    words.extend(instances.map(|n| plural(n as usize, "instance", "instances")));
    words.extend(rate.map(|rate| format!("at {rate}/s")));
    words.join(", ")
}

fn section<'a>(run: &'a Run, own: Key, variant: String, points: &[&'a Point]) -> Section<'a> {
    let info = run.workload(own.0).cloned();
    let workload = info.unwrap_or_else(|| unknown::workload(own.0));
    let of = |discipline: Discipline| {
        let of_it = |point: &&&Point| point.discipline == discipline && key(point, points) == own;
        let cells: Vec<Cell> = points
            .iter()
            .filter(of_it)
            .map(|point| Cell::of(run, point))
            .collect();
        (!cells.is_empty()).then(|| group(run, &workload, discipline, &variant, cells))
    };
    Section {
        anchor: slug(&format!("{} {variant}", own.0)),
        careful: of(Discipline::Careful),
        naive: of(Discipline::Naive),
        variant,
        workload,
    }
}

fn group<'a>(
    run: &'a Run,
    workload: &WorkloadInfo,
    discipline: Discipline,
    variant: &str,
    mut cells: Vec<Cell<'a>>,
) -> Group<'a> {
    let rank = |name: &str| run.subjects.iter().position(|s| s.name == name);
    cells.sort_by_key(|cell| {
        let subject = rank(&cell.point.subject).unwrap_or(usize::MAX);
        (cell.point.clients, subject, cell.point.instances)
    });
    let mut loads: Vec<u32> = cells.iter().map(|cell| cell.point.clients).collect();
    loads.dedup();
    let mut subjects: Vec<SubjectInfo> = Vec::new();
    for cell in &cells {
        if !subjects.contains(&cell.subject) {
            subjects.push(cell.subject.clone());
        }
    }
    subjects.sort_by_key(|subject| rank(&subject.name).unwrap_or(usize::MAX));
    Group {
        run,
        workload: workload.clone(),
        discipline,
        variant: variant.to_owned(),
        subjects,
        loads,
        cells,
    }
}

/// Every group of these sections.
pub fn groups<'b, 'a>(sections: &'b [Section<'a>]) -> impl Iterator<Item = &'b Group<'a>> {
    sections.iter().flat_map(Section::groups)
}

/// The groups whose goodput may be compared between subjects: that of careful clients, where it
/// is the database that sets the pace, and no rate at which operations arrive. Careless ones count
/// as acknowledged what is lost.
pub fn compared<'b, 'a>(sections: &'b [Section<'a>]) -> Vec<&'b Group<'a>> {
    let wanted = |section: &&'b Section<'a>| section.workload.figure == Figure::Goodput;
    let sections = sections.iter().filter(wanted);
    let careful = sections.filter_map(|s| s.careful.as_ref());
    careful.filter(|group| group.rate().is_none()).collect()
}

/// A name as an anchor: letters, digits and single hyphens.
pub fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}

impl<'a> Section<'a> {
    /// The workload's name, with the variant if there is one.
    pub fn name(&self) -> String {
        named(&self.workload.name, &self.variant)
    }

    /// Whether its clients ask an app instead of the database.
    pub fn over_http(&self) -> bool {
        let mut cells = self.groups().flat_map(|group| &group.cells);
        cells.any(|cell| cell.point.topology.over_http())
    }

    /// Its groups, the careful one first.
    pub fn groups(&self) -> impl Iterator<Item = &Group<'a>> {
        self.careful.iter().chain(&self.naive)
    }

    /// The subjects of either discipline that store something, in the order of the run.
    pub fn stores(&self) -> Vec<&SubjectInfo> {
        let mut all: Vec<&SubjectInfo> = Vec::new();
        for subject in self.groups().flat_map(Group::stores) {
            if !all.contains(&subject) {
                all.push(subject);
            }
        }
        all
    }

    /// The points of subjects that store something, those of careful clients first.
    pub fn stored_cells(&self) -> impl Iterator<Item = &Cell<'a>> {
        self.groups().flat_map(Group::stored_cells)
    }
}

impl<'a> Group<'a> {
    /// How many operations per second arrive for all clients together; `None` in a closed loop.
    pub fn rate(&self) -> Option<u32> {
        self.cells.first().and_then(|cell| cell.point.rate)
    }

    /// The workload's name, with the variant and the discipline if they do not go without saying.
    pub fn name(&self) -> String {
        let name = self.section();
        match self.discipline {
            Discipline::Careful => name,
            Discipline::Naive => format!("{name}, naive"),
        }
    }

    /// The name of the section it is of: the workload's, with the variant if there is one.
    pub fn section(&self) -> String {
        named(&self.workload.name, &self.variant)
    }

    /// What its clients send for one operation.
    pub fn script(&self) -> &Script {
        match self.discipline {
            Discipline::Careful => &self.workload.careful,
            Discipline::Naive => &self.workload.naive,
        }
    }

    /// The subjects that store something: all but the one that measures the harness.
    pub fn stores(&self) -> Vec<&SubjectInfo> {
        let stores = |subject: &&SubjectInfo| subject.engine != Engine::Noop;
        self.subjects.iter().filter(stores).collect()
    }

    /// The points of a subject, by load.
    pub fn cells_of<'b>(&'b self, subject: &'b str) -> impl Iterator<Item = &'b Cell<'a>> {
        self.cells
            .iter()
            .filter(move |cell| cell.subject.name == subject)
    }

    /// The point of a subject at a load.
    pub fn cell(&self, subject: &str, clients: u32) -> Option<&Cell<'a>> {
        let wanted = |cell: &&Cell| cell.subject.name == subject && cell.point.clients == clients;
        self.cells.iter().find(wanted)
    }

    /// The points of subjects that store something.
    pub fn stored_cells(&self) -> impl Iterator<Item = &Cell<'a>> {
        self.cells
            .iter()
            .filter(|cell| cell.subject.engine != Engine::Noop)
    }
}

fn named(workload: &str, variant: &str) -> String {
    match variant.is_empty() {
        true => workload.to_owned(),
        false => format!("{workload} ({variant})"),
    }
}
