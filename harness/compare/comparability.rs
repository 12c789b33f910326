//! Whether two runs measured the same thing, and what else differs between them.

use std::collections::BTreeSet;

use thiserror::Error;

use super::pair::{in_turns, measured};
use crate::measure::{Figure, Run, SubjectInfo, Tier, Topology, WorkloadInfo};
use crate::report::numbers::{bytes, chosen_time, list, plural};

/// Two runs did not measure the same thing; each difference is a sentence.
#[derive(Debug, Error)]
#[error("The runs cannot be compared. {}", .0.join(" "))]
pub struct NotComparable(pub Vec<String>);

/// Sees whether two runs measured the same thing.
///
/// # Errors
/// Every difference that forbids to compare them.
pub fn check(base: &Run, new: &Run) -> Result<(), NotComparable> {
    let mut found: Vec<String> = [("base", base), ("new run", new)]
        .into_iter()
        .filter(|(_, run)| !run.trials.iter().any(|trial| trial.measurement().is_some()))
        .map(|(name, run)| {
            format!("The {name} ({}) holds no trial that was measured: measure it again with `contend bench`.", run.id)
        })
        .collect();
    if found.is_empty() {
        found.extend(lengths(base, new));
        found.extend(workloads(base, new));
        // Whoever measures in turns wants to see what the settings make, within a durability tier.
        found.extend(match in_turns(base, new) {
            true => tiers(base, new),
            false => subjects(base, new),
        });
        found.extend(topologies(base, new));
    }
    if found.is_empty()
        && !measured(new)
            .iter()
            .any(|point| measured(base).contains(point))
    {
        found.push(
            "They have no point in common: measure the same workloads and subjects with as many clients.".to_owned(),
        );
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(NotComparable(found)),
    }
}

/// Workloads that both runs measured.
fn common<'r>(base: &'r Run, new: &'r Run) -> Vec<(&'r WorkloadInfo, &'r WorkloadInfo)> {
    let same = |new: &'r WorkloadInfo| Some((base.workload(&new.name)?, new));
    new.workloads.iter().filter_map(same).collect()
}

/// What the plan says of every trial.
fn lengths(base: &Run, new: &Run) -> Vec<String> {
    let waits = common(base, new)
        .iter()
        .any(|(_, new)| new.figure == Figure::Waits);
    let [a, b] = [&base.plan, &new.plan];
    let lengths = [
        (
            "Trials",
            a.seconds,
            b.seconds,
            "give both the same --seconds",
            true,
        ),
        (
            "Warm-ups",
            a.warm_up_seconds,
            b.warm_up_seconds,
            "give both the same --seconds",
            true,
        ),
        (
            "Lock timeouts",
            a.lock_timeout_seconds,
            b.lock_timeout_seconds,
            "use the same contend",
            true,
        ),
        (
            "Long transactions",
            a.hold_seconds,
            b.hold_seconds,
            "give both the same --hold",
            waits,
        ),
    ];
    lengths
        .into_iter()
        .filter(|(_, base, new, _, matters)| *matters && base != new)
        .map(|(what, base, new, advice, _)| {
            let [base, new] = [base, new].map(chosen_time);
            format!("{what} last {base} in the base and {new} in the new run: {advice}.")
        })
        .collect()
}

fn workloads(base: &Run, new: &Run) -> Vec<String> {
    let mut found = Vec::new();
    for (base, new) in common(base, new) {
        if base.version != new.version {
            found.push(format!(
                "{} is version {} in the base and {} in the new run, and does something else: measure the base again.",
                new.name, base.version, new.version
            ));
        } else if base.seconds != new.seconds {
            let [base, after] = [base.seconds, new.seconds].map(chosen_time);
            found.push(format!(
                "Trials of {} last {base} in the base and {after} in the new run: give both the same --seconds and \
                 --hold.",
                new.name
            ));
        }
    }
    found
}

/// Subjects of the same name that are not the same.
fn subjects(base: &Run, new: &Run) -> Vec<String> {
    let mut found = Vec::new();
    for after in &new.subjects {
        let Some(before) = base.subject(&after.name) else {
            continue;
        };
        if before.engine != after.engine || before.tier != after.tier {
            found.push(format!(
                "{} is {}, {} in the base and {}, {} in the new run: measure the base again.",
                after.name, before.engine, before.tier, after.engine, after.tier
            ));
        }
        for (discipline, settings) in &after.asserted {
            let Some(earlier) = before.asserted.get(discipline) else {
                continue;
            };
            let names: BTreeSet<&String> = earlier.keys().chain(settings.keys()).collect();
            let differing: Vec<String> = names
                .into_iter()
                .filter(|name| earlier.get(*name) != settings.get(*name))
                .map(|name| {
                    let [before, after] = [earlier, settings]
                        .map(|all| all.get(name).map_or("not asserted", String::as_str));
                    format!("{name} {before} in the base and {after} in the new run")
                })
                .collect();
            if !differing.is_empty() {
                found.push(format!(
                    "{} ({discipline}) has {}: measure the base again.",
                    after.name,
                    list(&differing)
                ));
            }
        }
    }
    found
}

/// Instances are placed in no way that both have.
fn topologies(base: &Run, new: &Run) -> Option<String> {
    let of = |run: &Run| {
        let all: BTreeSet<Topology> = measured(run).iter().map(|point| point.topology).collect();
        all
    };
    let names = |all: &BTreeSet<Topology>| {
        let names: Vec<String> = all.iter().map(ToString::to_string).collect();
        list(&names)
    };
    let [before, after] = [base, new].map(of);
    before.is_disjoint(&after).then(|| {
        format!(
            "Instances are {} in the base and {} in the new run: give both the same --topology.",
            names(&before),
            names(&after)
        )
    })
}

