//! A statement that prepares itself again.

use super::b1::{SCHEMA, changes_schema};
use crate::claim::evidence::{anchors, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// A statement that prepares itself again.
pub static CLAIM: Claim = Claim {
    id: "B4",
    document: Document::SchemaChanged,
    statement: "There is no mode that falls back when a cached statement is stale.",
    stated: Some(
        "“I looked for a mode that goes straight to the SQL without a cache, and did not find one”",
    ),
    experiments: &["schema-change"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "schema-change")?;
    let of_new = |o: &&Observation| {
        changes_schema(o)
            && !o.void()
            && o.condition("interface") != "sqlite3_prepare"
            // A statement whose column is gone cannot be prepared again by anybody.
            && o.figure("step after prepare").is_some()
    };
    let new: Vec<&Observation> = found.observations.iter().filter(of_new).collect();
    if new.is_empty() {
        return None;
    }
    let fell_back = |o: &&&Observation| {
        o.figure("reset") == Some(0.0) && o.figure("reprepares").is_some_and(|n| n > 0.0)
    };
    let count = new.iter().filter(fell_back).count();
    let verdict = match count {
        0 => Verdict::Supported,
        all if all == new.len() => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    };
    let mut figures = format!(
        "In {count} of {} cases SQLite prepared the statement again by itself, and it went on.",
        new.len()
    );
    let mut conditions = "with the interfaces sqlite3_prepare_v2 and v3".to_owned();
    if let Some((most, least)) = limit(found) {
        conditions.push_str(&format!(
            ", up to {most} changes in a row between prepare and execute"
        ));
        figures.push_str(&format!(
            " It still went on after {most} changes in a row and gave up with 17 at {least}."
        ));
    }
    let seen = anchors(found, &["v2"]);
    Some(Judgement::new(verdict, conditions, figures).seen_at(seen))
}

/// The most changes in a row that a statement survived on every subject, and the fewest that it did
/// not on any.
fn limit(found: &Experiment) -> Option<(u32, u32)> {
    let of = |wanted: f64| {
        let of_code = move |o: &&Observation| o.figure("reset") == Some(wanted) && !o.void();
        let in_a_row = |o: &Observation| o.condition("changes in a row").parse().ok();
        let observations = found.observations.iter().filter(of_code);
        observations.filter_map(in_a_row)
    };
    let gave_up: u32 = of(SCHEMA).min()?;
    let went_on = of(0.0).filter(|n| *n < gave_up).max()?;
    Some((went_on, gave_up))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    fn prepared(reprepares: f64) -> Observation {
        Observation::under([
            ("interface", "sqlite3_prepare_v2"),
            ("change", "add a column"),
        ])
        .with("reset", 0.0)
        .with("reprepares", reprepares)
        .with("step after prepare", 100.0)
    }

    fn judged(observations: Vec<Observation>) -> Judgement {
        made_up::judged(&CLAIM, made_up::found("schema-change", observations))
    }

    #[test]
    fn statements_that_prepare_themselves_again_contradict_it() {
        let verdict = |n: &[f64]| judged(n.iter().map(|n| prepared(*n)).collect()).verdict;
        assert_eq!(verdict(&[1.0, 1.0]), Verdict::Contradicted);
        assert_eq!(verdict(&[0.0, 0.0]), Verdict::Supported);
        assert_eq!(verdict(&[1.0, 0.0]), Verdict::Inconclusive);
    }

    #[test]
    fn it_tells_the_limit_that_was_found() {
        let in_a_row = |changes: &str, reset| {
            Observation::under([("changes in a row", changes)]).with("reset", reset)
        };
        let found = judged(vec![
            prepared(1.0),
            in_a_row("10", 0.0),
            in_a_row("50", 0.0),
            in_a_row("51", 17.0),
        ]);
        assert!(
            found
                .conditions
                .ends_with("up to 50 changes in a row between prepare and execute")
        );
        assert!(found.figures.ends_with("gave up with 17 at 51."));
        assert!(!judged(vec![prepared(1.0)]).figures.contains("in a row"));
    }
}
