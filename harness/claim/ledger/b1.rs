//! A prepared statement fails with code 17.

use crate::claim::evidence::{anchors, answer, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// SQLITE_SCHEMA (sqlite.org/rescode.html#schema).
pub const SCHEMA: f64 = 17.0;

/// A prepared statement fails with code 17.
pub static CLAIM: Claim = Claim {
    id: "B1",
    document: Document::SchemaChanged,
    statement: "A prepared statement fails with code 17 when another process changes the schema between prepare and execute.",
    stated: Some("“code:17,database schema has changed”"),
    experiments: &["schema-change"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "schema-change")?;
    let changes = |o: &&Observation| changes_schema(o) && !o.void();
    let legacy = |o: &&Observation| o.condition("interface") == "sqlite3_prepare";
    let of_17 = |o: &&Observation| o.figure("reset") == Some(SCHEMA);
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
            "only if prepared with the legacy interface sqlite3_prepare, as PHP before 7.2 did; not with v2 and v3",
        ),
        _ => (Verdict::Supported, "also with the interfaces v2 and v3"),
    };
    let mut figures = format!(
        "Code 17 in {old_17} of {} cases with sqlite3_prepare and in {new_17} of {} with v2 and v3.",
        old.len(),
        new.len()
    );
    let mut late = found.timelines.iter().filter(|t| t.name == "late-legacy");
    if late.any(|timeline| answer(timeline, "reset") == Some("17")) {
        figures.push_str(
            " Even a statement prepared after the change failed once, where its connection had read the schema before.",
        );
    }
    let seen = anchors(found, &["legacy", "v2", "late-legacy"]);
    let conditions = format!("{conditions}; the change came from another process");
    Some(Judgement::new(verdict, conditions, figures).seen_at(seen))
}

/// Whether what was done between prepare and execute changes the schema.
pub fn changes_schema(observation: &Observation) -> bool {
    !matches!(
        observation.condition("change"),
        "" | "set user_version" | "change rows only"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, played};

    fn prepared(interface: &str, change: &str, reset: f64) -> Observation {
        Observation::under([("interface", interface), ("change", change)]).with("reset", reset)
    }

    fn verdict(legacy: f64, v2: f64) -> Judgement {
        let observations = vec![
            prepared("sqlite3_prepare", "add a column", legacy),
            prepared("sqlite3_prepare_v2", "add a column", v2),
            // Neither of these changes the schema.
            prepared("sqlite3_prepare", "change rows only", 0.0),
            prepared("sqlite3_prepare_v2", "", 17.0),
        ];
        let mut found = found("schema-change", observations);
        found.timelines.push(played("legacy", &[]));
        found
            .timelines
            .push(played("late-legacy", &[("reset", "17")]));
        judged(&CLAIM, found)
    }

    #[test]
    fn it_says_with_which_interface() {
        let legacy_only = verdict(17.0, 0.0);
        assert_eq!(legacy_only.verdict, Verdict::Supported);
        assert!(legacy_only.conditions.starts_with("only if prepared with"));
        assert!(legacy_only.figures.contains("in 1 of 1 cases"));
        let also = verdict(17.0, 17.0);
        assert_eq!(also.verdict, Verdict::Supported);
        assert!(also.conditions.starts_with("also"));
        assert_eq!(verdict(0.0, 0.0).verdict, Verdict::Contradicted);
    }

    #[test]
    fn it_says_where_it_was_seen() {
        let seen = verdict(17.0, 0.0);
        let legacy = "experiment-schema-change-legacy-sqlite-wal-full";
        assert_eq!(seen.evidence[0], legacy);
        assert!(seen.figures.contains("prepared after the change"));
    }
}
