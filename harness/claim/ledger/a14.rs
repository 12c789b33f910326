//! Retries and latency.

use crate::claim::evidence::{ENOUGH, Spread, of};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, app};
use crate::measure::Experiment;

/// The experiments on it.
const IN_PROCESSES: &str = "retry-amplification";
const THROUGH_APP: &str = "over-http-retries";

/// The document's numbers of retries.
const RETRIES: [&str; 4] = ["0", "1", "2", "3"];

/// What one, two and three retries add to the mean response without any, in the document's table of 50,
/// 200, 800 and 3,200 ms. What an increment takes without retries is the machine's and the load's, of
/// which it says nothing.
const ADDED: [(&str, f64); 3] = [("1", 150.0), ("2", 750.0), ("3", 3_150.0)];

/// What is added may be this many times more or less than stated and still be the same.
const TOLERANCE: f64 = 2.0;

/// The document's subject.
const SUBJECT: &str = "sqlite-wal-full";

/// The timeout at which it is judged: every collision is something to retry.
const AT_ONCE: &str = "0";

/// The timeout that is told beside it.
const LATER: &str = "100";

/// Retries and latency.
pub static CLAIM: Claim = Claim {
    id: "A14",
    document: Document::SharedFile,
    statement: "Retries amplify latency: 0, 1, 2 and 3 retries take 50, 200, 800 and 3,200 ms.",
    stated: Some(
        "mean response: no retry 50 ms, one 200 ms, two 800 ms, three 3,200 ms (exponential backoff)",
    ),
    experiments: &[IN_PROCESSES, THROUGH_APP],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let who = "20 clients at once in four processes";
    let in_processes = of(found, IN_PROCESSES).and_then(|found| judge_one(found, who));
    let through_app = of(found, THROUGH_APP).and_then(|found| {
        let who = format!("20 requests at once {}", app::instances(found));
        judge_one(found, &who)
    });
    app::beside(in_processes, through_app)
}

/// What one of the experiments says of it.
fn judge_one(found: &Experiment, who: &str) -> Option<Judgement> {
    let without = seen(found, AT_ONCE, ("document", "0"), "mean_ms")?;
    let added: Vec<(f64, Spread)> = ADDED
        .into_iter()
        .filter_map(|(retries, stated)| {
            let mean = seen(found, AT_ONCE, ("document", retries), "mean_ms")?;
            Some((stated, mean.above(without)))
        })
        .collect();
    let verdict = verdict(&added)?;
    let conditions = format!(
        "with the document's backoff of 1, 2 and 4 s, on {SUBJECT} with busy_timeout {AT_ONCE}, {who}, 10 ms between reading and writing; compared is what retries add to the mean without any: stated are 150, 750 and 3,150 ms, and within a factor of {TOLERANCE} it counts as the same. Where fewer collide, fewer sleep; but as long as it is the pauses that take the time, the stated numbers go together nowhere: 150 ms more for one retry means that 15 % sleep 1 s, 600 ms more for a second that 30 % then sleep 2 s.{}",
        cause(found)
    );
    let mut figures: Vec<String> = ["document", "fixed", "exponential", "full jitter"]
        .into_iter()
        .filter_map(|backoff| figures(found, AT_ONCE, backoff))
        .collect();
    if let Some(later) = self::figures(found, LATER, "document") {
        figures.push(format!("With busy_timeout {LATER} ms: {later}"));
    }
    let seen_at = ["latency", "given-up"].map(|view| anchor(&found.name, Some(view)));
    Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen_at))
}

/// A figure of increments tried again so often after this backoff, with this timeout.
fn seen(
    found: &Experiment,
    timeout: &str,
    (backoff, retries): (&str, &str),
    figure: &str,
) -> Option<Spread> {
    Spread::under(found, &condition(timeout, backoff, retries), figure)
}

fn condition<'c>(timeout: &'c str, backoff: &'c str, retries: &'c str) -> [(&'c str, &'c str); 4] {
    [
        ("subject", SUBJECT),
        ("timeout_ms", timeout),
        ("backoff", backoff),
        ("retries", retries),
    ]
}

/// One that is another in every repeat contradicts; only all of them support.
fn verdict(added: &[(f64, Spread)]) -> Option<Verdict> {
    let agrees = |(stated, seen): &(f64, Spread)| {
        let (least, most) = (stated / TOLERANCE, stated * TOLERANCE);
        match seen {
            seen if seen.repeats < ENOUGH => None,
            seen if seen.low >= least && seen.high <= most => Some(true),
            seen if seen.low > most || seen.high < least => Some(false),
            _ => None,
        }
    };
    let agree: Vec<Option<bool>> = added.iter().map(agrees).collect();
    Some(match agree.as_slice() {
        [] => return None,
        some if some.contains(&Some(false)) => Verdict::Contradicted,
        all if *all == [Some(true); ADDED.len()] => Verdict::Supported,
        _ => Verdict::Inconclusive,
    })
}

