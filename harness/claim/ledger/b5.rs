//! Whether DEFERRED is of any use.

use crate::claim::evidence::{Spread, agreed, anchors, answer, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor};
use crate::measure::Experiment;

/// Whether DEFERRED is of any use.
pub static CLAIM: Claim = Claim {
    id: "B5",
    document: Document::SchemaChanged,
    statement: "DEFERRED transactions are useless.",
    stated: Some(
        "“if an error like this one comes up, DEFERRED does not seem to be of any use; from now on always EXCLUSIVE”",
    ),
    experiments: &["begin-modes"],
    judge,
};

const SUBJECTS: [&str; 2] = ["sqlite-delete-full", "sqlite-wal-full"];

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "begin-modes")?;
    let around_change = |begin| of_17(found, "the change", begin);
    let around_reading = |begin| of_17(found, "the reading, having read before the change", begin);
    let (deferred, exclusive) = (around_change("DEFERRED")?, around_change("EXCLUSIVE")?);
    let (read_in_it, read_without) = (around_reading("DEFERRED")?, around_reading("none")?);
    let reads = compared(found, "only reads", "commits_per_s");
    let writes = compared(found, "reads and writes", "errors_per_attempt");

    // As shares: a case that is void is missing on one side.
    let fewer = |one: (usize, usize), other: (usize, usize)| one.0 * other.1 < other.0 * one.1;
    let exclusive_helps = fewer(exclusive, deferred);
    let deferred_helps = fewer(read_in_it, read_without) || reads == Some(Verdict::Supported);
    let (verdict, conditions) = match (exclusive_helps, deferred_helps) {
        (true, false) => (
            Verdict::Supported,
            "around a change of the schema, where EXCLUSIVE avoids code 17 more often, and no use of DEFERRED was seen",
        ),
        (true, true) => (
            Verdict::Inconclusive,
            "around a change of the schema EXCLUSIVE avoids code 17 more often, and around reading DEFERRED has its use",
        ),
        (false, true) => (
            Verdict::Contradicted,
            "around a change of the schema EXCLUSIVE does no better, and around reading DEFERRED has its use",
        ),
        (false, false) => (
            Verdict::Inconclusive,
            "around a change of the schema EXCLUSIVE does no better, and no use of DEFERRED was seen",
        ),
    };
    let worse = match writes {
        Some(Verdict::Supported) => {
            "; for what reads and then writes it is the wrong way to begin: more attempts failed than with EXCLUSIVE in every repeat"
        }
        Some(Verdict::Contradicted) => {
            "; for what reads and then writes no more attempts failed than with EXCLUSIVE in any repeat"
        }
        Some(_) => "; for what reads and then writes the repeats do not agree",
        None => "; its load was not made",
    };
    let mut figures = format!(
        "Code 17 for a statement of the legacy interface, with DEFERRED around the change: {}, with EXCLUSIVE: {}; with DEFERRED around the reading: {}, without a transaction: {}.",
        words(deferred),
        words(exclusive),
        words(read_in_it),
        words(read_without),
    );
    let refused = |timeline: &&crate::measure::experiment::Timeline| {
        timeline.name == "deferred" && answer(timeline, "write B").is_some_and(|a| a != "done")
    };
    let played = found.timelines.iter().filter(|t| t.name == "deferred");
    if played.clone().count() > 0 {
        figures.push_str(&format!(
            " Stepped by hand, with a timeout of 5 s, the second DEFERRED writer was refused in {} of {}.",
            played.clone().filter(refused).count(),
            played.count()
        ));
    }
    for subject in SUBJECTS {
        figures.push_str(&load(found, subject).unwrap_or_default());
    }
    let views = ["errors", "commits", "reads"];
    let views = match reads {
        Some(_) => views.map(|view| anchor(&found.name, Some(view))).to_vec(),
        None => Vec::new(),
    };
    let seen = anchors(found, &["deferred", "immediate", "exclusive"]);
    Some(
        Judgement::new(verdict, format!("{conditions}{worse}"), figures)
            .seen_at(views.into_iter().chain(seen)),
    )
}

/// In how many cases the statement failed with 17, and of how many.
fn of_17(found: &Experiment, around: &str, begin: &str) -> Option<(usize, usize)> {
    let conditions = [("around", around), ("begin", begin)];
    let cases = under(found, &conditions).count();
    let failed = under(found, &conditions).filter(|o| o.figure("reset") == Some(17.0));
    (cases > 0).then(|| (failed.count(), cases))
}

fn words((failed, cases): (usize, usize)) -> String {
    format!("{failed} of {cases}")
}

