//! More load, more errors.

use std::collections::BTreeMap;

use crate::claim::bursts::{self, Question, Setting};
use crate::claim::evidence::{Spread, agreed, percent, under};
use crate::claim::{Claim, Document, Judgement, Verdict, app};
use crate::measure::Experiment;

/// The loads of the document.
const LOADS: [&str; 5] = ["10", "50", "100", "200", "500"];

/// More load, more errors.
pub static CLAIM: Claim = Claim {
    id: "A9",
    document: Document::SharedFile,
    statement: "The error rate rises strictly with the load: 10, 50, 100, 200, 500 requests at once.",
    stated: Some("the error rate of each load is greater than that of the load before"),
    experiments: &[bursts::NAME, app::NAME],
    judge,
};

/// The share of increments that failed in each repeat of one load, by repeat.
type Rates = BTreeMap<u32, f64>;

/// What is asked of the bursts.
const QUESTION: Question = Question {
    verdict: |found, setting| rises(&rates(found, setting)),
    figures,
    bursts: "every increment in the same instant, one per client",
    remark: "; there one increment of each instance gets through however many come, and the others are refused by their own shared connection, not by SQLite's lock",
    views: &["error-rate"],
    views_over_http: &["error-rate", "latency"],
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    QUESTION.judge(found)
}

/// Load by load; a load that was not tried has none.
fn rates(found: &Experiment, setting: Setting<'_>) -> [Rates; 5] {
    LOADS.map(|load| {
        under(found, &setting.with(load))
            .filter_map(|burst| Some((burst.repeat, burst.figure("share_given_up")?)))
            .collect()
    })
}

/// Whether the rate rises from each load to the next, in every repeat as the document's test demands,
/// and by more than repeats differ. Where it does not rise from one load to a later one, it does not
/// between; but that it rises between loads that were left out is not known.
fn rises(rates: &[Rates; 5]) -> Option<Verdict> {
    let tried: Vec<&Rates> = rates.iter().filter(|rates| !rates.is_empty()).collect();
    if tried.len() < 2 {
        return None;
    }
    let repeats = tried[0].keys().filter(|repeat| {
        let made = |rates: &&Rates| rates.contains_key(*repeat);
        tried.iter().all(made)
    });
    let rises = |repeat: &u32| {
        tried
            .windows(2)
            .all(|step| step[1][repeat] > step[0][repeat])
    };
    let spread = |rates: &Rates| Spread::of(rates.values().copied());
    let apart = tried.windows(2).all(|step| {
        let (before, after) = (spread(step[0]), spread(step[1]));
        before
            .zip(after)
            .is_some_and(|(before, after)| after.low > before.high)
    });
    match agreed(repeats.map(rises))? {
        Verdict::Supported if !apart || tried.len() < LOADS.len() => Some(Verdict::Inconclusive),
        verdict => Some(verdict),
    }
}

