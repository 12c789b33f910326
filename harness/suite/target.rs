//! What the targets in `benches/` call: plain `cargo bench`, with criterion's own flags.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::benchmark;
use super::main_job::samples;
use super::plan::{HOLD_SECONDS, INSTANCES, Request, SECONDS};
use crate::lab::{Interrupt, Scratch, directory, environment, sentence};
use crate::load::trial::{self, Conditions};
use crate::measure::Topology;
use crate::measure::experiment::Extent;
use crate::subject::server::{DEFAULT_IMAGE, Order, SPARE_CONNECTIONS, Wanted, provide};
use crate::{subject, workload};

/// Registers every subject at every load of the default plan for these workloads, one pass.
/// `executable` is the `contend` binary, started as a worker.
pub fn main(executable: &str, workloads: &[&str]) -> ExitCode {
    environment::forget_postgres();
    match run(Path::new(executable), workloads) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", sentence(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(executable: &Path, workloads: &[&str]) -> Result<()> {
    let interrupt = Interrupt::install()?;
    let directory = directory::choose(None, false)?;
    let scratch = Scratch::claim(&directory)?;
    let workloads = workloads
        .iter()
        .map(|name| workload::find(name).context("There is no such workload"));
    let plan = Request {
        extent: Extent::Full,
        subjects: None,
        workloads: workloads.collect::<Result<_>>()?,
        clients: None,
        disciplines: None,
        topologies: vec![Topology::Processes],
        instances: INSTANCES,
        rate: None,
        rounds: Some(1),
        seconds: SECONDS,
        hold_seconds: HOLD_SECONDS,
        seed: 0,
    }
    .plan();
    let server = provide(&Order {
        wanted: &Wanted::Auto,
        image: DEFAULT_IMAGE,
        offline: false,
        scratch: &scratch,
        interrupt: &interrupt,
        connections: plan.most_clients() + SPARE_CONNECTIONS,
        tell: &|progress| eprintln!("{progress}"),
    })?;
    let conditions = Conditions {
        executable,
        scratch: scratch.path(),
        server: Some(&server),
        containers: None,
        interrupt: &interrupt,
        seconds: plan.seconds,
        warm_up_seconds: plan.warm_up_seconds,
        hold_seconds: plan.hold_seconds,
        growing_log: false,
        seed: plan.seed,
    };
    let mut criterion = benchmark::criterion().configure_from_args();
    let mut number = 0;
    for point in &plan.points {
        interrupt.check()?;
        let subject = subject::find(&point.subject).context("A plan has known subjects only")?;
        let workload =
            workload::find(&point.workload).context("A plan has known workloads only")?;
        let version = workload.version();
        let seconds = workload.seconds(plan.seconds, plan.hold_seconds);
        benchmark::benchmark(&mut criterion, point, version, seconds, || {
            number += 1;
            let measured = trial::run(&conditions, subject, workload, point, 1, number);
            match measured {
                Ok(measurement) if measurement.audit.passed() => {
                    return samples(&measurement);
                }
                Ok(_) => eprintln!("void: {point}: Its audit failed."),
                Err(error) => eprintln!("failed: {point}: {}", sentence(&error)),
            }
            Vec::new()
        });
    }
    criterion.final_summary();
    Ok(())
}
