//! A write-ahead log cures nothing.

use crate::claim::troubles::{Seen, Trouble, looked_for};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;

/// With a write-ahead log, and without.
const WITH: &str = "sqlite-wal-full";
const WITHOUT: &str = "sqlite-delete-full";

/// A write-ahead log cures nothing.
pub static CLAIM: Claim = Claim {
    id: "A16",
    document: Document::SharedFile,
    statement: "A write-ahead log does not cure it.",
    stated: None,
    experiments: &[
        "busy-errors",
        "lost-updates",
        "lock-waits",
        "fairness",
        "over-http",
        "overload",
    ],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    // What there is none of without the log, it need not cure.
    let ill = |trouble: &Trouble| {
        let seen = trouble.on(found, WITHOUT);
        seen.is_some_and(|seen| seen.verdict == Verdict::Supported)
    };
    let with: Vec<(&Trouble, Seen)> = looked_for(found, WITH)
        .filter(|(trouble, _)| ill(trouble))
        .collect();
    let all = |verdict| with.iter().all(|(_, seen)| seen.verdict == verdict);
    let verdict = match with.len() {
        0 => return None,
        _ if with
            .iter()
            .any(|(_, seen)| seen.verdict == Verdict::Supported) =>
        {
            Verdict::Supported
        }
        _ if all(Verdict::Contradicted) => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    };
    let figures: Vec<String> = with
        .iter()
        .map(|(trouble, seen)| {
            let without = trouble.on(found, WITHOUT);
            let beside = without.map_or("not looked for".to_owned(), |seen| seen.words());
            format!(
                "{}: {} with the log, {beside} with a rollback journal.",
                trouble.what,
                seen.words()
            )
        })
        .collect();
    let means: Vec<&str> = with.iter().map(|(trouble, _)| trouble.means).collect();
    let conditions = format!(
        "of what there is with a rollback journal, if any is left in every repeat under some condition that was tried: {}",
        means.join("; ")
    );
    let seen_at = with.iter().map(|(trouble, _)| trouble.anchor());
    Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    fn both(without: &[f64], with: &[f64]) -> Verdict {
        let lost = |subject, shares| {
            let conditions = [("subject", subject), ("way", "apart")];
            made_up::repeats(&conditions, "share_lost_without_error", shares)
        };
        let lost = [lost(WITHOUT, without), lost(WITH, with)].concat();
        made_up::judged(&CLAIM, made_up::found("lost-updates", lost)).verdict
    }

    fn verdict(shares: &[f64]) -> Verdict {
        both(&[0.5; 3], shares)
    }

    #[test]
    fn what_there_was_none_of_needs_no_cure() {
        assert_eq!(both(&[0.0; 3], &[0.5; 3]), Verdict::NotRun);
    }

    #[test]
    fn one_trouble_that_is_left_is_enough() {
        assert_eq!(verdict(&[0.5; 3]), Verdict::Supported);
        assert_eq!(verdict(&[0.0; 3]), Verdict::Contradicted);
        assert_eq!(verdict(&[0.0, 0.5, 0.5]), Verdict::Inconclusive);
        assert_eq!(verdict(&[0.5; 2]), Verdict::Inconclusive);
        assert_eq!(verdict(&[]), Verdict::NotRun);
    }
}
