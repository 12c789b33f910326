//! The default busy timeout.

use crate::claim::evidence::of;
use crate::claim::{Claim, Document, Judgement, Verdict, anchor};
use crate::measure::Experiment;

/// What the document says, in milliseconds.
const SAID: f64 = 5_000.0;

/// The default busy timeout.
pub static CLAIM: Claim = Claim {
    id: "A3",
    document: Document::SharedFile,
    statement: "The default busy timeout is 5 seconds.",
    stated: Some("5 seconds."),
    experiments: &["default-timeout"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "default-timeout")?;
    let mut figures = Vec::new();
    let mut library = None;
    for observation in &found.observations {
        let (name, timeout) = (
            observation.condition("library"),
            observation.figure("busy_timeout_ms")?,
        );
        figures.push(format!("{name}: {timeout:.0} ms"));
        if name.contains("C library") {
            library = Some(timeout);
        }
    }
    let verdict = match library? == SAID {
        true => Verdict::Supported,
        false => Verdict::Contradicted,
    };
    let judgement = Judgement::new(
        verdict,
        "of SQLite's C library, on a connection nobody has touched; drivers may set their own",
        format!("{}.", figures.join(", ")),
    );
    Some(judgement.seen_at([anchor("default-timeout", Some("table"))]))
}
