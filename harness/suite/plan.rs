//! What is to be measured: the points, and the order of each round.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::measure::{Discipline, Plan, Point, Topology};
use crate::subject::catalog;
use crate::subject::engine::LOCK_TIMEOUT_MS;
use crate::subject::{Part, Subject};
use crate::workload::Benchmark;

/// How many instances hold the clients unless the user says otherwise.
pub const INSTANCES: u32 = 4;

/// Length of a trial's measured stretch unless the user says otherwise, in seconds: with it the rounds of a
/// default run take some seven minutes on two processors.
pub const SECONDS: f64 = 0.15;

/// How long a long transaction is held open unless the user says otherwise, in seconds.
pub const HOLD_SECONDS: f64 = 0.05;

/// The least length of the warm-up, in seconds. Clients begin spread over most of it, which is the
/// longest pause of SQLite's busy handler, 100 ms, so as not to come back in step; in what remains
/// the last of them and their servers get going.
const LEAST_WARM_UP: f64 = 0.12;

/// Length of the warm-up before a stretch of this length, in seconds.
pub fn warm_up_seconds(seconds: f64) -> f64 {
    (seconds / 10.0).max(LEAST_WARM_UP)
}

/// What the user asks for. What is `None` follows from `quick`.
pub struct Request {
    /// Fewer points, fewer rounds, shorter trials.
    pub quick: bool,
    /// The subjects to compare, each in everything; `None` for all, each in what it is for.
    pub subjects: Option<Vec<&'static Subject>>,
    /// The workloads to compare them on.
    pub workloads: Vec<&'static dyn Benchmark>,
    /// The numbers of clients, for every subject and workload.
    pub clients: Option<Vec<u32>>,
    /// The disciplines, each at every load; `None` for careful clients, and naive ones where the
    /// workload says so.
    pub disciplines: Option<Vec<Discipline>>,
    /// How instances are placed.
    pub topologies: Vec<Topology>,
    /// How many instances hold the clients.
    pub instances: u32,
    /// How many operations per second arrive for all clients together; `None` for closed loops.
    pub rate: Option<u32>,
    /// How many rounds.
    pub rounds: Option<u32>,
    /// Length of the measured stretch of a trial, in seconds.
    pub seconds: f64,
    /// How long a long transaction is held open, in seconds.
    pub hold_seconds: f64,
    /// The seed of every random choice.
    pub seed: u64,
}

impl Request {
    /// The plan that answers this request.
    pub fn plan(&self) -> Plan {
        let subjects = self.subjects.as_deref().unwrap_or(catalog::ALL);
        let mut points = Vec::new();
        for workload in &self.workloads {
            for topology in &self.topologies {
                for discipline in Discipline::ALL {
                    for subject in subjects {
                        if topology.over_http() && !subject.behind_an_app() {
                            continue;
                        }
                        for clients in self.loads(subject, *workload, discipline) {
                            points.push(Point {
                                workload: workload.name().to_owned(),
                                subject: subject.name.to_owned(),
                                topology: *topology,
                                instances: self.instances.min(clients),
                                clients,
                                discipline,
                                rate: self.rate,
                            });
                        }
                    }
                }
            }
        }
        let seconds = self.seconds;
        Plan {
            quick: self.quick,
            seed: self.seed,
            rounds: self.rounds.unwrap_or(if self.quick { 3 } else { 6 }),
            seconds,
            warm_up_seconds: warm_up_seconds(seconds),
            lock_timeout_seconds: f64::from(LOCK_TIMEOUT_MS) / 1e3,
            hold_seconds: self.hold_seconds,
            rate: self.rate,
            points,
        }
    }

    /// The numbers of clients with which a subject is measured.
    fn loads(
        &self,
        subject: &Subject,
        workload: &dyn Benchmark,
        discipline: Discipline,
    ) -> Vec<u32> {
        let choice = match self.quick {
            true => workload.loads().quick,
            false => workload.loads().default,
        };
        // One that the user names takes part in everything.
        let part = match subject.part {
            Part::Harness => Part::Harness,
            _ if self.subjects.is_some() => Part::Main,
            Part::Deadlocks if workload.deadlocks() => Part::Main,
            other => other,
        };
        let planned = match (part, discipline) {
            (Part::Main, Discipline::Careful) => choice.main,
            (Part::Variant, Discipline::Careful) => choice.variants,
            (Part::Main, Discipline::Naive) if subject.part != Part::Deadlocks => choice.naive,
            // What the harness costs for an operation does not depend on how many others wait.
            (Part::Harness, Discipline::Careful) => choice.harness,
            _ => &[],
        };
        let asked = match (&self.disciplines, part) {
            (_, Part::Harness) => planned,
            (Some(disciplines), _) if !disciplines.contains(&discipline) => &[],
            (Some(_), Part::Main | Part::Variant) => choice.main,
            _ => planned,
        };
        let mut loads = match &self.clients {
            _ if asked.is_empty() || part == Part::Harness => asked.to_vec(),
            // Naive clients that nobody asked for need not be measured at every load.
            Some(clients) if discipline == Discipline::Naive && self.disciplines.is_none() => {
                clients.last().copied().into_iter().collect()
            }
            Some(clients) => clients.clone(),
            None => asked.to_vec(),
        };
        for load in &mut loads {
            *load = (*load).clamp(*workload.clients().start(), *workload.clients().end());
        }
        loads.dedup();
        loads
    }
}

