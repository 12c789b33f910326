//! What a commit costs: syncs, bytes, writes and statements, counted apart from the timed trials.

use serde::Serialize;

use crate::measure::{CommitWork, Engine, Provision, Run};
use crate::report::measured::Conditions;
use crate::report::numbers::{NOTHING, bytes, list, number, plural};
use crate::report::table::{Kind, Table};

/// What was counted, and what has to be known to read it.
#[derive(Serialize)]
pub struct Work {
    remarks: Vec<String>,
    conditions: Conditions,
    table: Table,
}

/// What was counted in a run; `None` if nothing was.
pub fn of(run: &Run) -> Option<Work> {
    if run.commit_work.is_empty() {
        return None;
    }
    let mut table = Table::new(&[
        ("workload", Kind::Head),
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("tier", Kind::Text),
        ("syncs per commit", Kind::Number),
        ("of them", Kind::Text),
        ("written per commit", Kind::Number),
        ("writes per commit", Kind::Number),
        ("statements per commit", Kind::Number),
        ("stands on", Kind::Text),
    ]);
    // As reports list points, whatever the order in which they were counted.
    let mut all: Vec<&CommitWork> = run.commit_work.iter().collect();
    let place = |work: &CommitWork| {
        let subject = |name: &str| run.subjects.iter().position(|s| s.name == name);
        let workload = |name: &str| run.workloads.iter().position(|w| w.name == name);
        let point = &work.point;
        (
            workload(&point.workload),
            point.clients,
            subject(&point.subject),
        )
    };
    all.sort_by_key(|work| place(work));
    for work in all {
        let per_commit = |count: u64| work.per_commit(count);
        let show = |count: Option<u64>| {
            let figure = count.and_then(per_commit);
            figure.map_or(NOTHING.to_owned(), number)
        };
        let written = &work.written;
        let tier = run.subject(&work.point.subject);
        table.row([
            work.point.workload.clone(),
            work.point.clients.to_string(),
            work.point.subject.clone(),
            tier.map_or(NOTHING.to_owned(), |subject| subject.tier.to_string()),
            show(written.syncs()),
            by_file(work),
            per_commit(written.bytes()).map_or(NOTHING.to_owned(), |size| bytes(size as u64)),
            show(Some(written.writes())),
            show(Some(work.statements)),
            basis(work),
        ]);
    }
    Some(Work {
        remarks: remarks(run),
        conditions: conditions(run),
        table,
    })
}

/// Under what conditions it was counted.
fn conditions(run: &Run) -> Conditions {
    let of = |name: fn(&CommitWork) -> String| {
        let mut names: Vec<String> = Vec::new();
        for work in &run.commit_work {
            let name = name(work);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        list(&names)
    };
    Conditions::common(format!(
        "{} clients, {}, closed loop, one audited trial of each point, apart from the rounds and not timed",
        of(|work| work.point.discipline.to_string()),
        of(|work| work.point.topology.to_string()),
    ))
}

/// On how many commits the figures stand, and what happened meanwhile that not each of them caused.
fn basis(work: &CommitWork) -> String {
    let mut words = plural(work.commits as usize, "commit", "commits");
    let checkpoints = work.written.checkpoints as usize;
    if checkpoints > 0 {
        let checkpoints = plural(checkpoints, "checkpoint", "checkpoints");
        words.push_str(&format!(", {checkpoints}"));
    }
    words
}

/// Syncs per commit by kind of file.
fn by_file(work: &CommitWork) -> String {
    let synced = work.written.files.iter().filter_map(|(kind, file)| {
        let per_commit = work.per_commit(file.syncs.filter(|syncs| *syncs > 0)?)?;
        Some(format!("{kind} {}", number(per_commit)))
    });
    let words: Vec<String> = synced.collect();
    match words.is_empty() {
        true => NOTHING.to_owned(),
        false => words.join(", "),
    }
}

/// What has to be known, as far as it concerns this run.
fn remarks(run: &Run) -> Vec<String> {
    let counted = |wanted: &dyn Fn(&CommitWork) -> bool| run.commit_work.iter().any(wanted);
    let of_engine = |engine: Engine| {
        move |work: &CommitWork| {
            let subject = run.subject(&work.point.subject);
            subject.is_some_and(|subject| subject.engine == engine)
        }
    };
    let sqlite = counted(&of_engine(Engine::Sqlite));
    let postgres = counted(&of_engine(Engine::Postgres));
    let mut remarks = Vec::new();
    if sqlite {
        remarks.push(
            "SQLite is counted between the library and its operating-system layer, in every process. With a rollback \
             journal a commit syncs the journal twice, the database, and the directory in which the journal was made; \
             with synchronous EXTRA once more the directory, from which it was deleted. A write-ahead log is synced at \
             each commit with synchronous FULL, and with NORMAL only around checkpoints; its directory once by each \
             client, at its first commit. One client writes at a time, so no two commits share a sync."
                .to_owned(),
        );
    }
    if postgres {
        remarks.push(format!(
            "PostgreSQL counts its write-ahead log itself ({}). Commits of several clients may share one sync (group \
             commit), which is how there can be fewer syncs than commits; asynchronous commits are synced by a process \
             of the server’s own, a few times per second. Bytes are those of the log’s records; the server writes \
             whole pages of 8 KiB, so more goes to the disk. Its data files are written later, by its checkpointer, \
             and are not in the table: SQLite’s are, so the bytes of the two engines are not the same thing.",
            match run.server.as_ref().map(|server| server.version_number) {
                Some(180_000..) => "pg_stat_io and pg_stat_wal",
                _ => "pg_stat_wal",
            }
        ));
    }
    if counted(&|work| work.written.syncs().is_none()) {
        remarks.push(format!(
            "{NOTHING} stands where each write waits for the disk by itself, so that there are no syncs to count \
             (wal_sync_method open_sync or open_datasync)."
        ));
    }
    let images = |work: &CommitWork| {
        work.written
            .full_page_images
            .is_some_and(|images| images > 0)
    };
    if counted(&images) {
        remarks.push(
            "PostgreSQL wrote images of whole pages to its log meanwhile, as it does at the first change of a page \
             after a checkpoint; they are in its bytes."
                .to_owned(),
        );
    }
    let url = |server: &crate::measure::ServerInfo| server.provision == Provision::Url;
    if postgres && run.server.as_ref().is_some_and(url) {
        remarks.push(
            "The PostgreSQL server was there already: whatever others did on it meanwhile is counted with the rest."
                .to_owned(),
        );
    }
    remarks
}