fn figures(found: &Experiment, setting: Setting<'_>) -> Option<String> {
    let words: Vec<String> = LOADS
        .into_iter()
        .zip(rates(found, setting))
        .filter_map(|(load, rates)| {
            let rate = Spread::of(rates.into_values())?;
            Some(format!("{} of {load}", percent(rate)))
        })
        .collect();
    let sum = |figure| {
        let of_load = |load| {
            let conditions = setting.with(load);
            let seen = under(found, &conditions).filter_map(|burst| burst.figure(figure));
            seen.sum::<f64>()
        };
        LOADS.into_iter().map(of_load).sum::<f64>()
    };
    (!words.is_empty()).then(|| {
        format!(
            "{setting}: given up were {}; of {:.0} in all {:.0} were busy.",
            words.join(", "),
            sum("given_up"),
            sum("busy")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::bursts::{INTENDED, OWN};
    use crate::claim::made_up;
    use crate::measure::experiment::Observation;

    /// Three repeats of each load, with these rates.
    fn bursts(setting: Setting<'_>, rates: &[(&str, [f64; 3])]) -> Vec<Observation> {
        let of = |(load, rates): &(&str, [f64; 3])| {
            made_up::repeats(&setting.with(load), "share_given_up", rates)
        };
        rates.iter().flat_map(of).collect()
    }

    fn judged(observations: Vec<Observation>) -> Judgement {
        made_up::judged(&CLAIM, made_up::found(bursts::NAME, observations))
    }

    fn at_all_loads(rates: [[f64; 3]; 5]) -> Vec<(&'static str, [f64; 3])> {
        LOADS.into_iter().zip(rates).collect()
    }

    #[test]
    fn it_takes_a_rise_at_every_step_of_every_repeat() {
        let verdict = |rates| judged(bursts(OWN, &at_all_loads(rates))).verdict;
        let rising = [[0.6; 3], [0.92; 3], [0.96; 3], [0.98; 3], [0.99; 3]];
        assert_eq!(verdict(rising), Verdict::Supported);
        let saturated = [[0.6; 3], [0.92; 3], [0.99; 3], [0.99; 3], [0.99; 3]];
        assert_eq!(verdict(saturated), Verdict::Contradicted);
        let once_flat = [
            [0.6; 3],
            [0.92; 3],
            [0.96; 3],
            [0.97, 0.97, 0.96],
            [0.99; 3],
        ];
        assert_eq!(verdict(once_flat), Verdict::Inconclusive);
    }

    #[test]
    fn a_rise_within_what_repeats_differ_by_decides_nothing() {
        let blurred = [
            [0.1, 0.2, 0.3],
            [0.2, 0.3, 0.4],
            [0.6; 3],
            [0.7; 3],
            [0.8; 3],
        ];
        let judgement = judged(bursts(OWN, &at_all_loads(blurred)));
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
    }

    #[test]
    fn with_loads_left_out_a_rise_is_not_certain_but_none_is_none() {
        let verdict = |high| judged(bursts(OWN, &[("10", [0.0; 3]), ("100", [high; 3])])).verdict;
        assert_eq!(verdict(0.5), Verdict::Inconclusive);
        assert_eq!(verdict(0.0), Verdict::Contradicted);
        let one_load = judged(bursts(OWN, &[("100", [0.5; 3])]));
        assert_eq!(one_load.verdict, Verdict::NotRun);
    }

    #[test]
    fn bursts_whose_audit_failed_do_not_count() {
        let rising = [[0.6; 3], [0.92; 3], [0.96; 3], [0.98; 3], [0.99; 3]];
        let void = made_up::void(bursts(OWN, &at_all_loads(rising)));
        assert_eq!(judged(void).verdict, Verdict::NotRun);
    }

    #[test]
    fn other_settings_are_named_and_change_no_verdict() {
        let rising = [[0.6; 3], [0.92; 3], [0.96; 3], [0.98; 3], [0.99; 3]];
        let mut observations = bursts(OWN, &at_all_loads(rising));
        observations.extend(bursts(INTENDED, &[("10", [0.0; 3]), ("100", [0.0; 3])]));
        let judgement = judged(observations);
        assert_eq!(judgement.verdict, Verdict::Supported);
        let conditions = &judgement.conditions;
        assert!(
            conditions
                .contains("It does not hold for document-as-intended with busy_timeout 5000 ms"),
            "{conditions}"
        );
        assert!(
            judgement.figures.contains("60.0 % of 10, 92.0 % of 50"),
            "{judgement:?}"
        );
    }

    #[test]
    fn the_app_is_told_beside_and_decides_alone() {
        let rising = [[0.6; 3], [0.92; 3], [0.96; 3], [0.98; 3], [0.99; 3]];
        let flat = [[0.9; 3]; 5];
        let over_http = made_up::found(app::NAME, bursts(OWN.over_http(), &at_all_loads(flat)));
        let alone = CLAIM.of(std::slice::from_ref(&over_http));
        assert_eq!(alone.verdict, Verdict::Contradicted);
        assert!(!alone.conditions.contains("four processes"));
        let in_processes = made_up::found(bursts::NAME, bursts(OWN, &at_all_loads(rising)));
        let both = CLAIM.of(&[in_processes, over_http]);
        assert_eq!(both.verdict, Verdict::Supported);
        let figures = &both.figures;
        assert!(
            figures.contains("over HTTP: it does not hold there"),
            "{figures}"
        );
        assert!(figures.contains("90.0 % of 500"), "{figures}");
        assert_eq!(both.evidence.len(), 3);
    }
}
