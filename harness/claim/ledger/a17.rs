//! One process, and file locks.

use crate::claim::evidence::{Spread, agreed_by_repeat, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, bursts};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// Processes whose goodput is at most this part of that of threads in one process are much worse.
const MUCH_WORSE: f64 = 2.0 / 3.0;

/// The document's own subject decides on one process; the others are told beside it.
const SUBJECT: &str = bursts::OWN.subject;

/// One process, and file locks.
pub static CLAIM: Claim = Claim {
    id: "A17",
    document: Document::SharedFile,
    statement: "SQLite is made for a single process; a file lock is fatal when distributed.",
    stated: None,
    experiments: &["scaling"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "scaling")?;
    let own = [("subject", SUBJECT)];
    let compared = under(found, &own).filter(|o| o.figure("by_threads").is_some());
    let one_process = agreed_by_repeat(compared, |o| {
        o.figure("by_threads").is_some_and(|r| r <= MUCH_WORSE)
    })?;
    let unlocked = under(found, &[("placement", "processes without locks")]);
    let no_locks = agreed_by_repeat(unlocked, |o| {
        let above_none = |figure| o.figure(figure).is_some_and(|n| n > 0.0);
        above_none("damaged") || above_none("lost")
    });
    // Both halves must stand; one that falls brings the claim down.
    let halves = [Some(one_process), no_locks];
    let verdict = match () {
        () if halves.contains(&Some(Verdict::Contradicted)) => Verdict::Contradicted,
        () if halves == [Some(Verdict::Supported); 2] => Verdict::Supported,
        () => Verdict::Inconclusive,
    };
    let mut figures = Vec::new();
    for subject in ["sqlite-delete-full", "sqlite-wal-full", "postgres"] {
        let of_subject = under(found, &[]).filter(|o| o.condition("subject") == subject);
        if let Some(ratio) = Spread::of(of_subject.filter_map(|o| o.figure("by_threads"))) {
            figures.push(format!("{subject}: {ratio}×"));
        }
    }
    let mut words = format!(
        "Goodput of processes as a multiple of the same clients in threads of one process: {}.",
        figures.join("; ")
    );
    words.push_str(&locks(found));
    let conditions = format!(
        "that one process with threads is much better (processes at most {MUCH_WORSE:.2}× in every repeat, on {SUBJECT}, which the document's app sets) is {}, that a file lock is fatal is not tested; that a file without working locks loses what was acknowledged or is damaged is {}; PostgreSQL's shows what more processes cost the clients themselves; on a local file system, whose locks work: unix-none stands in for one that has none",
        one_process.name(),
        no_locks.unwrap_or(Verdict::NotRun).name()
    );
    let views = ["processes-by-threads", "unlocked"];
    Some(
        Judgement::new(verdict, conditions, words)
            .seen_at(views.map(|view| anchor("scaling", Some(view)))),
    )
}

/// What the locks kept, and what was lost without them.
fn locks(found: &Experiment) -> String {
    let unlocked: Vec<&Observation> =
        under(found, &[("placement", "processes without locks")]).collect();
    let locked = found.observations.iter().filter(|o| {
        o.condition("subject").starts_with("sqlite") && o.condition("placement") == "processes"
    });
    let (kept, all) = locked.fold((0, 0), |(kept, all), o| {
        (kept + usize::from(!o.void()), all + 1)
    });
    let mut words = format!(" With locks {kept} of {all} trials in processes passed their audit.");
    if unlocked.is_empty() {
        return words;
    }
    let damaged = unlocked.iter().filter(|o| o.figure("damaged") == Some(1.0));
    words.push_str(&format!(
        " Without locks the file was damaged in {} of {}",
        damaged.count(),
        unlocked.len()
    ));
    let lost = unlocked.iter().filter_map(|o| o.figure("share_lost"));
    if let Some(lost) = Spread::of(lost.map(|share| share * 100.0)) {
        words.push_str(&format!(
            ", and {lost} % of the acknowledged increments were lost where it could still tell"
        ));
    }
    words.push('.');
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, repeats, void};

    fn compared(ratios: &[f64]) -> Vec<Observation> {
        let conditions = [("subject", "sqlite-wal-full"), ("placement", "processes")];
        repeats(&conditions, "by_threads", ratios)
    }

    fn unlocked(lost: &[f64]) -> Vec<Observation> {
        let conditions = [
            ("subject", "sqlite-delete-full"),
            ("placement", "processes without locks"),
        ];
        let shares: Vec<f64> = lost.iter().map(|lost| lost / 100.0).collect();
        let mut unlocked = repeats(&conditions, "share_lost", &shares);
        for (observation, lost) in unlocked.iter_mut().zip(lost) {
            let figures = [("lost", *lost), ("damaged", 0.0)];
            let figures = figures.map(|(name, figure)| (name.to_owned(), figure));
            observation.figures.extend(figures);
        }
        unlocked
    }

    fn judgement(ratios: &[f64], lost: &[f64]) -> Judgement {
        let observations = [compared(ratios), unlocked(lost)].concat();
        judged(&CLAIM, found("scaling", observations))
    }

    #[test]
    fn it_stands_only_if_one_process_is_much_better_and_a_file_without_locks_loses() {
        let verdict = |ratios: &[f64], lost: &[f64]| judgement(ratios, lost).verdict;
        let lost = [50.0, 60.0, 70.0];
        assert_eq!(verdict(&[0.5; 3], &lost), Verdict::Supported);
        assert_eq!(verdict(&[0.9, 1.0, 1.1], &lost), Verdict::Contradicted);
        assert_eq!(verdict(&[0.5; 3], &[0.0; 3]), Verdict::Contradicted);
        assert_eq!(verdict(&[0.5, 1.0, 1.1], &lost), Verdict::Inconclusive);
        assert_eq!(verdict(&[0.5; 2], &lost), Verdict::Inconclusive);
        assert_eq!(verdict(&[0.5; 3], &[]), Verdict::Inconclusive);
    }

    #[test]
    fn what_is_lost_without_locks_is_told() {
        let judgement = judgement(&[1.0; 3], &[50.0, 60.0, 70.0]);
        let says = |words: &str| assert!(judgement.figures.contains(words), "{judgement:?}");
        says("With locks 3 of 3 trials in processes passed their audit.");
        says("Without locks the file was damaged in 0 of 3, and 60 [50–70] % of");
        let halves = "is contradicted, that a file lock is fatal is not tested; that a file without working locks loses what was acknowledged or is damaged is supported";
        assert!(judgement.conditions.contains(halves), "{judgement:?}");
    }

    #[test]
    fn void_trials_decide_nothing() {
        let judgement = judged(&CLAIM, found("scaling", void(compared(&[0.5; 3]))));
        assert_eq!(judgement.verdict, Verdict::NotRun);
    }
}
