//! Open loop: when operations arrive, whether anybody is free to do them or not.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::{Deserialize, Serialize};

use super::recorder::Schedule;
use crate::lab::clock::Nanoseconds;

/// At which rate operations arrive, all clients together. Without one, each client begins its next
/// operation when the last one ended: a closed loop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// One after the other, the first from the beginning of the measured stretch and in the warm-up
    /// before it, the last for as long as the trial lasts.
    pub phases: Vec<Phase>,
    /// Where in the first interval between two arrivals the first one lies, from 0 to less than 1: the
    /// arrivals at several workers take turns.
    pub first: f64,
}

/// A stretch in which operations arrive at the same distance from each other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// How long it lasts, in seconds.
    pub seconds: f64,
    /// How many operations arrive in a second; 0 for a lull.
    pub rate_per_s: f64,
}

impl Pace {
    /// The same rate all the time.
    pub fn steady(rate_per_s: f64) -> Pace {
        Pace::phases(vec![Phase {
            seconds: 0.0,
            rate_per_s,
        }])
    }

    /// One phase after the other.
    pub fn phases(phases: Vec<Phase>) -> Pace {
        Pace { phases, first: 0.0 }
    }

    /// The part of a worker that holds so many `clients`, the first of them with that number, `of` all.
    pub fn share(&self, first_client: u32, clients: u32, of: u32) -> Pace {
        let part = f64::from(clients) / f64::from(of);
        let shared = |phase: &Phase| Phase {
            rate_per_s: phase.rate_per_s * part,
            ..*phase
        };
        Pace {
            phases: self.phases.iter().map(shared).collect(),
            first: f64::from(first_client) / f64::from(of),
        }
    }

    /// How many operations arrive within the measured stretch.
    pub fn due_within(&self, schedule: Schedule) -> u64 {
        let arrivals = Arrivals::new(self, schedule);
        let dues = std::iter::from_fn(|| arrivals.take());
        dues.filter(|due| *due >= schedule.measure).count() as u64
    }

    /// The mean rate within the measured stretch, in operations per second.
    pub fn mean_rate(&self, schedule: Schedule) -> f64 {
        let arrivals = Arrivals::new(self, schedule);
        let within = arrivals.until(schedule.end) - arrivals.until(schedule.measure);
        within * 1e9 / (schedule.end - schedule.measure) as f64
    }
}

/// The arrivals at one worker. Whichever of its clients is free takes the next.
#[derive(Debug)]
pub struct Arrivals {
    phases: Vec<Begun>,
    first: f64,
    end: Nanoseconds,
    taken: AtomicU64,
}

/// A phase, with what came before it.
#[derive(Debug, Clone, Copy)]
struct Begun {
    at: Nanoseconds,
    per_ns: f64,
    /// How much arrived before, in operations and parts of them.
    before: f64,
}

impl Arrivals {
    /// The arrivals of a trial that has this schedule.
    pub fn new(pace: &Pace, schedule: Schedule) -> Arrivals {
        let (mut at, mut ends, mut before) = (schedule.start, schedule.measure, 0.0);
        let mut phases = Vec::new();
        for phase in &pace.phases {
            let per_ns = phase.rate_per_s / 1e9;
            ends += (phase.seconds * 1e9) as Nanoseconds;
            phases.push(Begun { at, per_ns, before });
            before += (ends - at) as f64 * per_ns;
            at = ends;
        }
        Arrivals {
            phases,
            first: pace.first,
            end: schedule.end,
            taken: AtomicU64::new(0),
        }
    }

    /// When the next operation is due that nobody has taken yet; `None` once no more is due before
    /// the end. Whoever calls has taken it.
    pub fn take(&self) -> Option<Nanoseconds> {
        let number = self.taken.fetch_add(1, Relaxed);
        self.due(number).filter(|due| *due < self.end)
    }

