//! When an attempt that failed is made again, and after how long.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

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

/// How a client retries the whole transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How often it tries again at most.
    pub retries: u32,
    /// The pause before the second attempt, or the bound from which it is drawn.
    pub first: Duration,
    /// Whether it doubles with each further attempt.
    pub doubles: bool,
    /// The longest pause.
    pub longest: Duration,
    /// Whether each pause is drawn uniformly from zero to that bound (full jitter: M. Brooker,
    /// *Exponential Backoff And Jitter*, AWS Architecture Blog, 2015).
    pub jitter: bool,
    /// No attempt begins later than this after the operation was due.
    pub patience: Duration,
}

impl Policy {
    /// The first error is the last.
    pub const NEVER: Policy = Policy {
        retries: 0,
        first: Duration::ZERO,
        doubles: false,
        longest: Duration::ZERO,
        jitter: false,
        patience: Duration::ZERO,
    };

    /// With full jitter, capped.
    pub const CAREFUL: Policy = Policy {
        retries: MAX_ATTEMPTS - 1,
        first: FIRST_PAUSE,
        doubles: true,
        longest: LONGEST_PAUSE,
        jitter: true,
        patience: PATIENCE,
    };

    /// The policy of a discipline.
    pub fn of(discipline: Discipline) -> Policy {
        match discipline {
            Discipline::Careful => Policy::CAREFUL,
            Discipline::Naive => Policy::NEVER,
        }
    }

    /// The pause after so many failed attempts, or the bound from which it is drawn.
    pub(super) fn bound(&self, attempts: u32) -> Duration {
        let factor = match self.doubles {
            true => 1 << (attempts - 1).min(16),
            false => 1,
        };
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// Tries of one client.
#[derive(Debug)]
pub struct Retry {
    random: StdRng,
    policy: Policy,
}

impl Retry {
    /// Tries by this policy; their jitter comes from this seed.
    pub fn new(policy: &Policy, seed: u64) -> Retry {
        Retry {
            random: StdRng::seed_from_u64(seed),
            policy: policy.clone(),
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
        let bound = self.policy.bound(attempts);
        let pause = match self.policy.jitter {
            true => self.random.random_range(Duration::ZERO..=bound),
            false => bound,
        };
        let in_time = Duration::from_nanos(elapsed) + pause < self.policy.patience;
        (hopeful && attempts <= self.policy.retries && in_time).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::engine::LOCK_TIMEOUT_MS;

    #[test]
    fn contention_is_retried_and_mistakes_are_not() {
        let mut retry = Retry::new(&Policy::CAREFUL, 1);
        assert!(retry.pause(Outcome::Busy, 1, 0).is_some());
        assert!(retry.pause(Outcome::Deadlock, 1, 0).is_some());
        assert_eq!(retry.pause(Outcome::Other, 1, 0), None);
        assert_eq!(retry.pause(Outcome::Unknown, 1, 0), None);
    }

    #[test]
    fn an_attempt_that_waited_for_a_lock_in_vain_is_made_again() {
        let waited = u64::from(LOCK_TIMEOUT_MS) * 1_000_000;
        assert!(
            Retry::new(&Policy::CAREFUL, 1)
                .pause(Outcome::Busy, 1, waited)
                .is_some()
        );
        assert!(
            Retry::new(&Policy::CAREFUL, 1)
                .pause(Outcome::LockTimeout, 1, waited)
                .is_some()
        );
    }

    #[test]
    fn a_naive_client_gives_up_at_the_first_error() {
        let mut retry = Retry::new(&Policy::NEVER, 1);
        assert_eq!(retry.pause(Outcome::Busy, 1, 0), None);
        assert_eq!(retry.pause(Outcome::Deadlock, 1, 0), None);
    }

    #[test]
    fn attempts_and_time_are_capped() {
        let mut retry = Retry::new(&Policy::CAREFUL, 1);
        assert!(retry.pause(Outcome::Busy, MAX_ATTEMPTS - 1, 0).is_some());
        assert_eq!(retry.pause(Outcome::Busy, MAX_ATTEMPTS, 0), None);
        assert_eq!(
            retry.pause(Outcome::Busy, 1, PATIENCE.as_nanos() as u64),
            None
        );
    }

    #[test]
    fn pauses_spread_over_a_range_that_doubles_up_to_a_cap() {
        let mut retry = Retry::new(&Policy::CAREFUL, 1);
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

    #[test]
    fn without_jitter_pauses_are_what_the_policy_says() {
        let policy = Policy {
            retries: 3,
            first: Duration::from_secs(1),
            doubles: true,
            longest: Duration::from_secs(5),
            jitter: false,
            patience: Duration::MAX,
        };
        let pauses = |policy: &Policy| {
            let mut retry = Retry::new(policy, 1);
            [1, 2, 3, 4].map(|attempts| retry.pause(Outcome::Busy, attempts, 0))
        };
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(pauses(&policy), [seconds(1), seconds(2), seconds(4), None]);
        let fixed = Policy {
            doubles: false,
            ..policy
        };
        assert_eq!(pauses(&fixed), [seconds(1), seconds(1), seconds(1), None]);
    }
}
