//! How clients conduct themselves: what their discipline says, or what an experiment varies.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::pace::Pace;
use super::retry::Policy;
use crate::measure::Discipline;
use crate::subject::engine::Manner;

/// How clients conduct themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conduct {
    /// How they go about their transactions.
    pub manner: Manner,
    /// How they try again.
    pub retry: Policy,
    /// How many operations each client does, one after the other, the first in the instant in which
    /// the measured stretch begins; `None` if they come as the workload has them, for as long as
    /// the stretch lasts.
    pub operations: Option<u32>,
    /// At which rate operations arrive, for whichever client is free (open loop); `None` if each
    /// client does them as the workload has them.
    pub pace: Option<Pace>,
}

impl Conduct {
    /// The conduct of a discipline.
    pub fn of(discipline: Discipline) -> Conduct {
        Conduct {
            manner: Manner::of(discipline),
            retry: Policy::of(discipline),
            operations: None,
            pace: None,
        }
    }

    /// How long an operation may take if each of its attempts waits for a lock in vain. Who waits for
    /// ever is not counted.
    pub fn longest(&self) -> Duration {
        let wait = Duration::from_millis(self.manner.lock_timeout_ms.unwrap_or_default().into());
        let Policy {
            retries, patience, ..
        } = self.retry;
        let slept: Duration = (1..=retries).map(|failed| self.retry.bound(failed)).sum();
        let all = wait * (retries + 1) + slept;
        all.min(patience + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_takes_all_its_waits_and_pauses_or_its_patience() {
        let careful = Conduct::of(Discipline::Careful);
        assert_eq!(careful.longest(), Duration::from_secs(15 + 5));
        let seldom = Conduct {
            retry: Policy {
                retries: 2,
                first: Duration::from_secs(1),
                doubles: true,
                longest: Duration::from_secs(5),
                jitter: false,
                patience: Duration::from_secs(60),
            },
            ..careful
        };
        assert_eq!(seldom.longest(), Duration::from_secs(3 * 5 + 1 + 2));
        assert_eq!(Conduct::of(Discipline::Naive).longest(), Duration::ZERO);
    }
}
