//! Waiting behind a long transaction.

use std::collections::BTreeSet;

use crate::claim::evidence::{Spread, agreed_by_repeat, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// The mean wait in the document, as a part of the transaction: 2 of 5 s.
const MEAN: f64 = 0.4;

/// The longest wait in the document, as a part of the transaction: 5 of 5 s.
const LONGEST: f64 = 1.0;

/// The experiments on it.
const IN_PROCESSES: &str = "lock-waits";
const THROUGH_APP: &str = "over-http-waits";

/// Waiting behind a long transaction.
pub static CLAIM: Claim = Claim {
    id: "A6",
    document: Document::SharedFile,
    statement: "Behind a transaction of 5 s writers wait more than 2 s on average and more than 5 s at worst.",
    stated: Some("10 writers: mean wait > 2,000 ms, longest > 5,000 ms"),
    experiments: &[IN_PROCESSES, THROUGH_APP],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let in_processes = of(found, IN_PROCESSES).and_then(judge_one);
    let through_app = of(found, THROUGH_APP).and_then(judge_one);
    app::beside(in_processes, through_app)
}

/// What one of the experiments says of it.
fn judge_one(found: &Experiment) -> Option<Judgement> {
    let writers = || {
        under(found, &[]).filter(|o| {
            o.condition("subject").starts_with("sqlite") && o.condition("who").starts_with("write")
        })
    };
    // The document's timeout is as long as its transaction: 5 s.
    let as_documented = writers().filter(|o| o.condition("timeout_ms") == o.condition("hold_ms"));
    let verdict = agreed_by_repeat(as_documented, as_stated)?;
    let hold: f64 = writers().next()?.condition("hold_ms").parse().ok()?;
    let timeouts: BTreeSet<u64> = writers()
        .filter_map(|o| o.condition("timeout_ms").parse().ok())
        .collect();
    let mut conditions = vec![format!(
        "judged with the document's timeout, which is as long as the transaction, here {hold:.0} ms, on waits as parts of it (more than {MEAN}× on average, {LONGEST}× at worst); there it can hardly be otherwise, since whoever comes behind the transaction waits for its end or is given up after as long; each with a connection of its own and without the document's second and third try"
    )];
    let mut figures = Vec::new();
    for timeout in timeouts {
        let text = timeout.to_string();
        let at = |o: &&Observation| o.condition("timeout_ms") == text;
        let spread = |figure: &str| {
            let values = writers().filter(at).filter_map(|o| o.figure(figure));
            Spread::of(values)
        };
        let holds = match agreed_by_repeat(writers().filter(at), as_stated) {
            Some(Verdict::Supported) => "it holds",
            Some(Verdict::Contradicted) => "it does not hold",
            _ => "it is not decided",
        };
        let refused = spread("share_given_up")?.median * 100.0;
        conditions.push(format!(
            "with a timeout of {:.1}× the transaction {holds}",
            timeout as f64 / hold
        ));
        figures.push(format!(
            "timeout {timeout} ms: mean {} ms, longest {} ms, {refused:.0} % given up",
            spread("mean_ms")?,
            spread("longest_ms")?,
        ));
    }
    let mut words = format!("SQLite's writers, {}.", figures.join("; "));
    words.push_str(&others(found));
    let views = ["mean", "longest", "given-up"];
    Some(
        Judgement::new(verdict, conditions.join("; "), words)
            .seen_at(views.map(|view| anchor(&found.name, Some(view)))),
    )
}

fn as_stated(observation: &Observation) -> bool {
    let above = |figure: &str, least: f64| observation.figure(figure).is_some_and(|f| f > least);
    above("mean_by_hold", MEAN) && above("longest_by_hold", LONGEST)
}

/// What readers and PostgreSQL's clients met, each with the longest timeout that was tried.
fn others(found: &Experiment) -> String {
    let groups = [
        ("sqlite-delete-full", "10 kB", "read"),
        ("sqlite-delete-full", "4 MB", "read"),
        ("sqlite-wal-full", "10 kB", "read"),
        ("sqlite-wal-full", "4 MB", "read"),
        ("postgres", "10 kB", "write, same row"),
        ("postgres", "10 kB", "write, other row"),
        ("postgres", "10 kB", "read"),
    ];
    let words = groups
        .into_iter()
        .filter_map(|(subject, transaction, who)| {
            let group = [
                ("subject", subject),
                ("transaction", transaction),
                ("who", who),
            ];
            let timeout = |o: &Observation| o.condition("timeout_ms").parse::<u64>().ok();
            let patient = under(found, &group).filter_map(timeout).max()?;
            let of_patient = under(found, &group).filter(|o| timeout(o) == Some(patient));
            let longest = Spread::of(of_patient.filter_map(|o| o.figure("longest_ms")))?;
            Some(format!(
                "{subject} behind {transaction}, {who}: {longest} ms (timeout {patient} ms)"
            ))
        });
    let words: Vec<String> = words.collect();
    match words.is_empty() {
        true => String::new(),
        false => format!(" The longest wait of the others: {}.", words.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, void};

    /// Three repeats of writers who waited so long, as parts of the transaction.
    fn waited(timeout: &str, waits: [(f64, f64); 3]) -> Vec<Observation> {
        let conditions = [
            ("subject", "sqlite-wal-full"),
            ("who", "write, same row"),
            ("transaction", "10 kB"),
            ("hold_ms", "500"),
            ("timeout_ms", timeout),
        ];
        let made = (1..)
            .zip(waits)
            .map(|(repeat, (mean, longest))| Observation {
                repeat,
                ..Observation::under(conditions)
                    .with("mean_by_hold", mean)
                    .with("longest_by_hold", longest)
                    .with("mean_ms", mean * 500.0)
                    .with("longest_ms", longest * 500.0)
                    .with("share_given_up", 0.0)
            });
        made.collect()
    }

    fn verdict(waits: [(f64, f64); 3]) -> Verdict {
        judged(&CLAIM, found("lock-waits", waited("500", waits))).verdict
    }

    #[test]
    fn waits_as_long_as_stated_support_it_and_shorter_ones_contradict_it() {
        assert_eq!(verdict([(0.9, 1.1); 3]), Verdict::Supported);
        assert_eq!(verdict([(0.3, 1.1); 3]), Verdict::Contradicted);
        assert_eq!(verdict([(0.9, 0.9); 3]), Verdict::Contradicted);
        let differing = [(0.9, 1.1), (0.9, 0.9), (0.9, 1.1)];
        assert_eq!(verdict(differing), Verdict::Inconclusive);
    }

    #[test]
    fn only_the_documents_timeout_decides_and_the_others_are_named() {
        let both = [
            waited("500", [(0.9, 1.1); 3]),
            waited("100", [(0.2, 0.2); 3]),
        ];
        let judgement = judged(&CLAIM, found("lock-waits", both.concat()));
        assert_eq!(judgement.verdict, Verdict::Supported);
        let words = &judgement.conditions;
        assert!(
            words.contains("0.2× the transaction it does not hold"),
            "{words}"
        );
        assert!(words.contains("1.0× the transaction it holds"), "{words}");
        assert_eq!(judgement.evidence[0], "experiment-lock-waits-mean");
    }

    #[test]
    fn void_trials_decide_nothing() {
        let waits = void(waited("500", [(0.9, 1.1); 3]));
        assert_eq!(
            judged(&CLAIM, found("lock-waits", waits)).verdict,
            Verdict::NotRun
        );
        assert_eq!(
            judged(&CLAIM, found("other", Vec::new())).verdict,
            Verdict::NotRun
        );
    }
}
