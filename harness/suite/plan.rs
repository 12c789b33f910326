//! What is to be measured: the points, and the order of each round.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::measure::{Discipline, Engine, Plan, Point, Topology};
use crate::subject::Subject;
use crate::subject::engine::LOCK_TIMEOUT_MS;
use crate::workload::Workload;

/// How many instances hold the clients unless the user says otherwise.
pub const INSTANCES: u32 = 4;

/// Length of a trial's measured stretch unless the user says otherwise, in seconds: with it a
/// default run takes less than five minutes on two processors, and a quick one less than one.
pub const SECONDS: f64 = 0.15;

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
    /// The subjects to compare.
    pub subjects: Vec<&'static Subject>,
    /// The workloads to compare them on.
    pub workloads: Vec<&'static dyn Workload>,
    /// The numbers of clients, for every subject and workload.
    pub clients: Option<Vec<u32>>,
    /// How many instances hold the clients.
    pub instances: u32,
    /// How many rounds.
    pub rounds: Option<u32>,
    /// Length of the measured stretch of a trial, in seconds.
    pub seconds: f64,
    /// The seed of every random choice.
    pub seed: u64,
}

impl Request {
    /// The plan that answers this request.
    pub fn plan(&self) -> Plan {
        let mut points = Vec::new();
        for workload in &self.workloads {
            for subject in &self.subjects {
                for clients in self.loads(subject, *workload) {
                    points.push(Point {
                        workload: workload.name().to_owned(),
                        subject: subject.name.to_owned(),
                        topology: Topology::Processes,
                        instances: self.instances.min(clients),
                        clients,
                        discipline: Discipline::Careful,
                    });
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
            points,
        }
    }

    fn loads(&self, subject: &Subject, workload: &dyn Workload) -> Vec<u32> {
        match &self.clients {
            Some(clients) => clients.clone(),
            // What the harness costs for an operation does not depend on how many others wait.
            None if subject.engine() == Engine::Noop => vec![1],
            None if self.quick => workload.loads().quick.to_vec(),
            None => workload.loads().default.to_vec(),
        }
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
            subjects: subject::catalog::ALL.to_vec(),
            workloads: workload::ALL.to_vec(),
            clients: None,
            instances: INSTANCES,
            rounds: None,
            seconds: SECONDS,
            seed: 1,
        }
    }

    #[test]
    fn a_default_plan_has_at_most_90_points_and_a_quick_one_40() {
        assert!(request(false).plan().points.len() <= 90);
        assert!(request(true).plan().points.len() <= 40);
    }

    #[test]
    fn every_subject_meets_every_workload() {
        for quick in [false, true] {
            let plan = request(quick).plan();
            let met: BTreeSet<_> = plan
                .points
                .iter()
                .map(|point| (&point.workload, &point.subject))
                .collect();
            assert_eq!(met.len(), workload::ALL.len() * subject::catalog::ALL.len());
        }
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
}
