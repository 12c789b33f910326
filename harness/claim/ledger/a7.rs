//! A write-ahead log against a rollback journal.

use crate::claim::evidence::{Spread, agreed, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// The most that a write-ahead log may take in the document, as a part of the rollback journal's time.
const RATIO: f64 = 0.8;

/// More than so many writes still fail in the document.
const FAILED: f64 = 5.0;

/// How the document's code writes, by which it is judged; its text says something else.
const JUDGED: &str = "document-as-written";

/// A write-ahead log against a rollback journal.
pub static CLAIM: Claim = Claim {
    id: "A7",
    document: Document::SharedFile,
    statement: "With a write-ahead log more of 50 writes succeed than with a rollback journal, in less than 0.8 of the time, and more than 5 still fail.",
    stated: Some("WAL: more successes than DELETE, in < 0.8 of the time, > 5 of 50 fail"),
    experiments: &["journal-modes"],
    judge,
};

/// The same repeat with a rollback journal and with a write-ahead log.
struct Pair<'e> {
    delete: &'e Observation,
    wal: &'e Observation,
}

/// A part of the claim: what it says, and whether a pair bears it out.
struct Part {
    says: &'static str,
    holds: fn(&Pair<'_>) -> bool,
}

const PARTS: [Part; 3] = [
    Part {
        says: "more succeed",
        holds: |pair| {
            let succeeded = |o: &Observation| o.figure("acknowledged");
            succeeded(pair.wal) > succeeded(pair.delete)
        },
    },
    Part {
        says: "in less than 0.8 of the time",
        holds: |pair| pair.wal.figure("by_delete").is_some_and(|r| r < RATIO),
    },
    Part {
        says: "more than 5 fail",
        holds: |pair| pair.wal.figure("given_up").is_some_and(|n| n > FAILED),
    },
];

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "journal-modes")?;
    let (verdict, words) = of_discipline(found, JUDGED)?;
    let others = ["document-as-intended", "naive"]
        .into_iter()
        .filter_map(|name| {
            let (verdict, _) = of_discipline(found, name)?;
            Some(format!("{name} would be {}", verdict.name()))
        });
    let mut conditions = vec![
        "50 single inserts at once from four processes, judged by what the document's code does (one connection for each instance, busy_timeout 5,000 ms, three tries)".to_owned(),
    ];
    conditions.extend(others);
    let mut figures = vec![words];
    for name in ["document-as-intended", "naive"] {
        figures.extend(of_discipline(found, name).map(|(_, words)| words));
    }
    let of_postgres = [
        ("test", "50 writes"),
        ("discipline", JUDGED),
        ("subject", "postgres"),
    ];
    if let Some(failed) = Spread::under(found, &of_postgres, "given_up") {
        let time = Spread::under(found, &of_postgres, "settled_ms")?;
        figures.push(format!("PostgreSQL: {failed} failed, {time} ms"));
    }
    let views = ["failures", "duration", "ratio"];
    let figures = format!("{}.", figures.join(". "));
    Some(
        Judgement::new(verdict, conditions.join("; "), figures)
            .seen_at(views.map(|view| anchor("journal-modes", Some(view)))),
    )
}

