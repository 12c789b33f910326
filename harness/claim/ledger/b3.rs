//! BEGIN EXCLUSIVE around the change.

use super::b1::{SCHEMA, changes_schema};
use crate::claim::evidence::{anchors, answer, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// BEGIN EXCLUSIVE around the change.
pub static CLAIM: Claim = Claim {
    id: "B3",
    document: Document::SchemaChanged,
    statement: "BEGIN EXCLUSIVE around the change avoids it.",
    stated: Some("“with EXCLUSIVE, reading is probably kept out strictly as well”"),
    experiments: &["schema-change"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "schema-change")?;
    let count = |exclusive: &str| {
        let of_case = found.observations.iter().filter(|o| {
            changes_schema(o)
                && !o.void()
                && o.condition("interface") == "sqlite3_prepare"
                && o.condition("BEGIN EXCLUSIVE around it") == exclusive
        });
        let of_17 = |o: &&Observation| o.figure("reset") == Some(SCHEMA);
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
    let mut figures = format!(
        "Code 17 in {with_17} of {with} cases with BEGIN EXCLUSIVE around the change and in {without_17} of {without} without."
    );
    for timeline in &found.timelines {
        let code = |label| answer(timeline, label);
        let (open, anew) = (code("step while open"), code("prepare while open"));
        if let ("exclusive-legacy", Some(open), Some(anew)) = (&*timeline.name, open, anew) {
            figures.push_str(&format!(
                " While it was open on {}, a statement prepared before: {open}, a new prepare: {anew}.",
                timeline.subject
            ));
        }
    }
    let mut waited = found
        .timelines
        .iter()
        .filter(|t| t.name == "waiting-legacy");
    if waited.any(|timeline| answer(timeline, "reset") == Some("17")) {
        figures.push_str(" A reader that waited for it to end got 17 all the same.");
    }
    let seen = anchors(found, &["exclusive-legacy", "waiting-legacy"]);
    Some(
        Judgement::new(
            verdict,
            "with the legacy interface sqlite3_prepare, executed after the change was committed",
            figures,
        )
        .seen_at(seen),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, played};

    fn judgement(with: f64, without: f64) -> Judgement {
        let prepared = |exclusive, reset| {
            Observation::under([
                ("interface", "sqlite3_prepare"),
                ("change", "add a column"),
                ("BEGIN EXCLUSIVE around it", exclusive),
            ])
            .with("reset", reset)
        };
        let observations = vec![prepared("yes", with), prepared("no", without)];
        let mut found = found("schema-change", observations);
        let open = [("step while open", "5"), ("prepare while open", "done")];
        found.timelines = vec![
            played("exclusive-legacy", &open),
            played("waiting-legacy", &[("reset", "17")]),
        ];
        judged(&CLAIM, found)
    }

    #[test]
    fn it_compares_with_what_happens_without() {
        assert_eq!(judgement(17.0, 17.0).verdict, Verdict::Contradicted);
        assert_eq!(judgement(0.0, 17.0).verdict, Verdict::Supported);
        assert_eq!(judgement(0.0, 0.0).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn it_tells_what_happens_while_it_is_open() {
        let judgement = judgement(17.0, 17.0);
        let told = "on sqlite-wal-full, a statement prepared before: 5, a new prepare: done.";
        assert!(judgement.figures.contains(told), "{}", judgement.figures);
        assert!(judgement.figures.contains("got 17 all the same"));
        assert_eq!(judgement.evidence.len(), 2);
    }
}
