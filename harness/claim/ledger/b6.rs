//! PostgreSQL's counterpart of a stale statement.

use crate::claim::evidence::{anchors, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// "cached plan must not change result type" (feature_not_supported).
const STALE: &str = "0A000";

/// A column is added, and the query reads all of them.
const TOLD: [(&str, &str); 3] = [
    ("subject", "postgres"),
    ("query", "all columns"),
    ("change", "add a column"),
];

/// PostgreSQL's counterpart of a stale statement.
pub static CLAIM: Claim = Claim {
    id: "B6",
    document: Document::SchemaChanged,
    statement: "The counterpart in PostgreSQL: a cached SELECT * fails after a column was added.",
    stated: None,
    experiments: &["cached-plan"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "cached-plan")?;
    let answer = |statement: &str, transaction: &str, which: &str| {
        let mut told = under(found, &TOLD);
        let of_it = told.find(|o| {
            o.condition("statement") == statement && o.condition("transaction") == transaction
        });
        of_it.map(|o| o.condition(which).to_owned())
    };
    let mut codes = Vec::new();
    let mut figures = Vec::new();
    for (statement, words) in [("prepare", "PREPARE"), ("driver", "the driver's cache")] {
        let alone = |which| answer(statement, "none", which);
        let code = alone("answer after it")?;
        figures.push(format!(
            "With {words}: {code}, tried again: {}, prepared anew: {}.",
            alone("answer again")?,
            alone("answer after prepare")?
        ));
        codes.push(code);
    }
    let verdict = match (codes[0].as_str(), codes[1].as_str()) {
        (STALE, STALE) => Verdict::Supported,
        ("done", "done") => Verdict::Contradicted,
        // One of them recovers, or it failed for a reason of its own.
        _ => Verdict::Inconclusive,
    };
    let within = |which| answer("driver", "begun before the change", which);
    if let (Some(first), Some(again), Some(after)) = (
        within("answer after it"),
        within("answer again"),
        within("answer after ROLLBACK"),
    ) {
        figures.push(format!(
            "With the driver's cache within a transaction: {first}, tried again: {again}, after ROLLBACK: {after}."
        ));
    }
    let on_postgres = [("subject", "postgres")];
    for (words, of_it) in [
        (
            "with a driver that keeps no statement",
            &(|o: &Observation| o.condition("statement").starts_with("driver-"))
                as &dyn Fn(&Observation) -> bool,
        ),
        ("with named columns", &|o| {
            o.condition("query") == "named columns"
        }),
        ("after an index was made", &|o| {
            o.condition("change") == "create an index"
        }),
    ] {
        let cases = under(found, &on_postgres).filter(|o| of_it(o));
        figures.push(failures(cases, words));
    }
    let sqlite = found.observations.iter().filter(|o| !o.void());
    let sqlite = sqlite.filter(|o| o.condition("subject").starts_with("sqlite"));
    figures.push(failures(sqlite, "with SQLite's sqlite3_prepare_v2"));
    let kept = under(found, &TOLD)
        .filter(|o| o.condition("statement") == "driver-no-cache")
        .filter_map(|o| o.figure("statements kept by the server"))
        .reduce(f64::max);
    if let Some(kept) = kept.filter(|kept| *kept > 1.0) {
        figures.push(format!(
            "A driver told to cache none had the server keep up to {kept:.0} statements of the one query."
        ));
    }
    let seen = anchors(
        found,
        &[
            "prepare",
            "driver",
            "driver-in-transaction",
            "driver-not-persistent",
            "driver-no-cache",
            "prepare-v2",
        ],
    );
    Some(
        Judgement::new(
            verdict,
            "with a statement that its session or its driver keeps, until it is prepared anew, stepped by hand",
            figures.join(" "),
        )
        .seen_at(seen),
    )
}

/// How many of these cases failed.
fn failures<'o>(cases: impl Iterator<Item = &'o Observation>, words: &str) -> String {
    let failed: Vec<bool> = cases
        .filter_map(|o| Some(o.figure("failed")? > 0.0))
        .collect();
    let count = failed.iter().filter(|failed| **failed).count();
    format!("Failed {words}: {count} of {}.", failed.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    fn tried(statement: &str, transaction: &str, code: &str) -> Observation {
        let conditions = [
            ("statement", statement),
            ("transaction", transaction),
            ("answer after it", code),
            ("answer again", code),
            ("answer after prepare", "done"),
            ("answer after ROLLBACK", code),
        ];
        Observation::under(TOLD.into_iter().chain(conditions))
            .with("failed", f64::from(code != "done"))
    }

    fn judged(session: &str, driver: &str) -> Judgement {
        let kept = tried("driver-no-cache", "none", "done");
        let observations = vec![
            tried("prepare", "none", session),
            tried("driver", "none", driver),
            tried("driver", "begun before the change", driver),
            kept.with("statements kept by the server", 3.0),
        ];
        made_up::judged(&CLAIM, made_up::found("cached-plan", observations))
    }

    #[test]
    fn it_takes_the_code_of_a_stale_plan() {
        let verdict = |session, driver| judged(session, driver).verdict;
        assert_eq!(verdict("0A000", "0A000"), Verdict::Supported);
        assert_eq!(verdict("42703", "42703"), Verdict::Inconclusive);
        assert_eq!(verdict("0A000", "done"), Verdict::Inconclusive);
        assert_eq!(verdict("done", "done"), Verdict::Contradicted);
    }

    #[test]
    fn it_tells_who_does_not_fail() {
        let figures = judged("0A000", "0A000").figures;
        for told in [
            "With PREPARE: 0A000, tried again: 0A000, prepared anew: done.",
            "within a transaction: 0A000, tried again: 0A000, after ROLLBACK: 0A000.",
            "Failed with a driver that keeps no statement: 0 of 1.",
            "keep up to 3 statements",
        ] {
            assert!(figures.contains(told), "{figures}");
        }
    }
}
