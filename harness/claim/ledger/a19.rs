//! Waiting is shared fairly.

use crate::claim::evidence::{ENOUGH, Spread, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor};
use crate::measure::Experiment;

/// Fair enough: the least lucky client gets at least half of what the luckiest gets. In turn each
/// would get the same; chance alone, over hundreds of increments each, leaves far more than a half.
const FAIR: f64 = 0.5;

/// Unfair: somebody gets less than a tenth, and so waits ten times as long as another for the same.
const UNFAIR: f64 = 0.1;

/// The handler that comes with SQLite.
const STOCK: &str = "stock busy handler";

/// Waiting is shared fairly.
pub static CLAIM: Claim = Claim {
    id: "A19",
    document: Document::SharedFile,
    statement: "Waiting is shared fairly (unsaid, and believed).",
    stated: None,
    experiments: &["fairness"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "fairness")?;
    let mut groups: Vec<[&str; 3]> = under(found, &[])
        .map(|o| ["subject", "waiting", "clients"].map(|name| o.condition(name)))
        .collect();
    groups.sort_unstable();
    groups.dedup();
    let mut verdicts = Vec::new();
    let mut figures = Vec::new();
    for [subject, waiting, clients] in groups {
        let conditions = [
            ("subject", subject),
            ("waiting", waiting),
            ("clients", clients),
        ];
        let spread = |figure| Spread::under(found, &conditions, figure);
        let (Some(share), Some(fewest), Some(most), Some(longest)) = (
            spread("fewest_to_most"),
            spread("fewest_per_client"),
            spread("most_per_client"),
            spread("settled_ms"),
        ) else {
            continue;
        };
        if waiting == STOCK {
            verdicts.push(fair(share));
        }
        figures.push(format!(
            "{subject}, {waiting}, {clients} clients: {fewest} increments against {most}, longest wait {longest} ms"
        ));
    }
    let verdict = match verdicts.as_slice() {
        [] => return None,
        [first, rest @ ..] if rest.iter().all(|verdict| verdict == first) => *first,
        _ => Verdict::Inconclusive,
    };
    let judgement = Judgement::new(
        verdict,
        "with the busy handler that comes with SQLite, clients in processes of their own that write as fast as they can; \
         fair is if the least lucky gets at least half of what the luckiest gets, unfair if less than a tenth, in every repeat",
        format!("{}.", figures.join("; ")),
    );
    Some(judgement.seen_at(["share", "longest-wait"].map(|view| anchor(&found.name, Some(view)))))
}

/// What the shares of the least lucky client say, repeat by repeat.
fn fair(share: Spread) -> Verdict {
    match share {
        few if few.repeats < ENOUGH => Verdict::Inconclusive,
        fair if fair.low >= FAIR => Verdict::Supported,
        unfair if unfair.high < UNFAIR => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, void};
    use crate::measure::experiment::Observation;

    /// Repeats in which the least lucky of ten clients got so much for each 1,000 of the luckiest.
    fn got(subject: &str, waiting: &str, fewest: &[f64]) -> Vec<Observation> {
        let conditions = [
            ("subject", subject),
            ("waiting", waiting),
            ("clients", "10"),
        ];
        let one = |fewest: &f64| {
            Observation::under(conditions)
                .with("fewest_to_most", fewest / 1e3)
                .with("fewest_per_client", *fewest)
                .with("most_per_client", 1e3)
                .with("settled_ms", 1_900.0)
        };
        fewest.iter().map(one).collect()
    }

    fn verdict(observations: Vec<Observation>) -> Verdict {
        judged(&CLAIM, found("fairness", observations)).verdict
    }

    fn of_stock(fewest: &[f64]) -> Vec<Observation> {
        got("sqlite-wal-full", STOCK, fewest)
    }

    #[test]
    fn every_repeat_has_to_be_fair_or_unfair() {
        assert_eq!(
            verdict(of_stock(&[500.0, 700.0, 900.0])),
            Verdict::Supported
        );
        assert_eq!(verdict(of_stock(&[0.0, 1.0, 99.0])), Verdict::Contradicted);
        assert_eq!(verdict(of_stock(&[0.0, 1.0, 100.0])), Verdict::Inconclusive);
        assert_eq!(
            verdict(of_stock(&[499.0, 700.0, 900.0])),
            Verdict::Inconclusive
        );
        assert_eq!(verdict(of_stock(&[0.0, 0.0])), Verdict::Inconclusive);
    }

    #[test]
    fn void_repeats_do_not_count_and_none_is_not_run() {
        assert_eq!(verdict(void(of_stock(&[0.0; 3]))), Verdict::NotRun);
        assert_eq!(CLAIM.of(&[]).verdict, Verdict::NotRun);
    }

    #[test]
    fn only_the_handler_that_comes_with_sqlite_decides_and_the_others_are_told() {
        let constant = got("sqlite-wal-full", "constant 1 ms", &[800.0; 3]);
        let queue = got("postgres", "the server's queue", &[900.0; 3]);
        assert_eq!(
            verdict([constant.clone(), queue.clone()].concat()),
            Verdict::NotRun
        );
        let all = [of_stock(&[1.0; 3]), constant, queue].concat();
        let judgement = judged(&CLAIM, found("fairness", all));
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        for told in [
            "1 increments against 1000, longest wait 1900 ms",
            "postgres",
        ] {
            assert!(judgement.figures.contains(told), "{judgement:?}");
        }
        assert_eq!(judgement.evidence[0], "experiment-fairness-share");
    }

    #[test]
    fn journals_that_disagree_decide_nothing() {
        let other = got("sqlite-delete-full", STOCK, &[800.0; 3]);
        let both = [of_stock(&[1.0; 3]), other].concat();
        assert_eq!(verdict(both), Verdict::Inconclusive);
    }
}
