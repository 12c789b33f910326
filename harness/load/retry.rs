//! When an attempt that failed is made again, and after how long.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::lab::clock::Nanoseconds;
use crate::measure::{Discipline, Outcome};

/// The most attempts of a careful client at one operation.
pub const MAX_ATTEMPTS: u32 = 10;

/// No attempt begins later than this after the start of its operation.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// The longest pause before the second attempt; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// How a client retries. A careful one tries the whole transaction again, with full jitter (a pause
/// drawn uniformly from zero to a bound that doubles: M. Brooker, *Exponential Backoff And Jitter*,
/// AWS Architecture Blog, 2015), capped. A naive one does not.
#[derive(Debug)]
pub struct Retry {
    random: StdRng,
    most_attempts: u32,
}

impl Retry {
    /// The policy of a discipline; its jitter comes from this seed.
    pub fn new(discipline: Discipline, seed: u64) -> Retry {
        Retry {
            random: StdRng::seed_from_u64(seed),
            most_attempts: match discipline {
                Discipline::Careful => MAX_ATTEMPTS,
                Discipline::Naive => 1,
            },
        }
    }

    /// How long to pause before attempting again; `None` to give up. `attempts` have failed, the
    /// last of them with `class`, `elapsed` after the operation began.
    pub fn pause(
        &mut self,
        class: Outcome,
        attempts: u32,
        elapsed: Nanoseconds,
    ) -> Option<Duration> {
        let hopeful = matches!(
            class,
            Outcome::Busy
                | Outcome::BusySnapshot
                | Outcome::Locked
                | Outcome::Schema
                | Outcome::Deadlock
                | Outcome::Serialization
                | Outcome::LockTimeout
                | Outcome::Timeout
        );
        let bound = FIRST_PAUSE
            .saturating_mul(1 << (attempts - 1).min(16))
            .min(LONGEST_PAUSE);
        let pause = self.random.random_range(Duration::ZERO..=bound);
        let in_time = Duration::from_nanos(elapsed) + pause < PATIENCE;
        (hopeful && attempts < self.most_attempts && in_time).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::engine::LOCK_TIMEOUT_MS;

    #[test]
    fn contention_is_retried_and_mistakes_are_not() {
        let mut retry = Retry::new(Discipline::Careful, 1);
        assert!(retry.pause(Outcome::Busy, 1, 0).is_some());
        assert!(retry.pause(Outcome::Deadlock, 1, 0).is_some());
        assert_eq!(retry.pause(Outcome::Other, 1, 0), None);
        assert_eq!(retry.pause(Outcome::Unknown, 1, 0), None);
    }

    #[test]
    fn an_attempt_that_waited_for_a_lock_in_vain_is_made_again() {
        let waited = u64::from(LOCK_TIMEOUT_MS) * 1_000_000;
        assert!(
            Retry::new(Discipline::Careful, 1)
                .pause(Outcome::Busy, 1, waited)
                .is_some()
        );
        assert!(
            Retry::new(Discipline::Careful, 1)
                .pause(Outcome::LockTimeout, 1, waited)
                .is_some()
        );
    }

    #[test]
    fn a_naive_client_gives_up_at_the_first_error() {
        let mut retry = Retry::new(Discipline::Naive, 1);
        assert_eq!(retry.pause(Outcome::Busy, 1, 0), None);
        assert_eq!(retry.pause(Outcome::Deadlock, 1, 0), None);
    }

    #[test]
    fn attempts_and_time_are_capped() {
        let mut retry = Retry::new(Discipline::Careful, 1);
        assert!(retry.pause(Outcome::Busy, MAX_ATTEMPTS - 1, 0).is_some());
        assert_eq!(retry.pause(Outcome::Busy, MAX_ATTEMPTS, 0), None);
        assert_eq!(
            retry.pause(Outcome::Busy, 1, PATIENCE.as_nanos() as u64),
            None
        );
    }

    #[test]
    fn pauses_spread_over_a_range_that_doubles_up_to_a_cap() {
        let mut retry = Retry::new(Discipline::Careful, 1);
        let mut longest = |attempts| {
            (0..2_000)
                .filter_map(|_| retry.pause(Outcome::Busy, attempts, 0))
                .max()
                .unwrap()
        };
        for (attempts, bound_ms) in [(1, 2.0), (2, 4.0), (3, 8.0), (8, 250.0), (9, 250.0)] {
            let found = longest(attempts).as_secs_f64() * 1e3;
            assert!(
                found <= bound_ms && found > bound_ms * 0.95,
                "{attempts}: {found} ms"
            );
        }
    }
}
