//! BEGIN EXCLUSIVE around the change.

use super::b1::{SCHEMA, changes_schema};
use crate::claim::evidence::{condition, figure, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// BEGIN EXCLUSIVE around the change.
pub static CLAIM: Claim = Claim {
    id: "B3",
    document: Document::SchemaChanged,
    statement: "BEGIN EXCLUSIVE around the change avoids it.",
    experiment: Some("schema-change"),
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "schema-change")?;
    let count = |exclusive: &str| {
        let of_case = found.observations.iter().filter(|o| {
            changes_schema(o)
                && condition(o, "interface") == "sqlite3_prepare"
                && condition(o, "BEGIN EXCLUSIVE around it") == exclusive
        });
        let of_17 = |o: &&Observation| figure(o, "reset") == Some(SCHEMA);
        (of_case.clone().count(), of_case.filter(of_17).count())
    };
    let ((with, with_17), (without, without_17)) = (count("yes"), count("no"));
    if with == 0 || without == 0 {
        return None;
    }
    let verdict = match (without_17, with_17) {
        (0, _) => Verdict::Inconclusive,
        (_, 0) => Verdict::Supported,
        _ => Verdict::Contradicted,
    };
    Some(Judgement::new(
        verdict,
        "with the legacy interface sqlite3_prepare, executed after the change was committed",
        format!(
            "Code 17 in {with_17} of {with} cases with BEGIN EXCLUSIVE around the change and in {without_17} of {without} without."
        ),
    ))
}
