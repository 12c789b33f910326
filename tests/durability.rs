//! What the settings promise, seen from outside: which system calls a commit waits for.

mod support;

use support::strace::Traced;

/// Runs one trial of a subject under strace, with one client; `None` if there is none on this
/// machine.
fn trace(subject: &str) -> Option<Traced> {
    trace_on("local", subject)
}

/// The same, with a server that is provided in this way.
fn trace_on(way: &str, subject: &str) -> Option<Traced> {
    support::strace::trace(&[
        "--subjects",
        subject,
        "--clients",
        "1",
        "--seconds",
        "0.3",
        "--disciplines",
        "careful",
        "--postgres",
        way,
    ])
}

/// How many syncs there were, in the first trial, of files whose path ends so.
fn synced(traced: &Traced, end: &str) -> usize {
    let is_it = |path: &str| path.contains("/trial-1") && path.ends_with(end);
    let calls = traced.calls.iter().filter(|call| call.is_sync());
    calls.filter(|call| is_it(&call.path)).count()
}

/// How many syncs of a server's log there were in the whole run.
fn synced_log(traced: &Traced) -> usize {
    let calls = traced.calls.iter().filter(|call| call.is_sync());
    calls.filter(|call| call.path.contains("/pg_wal/")).count()
}

#[test]
fn a_commit_to_a_write_ahead_log_is_synced_with_full_and_not_with_normal() {
    let Some(full) = trace("sqlite-wal-full") else {
        return;
    };
    assert!(full.increments() > 0 && synced(&full, "-wal") >= full.increments());
    let normal = trace("sqlite-wal-normal").unwrap();
    assert!(
        synced(&normal, "-wal") * 10 < normal.increments(),
        "{} of {}",
        synced(&normal, "-wal"),
        normal.increments()
    );
}

#[test]
fn a_commit_with_a_rollback_journal_syncs_journal_file_and_with_extra_its_deletion() {
    let Some(full) = trace("sqlite-delete-full") else {
        return;
    };
    let commits = full.increments();
    assert!(commits > 0);
    assert!(synced(&full, "-journal") >= commits && synced(&full, "contend.db") >= commits);
    // The directory is synced when the journal is made, and with EXTRA when it is deleted, too.
    let extra = trace("sqlite-delete-extra").unwrap();
    assert!(synced(&extra, "/trial-1") >= 2 * extra.increments());
    assert!(synced(&full, "/trial-1") < 2 * commits);
}

#[test]
fn a_commit_to_postgresql_is_synced_unless_it_is_asynchronous() {
    for way in support::server::throwaway_ways() {
        let Some(durable) = trace_on(way, "postgres") else {
            return;
        };
        assert!(
            durable.increments() > 0 && synced_log(&durable) >= durable.increments(),
            "{way}"
        );
        let asynchronous = trace_on(way, "postgres-async").unwrap();
        assert!(
            synced_log(&asynchronous) * 2 < asynchronous.increments(),
            "{way}"
        );
    }
}