/// The points in the order of this round, counted from 1: random, the same for the same seed.
pub fn order(plan: &Plan, round: u32) -> Vec<&Point> {
    let mut points: Vec<&Point> = plan.points.iter().collect();
    let mut random = StdRng::seed_from_u64(plan.seed.wrapping_add(u64::from(round) << 32));
    points.shuffle(&mut random);
    points
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{subject, workload};

    fn request(quick: bool) -> Request {
        Request {
            quick,
            subjects: None,
            workloads: workload::ALL.to_vec(),
            clients: None,
            disciplines: None,
            topologies: vec![Topology::Processes],
            instances: INSTANCES,
            rate: None,
            rounds: None,
            seconds: SECONDS,
            hold_seconds: HOLD_SECONDS,
            seed: 1,
        }
    }

    #[test]
    fn a_default_plan_has_at_most_90_points_and_a_quick_one_40() {
        assert!(request(false).plan().points.len() <= 90);
        assert!(request(true).plan().points.len() <= 40);
    }

    #[test]
    fn main_subjects_meet_every_workload_carefully_and_naively() {
        let plan = request(false).plan();
        for workload in workload::ALL {
            for subject in catalog::ALL.iter().filter(|s| s.part == Part::Main) {
                for discipline in Discipline::ALL {
                    let met = |point: &Point| {
                        point.workload == workload.name()
                            && point.subject == subject.name
                            && point.discipline == discipline
                    };
                    assert!(
                        plan.points.iter().any(met),
                        "{} {} {discipline}",
                        workload.name(),
                        subject.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_subject_is_in_a_default_plan_and_named_ones_are_in_everything() {
        let plan = request(false).plan();
        for subject in catalog::ALL {
            assert!(
                plan.points
                    .iter()
                    .any(|point| point.subject == subject.name)
            );
        }
        let named = Request {
            subjects: Some(vec![subject::find("postgres-async").unwrap()]),
            ..request(false)
        };
        let met: BTreeSet<_> = named
            .plan()
            .points
            .into_iter()
            .map(|p| p.workload)
            .collect();
        assert_eq!(met.len(), workload::ALL.len());
    }

    #[test]
    fn a_workload_is_never_measured_with_clients_it_makes_no_sense_with() {
        let plan = Request {
            clients: Some(vec![1, 8, 32]),
            ..request(false)
        }
        .plan();
        let loads = |workload: &str| -> BTreeSet<u32> {
            let of_it = plan
                .points
                .iter()
                .filter(|point| point.workload == workload);
            of_it
                .filter(|point| point.subject != "noop")
                .map(|point| point.clients)
                .collect()
        };
        assert_eq!(loads("payment-deadlock"), [2].into());
        assert_eq!(loads("long-transaction"), [4, 8, 32].into());
        assert_eq!(loads("increment-hot"), [1, 8, 32].into());
    }

    #[test]
    fn disciplines_that_are_asked_for_are_measured_at_every_load() {
        let naive = Request {
            disciplines: Some(vec![Discipline::Naive]),
            ..request(false)
        };
        let plan = naive.plan();
        let stored = plan.points.iter().filter(|point| point.subject != "noop");
        assert!(stored.clone().all(|p| p.discipline == Discipline::Naive));
        let hot = stored.filter(|p| p.workload == "increment-hot" && p.subject == "postgres");
        assert_eq!(hot.count(), 4);
    }

    #[test]
    fn topologies_that_are_asked_for_are_all_measured() {
        let all = Request {
            topologies: Topology::ALL.to_vec(),
            ..request(true)
        };
        let plan = all.plan();
        let at = |topology| {
            let points = plan.points.iter().filter(|p| p.topology == topology);
            points.count()
        };
        assert_eq!(at(Topology::Processes), request(true).plan().points.len());
        assert_eq!(at(Topology::Threads), at(Topology::Processes));
        assert_eq!(at(Topology::Apps), at(Topology::Containers));
        assert!(at(Topology::Apps) > 0);
    }

    #[test]
    fn the_app_is_in_front_of_databases_only_whose_settings_it_has() {
        let apps = Request {
            topologies: vec![Topology::Apps],
            ..request(false)
        };
        let points = apps.plan().points;
        assert!(points.iter().any(|point| point.subject == "postgres"));
        let without = ["noop", "postgres-deadlock-50ms"];
        assert!(
            points
                .iter()
                .all(|point| !without.contains(&point.subject.as_str()))
        );
    }

    #[test]
    fn there_are_never_more_instances_than_clients() {
        for point in request(false).plan().points {
            assert!(point.instances <= point.clients && point.instances <= INSTANCES);
        }
    }

    #[test]
    fn each_round_holds_every_point_once_in_an_order_of_its_own_that_the_seed_repeats() {
        let plan = request(false).plan();
        let all: BTreeSet<_> = plan.points.iter().collect();
        for round in 1..=plan.rounds {
            assert_eq!(
                order(&plan, round).into_iter().collect::<BTreeSet<_>>(),
                all
            );
        }
        assert_ne!(order(&plan, 1), order(&plan, 2));
        assert_eq!(order(&plan, 1), order(&plan, 1));
        let other_seed = Plan {
            seed: 2,
            ..plan.clone()
        };
        assert_ne!(order(&plan, 1), order(&other_seed, 1));
    }

    #[test]
    fn what_a_workload_says_of_itself_is_what_its_trials_do() {
        let plan = request(false).plan();
        for workload in workload::ALL {
            let info = workload.info(&plan);
            // Kinds are counted by number and told by name: a name too few would mislabel figures.
            let named = info.kinds.len();
            assert_eq!(named.max(1), workload.kinds(), "{}", info.name);
            assert_ne!(named, 1, "{}: one kind needs no name", info.name);
            assert_eq!(info.name, workload.name());
            assert_eq!(info.version, workload.version(), "{}", info.name);
            let seconds = workload.seconds(plan.seconds, plan.hold_seconds);
            assert_eq!(info.seconds, seconds, "{}", info.name);
        }
    }
}
