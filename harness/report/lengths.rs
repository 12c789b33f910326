//! How long trials are measured, in words: not every workload can be seen in the same time.

use crate::measure::Run;

use super::numbers::{chosen_time, list};

/// The length of the measured stretch, with the workloads that need another one than the first:
/// `2 s (1.2 s for payment-deadlock)`.
pub fn words(run: &Run) -> String {
    of(run, |name| {
        run.plan.points.iter().any(|point| point.workload == name)
    })
}

/// The same for some of the workloads, by name.
pub fn of(run: &Run, wanted: impl Fn(&str) -> bool) -> String {
    let own = |seconds: f64| match seconds > 0.0 {
        true => seconds,
        false => run.plan.seconds,
    };
    let lengths: Vec<(f64, &str)> = run
        .workloads
        .iter()
        .filter(|workload| wanted(&workload.name))
        .map(|workload| (own(workload.seconds), workload.name.as_str()))
        .collect();
    let usual = lengths
        .first()
        .map_or(run.plan.seconds, |(first, _)| *first);
    let mut others: Vec<(f64, Vec<String>)> = Vec::new();
    for (seconds, name) in lengths.iter().filter(|(seconds, _)| *seconds != usual) {
        match others.iter_mut().find(|(other, _)| other == seconds) {
            Some((_, names)) => names.push((*name).to_owned()),
            None => others.push((*seconds, vec![(*name).to_owned()])),
        }
    }
    let others: Vec<String> = others
        .iter()
        .map(|(seconds, names)| format!("{} for {}", chosen_time(*seconds), list(names)))
        .collect();
    match others.is_empty() {
        true => chosen_time(usual),
        false => format!("{} ({})", chosen_time(usual), others.join("; ")),
    }
}
