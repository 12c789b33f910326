//! Two payments lock each other.

use std::collections::BTreeSet;

use crate::claim::evidence::{Spread, milliseconds, of, on_sqlite, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor};
use crate::measure::Experiment;
use crate::measure::experiment::Timeline;

/// An answer that came within this part of the timeout was not waited for.
const AT_ONCE: f64 = 0.5;

/// The busy timeout of the interleaving, in microseconds.
const TIMEOUT_US: f64 = 300_000.0;

/// Two payments lock each other.
pub static CLAIM: Claim = Claim {
    id: "A13",
    document: Document::SharedFile,
    statement: "Two payments lock each other: both time out, and both fail.",
    stated: Some("Both payments end in an SQLITE_BUSY timeout."),
    experiments: &["payment"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "payment")?;
    let deferred = |timeline: &&Timeline| timeline.name == "deferred";
    let played: Vec<&Timeline> = found
        .timelines
        .iter()
        .filter(on_sqlite)
        .filter(deferred)
        .collect();
    if played.is_empty() {
        return None;
    }
    let mut figures = Vec::new();
    let mut as_told = 0;
    for timeline in &played {
        let (loser, winner) = (timeline.step("first of B")?, timeline.step("commit A")?);
        let timed_out = |step: &crate::measure::experiment::Step| {
            !step.answer.done() && step.took_us >= TIMEOUT_US * AT_ONCE
        };
        as_told += usize::from(timed_out(loser) && timed_out(winner));
        let words = |step: &crate::measure::experiment::Step| {
            let what = match step.answer.done() {
                true => "done",
                false => "refused",
            };
            format!("{what} after {}", milliseconds(step.took_us))
        };
        figures.push(format!(
            "{}: B's first write {}, A's commit {}",
            timeline.subject,
            words(loser),
            words(winner)
        ));
    }
    let verdict = match as_told {
        0 => Verdict::Contradicted,
        all if all == played.len() => Verdict::Supported,
        _ => Verdict::Inconclusive,
    };
    let random = at_random(found);
    let conditions = format!(
        "with deferred transactions and busy_timeout 300 ms, stepped by hand; immediate ones cannot lock each other{}",
        match random {
            Some(_) =>
                "; payments at random, with a busy timeout of 5 s unless naive, are told and decide nothing",
            None => "",
        }
    );
    let parts = ["deferred"]
        .into_iter()
        .chain(random.is_some().then_some("errors"));
    let seen: Vec<String> = parts.map(|part| anchor(&found.name, Some(part))).collect();
    let figures = format!("{}.", figures.join("; "));
    let figures = [figures].into_iter().chain(random).collect::<Vec<_>>();
    Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen))
}

/// What came of payments at random, way by way; nothing if there were none. That one of those who
/// got through or were refused waited in vain cannot be told from their number, so it is no verdict.
fn at_random(found: &Experiment) -> Option<String> {
    let names = ["subject", "way", "payments"];
    let groups: BTreeSet<[&str; 3]> = under(found, &[])
        .map(|o| names.map(|name| o.condition(name)))
        .collect();
    let told: Vec<String> = groups
        .into_iter()
        .filter_map(|group| {
            let conditions: Vec<_> = names.into_iter().zip(group).collect();
            let spread = |figure| Spread::under(found, &conditions, figure);
            let [subject, way, payments] = group;
            Some(format!(
                "{subject}, {way}: of {payments} payments {} given up, {} errors in all, {} deadlocks for each 1,000, {} units of money lost, the longest {} ms",
                spread("given_up")?,
                spread("failed_attempts")?,
                spread("deadlocks_per_1000")?,
                spread("money_lost")?,
                spread("settled_ms")?
            ))
        })
        .collect();
    (!told.is_empty()).then(|| format!("By 16 clients at random: {}.", told.join("; ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::claim::made_up::{found, judged, void};
    use crate::measure::experiment::{Answer, Observation, Step};
    use crate::measure::{Audit, Outcome};

    /// A step that was done, or refused after so many milliseconds.
    fn step(label: &str, refused_after_ms: Option<f64>) -> Step {
        Step {
            label: label.to_owned(),
            actor: "A".to_owned(),
            does: "COMMIT".to_owned(),
            began_us: 0.0,
            took_us: refused_after_ms.unwrap_or(0.0) * 1e3,
            answer: match refused_after_ms {
                None => Answer::Done { value: None },
                Some(_) => Answer::Refused {
                    class: Outcome::Busy,
                    code: "5".to_owned(),
                    message: "database is locked".to_owned(),
                },
            },
        }
    }

    fn played(loser: Option<f64>, winner: Option<f64>) -> Timeline {
        Timeline {
            name: "deferred".to_owned(),
            title: String::new(),
            subject: "sqlite-wal-full".to_owned(),
            conditions: BTreeMap::new(),
            steps: vec![step("first of B", loser), step("commit A", winner)],
            ending: Audit::default(),
        }
    }

    fn random() -> Vec<Observation> {
        let conditions = [
            ("subject", "postgres"),
            ("way", "naive"),
            ("payments", "800"),
        ];
        let one = |money| {
            Observation::under(conditions)
                .with("given_up", 1.0)
                .with("failed_attempts", 2.0)
                .with("deadlocks_per_1000", 1.25)
                .with("money_lost", money)
                .with("settled_ms", 80.0)
        };
        [6_608.0, 5_737.0, 5_901.0].map(one).into()
    }

    fn judgement(timelines: Vec<Timeline>, observations: Vec<Observation>) -> Judgement {
        let experiment = Experiment {
            timelines,
            ..found("payment", observations)
        };
        judged(&CLAIM, experiment)
    }

    #[test]
    fn two_timeouts_support_it_and_anything_less_does_not() {
        let both = || played(Some(300.0), Some(300.0));
        let one = || played(Some(0.1), Some(300.0));
        let verdict = |timelines| judgement(timelines, vec![]).verdict;
        assert_eq!(verdict(vec![both()]), Verdict::Supported);
        assert_eq!(
            verdict(vec![one(), played(None, None)]),
            Verdict::Contradicted
        );
        assert_eq!(verdict(vec![both(), one()]), Verdict::Inconclusive);
        assert_eq!(verdict(vec![]), Verdict::NotRun);
        assert_eq!(CLAIM.of(&[]).verdict, Verdict::NotRun);
    }

    #[test]
    fn payments_at_random_are_told_with_their_spread_and_void_ones_are_not() {
        let timelines = vec![played(Some(0.1), None)];
        let told = judgement(timelines.clone(), random());
        assert_eq!(told.verdict, Verdict::Contradicted);
        let money = "5901 [5737–6608] units of money lost";
        assert!(told.figures.contains(money), "{told:?}");
        assert_eq!(
            told.evidence,
            ["experiment-payment-deferred", "experiment-payment-errors"]
        );
        let untold = judgement(timelines, void(random()));
        assert!(!untold.figures.contains("at random"), "{untold:?}");
        assert_eq!(judgement(vec![], random()).verdict, Verdict::NotRun);
    }
}
