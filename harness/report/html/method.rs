//! How it was measured, as far as it depends on the run.

use serde::Serialize;

use crate::measure::statistics::ROUNDS_FOR_INTERVAL;
use crate::measure::{Point, Run};
use crate::report::basis::Group;
use crate::report::numbers::{NOTHING, chosen_time, list, percent, plural};

/// What of the method depends on the run.
#[derive(Serialize)]
pub struct Method {
    rounds: String,
    seconds: String,
    warm_up: String,
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

/// The smallest effect that the run could have seen.
#[derive(Serialize)]
struct Effect {
    median: String,
    worst: String,
    worst_point: String,
}

/// The method of a run.
pub fn of(run: &Run, groups: &[Group]) -> Method {
    let plan = &run.plan;
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
        seconds: chosen_time(plan.seconds),
        warm_up: chosen_time(plan.warm_up_seconds),
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
        intervals: groups
            .iter()
            .flat_map(|group| group.stored_cells())
            .any(|cell| cell.goodput().is_some_and(|e| e.confidence.is_some())),
        needed: ROUNDS_FOR_INTERVAL,
        effect: effect(groups),
        points: plan.points.len(),
    }
}

/// Over all points, the smallest change of goodput that could have been told from none.
fn effect(groups: &[Group]) -> Option<Effect> {
    let cells = groups.iter().flat_map(|group| group.stored_cells());
    let mut effects: Vec<(f64, String)> = cells
        .filter_map(|cell| Some((cell.goodput()?.smallest_effect()?, cell.point.to_string())))
        .collect();
    effects.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (worst, point) = effects.last()?;
    Some(Effect {
        median: percent(effects[effects.len() / 2].0),
        worst: percent(*worst),
        worst_point: point.clone(),
    })
}