/// What weakens the comparison, one sentence each.
pub fn warnings(base: &Run, new: &Run) -> Vec<String> {
    let mut found = Vec::new();
    if base.id == new.id {
        found.push("Both are the same run: there is nothing to find.".to_owned());
    }
    if in_turns(base, new) {
        found.extend(made_of(base, new));
    }
    let conditions = conditions(base, new);
    if !conditions.is_empty() {
        found.push(format!(
            "The machine is another: {}. Times say more of that than of what was changed, and ratios may, too; \
             what a commit costs and what is lost holds on every machine.",
            conditions.join("; ")
        ));
    }
    let versions = versions(base, new);
    if !versions.is_empty() {
        found.push(format!(
            "Not only contend may have changed: {}.",
            versions.join("; ")
        ));
    }
    for (name, run) in [("base", base), ("new run", new)] {
        if !run.complete {
            let planned = run.plan.points.len() * run.plan.rounds as usize;
            found.push(format!(
                "The {name} is incomplete: {} of {} were made, and what is missing is not compared.",
                run.trials.len(),
                plural(planned, "trial", "trials")
            ));
        }
        if run.build.dirty == Some(true) {
            found.push(format!(
                "The {name} was made by a build with changes that no commit has: nobody can make it again."
            ));
        }
    }
    found
}

/// What makes either side.
fn made_of(base: &Run, new: &Run) -> Option<String> {
    let [base, new] = [base, new].map(|run| {
        let turns = run.turns.as_ref()?;
        Some(turns.made_of.join(", "))
    });
    Some(format!(
        "Both were measured in turns, round by round: the base is {}, the new run is {}.",
        base?, new?
    ))
}

/// Subjects in each other's place that promise different things: speed that is paid for in durability is
/// no improvement.
fn tiers(base: &Run, new: &Run) -> Vec<String> {
    let differ = |after: &SubjectInfo| {
        let before = base.subject(&after.name)?;
        (before.tier != after.tier).then(|| other_tier([before.tier, after.tier]))
    };
    new.subjects.iter().filter_map(differ).collect()
}

/// Why two subjects of these durability tiers are not compared.
pub fn other_tier([base, new]: [Tier; 2]) -> String {
    format!(
        "What an acknowledged commit survives is {base} in the base and {new} in the new run, and only what promises \
         the same is compared: choose subjects of one durability tier."
    )
}

/// What differs between the machines.
pub fn conditions(base: &Run, new: &Run) -> Vec<String> {
    let [a, b] = [&base.machine, &new.machine];
    let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "not told".to_owned());
    let limit = |quota: Option<f64>| quota.map_or("none".to_owned(), |quota| quota.to_string());
    let place = |run: &Run| {
        let place = &run.machine.place;
        (
            place.filesystem.clone(),
            place.mount_options.clone(),
            told(&place.disk),
        )
    };
    let [
        (filesystem, options, disk),
        (filesystem_b, options_b, disk_b),
    ] = [base, new].map(place);
    differing([
        ("processor", a.cpu.clone(), b.cpu.clone()),
        ("processors", a.cpus.to_string(), b.cpus.to_string()),
        (
            "limit of processors",
            limit(a.cpu_quota),
            limit(b.cpu_quota),
        ),
        ("governor", told(&a.governor), told(&b.governor)),
        ("memory", bytes(a.memory_bytes), bytes(b.memory_bytes)),
        ("kernel", a.kernel.clone(), b.kernel.clone()),
        ("file system", filesystem, filesystem_b),
        ("mount options", options, options_b),
        ("disk", disk, disk_b),
    ])
}

/// What differs between engines and builds.
fn versions(base: &Run, new: &Run) -> Vec<String> {
    let none = || "none".to_owned();
    let sqlite = |run: &Run| run.sqlite.clone().unwrap_or_else(none);
    let options = |run: &Run| run.sqlite_compile_options.join(" ");
    let server = |run: &Run| run.server.as_ref().map_or_else(none, |s| s.version.clone());
    let way = |run: &Run| {
        run.server
            .as_ref()
            .map_or_else(none, |s| s.provision.to_string())
    };
    let profile = |run: &Run| run.build.profile.clone();
    let mut found = differing([
        ("SQLite", sqlite(base), sqlite(new)),
        ("SQLite's compile options", options(base), options(new)),
        ("PostgreSQL", server(base), server(new)),
        ("PostgreSQL is", way(base), way(new)),
        ("the build is", profile(base), profile(new)),
    ]);
    if let (Some(base), Some(new)) = (&base.server, &new.server) {
        let names: BTreeSet<&String> = base
            .changed_settings
            .keys()
            .chain(new.changed_settings.keys())
            .collect();
        let differ =
            |name: &&&String| base.changed_settings.get(**name) != new.changed_settings.get(**name);
        let names: Vec<String> = names
            .iter()
            .filter(differ)
            .map(|name| (**name).clone())
            .collect();
        if !names.is_empty() {
            found.push(format!("settings of the server: {}", list(&names)));
        }
    }
    found
}

fn differing<const N: usize>(facts: [(&str, String, String); N]) -> Vec<String> {
    facts
        .into_iter()
        .filter(|(_, base, new)| base != new)
        .map(|(what, base, new)| format!("{what} {base} before, {new} now"))
        .collect()
}
