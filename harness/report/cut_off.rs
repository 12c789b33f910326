//! What a trial cannot show that ends before a client has waited for a lock as long as it may.

use serde::Serialize;

use crate::measure::Run;

use super::numbers::chosen_time;

/// How many lock timeouts a trial has to last, at least, for clients to give up within it: a
/// careful one is patient for three.
const ENOUGH: f64 = 4.0;

/// Trials shorter than the lock timeout. Nobody gives up in them, because at their end the others
/// stop and every client that waits gets in: starvation shows as latency only, and that is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CutOff {
    seconds: f64,
    timeout: f64,
    most_clients: u32,
}

impl CutOff {
    /// What is cut off in a run; `None` if its trials are as long as a lock timeout.
    pub fn of(run: &Run) -> Option<CutOff> {
        let clients = run.plan.points.iter().map(|point| point.clients);
        let cut_off = CutOff {
            seconds: run.plan.seconds,
            timeout: run.plan.lock_timeout_seconds,
            // Without a rival nobody waits.
            most_clients: clients.max().filter(|most| *most > 1)?,
        };
        (cut_off.seconds < cut_off.timeout).then_some(cut_off)
    }

    /// What has to be known to read a figure.
    fn caption(&self) -> String {
        format!(
            "Trials of {} end before a lock timeout of {}: nobody could give up for it, and waits are cut short \
             soon after the end of the trial, when the others stop.",
            chosen_time(self.seconds),
            chosen_time(self.timeout)
        )
    }

    /// The same after the caption of a figure; nothing where nothing is cut off.
    pub fn after(run: &Run) -> String {
        CutOff::of(run).map_or_else(String::new, |cut_off| format!(" {}", cut_off.caption()))
    }

    /// What was therefore not measured.
    pub fn not_measured(&self) -> String {
        format!(
            "How long a starved client waits, and whether it gives up: trials of {} end before a lock timeout of {}, \
             and at their end the others stop and let everybody in.",
            chosen_time(self.seconds),
            chosen_time(self.timeout)
        )
    }
}

impl std::fmt::Display for CutOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} To see clients starve and give up, measure for at least {} lock timeouts, for example with \
             --seconds {} --clients {}.",
            self.caption(),
            ENOUGH,
            self.timeout * ENOUGH,
            self.most_clients.min(16)
        )
    }
}
