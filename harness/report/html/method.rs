//! How it was measured, as far as it depends on the run.

use serde::Serialize;

use crate::measure::statistics::{Estimate, ROUNDS_FOR_INTERVAL};
use crate::measure::{Discipline, Engine, Figure, Point, Run, Topology};
use crate::report::basis::{Group, Section};
use crate::report::findings::{pairs_within_tiers, ratio_at};
use crate::report::lengths;
use crate::report::numbers::{NOTHING, chosen_time, count, list, percent, plural, time};

/// What of the method depends on the run.
#[derive(Serialize)]
pub struct Method {
    rounds: String,
    seconds: String,
    hold: String,
    /// How many operations per second arrive in an open loop; `None` in a closed one.
    rate: Option<String>,
    /// Workloads whose operations come at a pace of their own; empty without any.
    paced: String,
    /// Workloads whose clients do one operation each; empty without any.
    once: String,
    threads: bool,
    processes: bool,
    containers: bool,
    apps: bool,
    /// Whether clients ask an app anywhere, instead of the database.
    over_http: bool,
    /// Whether they do so everywhere.
    only_over_http: bool,
    careful: bool,
    naive_sqlite: bool,
    naive_postgres: bool,
    warm_up: String,
    lock_timeout: String,
    overwrite: String,
    append: String,
    seed: String,
    loads: String,
    instances: String,
    topologies: String,
    disciplines: String,
    criterion: bool,
    intervals: bool,
    needed: usize,
    effect: Option<Effect>,
    points: usize,
}

/// The smallest difference that the run's ratios could have told from none.
#[derive(Serialize)]
struct Effect {
    /// Whether there is more than one ratio with an interval.
    several: bool,
    /// How many ratios have one.
    ratios: String,
    /// In the middle one.
    median: String,
    /// In the worst one.
    worst: String,
    /// Which one that is.
    worst_ratio: String,
}

/// The method of a run.
pub fn of(run: &Run, sections: &[Section], compared: &[&Group]) -> Method {
    let plan = &run.plan;
    let figure = |wanted: Figure| -> Vec<String> {
        let own = sections.iter().filter(|s| s.workload.figure == wanted);
        own.map(|section| section.workload.name.clone()).collect()
    };
    let naive = |engine: Engine| {
        plan.points.iter().any(|point| {
            let subject = run.subject(&point.subject);
            point.discipline == Discipline::Naive && subject.is_some_and(|s| s.engine == engine)
        })
    };
    let placed = |topology: Topology| plan.points.iter().any(|p| p.topology == topology);
    let over_http = |point: &Point| point.topology.over_http();
    let words = |items: Vec<String>| {
        let mut unique: Vec<String> = Vec::new();
        for item in items {
            if !unique.contains(&item) {
                unique.push(item);
            }
        }
        if unique.is_empty() {
            NOTHING.to_owned()
        } else {
            list(&unique)
        }
    };
    let sorted = |of: fn(&Point) -> u32| {
        let mut numbers: Vec<u32> = plan.points.iter().map(of).collect();
        numbers.sort_unstable();
        words(numbers.iter().map(u32::to_string).collect())
    };
    Method {
        rounds: plural(plan.rounds as usize, "round", "rounds"),
        seconds: lengths::words(run),
        hold: chosen_time(plan.hold_seconds),
        rate: plan.rate.map(|rate| count(rate.into())),
        paced: list(&figure(Figure::Waits)),
        once: list(&figure(Figure::Settled)),
        threads: placed(Topology::Threads),
        processes: placed(Topology::Processes),
        containers: placed(Topology::Containers),
        apps: placed(Topology::Apps),
        over_http: plan.points.iter().any(over_http),
        only_over_http: !plan.points.is_empty() && plan.points.iter().all(over_http),
        careful: plan
            .points
            .iter()
            .any(|p| p.discipline == Discipline::Careful),
        naive_sqlite: naive(Engine::Sqlite),
        naive_postgres: naive(Engine::Postgres),
        warm_up: chosen_time(plan.warm_up_seconds),
        lock_timeout: chosen_time(plan.lock_timeout_seconds),
        overwrite: time(run.probe.overwrite.median_us * 1e-6),
        append: time(run.probe.append.median_us * 1e-6),
        seed: plan.seed.to_string(),
        loads: sorted(|point| point.clients),
        instances: sorted(|point| point.instances),
        topologies: words(plan.points.iter().map(|p| p.topology.to_string()).collect()),
        disciplines: words(
            plan.points
                .iter()
                .map(|p| p.discipline.to_string())
                .collect(),
        ),
        criterion: run
            .trials
            .iter()
            .filter_map(|t| t.measurement())
            .any(|m| m.criterion.is_some()),
        intervals: sections
            .iter()
            .flat_map(Section::stored_cells)
            .any(|cell| cell.goodput().is_some_and(|e| e.confidence.is_some())),
        needed: ROUNDS_FOR_INTERVAL,
        effect: effect(run, compared),
        points: plan.points.len(),
    }
}

/// Over all ratios of which the report says which subject was faster, the smallest difference that
/// could have been told from none; `None` if no ratio has an interval.
fn effect(run: &Run, groups: &[&Group]) -> Option<Effect> {
    let mut effects: Vec<(f64, String)> = Vec::new();
    let tiers = pairs_within_tiers(&run.subjects);
    for pair in tiers.iter().flat_map(|tier| &tier.pairs) {
        for group in groups {
            for load in &group.loads {
                let ratio = ratio_at(group, *pair, *load).estimate;
                if let Some(effect) = ratio.and_then(|ratio| ratio.smallest_effect()) {
                    let clients = plural(*load as usize, "client", "clients");
                    let (below, above) = (&pair.0.name, &pair.1.name);
                    effects.push((
                        effect,
                        format!("{above} / {below}, {} with {clients}", group.name()),
                    ));
                }
            }
        }
    }
    let sizes: Vec<f64> = effects.iter().map(|(size, _)| *size).collect();
    let (worst, worst_ratio) = effects.into_iter().max_by(|a, b| a.0.total_cmp(&b.0))?;
    let middle = Estimate::of(&sizes)?.median;
    Some(Effect {
        several: sizes.len() > 1,
        ratios: plural(sizes.len(), "ratio", "ratios"),
        median: match middle.is_finite() {
            true => format!("a difference of about {}", percent(middle)),
            false => "no difference, however large,".to_owned(),
        },
        worst: match worst.is_finite() {
            true => format!("one of about {}", percent(worst)),
            false => "none, however large".to_owned(),
        },
        worst_ratio,
    })
}
