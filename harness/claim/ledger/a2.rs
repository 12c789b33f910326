//! Read, add one, write.

use crate::claim::evidence::{anchors, of, on_sqlite};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Timeline;

/// Read, add one, write.
pub static CLAIM: Claim = Claim {
    id: "A2",
    document: Document::SharedFile,
    statement: "Reading, adding one and writing loses updates: two increments of 100 end at 101 instead of 102.",
    stated: Some("Both read 100 and write 101; expected is 102, found 101."),
    experiments: &["lost-update"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "lost-update")?;
    let count = |way: &str| {
        let of_way = found.timelines.iter().filter(on_sqlite);
        let of_way: Vec<&Timeline> = of_way.filter(|timeline| timeline.name == way).collect();
        let silent =
            |t: &&&Timeline| !t.ending.passed() && t.steps.iter().all(|step| step.answer.done());
        (of_way.len(), of_way.iter().filter(silent).count())
    };
    let (apart, lost_apart) = count("autocommit");
    let (together, lost_together) = count("transaction");
    if apart == 0 || together == 0 {
        return None;
    }
    let (verdict, conditions) = match (lost_apart > 0, lost_together > 0) {
        (true, true) => (
            Verdict::Supported,
            "whether read and write are one transaction or two",
        ),
        (true, false) => (
            Verdict::Supported,
            "if read and write are transactions of their own; within one transaction SQLite refuses the second writer instead",
        ),
        (false, true) => (Verdict::Supported, "if read and write are one transaction"),
        (false, false) => (
            Verdict::Contradicted,
            "stepped by hand, with a rollback journal and with a write-ahead log",
        ),
    };
    let judgement = Judgement::new(
        verdict,
        conditions,
        format!(
            "Lost without any error: {lost_apart} of {apart} interleavings with read and write apart, {lost_together} of {together} with both in one transaction."
        ),
    );
    Some(judgement.seen_at(anchors(found, &["autocommit", "transaction"])))
}
