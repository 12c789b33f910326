//! What every figure stands on: the trials of a run, sorted into groups that may be drawn
//! together, with the void and the failed ones kept apart.

use crate::measure::statistics::Estimate;
use crate::measure::{
    Discipline, Engine, Figure, Latencies, Measurement, Point, Run, Script, SubjectInfo, Tier,
    Topology, Trial, WorkloadInfo,
};

use super::disk;
use super::numbers::plural;

/// The trials of one workload, topology and discipline: what one set of charts compares.
pub struct Group<'a> {
    /// The run they are of.
    pub run: &'a Run,
    /// The workload.
    pub workload: WorkloadInfo,
    /// How careful its clients are.
    pub discipline: Discipline,
    /// The anchor of its section, unique in the report.
    pub anchor: String,
    /// What tells it from other groups of the same workload; empty if there is none.
    pub variant: String,
    /// The subjects, in the order of the run.
    pub subjects: Vec<SubjectInfo>,
    /// The numbers of clients, ascending.
    pub loads: Vec<u32>,
    /// The points, by load and then by subject.
    pub cells: Vec<Cell<'a>>,
}

/// The trials of one point.
pub struct Cell<'a> {
    /// The point.
    pub point: &'a Point,
    /// Its subject.
    pub subject: SubjectInfo,
    /// How many rounds the plan has.
    pub planned: u32,
    /// Trials that may be compared, with their rounds.
    pub comparable: Vec<(u32, &'a Measurement)>,
    /// Medians of a write and fdatasync before and after each comparable trial, in microseconds.
    pub fdatasync_us: Vec<f64>,
    /// Trials whose audit failed.
    pub void: usize,
    /// Trials that could not run to their end.
    pub failed: usize,
}

/// Every group of the run, in the order of its workloads.
pub fn groups(run: &Run) -> Vec<Group<'_>> {
    let mut points: Vec<&Point> = Vec::new();
    let made = run.trials.iter().map(|trial| &trial.point);
    for point in run.plan.points.iter().chain(made) {
        if !points.contains(&point) {
            points.push(point);
        }
    }
    let mut keys: Vec<(String, Topology, Discipline)> = Vec::new();
    for point in &points {
        let key = (point.workload.clone(), point.topology, point.discipline);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let rank = |name: &str| run.workloads.iter().position(|w| w.name == name);
    keys.sort_by_key(|(name, ..)| rank(name).unwrap_or(usize::MAX));
    keys.iter()
        .map(|key| {
            let alone = keys.iter().filter(|other| other.0 == key.0).count() == 1;
            let of_key = points
                .iter()
                .filter(|p| {
                    (p.workload.as_str(), p.topology, p.discipline) == (&key.0, key.1, key.2)
                })
                .copied();
            group(
                run,
                (&key.0, key.2),
                (!alone).then(|| format!("{}, {}", key.1, key.2)),
                of_key,
            )
        })
        .collect()
}

fn group<'a>(
    run: &'a Run,
    (workload, discipline): (&str, Discipline),
    variant: Option<String>,
    points: impl Iterator<Item = &'a Point>,
) -> Group<'a> {
    let rank = |name: &str| run.subjects.iter().position(|s| s.name == name);
    let mut cells: Vec<Cell<'a>> = points.map(|point| Cell::of(run, point)).collect();
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
    let variant = variant.unwrap_or_default();
    let info = run.workloads.iter().find(|w| w.name == workload).cloned();
    Group {
        run,
        discipline,
        anchor: slug(&format!("{workload} {variant}")),
        variant,
        workload: info.unwrap_or_else(|| unknown_workload(workload)),
        subjects,
        loads,
        cells,
    }
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

fn unknown_workload(name: &str) -> WorkloadInfo {
    WorkloadInfo {
        name: name.to_owned(),
        version: 0,
        title: name.to_owned(),
        summary: "The run file does not describe this workload.".to_owned(),
        figure: Figure::Goodput,
        seconds: 0.0,
        careful: unknown_script(),
        naive: unknown_script(),
        kinds: Vec::new(),
    }
}

fn unknown_script() -> Script {
    Script {
        sql: Vec::new(),
        statements: 0,
    }
}

fn unknown_subject(name: &str) -> SubjectInfo {
    SubjectInfo {
        name: name.to_owned(),
        engine: Engine::Noop,
        tier: Tier::None,
        summary: "The run file does not describe this subject.".to_owned(),
        colour: String::new(),
        asserted: Default::default(),
        dialect: Vec::new(),
    }
}

impl<'a> Group<'a> {
    /// The workload's name, with the variant if there is one.
    pub fn name(&self) -> String {
        match self.variant.is_empty() {
            true => self.workload.name.clone(),
            false => format!("{} ({})", self.workload.name, self.variant),
        }
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

impl<'a> Cell<'a> {
    fn of(run: &'a Run, point: &'a Point) -> Cell<'a> {
        let trials: Vec<&Trial> = run.trials_of(point).collect();
        let known = |trial: &&&Trial| trial.comparable().is_some();
        Cell {
            point,
            subject: run
                .subject(&point.subject)
                .cloned()
                .unwrap_or_else(|| unknown_subject(&point.subject)),
            planned: run.plan.rounds,
            comparable: trials
                .iter()
                .filter_map(|trial| Some((trial.round, trial.comparable()?)))
                .collect(),
            fdatasync_us: trials
                .iter()
                .filter(known)
                .flat_map(|trial| disk::times(trial))
                .collect(),
            void: trials
                .iter()
                .filter(|t| t.measurement().is_some() && t.comparable().is_none())
                .count(),
            failed: trials.iter().filter(|t| t.measurement().is_none()).count(),
        }
    }

    /// A figure over the rounds that may be compared; `None` without any.
    pub fn estimate(&self, figure: impl Fn(&Measurement) -> f64) -> Option<Estimate> {
        let values: Vec<f64> = self
            .measurements()
            .map(figure)
            .filter(|v| v.is_finite())
            .collect();
        Estimate::of(&values)
    }

    /// Goodput over the rounds, in operations per second.
    pub fn goodput(&self) -> Option<Estimate> {
        self.estimate(Measurement::goodput)
    }

    /// The measurements that may be compared.
    pub fn measurements(&self) -> impl Iterator<Item = &'a Measurement> {
        self.comparable.iter().map(|(_, measurement)| *measurement)
    }

    /// A count added up over the rounds that may be compared.
    pub fn total(&self, count: impl Fn(&Measurement) -> u64) -> u64 {
        self.measurements().map(count).sum()
    }

    /// Latencies of all rounds that may be compared in one histogram.
    pub fn latencies(&self, which: impl Fn(&Measurement) -> &Latencies) -> Latencies {
        let mut merged = Latencies::default();
        for measurement in self.measurements() {
            merged.merge(which(measurement));
        }
        merged
    }

    /// On how many rounds the figures of this point stand: `5 of 6 rounds; 1 void`.
    pub fn basis(&self) -> String {
        let mut words = if self.comparable.len() == self.planned as usize {
            plural(self.comparable.len(), "round", "rounds")
        } else {
            let planned = plural(self.planned as usize, "round", "rounds");
            format!("{} of {planned}", self.comparable.len())
        };
        for (count, what) in [(self.void, "void"), (self.failed, "failed")] {
            if count > 0 {
                words.push_str(&format!("; {count} {what}"));
            }
        }
        words
    }

    /// Whether a round is missing from the figures of this point.
    pub fn lacks_rounds(&self) -> bool {
        self.comparable.len() < self.planned as usize
    }
}
