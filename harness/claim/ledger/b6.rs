//! PostgreSQL's counterpart of a stale statement.

use crate::claim::evidence::of;
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Timeline;

/// "cached plan must not change result type" (feature_not_supported).
const STALE: &str = "0A000";

/// PostgreSQL's counterpart of a stale statement.
pub static CLAIM: Claim = Claim {
    id: "B6",
    document: Document::SchemaChanged,
    statement: "The counterpart in PostgreSQL: a cached SELECT * fails after a column was added.",
    experiment: Some("cached-plan"),
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "cached-plan")?;
    let played = |name: &str| {
        found
            .timelines
            .iter()
            .find(|timeline| timeline.name == name)
    };
    let code = |timeline: &Timeline, label: &str| {
        let step = timeline.step(label)?;
        Some(step.answer.code().unwrap_or("none").to_owned())
    };
    let told = played("all columns / add a column")?;
    let (after, again) = (code(told, "after")?, code(told, "after again")?);
    let anew = code(told, "prepared anew")?;
    let others = found
        .timelines
        .iter()
        .filter(|other| other.name != told.name);
    let failed_others = others
        .clone()
        .filter(|other| code(other, "after").is_some_and(|code| code != "none"));
    let verdict = match after.as_str() {
        STALE => Verdict::Supported,
        "none" => Verdict::Contradicted,
        // It failed for a reason of its own.
        _ => Verdict::Inconclusive,
    };
    Some(Judgement::new(
        verdict,
        "with a statement that its session keeps prepared, stepped by hand",
        format!(
            "Code after the column was added: {after}, tried again: {again}, prepared anew: {anew}. Of {} other pairs of query and change {} failed.",
            others.count(),
            failed_others.count()
        ),
    ))
}
