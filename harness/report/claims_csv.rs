//! `claims.csv`: one line per claim with its verdict.

use anyhow::Result;

use super::ledger::{self, Entry};
use crate::measure::Run;

/// The columns, in order.
const COLUMNS: [&str; 9] = [
    "run",
    "claim",
    "document",
    "statement",
    "stated",
    "verdict",
    "conditions",
    "figures",
    "experiments",
];

/// Every claim with what the run says of it, as CSV (RFC 4180).
///
/// # Errors
/// If what is written is no text, which no line of it is.
pub fn render(run: &Run) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for entry in ledger::of(run) {
        writer.write_record(line(run, &entry))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn line(
    run: &Run,
    Entry {
        claim, judgement, ..
    }: &Entry,
) -> [String; COLUMNS.len()] {
    [
        run.id.clone(),
        claim.id.to_owned(),
        claim.document.title().to_owned(),
        claim.statement.to_owned(),
        claim.stated.unwrap_or_default().to_owned(),
        judgement.verdict.name().to_owned(),
        judgement.conditions.clone(),
        judgement.figures.clone(),
        claim.experiments.join(" "),
    ]
}