/// What clients of one discipline say of the claim, and the figures of each of its parts.
fn of_discipline(found: &Experiment, discipline: &str) -> Option<(Verdict, String)> {
    let of_subject = |subject| {
        let conditions = [
            ("test", "50 writes"),
            ("discipline", discipline),
            ("subject", subject),
        ];
        let found = under(found, &[]);
        let found = found.filter(move |o| conditions.iter().all(|(n, v)| o.condition(n) == *v));
        found.collect::<Vec<_>>()
    };
    let (delete, wal) = (
        of_subject("sqlite-delete-full"),
        of_subject("sqlite-wal-full"),
    );
    let partner = |wal: &&'_ Observation| delete.iter().find(|o| o.repeat == wal.repeat).copied();
    let pairs: Vec<Pair<'_>> = wal
        .iter()
        .filter_map(|wal| {
            Some(Pair {
                delete: partner(wal)?,
                wal,
            })
        })
        .collect();
    let spread = |value: fn(&Pair<'_>) -> Option<f64>| Spread::of(pairs.iter().filter_map(value));
    let verdicts: Vec<Verdict> = PARTS
        .iter()
        .map(|part| agreed(pairs.iter().map(part.holds)))
        .collect::<Option<_>>()?;
    let all = |wanted| verdicts.iter().all(|verdict| *verdict == wanted);
    let verdict = match (
        all(Verdict::Supported),
        verdicts.contains(&Verdict::Contradicted),
    ) {
        (true, _) => Verdict::Supported,
        (false, true) => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    };
    let figures = [
        format!(
            "{} against {}",
            spread(|p| p.wal.figure("acknowledged"))?,
            spread(|p| p.delete.figure("acknowledged"))?
        ),
        format!("{} of it", spread(|p| p.wal.figure("by_delete"))?),
        format!("{} failed", spread(|p| p.wal.figure("given_up"))?),
    ];
    let words = PARTS.iter().zip(&verdicts).zip(figures);
    let words: Vec<String> = words
        .map(|((part, verdict), figures)| format!("{}: {} ({figures})", part.says, verdict.name()))
        .collect();
    Some((verdict, format!("{discipline}: {}", words.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, void};

    /// Repeats in which so many of 50 writes succeeded with a rollback journal and with a log, and the
    /// log took this part of the time.
    fn wrote(discipline: &str, repeats: &[(f64, f64, f64)]) -> Vec<Observation> {
        let made = |subject, repeat, succeeded: f64| Observation {
            repeat,
            ..Observation::under([
                ("test", "50 writes"),
                ("discipline", discipline),
                ("subject", subject),
            ])
            .with("acknowledged", succeeded)
            .with("given_up", 50.0 - succeeded)
            .with("settled_ms", 100.0)
        };
        let numbered = (1..).zip(repeats);
        numbered
            .flat_map(|(repeat, (delete, wal, ratio))| {
                [
                    made("sqlite-delete-full", repeat, *delete),
                    made("sqlite-wal-full", repeat, *wal).with("by_delete", *ratio),
                ]
            })
            .collect()
    }

    fn verdict(repeats: &[(f64, f64, f64)]) -> Verdict {
        judged(&CLAIM, found("journal-modes", wrote(JUDGED, repeats))).verdict
    }

    #[test]
    fn it_stands_only_if_every_part_of_it_does() {
        assert_eq!(verdict(&[(20.0, 40.0, 0.5); 3]), Verdict::Supported);
        for failing in [(50.0, 50.0, 0.5), (20.0, 40.0, 0.9), (20.0, 46.0, 0.5)] {
            assert_eq!(verdict(&[failing; 3]), Verdict::Contradicted, "{failing:?}");
        }
        let ratio_differs = [(20.0, 40.0, 0.5), (20.0, 40.0, 0.9), (20.0, 40.0, 0.5)];
        assert_eq!(verdict(&ratio_differs), Verdict::Inconclusive);
        assert_eq!(verdict(&[(20.0, 40.0, 0.5); 2]), Verdict::Inconclusive);
    }

    #[test]
    fn each_part_is_named_with_its_figures_and_other_disciplines_beside_it() {
        let both = [
            wrote(JUDGED, &[(50.0, 50.0, 0.5); 3]),
            wrote("naive", &[(1.0, 3.0, 0.5); 3]),
        ];
        let judgement = judged(&CLAIM, found("journal-modes", both.concat()));
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        let says = |words: &str| assert!(judgement.figures.contains(words), "{judgement:?}");
        says("more succeed: contradicted (50 against 50)");
        says("in less than 0.8 of the time: supported (0.50 of it)");
        says("more than 5 fail: contradicted (0 failed)");
        assert!(judgement.conditions.contains("naive would be supported"));
    }

    #[test]
    fn void_trials_decide_nothing() {
        let wrote = void(wrote(JUDGED, &[(20.0, 40.0, 0.5); 3]));
        let judgement = judged(&CLAIM, found("journal-modes", wrote));
        assert_eq!(judgement.verdict, Verdict::NotRun);
    }
}