    /// When operation `number`, from 0, is due: where the rate, added up over time, comes to it.
    fn due(&self, number: u64) -> Option<Nanoseconds> {
        let wanted = number as f64 + self.first;
        // A lull in which it would arrive is passed over for what follows it, unless nothing does.
        let phase = self.phases.iter().rfind(|phase| phase.before <= wanted)?;
        (phase.per_ns > 0.0)
            .then(|| phase.at + ((wanted - phase.before) / phase.per_ns).round() as Nanoseconds)
    }

    /// How much has arrived by then, in operations and parts of them.
    fn until(&self, at: Nanoseconds) -> f64 {
        let phase = self.phases.iter().rfind(|phase| phase.at <= at);
        phase.map_or(0.0, |phase| {
            phase.before + (at - phase.at) as f64 * phase.per_ns
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    /// Warm-up from 1,000 to 1,100 ms, then a stretch of 1 s.
    const SCHEDULE: Schedule = Schedule {
        start: 1_000 * MS,
        measure: 1_100 * MS,
        end: 2_100 * MS,
    };

    fn dues(pace: &Pace) -> Vec<u64> {
        let arrivals = Arrivals::new(pace, SCHEDULE);
        std::iter::from_fn(|| arrivals.take())
            .map(|due| due / MS)
            .collect()
    }

    fn phase(seconds: f64, rate_per_s: f64) -> Phase {
        Phase {
            seconds,
            rate_per_s,
        }
    }

    #[test]
    fn arrivals_are_evenly_spaced_from_the_start_to_the_end() {
        let pace = Pace::steady(10.0);
        let expected: Vec<_> = (0..11).map(|number| 1_000 + 100 * number).collect();
        assert_eq!(dues(&pace), expected);
        assert_eq!(pace.due_within(SCHEDULE), 10);
        assert!((pace.mean_rate(SCHEDULE) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_rate_changes_with_its_phase_and_the_last_one_stays() {
        let pace = Pace::phases(vec![phase(0.2, 10.0), phase(0.1, 100.0), phase(0.3, 5.0)]);
        let dues = dues(&pace);
        let within = |from, to| dues.iter().filter(|due| (from..to).contains(*due)).count();
        assert_eq!(
            within(1_000, 1_100),
            1,
            "the warm-up is like the first phase"
        );
        assert_eq!(within(1_100, 1_300), 2);
        assert_eq!(within(1_300, 1_400), 10);
        assert_eq!(within(1_400, 2_100), 4, "5 a second until the end");
        assert_eq!(pace.due_within(SCHEDULE), 16);
    }

    #[test]
    fn nothing_arrives_in_a_lull_and_what_comes_after_does() {
        let burst = Pace::phases(vec![phase(0.1, 100.0), phase(0.5, 0.0), phase(0.1, 50.0)]);
        let dues = dues(&burst);
        assert!(
            !dues.iter().any(|due| (1_200..1_700).contains(due)),
            "{dues:?}"
        );
        assert_eq!(dues.iter().filter(|due| **due >= 1_700).count(), 20);
        let over = Pace::phases(vec![phase(0.1, 100.0), phase(0.1, 0.0)]);
        assert_eq!(over.due_within(SCHEDULE), 10, "a last lull lasts for ever");
        assert_eq!(Pace::steady(0.0).due_within(SCHEDULE), 0);
    }

    #[test]
    fn workers_take_turns_and_all_of_them_together_keep_the_rate() {
        let pace = Pace::steady(30.0);
        for clients in [[1, 1, 1], [2, 2, 2]] {
            let all = clients.iter().sum();
            let mut first = 0;
            let mut dues: Vec<_> = clients
                .iter()
                .flat_map(|clients| {
                    let share = pace.share(first, *clients, all);
                    first += clients;
                    dues(&share)
                })
                .collect();
            dues.sort_unstable();
            let expected: Vec<_> = (0..33).map(|number| 1_000 + number * 100 / 3).collect();
            assert_eq!(dues, expected);
        }
    }
}
