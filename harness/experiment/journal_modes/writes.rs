//! The document's own test: 50 writes at once from four instances.

use anyhow::Result;

use crate::experiment::paired::divide;
use crate::experiment::series::Case;
use crate::experiment::{Findings, Lab};
use crate::load::conduct::Conduct;
use crate::load::retry::Policy;
use crate::load::style::{RETRY, Style};
use crate::measure::experiment::Extent;
use crate::workload::insert;

/// What these trials are called.
pub const NAME: &str = "50 writes";

/// Writes at once.
const WRITES: u32 = 50;

/// The document's timeout, in milliseconds.
const TIMEOUT_MS: u32 = 5_000;

/// Tries them so often, and divides the times.
///
/// # Errors
/// [`Interrupted`](crate::lab::Interrupted) when the user wants it to end.
pub fn add(lab: &Lab<'_>, repeats: u32, findings: &mut Findings) -> Result<()> {
    // Connections of their own come back in step every 100 ms: that takes seconds.
    let styles: &[Style] = match lab.extent {
        Extent::Full => &[Style::AsWritten, Style::Naive, Style::AsIntended],
        Extent::Quick | Extent::Short => &[Style::AsWritten],
    };
    let mut cases = Vec::new();
    for subject in lab.sqlite().chain(lab.postgres()) {
        for style in styles {
            let case = Case::burst(subject, &insert::ONE, WRITES, conduct(*style));
            cases.push(case.named("test", NAME).named("discipline", style.name()));
        }
    }
    lab.series(&cases, repeats, findings, |_, _, seen| seen)?;
    divide(
        &mut findings.observations,
        "settled_ms",
        &[("test", NAME)],
        &[("subject", "sqlite-delete-full")],
        "by_delete",
    );
    Ok(())
}

/// How a client writes. Unlike that of an increment, the error of a write arises where the document's
/// code waits for it, so that it is tried three times.
fn conduct(style: Style) -> Conduct {
    let conduct = style.conduct(TIMEOUT_MS);
    match style {
        Style::AsWritten => Conduct {
            retry: Policy {
                retries: 2,
                ..RETRY
            },
            ..conduct
        },
        _ => conduct,
    }
}