/// Whether a figure of DEFERRED is above that of EXCLUSIVE, repeat by repeat, on every subject.
fn compared(found: &Experiment, transaction: &str, figure: &str) -> Option<Verdict> {
    let of = |subject, begin| {
        let conditions = [
            ("subject", subject),
            ("transaction", transaction),
            ("begin", begin),
        ];
        let values = under(found, &conditions).filter_map(|o| Some((o.repeat, o.figure(figure)?)));
        values.collect::<Vec<_>>()
    };
    let verdicts: Vec<Verdict> = SUBJECTS
        .iter()
        .filter_map(|subject| {
            let (deferred, exclusive) = (of(subject, "DEFERRED"), of(subject, "EXCLUSIVE"));
            agreed(deferred.iter().filter_map(|(repeat, value)| {
                let other = exclusive.iter().find(|(other, _)| other == repeat)?;
                Some(*value > other.1)
            }))
        })
        .collect();
    let first = *verdicts.first()?;
    match verdicts.iter().all(|verdict| *verdict == first) {
        true => Some(first),
        false => Some(Verdict::Inconclusive),
    }
}

/// What the load came to on a subject.
fn load(found: &Experiment, subject: &str) -> Option<String> {
    let spread = |transaction, begin, figure| {
        let conditions = [
            ("subject", subject),
            ("transaction", transaction),
            ("begin", begin),
        ];
        Spread::under(found, &conditions, figure)
    };
    let all = |transaction, figure| {
        Some(format!(
            "{} with DEFERRED, {} with IMMEDIATE, {} with EXCLUSIVE",
            spread(transaction, "DEFERRED", figure)?,
            spread(transaction, "IMMEDIATE", figure)?,
            spread(transaction, "EXCLUSIVE", figure)?,
        ))
    };
    Some(format!(
        " On {subject} errors per attempt that reads and writes: {}; commits per second that only read: {}.",
        all("reads and writes", "errors_per_attempt")?,
        all("only reads", "commits_per_s")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, played, repeats, void};
    use crate::measure::experiment::Observation;

    /// Result codes: with DEFERRED and EXCLUSIVE around the change, with DEFERRED and nothing around
    /// the reading.
    fn schema(codes: [f64; 4]) -> Vec<Observation> {
        let reading = "the reading, having read before the change";
        let cases = [
            ("the change", "DEFERRED"),
            ("the change", "EXCLUSIVE"),
            (reading, "DEFERRED"),
            (reading, "none"),
        ];
        let of = |((around, begin), code)| {
            Observation::under([("around", around), ("begin", begin)]).with("reset", code)
        };
        cases.into_iter().zip(codes).map(of).collect()
    }

    fn load(transaction: &str, figure: &str, begin: &str, values: &[f64]) -> Vec<Observation> {
        let conditions = [
            ("subject", "sqlite-wal-full"),
            ("transaction", transaction),
            ("begin", begin),
        ];
        repeats(&conditions, figure, values)
    }

    #[test]
    fn it_goes_by_the_change_and_by_what_deferred_is_good_for() {
        let judged = |codes| judged(&CLAIM, found("begin-modes", schema(codes)));
        let used = judged([17.0, 17.0, 0.0, 17.0]);
        assert_eq!(used.verdict, Verdict::Contradicted);
        assert!(used.conditions.ends_with("its load was not made"));
        let avoided = judged([17.0, 0.0, 17.0, 17.0]);
        assert_eq!(avoided.verdict, Verdict::Supported);
        let both = judged([17.0, 0.0, 0.0, 17.0]);
        assert_eq!(both.verdict, Verdict::Inconclusive);
        let neither = judged([17.0, 17.0, 17.0, 17.0]);
        assert_eq!(neither.verdict, Verdict::Inconclusive);
    }

    #[test]
    fn reading_at_once_is_a_use_if_every_repeat_says_so() {
        let verdict = |deferred: &[f64]| {
            let mut observations = schema([17.0; 4]);
            let reads = |begin, values| load("only reads", "commits_per_s", begin, values);
            observations.extend(reads("DEFERRED", deferred));
            observations.extend(reads("EXCLUSIVE", &[600.0, 650.0, 620.0]));
            judged(&CLAIM, found("begin-modes", observations)).verdict
        };
        assert_eq!(verdict(&[7000.0, 6900.0, 6000.0]), Verdict::Contradicted);
        assert_eq!(verdict(&[7000.0, 6900.0, 600.0]), Verdict::Inconclusive);
        assert_eq!(verdict(&[7000.0, 6900.0]), Verdict::Inconclusive);
    }

    #[test]
    fn what_did_not_pass_its_audit_decides_nothing() {
        let observations = void(schema([17.0, 17.0, 0.0, 17.0]));
        let judgement = judged(&CLAIM, found("begin-modes", observations));
        assert_eq!(judgement.verdict, Verdict::NotRun);
    }

    #[test]
    fn it_says_where_deferred_is_the_wrong_way() {
        let mut observations = schema([17.0, 17.0, 0.0, 17.0]);
        let writes = |begin, values| load("reads and writes", "errors_per_attempt", begin, values);
        observations.extend(writes("DEFERRED", &[0.7, 0.7, 0.6]));
        observations.extend(writes("EXCLUSIVE", &[0.1, 0.2, 0.5]));
        let mut found = found("begin-modes", observations);
        found
            .timelines
            .push(played("deferred", &[("write B", "5")]));
        let judgement = judged(&CLAIM, found);
        assert!(judgement.conditions.contains("the wrong way to begin"));
        assert!(judgement.figures.contains("was refused in 1 of 1"));
        assert_eq!(judgement.verdict, Verdict::Contradicted);
    }
}
