//! One write transaction at a time.

use crate::claim::evidence::{anchors, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;

/// One write transaction at a time.
pub static CLAIM: Claim = Claim {
    id: "A1",
    document: Document::SharedFile,
    statement: "There is one write transaction at a time; the others wait or get an error.",
    stated: None,
    experiments: &["lock-table"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "lock-table")?;
    let (mut refused, mut let_in, mut longest) = (0, Vec::new(), 0.0_f64);
    for observation in &found.observations {
        let writes = |what: &str| what != "reads" && what != "DEFERRED, has read";
        let (one, other) = (
            observation.condition("one"),
            observation.condition("the other"),
        );
        let sqlite = observation.condition("subject").starts_with("sqlite");
        if !sqlite || !writes(one) || !writes(other) {
            continue;
        }
        longest = longest.max(observation.figure("waited_ms")?);
        match observation.figure("refused")? > 0.0 {
            true => refused += 1,
            false => let_in.push(format!("{other} against {one}")),
        }
    }
    let tried = refused + let_in.len();
    let verdict = match (tried, let_in.is_empty()) {
        (0, _) => return None,
        (_, true) => Verdict::Supported,
        (_, false) => Verdict::Contradicted,
    };
    let mut figures = format!(
        "Of {tried} ways to write while another transaction had written or taken the write lock, {refused} were refused; the longest waited {longest:.0} ms."
    );
    if !let_in.is_empty() {
        figures.push_str(&format!(" Let in: {}.", let_in.join("; ")));
    }
    let judgement = Judgement::new(
        verdict,
        "with busy_timeout 100 ms, with a rollback journal and with a write-ahead log; every way to begin against every other, stepped by hand",
        figures,
    );
    Some(judgement.seen_at(anchors(found, &["second-writer"])))
}
