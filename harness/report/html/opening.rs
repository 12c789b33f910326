//! The first paragraphs, in plain words: what was compared, on what machine, and what came of it.

use crate::measure::statistics::Estimate;
use crate::measure::{Engine, Run, SubjectInfo, Tier};
use crate::report::basis::Group;
use crate::report::findings::{Ratio, pairs_within_tiers, ratio_at};
use crate::report::numbers::{list, plural, ratio, span, span_kind, time};

/// The paragraphs.
pub fn paragraphs(run: &Run, groups: &[Group]) -> Vec<String> {
    let mut paragraphs = vec![compared(run, groups)];
    if groups
        .iter()
        .all(|group| group.stored_cells().all(|cell| cell.comparable.is_empty()))
    {
        paragraphs.push(
            "No trial of this run may be compared, so nothing is said of which subject was faster."
                .to_owned(),
        );
        return paragraphs;
    }
    let headlines = headlines(run, groups);
    if headlines.is_empty() {
        paragraphs.push(
            "No two subjects of this run share a durability tier, and between tiers no ratio is fair, so none is \
             given."
                .to_owned(),
        );
    }
    paragraphs.extend(headlines);
    paragraphs
}

/// What was compared, and on what machine.
fn compared(run: &Run, groups: &[Group]) -> String {
    let of = |engine: Engine| -> Vec<String> {
        run.subjects
            .iter()
            .filter(|s| s.engine == engine)
            .map(|s| s.name.clone())
            .collect()
    };
    let mut engines = Vec::new();
    if !of(Engine::Sqlite).is_empty() {
        let version = run.sqlite.as_deref().unwrap_or("of unknown version");
        engines.push(format!("SQLite {version} as {}", list(&of(Engine::Sqlite))));
    }
    if !of(Engine::Postgres).is_empty() {
        let version = run
            .server
            .as_ref()
            .map_or("of unknown version", |server| &server.version);
        engines.push(format!(
            "PostgreSQL {version} as {}",
            list(&of(Engine::Postgres))
        ));
    }
    let what = match engines.len() {
        0 => "no database at all".to_owned(),
        1 => engines.concat(),
        _ => engines.join(", and "),
    };
    let workloads: Vec<String> = groups
        .iter()
        .map(|group| group.workload.name.clone())
        .collect();
    let mut loads: Vec<u32> = groups
        .iter()
        .flat_map(|group| group.loads.clone())
        .collect();
    loads.sort_unstable();
    loads.dedup();
    let most = loads.last().copied().unwrap_or(0);
    let loads: Vec<String> = loads.iter().map(u32::to_string).collect();
    let under = match workloads.len() {
        0 => "No workload was planned.".to_owned(),
        1 => format!("They did the workload {}", list(&workloads)),
        _ => format!(
            "They did the same {} workloads ({})",
            workloads.len(),
            list(&workloads)
        ),
    };
    let with = match workloads.is_empty() {
        true => String::new(),
        false => format!(
            " with {} {}.",
            list(&loads),
            if most == 1 { "client" } else { "clients" }
        ),
    };
    let machine = &run.machine;
    let virtual_machine = match machine.virtual_machine {
        Some(true) => ", a virtual machine",
        _ => "",
    };
    format!(
        "This run compares {what}. {under}{with} The machine has {} ({}) and {}{virtual_machine}; the databases lie on \
         {}, where writing a page and waiting for fdatasync takes {} (median). Every figure below is the median of \
         {}, each with a stretch of {} per point.",
        plural(machine.cpus as usize, "processor", "processors"),
        machine.cpu,
        machine.system,
        machine.place.filesystem,
        time(run.probe.fdatasync_median_us * 1e-6),
        plural(run.plan.rounds as usize, "round", "rounds"),
        time(run.plan.seconds),
    )
}

/// One paragraph per tier: one engine against the other where both are there, any two subjects otherwise.
fn headlines(run: &Run, groups: &[Group]) -> Vec<String> {
    let mut paragraphs = Vec::new();
    for tier in pairs_within_tiers(&run.subjects) {
        let crossing: Vec<_> = tier
            .pairs
            .iter()
            .filter(|(a, b)| a.engine != b.engine)
            .copied()
            .collect();
        let pairs = if crossing.is_empty() {
            tier.pairs
        } else {
            crossing
        };
        let sentences: Vec<String> = pairs
            .iter()
            .filter_map(|pair| headline(groups, *pair))
            .collect();
        if !sentences.is_empty() {
            paragraphs.push(format!("{} {}", survives(tier.tier), sentences.join(" ")));
        }
    }
    paragraphs
}

/// Names the subjects of a tier by what it promises.
fn survives(tier: Tier) -> &'static str {
    match tier {
        Tier::PowerLoss => "Of the subjects whose acknowledged commits survive a loss of power:",
        Tier::PowerLossButLast => {
            "Of the subjects whose acknowledged commits survive a loss of power, but for the last one:"
        }
        Tier::ProcessCrash => {
            "Of the subjects whose acknowledged commits survive the death of a process only:"
        }
        Tier::Nothing => {
            "Of the subjects whose acknowledged commits do not even survive a server crash:"
        }
        Tier::None => "Of the subjects that store nothing:",
    }
}

/// What all loads of all workloads say of one pair, and where the ratio is smallest and largest.
fn headline(groups: &[Group], pair: (&SubjectInfo, &SubjectInfo)) -> Option<String> {
    let mut found: Vec<(&str, Ratio, Estimate)> = Vec::new();
    for group in groups {
        for clients in &group.loads {
            let ratio = ratio_at(group, pair, *clients);
            if let Some(estimate) = ratio.estimate {
                found.push((&group.workload.name, ratio, estimate));
            }
        }
    }
    let points = found.len();
    let faster = found
        .iter()
        .filter(|(_, ratio, _)| ratio.numerator_faster())
        .count();
    let slower = found.iter().filter(|(_, ratio, _)| ratio.differs()).count() - faster;
    let least = found
        .iter()
        .min_by(|a, b| a.2.median.total_cmp(&b.2.median))?;
    let most = found
        .iter()
        .max_by(|a, b| a.2.median.total_cmp(&b.2.median))?;
    let (denominator, numerator) = (&pair.0.name, &pair.1.name);
    let at = |(workload, ratio, estimate): &(&str, Ratio, Estimate)| {
        let clients = plural(ratio.clients as usize, "client", "clients");
        format!("{} for {workload} with {clients}", words(estimate))
    };
    let spread = if points == 1 {
        format!("Its goodput was {} that of {denominator}", at(least))
    } else {
        format!(
            "Its goodput ran from {} to {} that of {denominator}",
            at(least),
            at(most)
        )
    };
    Some(format!(
        "{numerator} was faster than {denominator} at {faster} and slower at {slower} of {}{}. {spread}.",
        plural(points, "point", "points"),
        match points - faster - slower {
            0 => String::new(),
            same => format!("; at {same} there is no difference to be seen"),
        },
    ))
}

/// A ratio in a sentence: `2.31× (2.20× – 2.45×, range of 3 rounds, no interval claimed)`.
fn words(estimate: &Estimate) -> String {
    let kind = span_kind(estimate.rounds, estimate.confidence);
    match estimate.rounds {
        0 | 1 => format!("{} ({kind})", ratio(estimate.median)),
        _ => format!(
            "{} ({}, {kind})",
            ratio(estimate.median),
            span(estimate, ratio)
        ),
    }
}
