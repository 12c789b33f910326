//! What a trial cannot show that ends before a client has waited for a lock as long as it may.

use serde::Serialize;

use crate::measure::{Discipline, Figure, Point, Run};

use super::basis::Group;
use super::numbers::{chosen_time, list};

/// How many lock timeouts a trial has to last, at least, for clients to give up within it: a
/// careful one is patient for three.
const ENOUGH: f64 = 4.0;

/// Trials shorter than the lock timeout. Nobody gives up in them, because at their end the others
/// stop and every client that waits gets in: starvation shows as latency only, and that is cut off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CutOff {
    /// The lengths of these trials, in seconds, each once.
    seconds: Vec<f64>,
    timeout: f64,
    most_clients: u32,
}

impl CutOff {
    /// What is cut off in a run; `None` if its trials are as long as a lock timeout.
    pub fn of(run: &Run) -> Option<CutOff> {
        CutOff::of_points(run, |_| true)
    }

    /// What is cut off in the trials of these points.
    fn of_points(run: &Run, wanted: impl Fn(&Point) -> bool) -> Option<CutOff> {
        let timeout = run.plan.lock_timeout_seconds;
        let mut cut_off = CutOff {
            seconds: Vec::new(),
            timeout,
            most_clients: 0,
        };
        for point in run.plan.points.iter().filter(|point| wanted(point)) {
            let seconds = seconds(run, point).filter(|seconds| *seconds < timeout);
            let Some(seconds) = seconds else { continue };
            cut_off.most_clients = cut_off.most_clients.max(point.clients);
            if !cut_off.seconds.contains(&seconds) {
                cut_off.seconds.push(seconds);
            }
        }
        cut_off.seconds.sort_by(f64::total_cmp);
        (!cut_off.seconds.is_empty()).then_some(cut_off)
    }

    /// What has to be known to read a figure.
    pub fn caption(&self) -> String {
        format!(
            "Trials of {} end before a lock timeout of {}: nobody could give up for it, and waits are cut short \
             soon after the end of the trial, when the others stop.",
            self.lengths(),
            chosen_time(self.timeout)
        )
    }

    /// The same after the caption of a figure of careful clients; nothing where nothing is cut off.
    pub fn after(group: &Group) -> String {
        let own = |point: &Point| group.cells.iter().any(|cell| cell.point == point);
        let cut_off = CutOff::of_points(group.run, own);
        cut_off.map_or_else(String::new, |cut_off| format!(" {}", cut_off.caption()))
    }

    /// What was therefore not measured.
    pub fn not_measured(&self) -> String {
        format!(
            "How long a starved client waits, and whether it gives up: trials of {} end before a lock timeout of {}, \
             and at their end the others stop and let everybody in.",
            self.lengths(),
            chosen_time(self.timeout)
        )
    }

    fn lengths(&self) -> String {
        let lengths: Vec<String> = self.seconds.iter().map(|s| chosen_time(*s)).collect();
        list(&lengths)
    }
}

/// How long a point is measured, if somebody may wait in it for longer than a lock timeout: `None`
/// without a rival; for naive clients, of which those on SQLite do not wait at all and those on
/// PostgreSQL never give up; and where nobody competes for ever, since operations come at their own
/// pace or only once.
fn seconds(run: &Run, point: &Point) -> Option<f64> {
    let workload = run.workload(&point.workload);
    let figure = workload.map_or(Figure::Goodput, |workload| workload.figure);
    let competes =
        point.clients > 1 && point.discipline == Discipline::Careful && figure == Figure::Goodput;
    let own = workload.map(|w| w.seconds).filter(|seconds| *seconds > 0.0);
    competes.then_some(own.unwrap_or(run.plan.seconds))
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
