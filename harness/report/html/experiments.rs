//! What experiments did and found, one after the other.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use crate::claim::{self, anchor};
use crate::measure::experiment::{Extent, Timeline};
use crate::measure::{Experiment, Run};
use crate::report::basis::slug;
use crate::report::charts::{self, Chart};
use crate::report::measured::{self, Conditions};
use crate::report::numbers::{NOTHING, chosen_time, plural, rough_time, time};
use crate::report::table::{Kind, Table};
use crate::report::{endings, observed, phrases};

/// More conditions than this are unfolded by whoever wants to see them.
const FEW: usize = 12;

/// A link to a part of the page.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// Where it leads.
    pub anchor: String,
    /// What it says.
    pub words: String,
}

/// An experiment as the page shows it.
#[derive(Serialize)]
pub struct Part<'a> {
    /// Its anchor.
    pub anchor: String,
    /// The experiment's name.
    pub name: &'a str,
    question: &'a str,
    method: &'a str,
    facts: String,
    scripts: &'a BTreeMap<String, Vec<String>>,
    left_out: &'a [String],
    claims: Vec<Link>,
    views: Vec<Chart>,
    plays: Vec<Play<'a>>,
    observations: Option<Observations>,
    failures: &'a [String],
}

/// What was played on several subjects.
#[derive(Serialize)]
struct Play<'a> {
    title: &'a str,
    on: Vec<On>,
}

/// How it went on one of them.
#[derive(Serialize)]
struct On {
    /// The subject, with its durability tier.
    subject: String,
    ending: String,
    chart: Chart,
}

/// Everything observed.
#[derive(Serialize)]
struct Observations {
    anchor: String,
    summary: String,
    open: bool,
    conditions: Conditions,
    table: Table,
}

/// Every experiment of a run.
///
/// # Errors
/// If a chart cannot be drawn.
pub fn of(run: &Run) -> Result<Vec<Part<'_>>> {
    run.experiments.iter().map(|made| part(run, made)).collect()
}

impl Part<'_> {
    /// What can be linked to: the experiment, its charts, timelines and table.
    pub fn links(&self) -> Vec<Link> {
        let link = |anchor: &str, words: String| Link {
            anchor: anchor.to_owned(),
            words,
        };
        let own = link(&self.anchor, self.name.to_owned());
        let plays = self.plays.iter().flat_map(|play| &play.on);
        let charts = self.views.iter().chain(plays.map(|on| &on.chart));
        let charts = charts.map(|chart| link(&chart.anchor, chart.title.clone()));
        let table = self.observations.iter();
        let table = table.map(|all| link(&all.anchor, format!("{}: all observations", self.name)));
        [own].into_iter().chain(charts).chain(table).collect()
    }
}

/// Gives each part of an experiment an anchor of its own.
struct Anchors<'a> {
    experiment: &'a str,
    given: Vec<String>,
}

impl Anchors<'_> {
    /// The anchor of a part; with a number if another part has its name.
    fn of(&mut self, part: Option<&str>) -> String {
        let wanted = slug(&anchor(self.experiment, part));
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let mut candidates = std::iter::once(wanted.clone()).chain(numbered);
        let free = candidates.find(|anchor| !self.given.contains(anchor));
        let free = free.unwrap_or(wanted);
        self.given.push(free.clone());
        free
    }
}

fn part<'a>(run: &'a Run, experiment: &'a Experiment) -> Result<Part<'a>> {
    let mut anchors = Anchors {
        experiment: &experiment.name,
        given: Vec::new(),
    };
    let own = anchors.of(None);
    let mut views = Vec::new();
    for view in &experiment.views {
        let anchor = anchors.of(Some(&view.name));
        views.push(charts::of_view(run, experiment, view, &anchor)?);
    }
    let mut plays: Vec<Play> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for timeline in &experiment.timelines {
        let on = on(run, experiment, timeline, &mut anchors)?;
        match names.iter().position(|name| *name == timeline.name) {
            Some(known) => plays[known].on.push(on),
            None => {
                names.push(&timeline.name);
                plays.push(Play {
                    title: &timeline.title,
                    on: vec![on],
                });
            }
        }
    }
    let bears = |claim: &&&claim::Claim| claim.experiments.contains(&experiment.name.as_str());
    Ok(Part {
        anchor: own,
        name: &experiment.name,
        question: &experiment.question,
        method: &experiment.method,
        facts: facts(experiment),
        scripts: &experiment.scripts,
        left_out: &experiment.left_out,
        claims: claim::ALL
            .iter()
            .filter(bears)
            .map(|c| claim_link(c))
            .collect(),
        views,
        plays,
        observations: observations(experiment, &mut anchors),
        failures: &experiment.failures,
    })
}

