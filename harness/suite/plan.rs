//! What is to be measured: the points, and the order of each round.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::measure::experiment::Extent;
use crate::measure::{Discipline, Plan, Point, Topology};
use crate::subject::catalog;
use crate::subject::engine::LOCK_TIMEOUT_MS;
use crate::subject::{Part, Subject};
use crate::workload::increment::HOT;
use crate::workload::{self, Benchmark, Workload as _};

/// How many instances hold the clients unless the user says otherwise.
pub const INSTANCES: u32 = 4;

/// Length of a trial's measured stretch unless the user says otherwise, in seconds. Goodput and the median have
/// settled after half a second, since the write-ahead log is brought to its steady state before. p99 takes longer: at
/// the end of a trial each of 16 clients finishes the operation it waits in, and only of several thousand operations
/// are these fewer than 1 %. docs/lengths.md has the figures.
pub const SECONDS: f64 = 2.0;

/// How many times as long as the other trials a long one is.
const TIMES_AS_LONG: f64 = 6.0;

/// Length of a long trial that is enough, in seconds: more than two lock timeouts, so that a client that waits in
/// vain is seen to give up, and to wait again.
const LONG_ENOUGH: f64 = 12.0;

/// How many times as long a long trial is at least, however long the others are.
const LEAST_TIMES_AS_LONG: f64 = 3.0;

/// The most clients of a long trial.
const MOST_CLIENTS: u32 = 16;

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

