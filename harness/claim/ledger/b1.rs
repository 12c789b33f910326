//! A prepared statement fails with code 17.

use crate::claim::evidence::{condition, figure, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// SQLITE_SCHEMA (sqlite.org/rescode.html#schema).
pub const SCHEMA: f64 = 17.0;

/// A prepared statement fails with code 17.
pub static CLAIM: Claim = Claim {
    id: "B1",
    document: Document::SchemaChanged,
    statement: "A prepared statement fails with code 17 when somebody else changes the schema between prepare and execute.",
    experiment: Some("schema-change"),
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "schema-change")?;
    let changes = |o: &&Observation| changes_schema(o);
    let legacy = |o: &&Observation| condition(o, "interface") == "sqlite3_prepare";
    let of_17 = |o: &&Observation| figure(o, "reset") == Some(SCHEMA);
    let all: Vec<&Observation> = found.observations.iter().filter(changes).collect();
    let old: Vec<&Observation> = all.iter().copied().filter(|o| legacy(o)).collect();
    let new: Vec<&Observation> = all.iter().copied().filter(|o| !legacy(o)).collect();
    if old.is_empty() || new.is_empty() {
        return None;
    }
    let failed =
        |observations: &[&Observation]| observations.iter().copied().filter(|o| of_17(o)).count();
    let (old_17, new_17) = (failed(&old), failed(&new));
    let (verdict, conditions) = match (old_17, new_17) {
        (0, 0) => (Verdict::Contradicted, "with every interface"),
        (_, 0) => (
            Verdict::Supported,
            "only if prepared with the legacy interface sqlite3_prepare; not with v2 and v3",
        ),
        _ => (Verdict::Supported, "also with the interfaces v2 and v3"),
    };
    Some(Judgement::new(
        verdict,
        format!("{conditions}; the change came from another connection"),
        format!(
            "Code 17 in {old_17} of {} cases with sqlite3_prepare and in {new_17} of {} with v2 and v3.",
            old.len(),
            new.len()
        ),
    ))
}

/// Whether what was done between prepare and execute changes the schema.
pub fn changes_schema(observation: &Observation) -> bool {
    !matches!(
        condition(observation, "change"),
        "set user_version" | "change rows only"
    )
}
