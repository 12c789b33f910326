//! Two payments lock each other.

use crate::claim::evidence::{milliseconds, of, on_sqlite};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Timeline;

/// An answer that came within this part of the timeout was not waited for.
const AT_ONCE: f64 = 0.5;

/// The busy timeout of the interleaving, in microseconds.
const TIMEOUT_US: f64 = 300_000.0;

/// Two payments lock each other.
pub static CLAIM: Claim = Claim {
    id: "A13",
    document: Document::SharedFile,
    statement: "Two payments lock each other: both time out, and both fail.",
    experiment: Some("payment"),
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "payment")?;
    let deferred = |timeline: &&Timeline| timeline.name == "deferred";
    let played: Vec<&Timeline> = found
        .timelines
        .iter()
        .filter(on_sqlite)
        .filter(deferred)
        .collect();
    if played.is_empty() {
        return None;
    }
    let mut figures = Vec::new();
    let mut as_told = 0;
    for timeline in &played {
        let (loser, winner) = (timeline.step("first of B")?, timeline.step("commit A")?);
        let timed_out = |step: &crate::measure::experiment::Step| {
            !step.answer.done() && step.took_us >= TIMEOUT_US * AT_ONCE
        };
        as_told += usize::from(timed_out(loser) && timed_out(winner));
        let words = |step: &crate::measure::experiment::Step| {
            let what = match step.answer.done() {
                true => "done",
                false => "refused",
            };
            format!("{what} after {}", milliseconds(step.took_us))
        };
        figures.push(format!(
            "{}: B's first write {}, A's commit {}",
            timeline.subject,
            words(loser),
            words(winner)
        ));
    }
    let verdict = match as_told {
        0 => Verdict::Contradicted,
        all if all == played.len() => Verdict::Supported,
        _ => Verdict::Inconclusive,
    };
    Some(Judgement::new(
        verdict,
        "with deferred transactions and busy_timeout 300 ms, stepped by hand; immediate ones cannot lock each other",
        format!("{}.", figures.join("; ")),
    ))
}
