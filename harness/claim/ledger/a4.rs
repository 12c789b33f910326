//! 100 increments at once.

use crate::claim::bursts::{self, Question, Setting};
use crate::claim::evidence::{Spread, agreed, under};
use crate::claim::{Claim, Document, Judgement, Verdict, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// More increments than this are answered busy.
const BUSY: f64 = 30.0;

/// Fewer than this succeed.
const SUCCEED: f64 = 70.0;

/// How many increments there are.
const CLIENTS: &str = "100";

/// 100 increments at once.
pub static CLAIM: Claim = Claim {
    id: "A4",
    document: Document::SharedFile,
    statement: "100 concurrent increments from 4 containers meet more than 30 SQLITE_BUSY, and fewer than 70 succeed.",
    stated: Some("of 100 responses more than 30 say SQLITE_BUSY and fewer than 70 are a success"),
    experiments: &[bursts::NAME, app::NAME],
    judge,
};

/// What is asked of the bursts.
const QUESTION: Question = Question {
    verdict,
    figures,
    bursts: "10 ms between reading and writing, 100 clients",
    remark: "",
    views: &["busy", "acknowledged"],
    views_over_http: &["error-rate", "latency"],
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    QUESTION.judge(found)
}

fn verdict(found: &Experiment, setting: Setting<'_>) -> Option<Verdict> {
    agreed(under(found, &setting.with(CLIENTS)).filter_map(as_stated))
}

/// Whether one burst went as the document's test demands.
fn as_stated(burst: &Observation) -> Option<bool> {
    let (busy, acknowledged) = (burst.figure("busy")?, burst.figure("acknowledged")?);
    Some(busy > BUSY && acknowledged < SUCCEED)
}

fn figures(found: &Experiment, setting: Setting<'_>) -> Option<String> {
    let conditions = setting.with(CLIENTS);
    let spread = |figure| Spread::under(found, &conditions, figure);
    let (busy, otherwise) = (spread("busy")?, spread("refused_otherwise")?);
    let (acknowledged, failed) = (spread("acknowledged")?, spread("failed_attempts")?);
    Some(format!(
        "{setting}: {busy} busy, {otherwise} refused with another error, {acknowledged} acknowledged; {failed} attempts failed ({} bursts).",
        busy.repeats
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::bursts::{INTENDED, OWN};
    use crate::claim::made_up;

    /// Bursts of 100 in this setting, each with so many busy and so many acknowledged.
    fn bursts(setting: Setting<'_>, seen: &[(f64, f64)]) -> Vec<Observation> {
        let busy: Vec<f64> = seen.iter().map(|(busy, _)| *busy).collect();
        let bursts = made_up::repeats(&setting.with(CLIENTS), "busy", &busy);
        let with_rest = |(burst, (busy, acknowledged)): (Observation, &(f64, f64))| {
            burst
                .with("acknowledged", *acknowledged)
                .with("refused_otherwise", 100.0 - busy - acknowledged)
                .with("failed_attempts", 100.0 - acknowledged)
        };
        bursts.into_iter().zip(seen).map(with_rest).collect()
    }

    fn judged(observations: Vec<Observation>) -> Judgement {
        made_up::judged(&CLAIM, made_up::found(bursts::NAME, observations))
    }

    #[test]
    fn it_takes_enough_busy_and_few_enough_successes() {
        let verdict = |busy, acknowledged| judged(bursts(OWN, &[(busy, acknowledged); 3])).verdict;
        assert_eq!(verdict(31.0, 69.0), Verdict::Supported);
        assert_eq!(verdict(30.0, 69.0), Verdict::Contradicted);
        assert_eq!(verdict(31.0, 70.0), Verdict::Contradicted);
        assert_eq!(
            verdict(0.0, 4.0),
            Verdict::Contradicted,
            "refused, but not busy"
        );
    }

    #[test]
    fn bursts_that_disagree_or_are_few_decide_nothing() {
        let verdict = |seen: &[(f64, f64)]| judged(bursts(OWN, seen)).verdict;
        let mixed = [(40.0, 60.0), (20.0, 80.0), (40.0, 60.0)];
        assert_eq!(verdict(&mixed), Verdict::Inconclusive);
        assert_eq!(verdict(&[(40.0, 60.0); 2]), Verdict::Inconclusive);
    }

    #[test]
    fn bursts_whose_audit_failed_do_not_count() {
        let mut observations = bursts(OWN, &[(0.0, 100.0); 3]);
        observations.extend(made_up::void(bursts(OWN, &[(90.0, 10.0); 3])));
        assert_eq!(judged(observations).verdict, Verdict::Contradicted);
        let void = made_up::void(bursts(OWN, &[(90.0, 10.0); 3]));
        assert_eq!(judged(void).verdict, Verdict::NotRun);
    }

    #[test]
    fn other_settings_are_named_and_change_no_verdict() {
        let at_once = Setting {
            timeout_ms: "0",
            ..OWN
        };
        let mut observations = bursts(OWN, &[(0.0, 4.0); 3]);
        observations.extend(bursts(at_once, &[(75.0, 1.0); 3]));
        observations.extend(bursts(INTENDED, &[(0.0, 100.0); 3]));
        let judgement = judged(observations);
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        let conditions = &judgement.conditions;
        assert!(
            conditions.contains(
                "It holds for document-as-written with busy_timeout 0 ms (sqlite-wal-full)."
            ),
            "{conditions}"
        );
        assert!(
            conditions
                .contains("It does not hold for document-as-intended with busy_timeout 5000 ms"),
            "{conditions}"
        );
        assert!(
            judgement
                .figures
                .contains("0 busy, 96 refused with another error, 4 acknowledged")
        );
        assert_eq!(judgement.evidence[0], "experiment-busy-errors-busy");
    }

    #[test]
    fn without_the_documents_own_setting_nothing_was_run() {
        let elsewhere = bursts(INTENDED, &[(90.0, 10.0); 3]);
        assert_eq!(judged(elsewhere).verdict, Verdict::NotRun);
    }

    #[test]
    fn the_app_is_told_beside_and_decides_alone() {
        let mut observations = bursts(OWN.over_http(), &[(90.0, 10.0); 3]);
        for burst in &mut observations {
            burst
                .conditions
                .insert("system".to_owned(), "containers".to_owned());
        }
        // Those that increment 25 times are no bursts.
        let mut others = bursts(OWN.over_http(), &[(0.0, 100.0); 3]);
        for other in &mut others {
            other.conditions.insert("each".to_owned(), "25".to_owned());
        }
        observations.extend(others);
        let over_http = made_up::found(app::NAME, observations);
        let alone = CLAIM.of(std::slice::from_ref(&over_http));
        assert_eq!(alone.verdict, Verdict::Supported);
        assert!(
            alone.conditions.contains("each a container"),
            "{}",
            alone.conditions
        );
        let in_processes = made_up::found(bursts::NAME, bursts(OWN, &[(0.0, 4.0); 3]));
        let both = CLAIM.of(&[in_processes, over_http]);
        assert_eq!(both.verdict, Verdict::Contradicted);
        assert!(
            both.figures
                .contains("Through the app, over HTTP: it holds there, with the document's code"),
            "{}",
            both.figures
        );
        assert_eq!(
            both.evidence[2..],
            [
                "experiment-over-http-error-rate",
                "experiment-over-http-latency"
            ]
        );
    }
}
