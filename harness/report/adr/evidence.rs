//! What the data of a run favours, driver by driver.
//!
//! Favoured is a subject over another one of the same durability tier, under one workload, at one
//! load, by careful clients: where the interval of the ratio, taken round by round, lies on one side
//! of 1. From fewer than [`ROUNDS_FOR_INTERVAL`] rounds nothing is favoured. There is no overall
//! score: which driver counts for more is for people to decide.
//!
//! [`ROUNDS_FOR_INTERVAL`]: crate::measure::statistics::ROUNDS_FOR_INTERVAL

use crate::measure::statistics::Estimate;
use crate::measure::{Discipline, Engine, Figure, Measurement, Run, SubjectInfo, Tier};
use crate::report::basis::{self, Cell, Group, Section};
use crate::report::findings::{Ratio, Verdict, paired_at, pairs_within_tiers};
use crate::report::numbers::{NOTHING, number, percent, time};

/// What a decision is driven by, as far as a run can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// How many operations are given up.
    GivenUp,
    /// How many attempts return an error.
    Errors,
    /// How long the slowest operations take.
    Tail,
    /// How much gets done.
    Goodput,
    /// How long an operation takes without a rival.
    Alone,
}

/// What the data says of a driver, of two subjects at one point.
pub struct Finding<'a> {
    /// The driver.
    pub driver: Driver,
    /// The workload, with its variant.
    pub workload: String,
    /// The number of clients.
    pub clients: u32,
    /// What both subjects promise.
    pub tier: Tier,
    /// The two subjects: the ratio is of the first to the second.
    pub subjects: [&'a SubjectInfo; 2],
    /// Their figures; `None` if no trial may be compared.
    pub values: [Option<Estimate>; 2],
    /// The ratio of the figures, taken round by round.
    pub ratio: Ratio,
    /// What the data favours.
    pub favours: Favours,
    /// The anchor of the figure in the report.
    pub anchor: String,
}

/// What the data favours of two subjects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favours {
    /// The one at this place.
    One(usize),
    /// None: the interval of the ratio includes 1.
    Same,
    /// None: what the driver counts happened with neither.
    Neither,
    /// None can be told: this many rounds have a ratio, and an interval takes more.
    Untold(usize),
    /// None: there is no trial of one of them, or none that may be compared.
    NotMeasured,
}

impl Driver {
    /// Every driver, in the order of the record. Correctness stands before them, for it is no ratio.
    pub const ALL: [Driver; 5] = [
        Driver::GivenUp,
        Driver::Errors,
        Driver::Tail,
        Driver::Goodput,
        Driver::Alone,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Driver::GivenUp => "operations given up at the highest load",
            Driver::Errors => "errors per attempt at the highest load",
            Driver::Tail => "tail latency at the highest load",
            Driver::Goodput => "goodput at the highest load",
            Driver::Alone => "latency with a single client",
        }
    }

    /// What is compared, and which is better.
    pub fn means(self) -> &'static str {
        match self {
            Driver::GivenUp => "the share of operations given up; less is better",
            Driver::Errors => "the share of attempts that returned an error; less is better",
            Driver::Tail => {
                "the 99th percentile of what was committed, without what was given up, where each round has 100 commits; shorter is better"
            }
            Driver::Goodput => "operations committed per second; more is better",
            Driver::Alone => "the median of what was committed; shorter is better",
        }
    }

    fn more_is_better(self) -> bool {
        self == Driver::Goodput
    }

    /// The chart that shows it.
    fn chart(self) -> &'static str {
        match self {
            Driver::GivenUp | Driver::Errors => "outcomes",
            Driver::Tail | Driver::Alone => "latency",
            Driver::Goodput => "goodput",
        }
    }

    /// The figure of one trial; `None` if it has none.
    fn figure(self, measurement: &Measurement) -> Option<f64> {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        match self {
            Driver::GivenUp => share(measurement.given_up_total(), measurement.operations()),
            Driver::Errors => share(measurement.failed_attempts(), measurement.attempts),
            Driver::Tail => measurement.success.p99(),
            Driver::Goodput => Some(measurement.goodput()),
            Driver::Alone => measurement.success.percentile(50.0),
        }
    }

    /// A value of it, with its unit.
    pub fn value(self, value: f64) -> String {
        match self {
            Driver::GivenUp | Driver::Errors => percent(value),
            Driver::Tail | Driver::Alone => time(value),
            Driver::Goodput => format!("{}/s", number(value)),
        }
    }

    /// The load at which it is looked at in a group; `None` if it was not measured.
    fn load(self, group: &Group) -> Option<u32> {
        match self {
            Driver::Alone => group.loads.first().copied().filter(|load| *load == 1),
            _ => group.loads.last().copied(),
        }
    }
}

impl Finding<'_> {
    /// The one that is favoured, and the other.
    pub fn favoured(&self) -> Option<(&SubjectInfo, &SubjectInfo)> {
        match self.favours {
            Favours::One(at) => Some((self.subjects[at], self.subjects[1 - at])),
            _ => None,
        }
    }

    /// Whether it is of this subject, and the other one.
    pub fn other_than(&self, name: &str) -> Option<&SubjectInfo> {
        let at = self.subjects.iter().position(|s| s.name == name)?;
        Some(self.subjects[1 - at])
    }

    /// Where it was measured: `increment-hot with 64 clients`.
    pub fn place(&self) -> String {
        let clients = if self.clients == 1 {
            "client"
        } else {
            "clients"
        };
        format!("{} with {} {clients}", self.workload, self.clients)
    }

    /// The ratio with its interval; nothing if there is none.
    pub fn ratio(&self) -> String {
        match self.ratio.estimate {
            Some(_) => self.ratio.cell(),
            None => NOTHING.to_owned(),
        }
    }
}

