//! A statement that prepares itself again.

use super::b1::changes_schema;
use crate::claim::evidence::{condition, figure, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// A statement that prepares itself again.
pub static CLAIM: Claim = Claim {
    id: "B4",
    document: Document::SchemaChanged,
    statement: "There is no mode that falls back when a cached statement is stale.",
    experiment: Some("schema-change"),
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "schema-change")?;
    let of_new = |o: &&Observation| {
        changes_schema(o)
            && condition(o, "interface") != "sqlite3_prepare"
            // A statement whose column is gone cannot be prepared again by anybody.
            && figure(o, "step after prepare").is_some()
    };
    let new: Vec<&Observation> = found.observations.iter().filter(of_new).collect();
    if new.is_empty() {
        return None;
    }
    let fell_back = |o: &&&Observation| {
        figure(o, "reset") == Some(0.0) && figure(o, "reprepares").is_some_and(|n| n > 0.0)
    };
    let count = new.iter().filter(fell_back).count();
    let verdict = match count {
        0 => Verdict::Supported,
        all if all == new.len() => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    };
    Some(Judgement::new(
        verdict,
        "with the interfaces sqlite3_prepare_v2 and v3",
        format!(
            "In {count} of {} cases SQLite prepared the statement again by itself, and it went on.",
            new.len()
        ),
    ))
}
