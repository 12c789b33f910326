//! Two containers sell from one stock.

use crate::claim::evidence::{of, on_sqlite};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::experiment::Timeline;
use crate::measure::{Experiment, Outcome};

/// Two containers sell from one stock.
pub static CLAIM: Claim = Claim {
    id: "A12",
    document: Document::SharedFile,
    statement: "Of a stock of 50, A sells 10; B gets SQLITE_BUSY, tries again and sells 5; the stock ends at 35.",
    experiment: Some("inventory"),
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "inventory")?;
    let played: Vec<&Timeline> = found.timelines.iter().filter(on_sqlite).collect();
    if played.is_empty() {
        return None;
    }
    let as_told = |timeline: &&&Timeline| {
        let class = |label| timeline.step(label).map(|step| step.answer.class());
        class("second") == Some(Some(Outcome::Busy))
            && class("second again") == Some(None)
            && timeline.ending.passed()
            && timeline
                .ending
                .checks
                .iter()
                .any(|check| check.found == "35")
    };
    let told = played.iter().filter(as_told).count();
    let verdict = match told == played.len() {
        true => Verdict::Supported,
        false => Verdict::Contradicted,
    };
    Some(Judgement::new(
        verdict,
        "with BEGIN IMMEDIATE and busy_timeout 0, stepped by hand, with a rollback journal and with a write-ahead log",
        format!("So it went in {told} of {} interleavings.", played.len()),
    ))
}
