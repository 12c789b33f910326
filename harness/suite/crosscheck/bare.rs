//! The bare loops beside SQLite's clients: as many processes as there are clients.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::audited;
use crate::lab::clock::{Clock as _, Monotonic};
use crate::load::audit;
use crate::load::conduct::Conduct;
use crate::load::processes::Workers;
use crate::load::recorder::Counts;
use crate::load::trial::{self, Conditions, TO_CONNECT, TO_FINISH};
use crate::measure::Point;
use crate::measure::crosscheck::Figures;
use crate::subject::Subject;
use crate::subject::engine::{Store, deviations};
use crate::workload::Workload;

/// Makes a trial of bare loops on a database that is set up.
pub fn run(
    conditions: &Conditions<'_>,
    subject: &Subject,
    workload: &dyn Workload,
    point: &Point,
    round: u32,
    store: &mut dyn Store,
) -> Result<Figures> {
    let point = Point {
        instances: point.clients,
        ..point.clone()
    };
    let seed = trial::seed_of(conditions.seed, &point, round);
    let conduct = Conduct::of(point.discipline);
    let jobs = trial::jobs(&point, store, &conduct, conditions.hold_seconds, seed);
    let interrupt = conditions.interrupt;
    let mut workers = Workers::start_as("bare", conditions.executable, &jobs, interrupt)?;
    let refused = deviations(
        &subject.asserted(&conduct.manner),
        &workers.ready(TO_CONNECT)?,
    );
    ensure!(
        refused.is_empty(),
        "The settings that make {} do not hold: {}",
        subject.name,
        refused.join(", ")
    );
    // As before the trials beside it: a log that still grows would flatter those.
    store
        .settle()
        .context("Cannot bring the database to its steady state")?;
    let schedule = trial::schedule(
        Monotonic.now(),
        conditions.warm_up_seconds,
        conditions.seconds,
    );
    workers.begin(&schedule)?;
    let length = Duration::from_nanos(schedule.end - schedule.start);
    let mut counts = Counts::default();
    let mut cpu_seconds = 0.0;
    for worker in workers.done(length + TO_FINISH)? {
        counts.merge(&worker.counts);
        cpu_seconds += worker.cpu_seconds;
    }
    let (checks, _) = audit::stored(workload, store, counts.tally, 0, point.discipline)
        .context("Cannot audit the database")?;
    audited(&checks)?;
    Ok(Figures {
        committed: counts.committed_per_client.iter().sum(),
        errors: counts.errors.iter().map(|error| error.attempts).sum(),
        seconds: (schedule.end - schedule.measure) as f64 / 1e9,
        cpu_seconds: Some(cpu_seconds),
    })
}