/// Every finding of a run: by driver, workload and pair.
pub fn findings<'a>(run: &'a Run, sections: &'a [Section<'a>]) -> Vec<Finding<'a>> {
    let pairs = pairs(run);
    let groups = careful(sections);
    let mut found = Vec::new();
    for driver in Driver::ALL {
        for (anchor, group) in &groups {
            // At a rate nobody does more than arrive.
            if driver == Driver::Goodput && group.rate().is_some() {
                continue;
            }
            for (tier, pair) in &pairs {
                let planned = |name: &str| group.cells_of(name).next().is_some();
                if planned(&pair.0.name) && planned(&pair.1.name) {
                    let anchor = format!("{anchor}-{}", driver.chart());
                    found.push(finding(driver, group, (*tier, *pair), anchor));
                }
            }
        }
    }
    found
}

/// The groups that findings are of, each with its section's anchor: careful clients, where it is the
/// database that sets the pace.
pub fn careful<'b, 'a>(sections: &'b [Section<'a>]) -> Vec<(&'b str, &'b Group<'a>)> {
    let goodput = |section: &&Section| section.workload.figure == Figure::Goodput;
    let of = |section: &'b Section<'a>| Some((section.anchor.as_str(), section.careful.as_ref()?));
    sections.iter().filter(goodput).filter_map(of).collect()
}

/// One engine against the other where both are in a tier, any two subjects of it otherwise.
fn pairs(run: &Run) -> Vec<(Tier, (&SubjectInfo, &SubjectInfo))> {
    let mut pairs = Vec::new();
    for tier in pairs_within_tiers(&run.subjects) {
        let crosses = |pair: &&(&SubjectInfo, &SubjectInfo)| pair.0.engine != pair.1.engine;
        let crossing = tier.pairs.iter().filter(crosses).count();
        let chosen = tier
            .pairs
            .iter()
            .filter(|pair| crossing == 0 || crosses(pair));
        pairs.extend(chosen.map(|pair| (tier.tier, *pair)));
    }
    pairs
}

fn finding<'a>(
    driver: Driver,
    group: &Group<'a>,
    (tier, (below, above)): (Tier, (&'a SubjectInfo, &'a SubjectInfo)),
    anchor: String,
) -> Finding<'a> {
    let load = driver.load(group);
    let figure = |measurement: &Measurement| driver.figure(measurement);
    let cell = |subject: &SubjectInfo| group.cell(&subject.name, load?);
    let estimate = |cell: Option<&Cell>| {
        let values: Vec<Option<f64>> = cell?.measurements().map(figure).collect();
        // A round that is left out would be the slowest one.
        let all = driver == Driver::Tail && values.contains(&None);
        let values: Vec<f64> = values.into_iter().flatten().collect();
        Estimate::of(&values).filter(|_| !all)
    };
    let values = [estimate(cell(above)), estimate(cell(below))];
    let clients = load.unwrap_or(1);
    let ratio = match load {
        Some(load) => paired_at(group, (below, above), load, figure),
        None => Ratio {
            clients,
            estimate: None,
            neither: 0,
        },
    };
    let favours = match (&ratio.estimate, ratio.verdict()) {
        _ if values.iter().any(Option::is_none) => Favours::NotMeasured,
        (None, _) if ratio.neither > 0 => Favours::Neither,
        (estimate, None) => Favours::Untold(estimate.map_or(0, |estimate| estimate.rounds)),
        (_, Some(Verdict::Same)) => Favours::Same,
        (_, Some(verdict)) => {
            let first = (verdict == Verdict::Faster) == driver.more_is_better();
            Favours::One(usize::from(!first))
        }
    };
    Finding {
        driver,
        workload: group.section(),
        clients,
        tier,
        subjects: [above, below],
        values,
        ratio,
        favours,
        anchor,
    }
}

/// What the audits found of the careful clients of a subject.
pub struct Audited<'a> {
    /// The subject.
    pub subject: &'a SubjectInfo,
    /// Trials made.
    pub trials: usize,
    /// Trials after which the database did not hold exactly what was acknowledged.
    pub void: usize,
    /// Trials that could not run to their end, so that there was nothing to audit.
    pub failed: usize,
}

/// The audits of every subject that stores something.
pub fn audits<'a>(run: &'a Run, sections: &[Section]) -> Vec<Audited<'a>> {
    let groups: Vec<&Group> = basis::groups(sections)
        .filter(|group| group.discipline == Discipline::Careful)
        .collect();
    options(run)
        .into_iter()
        .map(|subject| {
            let mut audited = Audited {
                subject,
                trials: 0,
                void: 0,
                failed: 0,
            };
            for cell in groups
                .iter()
                .flat_map(|group| group.cells_of(&subject.name))
            {
                audited.trials += cell.comparable.len() + cell.void + cell.failed;
                audited.void += cell.void;
                audited.failed += cell.failed;
            }
            audited
        })
        .collect()
}

/// What can be chosen: every subject that stores something.
pub fn options(run: &Run) -> Vec<&SubjectInfo> {
    let stores = |subject: &&SubjectInfo| subject.engine != Engine::Noop;
    run.subjects.iter().filter(stores).collect()
}
