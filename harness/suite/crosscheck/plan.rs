//! What is compared, and in which order.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::measure::crosscheck::{Comparison, Reference, Target};
use crate::measure::{Discipline, Point, Topology};
use crate::suite::plan::INSTANCES;
use crate::workload::{Workload as _, api, increment};

/// How many rounds unless the user says otherwise: the fewest that give intervals.
pub const ROUNDS: u32 = crate::measure::statistics::ROUNDS_FOR_INTERVAL as u32;

/// Length of a measured stretch unless the user says otherwise, in seconds.
pub const SECONDS: f64 = 1.0;

/// Numbers of clients beside pgbench.
const CLIENTS: [u32; 3] = [1, 8, 16];

/// The most clients of any comparison.
pub const MOST_CLIENTS: u32 = CLIENTS[CLIENTS.len() - 1];

/// What SQLite's clients must reach of a bare loop.
const OF_BARE_LOOP: Target = Target::AtLeast(0.97);

/// What stands in the place of a subject where the app is asked.
pub const APP: &str = "app";

/// Connections to the app, all from one process.
const CONNECTIONS: u32 = 500;

/// What they must reach of wrk.
const OF_WRK: Target = Target::AtLeast(0.9);

/// Every comparison, without figures yet.
pub fn comparisons() -> Vec<Comparison> {
    let comparison = |subject: &str, clients, reference, target| Comparison {
        subject: subject.to_owned(),
        workload: increment::SPREAD.name().to_owned(),
        clients,
        instances: INSTANCES.min(clients),
        reference,
        target,
        rounds: Vec::new(),
        figure: None,
    };
    let mut all = Vec::new();
    for (subject, target) in [
        // The disk decides: nobody may be able to tell the two apart.
        ("postgres", Target::NotBelow(1.0)),
        // The processor decides, and pgbench does next to nothing with it.
        ("postgres-async", Target::AtLeast(0.95)),
    ] {
        all.extend(CLIENTS.map(|clients| comparison(subject, clients, Reference::Pgbench, target)));
    }
    for (subject, clients) in [
        ("sqlite-delete-full", 1),
        ("sqlite-wal-full", 1),
        ("sqlite-wal-normal", 1),
        ("sqlite-wal-full", 4),
        ("sqlite-wal-normal", 4),
    ] {
        all.push(comparison(
            subject,
            clients,
            Reference::BareLoop,
            OF_BARE_LOOP,
        ));
    }
    all.push(Comparison {
        workload: api::HEALTH.name().to_owned(),
        instances: 1,
        ..comparison(APP, CONNECTIONS, Reference::Wrk, OF_WRK)
    });
    let least = Target::AtMostSeconds(1e-6);
    all.push(comparison("noop", 1, Reference::Nothing, least));
    all
}

/// The point at which contend's clients are measured.
pub fn point(comparison: &Comparison) -> Point {
    Point {
        workload: comparison.workload.clone(),
        subject: comparison.subject.clone(),
        topology: Topology::Processes,
        instances: comparison.instances,
        clients: comparison.clients,
        discipline: Discipline::Careful,
        rate: None,
    }
}

/// The order of one round: the number of each comparison, and whether contend comes first. A
/// comparison's order alternates from round to round, so that neither side always follows the
/// other.
pub fn order(comparisons: usize, seed: u64, round: u32) -> Vec<(usize, bool)> {
    let mut first = StdRng::seed_from_u64(seed);
    let mut order: Vec<(usize, bool)> = (0..comparisons)
        .map(|number| (number, first.random::<bool>() ^ round.is_multiple_of(2)))
        .collect();
    order.shuffle(&mut StdRng::seed_from_u64(
        seed.wrapping_add(u64::from(round) << 32),
    ));
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{subject, workload};

    #[test]
    fn every_comparison_is_of_a_subject_and_a_workload_that_there_are() {
        let all = comparisons();
        let of_engines = all.iter().filter(|comparison| comparison.subject != APP);
        for comparison in of_engines {
            assert!(
                subject::find(&comparison.subject).is_some(),
                "{comparison:?}"
            );
            assert!(workload::find(&comparison.workload).is_some());
            assert!(comparison.instances <= comparison.clients);
            assert!(comparison.clients <= MOST_CLIENTS);
        }
    }

    #[test]
    fn each_side_is_first_in_every_other_round() {
        for number in 0..5 {
            let first = |round| {
                let order = order(5, 7, round);
                order.iter().find(|place| place.0 == number).unwrap().1
            };
            assert_ne!(first(1), first(2));
            assert_eq!(first(1), first(3));
        }
    }

    #[test]
    fn a_round_holds_every_comparison_once_in_an_order_that_the_seed_repeats() {
        let numbers: BTreeSet<usize> = order(9, 7, 1).into_iter().map(|place| place.0).collect();
        assert_eq!(numbers, (0..9).collect());
        assert_eq!(order(9, 7, 1), order(9, 7, 1));
        assert_ne!(order(9, 7, 1), order(9, 8, 1));
    }
}
