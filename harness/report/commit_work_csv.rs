//! `commit_work.csv`: one line per point at which the work of commits was counted.

use anyhow::Result;

use crate::measure::{CommitWork, FileKind, Run};

/// The columns, in order. Everything is a count over all the commits of its line.
const COLUMNS: [&str; 20] = [
    "run",
    "workload",
    "workload_version",
    "subject",
    "tier",
    "topology",
    "instances",
    "clients",
    "discipline",
    "commits",
    "statements",
    "syncs",
    "syncs_database",
    "syncs_journal",
    "syncs_wal",
    "syncs_directory",
    "writes",
    "bytes",
    "checkpoints",
    "full_page_images",
];

/// What was counted in a run as CSV (RFC 4180); what is not told is empty.
///
/// # Errors
/// If what is written is no text, which no line of it is.
pub fn render(run: &Run) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for work in &run.commit_work {
        writer.write_record(line(run, work))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn line(run: &Run, work: &CommitWork) -> [String; COLUMNS.len()] {
    let point = &work.point;
    let written = &work.written;
    let workload = run.workload(&point.workload);
    let told = |count: Option<u64>| count.map_or_else(String::new, |count| count.to_string());
    // A kind of file that was not touched was not synced.
    let syncs = |kind| told(written.files.get(&kind).map_or(Some(0), |file| file.syncs));
    [
        run.id.clone(),
        point.workload.clone(),
        workload.map_or_else(String::new, |workload| workload.version.to_string()),
        point.subject.clone(),
        run.subject(&point.subject)
            .map_or_else(String::new, |subject| subject.tier.to_string()),
        point.topology.to_string(),
        point.instances.to_string(),
        point.clients.to_string(),
        point.discipline.to_string(),
        work.commits.to_string(),
        work.statements.to_string(),
        told(written.syncs()),
        syncs(FileKind::Database),
        syncs(FileKind::Journal),
        syncs(FileKind::Wal),
        syncs(FileKind::Directory),
        written.writes().to_string(),
        written.bytes().to_string(),
        written.checkpoints.to_string(),
        told(written.full_page_images),
    ]
}