fn on(
    run: &Run,
    experiment: &Experiment,
    timeline: &Timeline,
    anchors: &mut Anchors,
) -> Result<On> {
    let name = format!("{}-{}", timeline.name, timeline.subject);
    Ok(On {
        subject: match run.subject(&timeline.subject) {
            Some(subject) => format!("{} ({})", subject.name, subject.tier),
            None => timeline.subject.clone(),
        },
        ending: format!(
            "{}; {}",
            refused(timeline),
            endings::brief(&timeline.ending)
        ),
        chart: charts::of_timeline(run, experiment, timeline, &anchors.of(Some(&name)))?,
    })
}

/// How many steps were refused: a loss that nobody was told of is another than one that was refused.
fn refused(timeline: &Timeline) -> String {
    let refused = timeline.steps.iter().filter(|step| !step.answer.done());
    match refused.count() {
        0 => "no step refused".to_owned(),
        some => format!("{} refused", plural(some, "step", "steps")),
    }
}

/// The anchor of a claim.
pub fn claim_anchor(id: &str) -> String {
    format!("claim-{id}")
}

fn claim_link(claim: &claim::Claim) -> Link {
    Link {
        anchor: claim_anchor(claim.id),
        words: claim.id.to_owned(),
    }
}

/// Version, extent and length, in a few words.
fn facts(experiment: &Experiment) -> String {
    let extent = match experiment.extent {
        Extent::Full => "made in full".to_owned(),
        shorter => format!("in its {} form", shorter.name()),
    };
    let seconds = match experiment.seconds {
        few if few < 10.0 => rough_time(few),
        more => chosen_time(more.round()),
    };
    format!(
        "version {}, {extent}, {seconds}, began {}",
        experiment.version, experiment.started
    )
}

/// The table of everything observed; `None` if nothing was.
fn observations(experiment: &Experiment, anchors: &mut Anchors) -> Option<Observations> {
    if experiment.observations.is_empty() {
        return None;
    }
    let names = observed::names(experiment);
    let figures = observed::figures(experiment);
    let conditions = observed::by(&experiment.observations, &names);
    let latencies = latencies(experiment);
    let heads: Vec<String> = names.iter().map(|name| phrases::name(name)).collect();
    let figure_heads: Vec<String> = figures.iter().map(|name| phrases::name(name)).collect();
    let latency_heads: Vec<String> = latencies
        .iter()
        .map(|name| format!("{}: median, 99 %, longest", phrases::name(name)))
        .collect();
    let mut columns: Vec<(&str, Kind)> = Vec::new();
    columns.extend(heads.iter().map(|head| (head.as_str(), Kind::Head)));
    let numbers = figure_heads.iter().chain(&latency_heads);
    columns.extend(numbers.map(|head| (head.as_str(), Kind::Number)));
    columns.extend([("stands on", Kind::Text), ("void because", Kind::Text)]);
    let mut table = Table::new(&columns);
    for condition in &conditions {
        let mut cells: Vec<String> = condition.values.clone();
        cells.extend(figures.iter().map(|figure| {
            let unit = experiment.views.iter().find(|view| view.figure == *figure);
            let unit = unit.map(|view| view.unit);
            let spread = condition.spread(figure);
            spread.map_or_else(|| NOTHING.to_owned(), |found| phrases::spread(unit, &found))
        }));
        cells.extend(latencies.iter().map(|name| {
            let all = condition.latencies(name);
            let found = [all.percentile(50.0), all.percentile(99.0), all.max()];
            let words = found.map(|found| found.map_or_else(|| NOTHING.to_owned(), time));
            words.join(", ")
        }));
        cells.extend([condition.basis(), condition.reasons()]);
        table.rows.push(cells);
    }
    table.note =
        "Medians over the repeats that may be compared, in brackets their range.".to_owned();
    Some(Observations {
        anchor: anchors.of(Some("table")),
        summary: format!(
            "All observations: {} under {}",
            plural(experiment.observations.len(), "observation", "observations"),
            plural(conditions.len(), "condition", "conditions"),
        ),
        open: experiment.views.is_empty() && conditions.len() <= FEW,
        conditions: measured::of_experiment(experiment),
        table,
    })
}

/// Of what there are latencies.
fn latencies(experiment: &Experiment) -> Vec<String> {
    let all = experiment.observations.iter();
    observed::natural(all.flat_map(|o| o.latencies.keys()).map(String::as_str))
}