/// Whether it is the retries that take the time, or the pauses between them: what as many retries take
/// with short pauses decides.
fn cause(found: &Experiment) -> String {
    let most = ADDED.into_iter().rev().find_map(|(retries, _)| {
        let of = |backoff, figure| seen(found, AT_ONCE, (backoff, retries), figure);
        Some((
            retries,
            of("document", "mean_ms")?,
            of("fixed", "mean_ms")?,
            of("document", "attempts")?,
            of("fixed", "attempts")?,
        ))
    });
    let Some((retries, slept, short, attempts, as_many)) = most else {
        return String::new();
    };
    let pauses = 1.0 - short.median / slept.median;
    format!(
        " Retries or pauses: with at most {retries} the document's pauses make a mean of {slept} ms ({attempts} attempts), pauses of 10 ms one of {short} ms ({as_many} attempts): {:.0} % of it is the pauses.",
        pauses * 100.0
    )
}

fn figures(found: &Experiment, timeout: &str, backoff: &str) -> Option<String> {
    let words: Vec<String> = RETRIES
        .into_iter()
        .filter_map(|retries| {
            let mean = seen(found, timeout, (backoff, retries), "mean_ms")?;
            let given_up = seen(found, timeout, (backoff, retries), "given_up")?;
            Some(format!("{retries}: mean {mean} ms, {given_up} given up"))
        })
        .collect();
    (!words.is_empty()).then(|| format!("Backoff {backoff}, by retries: {}.", words.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;
    use crate::measure::experiment::Observation;

    fn bursts(backoff: &str, means: &[(&str, &[f64])]) -> Vec<Observation> {
        let of = |(retries, means): &(&str, &[f64])| {
            let conditions = condition(AT_ONCE, backoff, retries);
            let bursts = made_up::repeats(&conditions, "mean_ms", means);
            let with_rest =
                |burst: Observation| burst.with("given_up", 16.0).with("attempts", 70.0);
            bursts.into_iter().map(with_rest).collect::<Vec<_>>()
        };
        means.iter().flat_map(of).collect()
    }

    fn judged(observations: Vec<Observation>) -> Judgement {
        made_up::judged(&CLAIM, made_up::found(IN_PROCESSES, observations))
    }

    fn verdict_of(means: &[(&str, &[f64])]) -> Verdict {
        judged(bursts("document", means)).verdict
    }

    const AS_STATED: [(&str, &[f64]); 4] = [
        ("0", &[4.0, 5.0, 6.0]),
        ("1", &[200.0; 3]),
        ("2", &[900.0; 3]),
        ("3", &[3_000.0; 3]),
    ];

    #[test]
    fn it_takes_what_all_retries_add_and_one_that_adds_more_contradicts() {
        assert_eq!(verdict_of(&AS_STATED), Verdict::Supported);
        let mut slower = AS_STATED;
        slower[1].1 = &[900.0; 3];
        assert_eq!(verdict_of(&slower), Verdict::Contradicted);
        assert_eq!(verdict_of(&slower[..2]), Verdict::Contradicted);
    }

    #[test]
    fn means_left_out_or_few_or_on_both_sides_decide_nothing() {
        assert_eq!(verdict_of(&AS_STATED[..2]), Verdict::Inconclusive);
        assert_eq!(verdict_of(&AS_STATED[..1]), Verdict::NotRun);
        let mut few = AS_STATED;
        few[1].1 = &[900.0; 2];
        assert_eq!(verdict_of(&few), Verdict::Inconclusive);
        let mut both = AS_STATED;
        both[1].1 = &[200.0, 900.0, 200.0];
        assert_eq!(verdict_of(&both), Verdict::Inconclusive);
    }

    #[test]
    fn other_backoffs_and_bursts_whose_audit_failed_do_not_count() {
        assert_eq!(judged(bursts("fixed", &AS_STATED)).verdict, Verdict::NotRun);
        let void = made_up::void(bursts("document", &AS_STATED));
        assert_eq!(judged(void).verdict, Verdict::NotRun);
    }

    #[test]
    fn with_the_other_timeout_it_is_told_and_not_judged() {
        let later = |mut burst: Observation| {
            burst
                .conditions
                .insert("timeout_ms".to_owned(), LATER.to_owned());
            burst
        };
        let other = bursts("document", &[("1", &[600.0; 3])]);
        let mut observations: Vec<Observation> = other.into_iter().map(later).collect();
        assert_eq!(judged(observations.clone()).verdict, Verdict::NotRun);
        observations.extend(bursts("document", &AS_STATED));
        let judgement = judged(observations);
        assert_eq!(judgement.verdict, Verdict::Supported);
        assert!(judgement.figures.contains("With busy_timeout 100 ms"));
    }

    #[test]
    fn it_says_whether_retries_or_pauses_take_the_time() {
        let mut observations = bursts("document", &[("0", &[10.0; 3]), ("1", &[1_000.0; 3])]);
        observations.extend(bursts("fixed", &[("0", &[10.0; 3]), ("1", &[20.0; 3])]));
        let judgement = judged(observations);
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        assert!(
            judgement.conditions.contains("98 % of it is the pauses"),
            "{judgement:?}"
        );
        assert!(judgement.figures.contains("1: mean 1000 ms, 16 given up"));
    }
}
