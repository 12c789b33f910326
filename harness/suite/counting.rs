//! What a commit costs: at some points of the plan, after the rounds, the engine's work is counted
//! in a trial of its own.

use std::collections::BTreeMap;

use anyhow::{Context, Error, Result};

use super::new_run::SYNCS;
use super::progress::Progress;
use crate::lab::sentence;
use crate::load::counting;
use crate::load::trial::{Case, Conditions};
use crate::measure::{
    CommitWork, Discipline, Engine, Figure, Measurement, Plan, Point, Run, Trial,
};
use crate::subject;
use crate::workload;

/// Length of a counting trial, in seconds. A ratio of two counts needs no long stretch, only one in
/// which what each client does once, at its first commit, does not weigh; and this keeps all of
/// them within half a minute of a default run, unless commits take long.
const SECONDS: f64 = 0.2;

/// How long a counting trial is expected to take with all that belongs to it, in seconds.
const EXPECTED: f64 = 0.7;

/// The longest it gets, in seconds, so that a single client on a slow disk makes enough commits.
const MOST_SECONDS: f64 = 3.0;

/// The most clients with which work is counted if the plan has fewer, too: enough for commits to
/// share a sync.
const MOST_CLIENTS: u32 = 16;

/// The points at which work is counted: of each subject that stores something, under each workload
/// that has all clients commit as fast as they can, careful clients, with the largest planned
/// number of them up to 16, and unless the plan is a quick one, with a single one.
pub fn points(plan: &Plan) -> Vec<Point> {
    let mut by_pair: BTreeMap<(&str, &str), Vec<&Point>> = BTreeMap::new();
    for point in plan.points.iter().filter(|point| counts(plan, point)) {
        let pair = (point.workload.as_str(), point.subject.as_str());
        by_pair.entry(pair).or_default().push(point);
    }
    let mut chosen: Vec<&Point> = Vec::new();
    for of_pair in by_pair.values() {
        let loads = || of_pair.iter().map(|point| point.clients);
        let few = loads().filter(|clients| *clients <= MOST_CLIENTS).max();
        let many = few.or_else(|| loads().min());
        let one = loads().find(|clients| *clients == 1 && !plan.quick);
        for wanted in [one, many.filter(|_| many != one)].into_iter().flatten() {
            // The same load may be planned in several topologies, and the first one does.
            chosen.extend(of_pair.iter().find(|point| point.clients == wanted));
        }
    }
    // In the order of the plan, which is that of reports.
    let is_chosen = |point: &&Point| chosen.iter().any(|chosen| std::ptr::eq(*chosen, *point));
    plan.points.iter().filter(is_chosen).cloned().collect()
}

/// How long counting is expected to take in all, in seconds.
pub fn expected(plan: &Plan) -> f64 {
    points(plan).len() as f64 * EXPECTED
}

/// Whether the operations of a point are commits, and careful ones, made where they can be counted: the
/// workers count, and those that ask an app see neither its statements nor its files.
fn counts(plan: &Plan, point: &Point) -> bool {
    let stores = subject::find(&point.subject).is_some_and(|s| s.engine() != Engine::Noop);
    let commits = workload::find(&point.workload).is_some_and(|workload| {
        let info = workload.info(plan);
        info.figure == Figure::Goodput && info.kinds.is_empty()
    });
    let seen = !point.topology.over_http();
    stores && commits && seen && point.discipline == Discipline::Careful
}

/// Counts at every point, and keeps in the run what was counted. A point where that fails is left
/// out, with a warning.
///
/// # Errors
/// [`Interrupted`](crate::lab::Interrupted) when the user wants the run to end; what was counted
/// until then is kept.
pub fn count(conditions: &Conditions<'_>, run: &mut Run, progress: &mut Progress) -> Result<()> {
    let points = points(&run.plan);
    let result = count_all(conditions, run, progress, &points);
    note_missing(run, points.len());
    result
}

fn count_all(
    conditions: &Conditions<'_>,
    run: &mut Run,
    progress: &mut Progress,
    points: &[Point],
) -> Result<()> {
    // Its trials would each wait for a server that is gone.
    let lost = conditions.server.is_some_and(|server| !server.is_alive());
    let mut failures: Vec<(&Point, String)> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        conditions.interrupt.check()?;
        progress.counting(index + 1, points.len(), &point.to_string());
        let number = (run.trials.len() + run.long_trials.len() + index + 1) as u32;
        let slowest = run.trials_of(point).filter_map(Trial::comparable);
        let slowest = slowest.map(Measurement::goodput).min_by(f64::total_cmp);
        let conditions = Conditions {
            seconds: long_enough(point.clients, slowest),
            ..*conditions
        };
        match count_at(&conditions, point, number, lost) {
            Ok(work) => run.commit_work.push(work),
            // Whatever it died of, it was not let to its end.
            Err(_) if conditions.interrupt.check().is_err() => {
                return Ok(conditions.interrupt.check()?);
            }
            Err(error) => failures.push((point, sentence(&error))),
        }
        progress.done(EXPECTED);
    }
    for warning in warnings(&failures) {
        progress.say(&format!("warning: {warning}"));
        run.warnings.push(warning);
    }
    Ok(())
}

/// Says at how many of so many points nothing was counted, in place of that nothing was.
fn note_missing(run: &mut Run, points: usize) {
    let missing = points - run.commit_work.len().min(points);
    if run.commit_work.is_empty() {
        return;
    }
    run.not_measured.retain(|line| line != SYNCS);
    if missing > 0 {
        let what = SYNCS.trim_end_matches('.');
        run.not_measured.push(format!(
            "{what}, at {missing} of {points} points where that was to be counted."
        ));
    }
}