/// What the user asks for. What is `None` follows from `extent`.
pub struct Request {
    /// How many points, and in how many rounds.
    pub extent: Extent,
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
        self.plan_of(|_| true)
    }

    /// The same, of these points only.
    pub fn plan_of(&self, wanted: impl Fn(&Point) -> bool) -> Plan {
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
        points.retain(wanted);
        let seconds = self.seconds;
        let long_points = subjects
            .iter()
            .filter_map(|subject| self.long_point(subject, &points))
            .cloned()
            .collect();
        Plan {
            quick: self.extent == Extent::Quick,
            seed: self.seed,
            rounds: self.rounds.unwrap_or(match self.extent {
                Extent::Quick => 3,
                Extent::Short | Extent::Full => 6,
            }),
            seconds,
            warm_up_seconds: warm_up_seconds(seconds),
            lock_timeout_seconds: f64::from(LOCK_TIMEOUT_MS) / 1e3,
            hold_seconds: self.hold_seconds,
            rate: self.rate,
            long_seconds: (TIMES_AS_LONG * seconds)
                .min(LONG_ENOUGH)
                .max(LEAST_TIMES_AS_LONG * seconds),
            long_points,
            points,
        }
    }

    /// Which of the points of a main subject is measured for longer, too: careful clients at one hot row, if that is
    /// planned, else in the first workload whose goodput is compared; as many clients as there are, up to 16.
    fn long_point<'p>(&self, subject: &Subject, points: &'p [Point]) -> Option<&'p Point> {
        let paces_itself = |name: &str| workload::find(name).is_some_and(|w| w.paces_itself());
        let mut own: Vec<&Point> = points
            .iter()
            .filter(|point| {
                point.subject == subject.name
                    && point.discipline == Discipline::Careful
                    && point.rate.is_none()
                    && !paces_itself(&point.workload)
            })
            .collect();
        // In the order of the plan where nothing else decides.
        own.sort_by_key(|point| {
            let fewer = point.clients <= MOST_CLIENTS;
            let near = match fewer {
                true => MOST_CLIENTS - point.clients,
                false => point.clients,
            };
            (point.workload != HOT.name(), !fewer, near)
        });
        (self.part(subject, false) == Part::Main).then(|| own.first().copied())?
    }

    /// Which part a subject has in this run, in a workload that may have its transactions deadlock or not. One
    /// that the user names takes part in everything.
    fn part(&self, subject: &Subject, deadlocks: bool) -> Part {
        match subject.part {
            Part::Harness => Part::Harness,
            _ if self.subjects.is_some() => Part::Main,
            Part::Deadlocks if deadlocks && self.extent == Extent::Full => Part::Main,
            other => other,
        }
    }

    /// The numbers of clients with which a subject is measured.
    fn loads(
        &self,
        subject: &Subject,
        workload: &dyn Benchmark,
        discipline: Discipline,
    ) -> Vec<u32> {
        let loads = workload.loads();
        let choice = match self.extent {
            Extent::Quick => loads.quick,
            Extent::Short => loads.default,
            Extent::Full => loads.full,
        };
        let part = self.part(subject, workload.deadlocks());
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

/// How long everything that belongs to a trial takes beside its stretch and its warm-up, in seconds: to time the disk
/// before and after, make the database, start the clients, audit and remove it.
const BESIDE: f64 = 0.5;

/// How long a trial of this point is expected to take with all that belongs to it, in seconds.
pub fn expected(plan: &Plan, point: &Point) -> f64 {
    let workload = workload::find(&point.workload);
    let stretch = workload.map_or(plan.seconds, |w| w.seconds(plan.seconds, plan.hold_seconds));
    plan.warm_up_seconds + stretch + BESIDE
}

/// How long a long trial is expected to take, in seconds.
pub fn expected_long(plan: &Plan) -> f64 {
    plan.warm_up_seconds + plan.long_seconds + BESIDE
}

/// How long all rounds and long trials of a plan are expected to take, in seconds.
pub fn expected_in_all(plan: &Plan) -> f64 {
    let round: f64 = plan.points.iter().map(|point| expected(plan, point)).sum();
    f64::from(plan.rounds) * round + plan.long_points.len() as f64 * expected_long(plan)
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
    use crate::subject;

    fn request(extent: Extent) -> Request {
        Request {
            extent,
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

    fn stored(plan: &Plan) -> impl Iterator<Item = &Point> {
        plan.points.iter().filter(|point| point.subject != "noop")
    }

    #[test]
    fn a_default_plan_compares_at_most_24_points_and_a_quick_one_9() {
        for (extent, most) in [(Extent::Short, 24), (Extent::Quick, 9)] {
            let plan = request(extent).plan();
            assert!(stored(&plan).count() <= most, "{:?}", plan.points);
            assert!(plan.points.iter().any(|point| point.subject == "noop"));
        }
    }

    #[test]
    fn a_default_run_leaves_its_experiments_150_seconds_of_ten_minutes_and_a_quick_one_takes_two() {
        let all = |extent| {
            let plan = request(extent).plan();
            expected_in_all(&plan) + crate::suite::counting::expected(&plan)
        };
        assert!(all(Extent::Short) <= 450.0, "{}", all(Extent::Short));
        assert!(all(Extent::Quick) <= 110.0, "{}", all(Extent::Quick));
    }

    #[test]
    fn main_subjects_meet_every_workload_carefully_and_where_that_differs_naively() {
        let plan = request(Extent::Full).plan();
        let main = catalog::ALL.iter().filter(|s| s.part == Part::Main);
        for subject in main {
            for workload in workload::ALL {
                for discipline in Discipline::ALL {
                    let met = |point: &Point| {
                        point.workload == workload.name()
                            && point.subject == subject.name
                            && point.discipline == discipline
                    };
                    let naive = !workload.loads().full.naive.is_empty();
                    assert_eq!(
                        plan.points.iter().any(met),
                        naive || discipline == Discipline::Careful,
                        "{} {} {discipline}",
                        workload.name(),
                        subject.name
                    );
                }
            }
        }
    }

    #[test]
    fn every_subject_is_in_a_full_plan_and_named_ones_are_in_everything() {
        let plan = request(Extent::Full).plan();
        for subject in catalog::ALL {
            assert!(
                plan.points
                    .iter()
                    .any(|point| point.subject == subject.name)
            );
        }
        let named = Request {
            subjects: Some(vec![subject::find("postgres-async").unwrap()]),
            ..request(Extent::Full)
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
    fn each_main_subject_has_one_long_trial_with_16_careful_clients_at_one_hot_row() {
        for extent in [Extent::Quick, Extent::Short, Extent::Full] {
            let plan = request(extent).plan();
            let subjects: Vec<&str> = plan
                .long_points
                .iter()
                .map(|p| p.subject.as_str())
                .collect();
            assert_eq!(subjects, ["sqlite-wal-full", "postgres"]);
            for point in &plan.long_points {
                assert_eq!(
                    (point.workload.as_str(), point.clients),
                    ("increment-hot", 16)
                );
                assert_eq!(point.discipline, Discipline::Careful);
                assert!(
                    plan.points.contains(point),
                    "its rounds are compared with it"
                );
            }
            assert!(plan.long_seconds > 2.0 * plan.lock_timeout_seconds);
        }
    }

    #[test]
    fn a_long_trial_is_made_of_what_the_user_asks_for_and_lasts_three_times_as_long() {
        let plan = Request {
            subjects: Some(vec![subject::find("sqlite-delete-full").unwrap()]),
            workloads: vec![workload::find("insert-1").unwrap()],
            clients: Some(vec![2, 8, 32]),
            seconds: 20.0,
            ..request(Extent::Full)
        }
        .plan();
        let [long] = &plan.long_points[..] else {
            panic!("{:?}", plan.long_points);
        };
        assert_eq!(
            (long.subject.as_str(), long.clients),
            ("sqlite-delete-full", 8)
        );
        assert_eq!(plan.long_seconds, 60.0);
        let open = Request {
            rate: Some(100),
            ..request(Extent::Short)
        };
        assert_eq!(open.plan().long_points, []);
    }

    #[test]
    fn a_workload_is_never_measured_with_clients_it_makes_no_sense_with() {
        let plan = Request {
            clients: Some(vec![1, 8, 32]),
            ..request(Extent::Full)
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
            ..request(Extent::Full)
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
            ..request(Extent::Quick)
        };
        let plan = all.plan();
        let at = |topology| {
            let points = plan.points.iter().filter(|p| p.topology == topology);
            points.count()
        };
        assert_eq!(
            at(Topology::Processes),
            request(Extent::Quick).plan().points.len()
        );
        assert_eq!(at(Topology::Threads), at(Topology::Processes));
        assert_eq!(at(Topology::Apps), at(Topology::Containers));
        assert!(at(Topology::Apps) > 0);
    }

    #[test]
    fn the_app_is_in_front_of_databases_only_whose_settings_it_has() {
        let apps = Request {
            topologies: vec![Topology::Apps],
            ..request(Extent::Full)
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
        for point in request(Extent::Short).plan().points {
            assert!(point.instances <= point.clients && point.instances <= INSTANCES);
        }
    }

    #[test]
    fn each_round_holds_every_point_once_in_an_order_of_its_own_that_the_seed_repeats() {
        let plan = request(Extent::Short).plan();
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
        let plan = request(Extent::Short).plan();
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