/// How long to count, in seconds, where the slowest round had so much goodput. What a single client's commits
/// cost is the same in every run, if there are enough of them; several meet more or less often anyway.
fn long_enough(clients: u32, slowest: Option<f64>) -> f64 {
    let enough = CommitWork::ENOUGH_COMMITS as f64;
    match slowest {
        Some(goodput) if clients == 1 => (enough / goodput).clamp(SECONDS, MOST_SECONDS),
        _ => SECONDS,
    }
}

fn count_at(
    conditions: &Conditions<'_>,
    point: &Point,
    number: u32,
    lost: bool,
) -> Result<CommitWork> {
    let subject = subject::find(&point.subject).context("A plan has known subjects only")?;
    let workload = workload::find(&point.workload).context("A plan has known workloads only")?;
    if lost && subject.engine() == Engine::Postgres {
        return Err(Error::msg("PostgreSQL no longer answers"));
    }
    counting::count(conditions, &Case::of(subject, workload, point, 0, number))
}

/// One sentence for each reason, however many points it struck.
fn warnings(failures: &[(&Point, String)]) -> Vec<String> {
    let mut by_reason: Vec<(&str, &Point, usize)> = Vec::new();
    for (point, reason) in failures {
        match by_reason.iter_mut().find(|(known, ..)| known == reason) {
            Some((.., count)) => *count += 1,
            None => by_reason.push((reason, point, 1)),
        }
    }
    let warning = |(reason, first, count): (&str, &Point, usize)| {
        let others = match count {
            1 => String::new(),
            2 => ", and at another point".to_owned(),
            more => format!(", and at {} other points", more - 1),
        };
        format!("What a commit costs could not be counted at {first}{others}: {reason}")
    };
    by_reason.into_iter().map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Topology;
    use crate::measure::experiment::Extent;
    use crate::suite::plan::{HOLD_SECONDS, INSTANCES, Request, SECONDS};

    fn plan(extent: Extent, clients: Option<Vec<u32>>) -> Plan {
        Request {
            extent,
            subjects: None,
            workloads: workload::ALL.to_vec(),
            clients,
            disciplines: None,
            topologies: Topology::ALL.to_vec(),
            rate: None,
            instances: INSTANCES,
            rounds: None,
            seconds: SECONDS,
            hold_seconds: HOLD_SECONDS,
            seed: 1,
        }
        .plan()
    }

    /// The numbers of clients with which a subject is counted under `increment-hot`.
    fn loads(plan: &Plan, subject: &str) -> Vec<u32> {
        let of_it = |point: &Point| point.workload == "increment-hot" && point.subject == subject;
        let points = points(plan);
        let found = points.iter().filter(|point| of_it(point));
        found.map(|point| point.clients).collect()
    }

    #[test]
    fn work_is_counted_with_one_client_and_with_at_most_16() {
        assert_eq!(loads(&plan(Extent::Full, None), "postgres"), [1, 16]);
        assert_eq!(
            loads(&plan(Extent::Full, Some(vec![2, 8, 32])), "postgres"),
            [8]
        );
        assert_eq!(loads(&plan(Extent::Full, Some(vec![1])), "postgres"), [1]);
        assert_eq!(
            loads(&plan(Extent::Full, Some(vec![32, 64])), "postgres"),
            [32]
        );
        assert_eq!(loads(&plan(Extent::Quick, None), "postgres"), [16]);
    }

    #[test]
    fn only_careful_commits_are_counted_and_each_point_once() {
        let plan = plan(Extent::Full, None);
        let points = points(&plan);
        for point in &points {
            assert_eq!(point.discipline, Discipline::Careful);
            assert_ne!(point.subject, "noop");
            assert!(!point.topology.over_http(), "{point}");
            assert_ne!(point.workload, "read-mostly", "most of it commits nothing");
            let same = |other: &&Point| {
                (&other.workload, &other.subject, other.clients)
                    == (&point.workload, &point.subject, point.clients)
            };
            assert_eq!(points.iter().filter(same).count(), 1, "{point}");
        }
    }

    #[test]
    fn where_clients_ask_an_app_nothing_is_counted() {
        let mut plan = plan(Extent::Quick, None);
        plan.points.retain(|point| point.topology.over_http());
        assert!(!plan.points.is_empty());
        assert_eq!(points(&plan), []);
    }

    #[test]
    fn a_single_client_on_a_slow_disk_gets_the_time_for_a_hundred_commits() {
        assert_eq!(long_enough(1, Some(5_000.0)), super::SECONDS);
        assert_eq!(long_enough(1, Some(80.0)), 1.25);
        for stuck in [0.0, 1.0] {
            assert_eq!(long_enough(1, Some(stuck)), super::MOST_SECONDS);
        }
        assert_eq!(long_enough(16, Some(80.0)), super::SECONDS);
        assert_eq!(long_enough(1, None), super::SECONDS);
    }

    #[test]
    fn counting_takes_little_of_a_run() {
        let (all, quick) = (
            points(&plan(Extent::Short, None)),
            points(&plan(Extent::Quick, None)),
        );
        assert!(all.len() <= 40 && quick.len() <= 20);
    }

    #[test]
    fn a_reason_that_strikes_many_points_is_said_once() {
        let plan = plan(Extent::Full, None);
        let failures: Vec<(&Point, String)> = plan.points[..3]
            .iter()
            .zip(["It was.", "It was.", "It will be."])
            .map(|(point, reason)| (point, reason.to_owned()))
            .collect();
        let warnings = warnings(&failures);
        assert_eq!(warnings.len(), 2);
        assert!(warnings[0].ends_with(", and at another point: It was."));
    }
}
