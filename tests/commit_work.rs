//! What the suite counts of a commit's work is what the kernel saw, call by call.

mod support;

use std::collections::BTreeMap;

use contend::measure::{CommitWork, FileKind, FileWork};
use support::server::throwaway_ways;
use support::strace::{Call, Traced, trace};

/// Runs one trial of a subject under strace and then the one in which its work is counted; `None`
/// if there is no strace.
fn traced(subject: &str, clients: &str) -> Option<(Traced, CommitWork)> {
    traced_on("local", subject, clients)
}

/// The same, with a server that is provided in this way.
fn traced_on(way: &str, subject: &str, clients: &str) -> Option<(Traced, CommitWork)> {
    let traced = trace(&[
        "--subjects",
        subject,
        "--clients",
        clients,
        "--disciplines",
        "careful",
        "--postgres",
        way,
    ])?;
    let [work] = &traced.run.commit_work[..] else {
        panic!("one point is counted: {:?}", traced.run.warnings);
    };
    let work = work.clone();
    assert!(work.commits > 0);
    Some((traced, work))
}

/// What was done to the files of an SQLite database, by kind.
fn files(calls: &[Call]) -> BTreeMap<FileKind, FileWork> {
    let kind_of = |path: &str| {
        // The counting trial comes after the only timed one and the long one.
        let (_, file) = path.split_once("/trial-3")?;
        match file {
            "" => Some(FileKind::Directory),
            "/contend.db" => Some(FileKind::Database),
            "/contend.db-journal" => Some(FileKind::Journal),
            "/contend.db-wal" => Some(FileKind::Wal),
            // Shared memory, which nobody waits for.
            "/contend.db-shm" => None,
            other => panic!("a file that should not be there: {other}"),
        }
    };
    let mut files: BTreeMap<FileKind, FileWork> = BTreeMap::new();
    for call in calls {
        let Some(kind) = kind_of(&call.path) else {
            continue;
        };
        let file = files.entry(kind).or_default();
        *file.syncs.get_or_insert(0) += u64::from(call.is_sync());
        file.writes += u64::from(call.is_write());
        file.bytes += call.result;
    }
    files
}

/// Syncs per commit, by kind of file, in the order of their discriminants.
fn per_commit(work: &CommitWork) -> Vec<(FileKind, f64)> {
    let files = work.written.files.iter();
    files
        .map(|(kind, file)| (*kind, file.syncs.unwrap() as f64 / work.commits as f64))
        .collect()
}

#[test]
fn sqlite_does_what_is_counted_with_one_client_and_with_four_in_processes_of_their_own() {
    for subject in [
        "sqlite-delete-full",
        "sqlite-delete-extra",
        "sqlite-wal-full",
        "sqlite-wal-normal",
    ] {
        for clients in ["1", "4"] {
            let Some((traced, work)) = traced(subject, clients) else {
                return;
            };
            assert_eq!(
                work.written.files,
                files(traced.at_work()),
                "{subject} with {clients} clients"
            );
        }
    }
}

#[test]
fn clients_of_a_write_ahead_log_begin_when_it_has_its_full_length_in_every_trial() {
    let Some((traced, _)) = traced("sqlite-wal-full", "1") else {
        return;
    };
    // The one in the round, the long one, and the one in which work is counted.
    for trial in ["/trial-1", "/trial-2", "/trial-3"] {
        let log = format!("{trial}/contend.db-wal");
        let (mut unsynced, mut most) = (0, 0);
        for call in traced.calls.iter().filter(|call| call.path.ends_with(&log)) {
            unsynced = if call.is_sync() { 0 } else { unsynced + 1 };
            most = most.max(unsynced);
        }
        // Clients sync at each commit, after a page or a few. Each page is written with a header before it.
        assert!(most >= 2 * 1_000, "{trial}: {most} writes");
    }
}

#[test]
fn a_rollback_journal_costs_four_syncs_per_commit_and_with_extra_five() {
    for (subject, directory) in [("sqlite-delete-full", 1.0), ("sqlite-delete-extra", 2.0)] {
        let Some((_, work)) = traced(subject, "1") else {
            return;
        };
        assert_eq!(
            per_commit(&work),
            [
                (FileKind::Database, 1.0),
                (FileKind::Journal, 2.0),
                (FileKind::Directory, directory),
            ],
            "{subject}"
        );
        assert_eq!(
            work.statements, work.commits,
            "an increment is one statement"
        );
    }
}

#[test]
fn a_write_ahead_log_costs_one_sync_per_commit_and_with_normal_only_checkpoints_cost_any() {
    for (subject, each) in [("sqlite-wal-full", 1), ("sqlite-wal-normal", 0)] {
        let Some((_, work)) = traced(subject, "1") else {
            return;
        };
        let syncs = |kind| {
            work.written
                .files
                .get(&kind)
                .map_or(0, |file| file.syncs.unwrap())
        };
        // A log is synced before a checkpoint, and its new header when it is begun again; the
        // database is synced after a checkpoint.
        let checkpoints = work.written.checkpoints;
        let more = syncs(FileKind::Wal) - each * work.commits;
        assert!(more <= 1 + 2 * checkpoints, "{subject}: {work:?}");
        assert!(
            syncs(FileKind::Database) <= checkpoints,
            "{subject}: {work:?}"
        );
        assert!(syncs(FileKind::Directory) <= 1, "when the log was made");
    }
}

#[test]
fn postgresql_does_what_it_says_it_does_in_pg_stat_wal_as_in_pg_stat_io() {
    for way in throwaway_ways() {
        for (subject, clients) in [
            ("postgres", "1"),
            ("postgres", "4"),
            ("postgres-async", "1"),
        ] {
            let Some((traced, work)) = traced_on(way, subject, clients) else {
                return;
            };
            check_server(
                &traced,
                &work,
                &format!("{way}, {subject}, {clients} clients"),
            );
            if (subject, clients) == ("postgres", "1") {
                let syncs = work.written.files[&FileKind::Wal].syncs.unwrap();
                assert!(syncs.abs_diff(work.commits) <= FEW, "{way}: {work:?}");
            }
        }
    }
}

/// The server may have something of its own to do before the clients begin, or when they have left; asynchronous
/// commits are written when the last client has left.
const FEW: u64 = 3;

/// Compares what a server counted with what it did.
fn check_server(traced: &Traced, work: &CommitWork, what: &str) {
    let log = work.written.files[&FileKind::Wal];
    // New segments are made by fsync, and are not counted; the log is synced by fdatasync.
    let in_log = |call: &&Call| call.path.contains("/pg_wal/0");
    let calls = || traced.at_work().iter().filter(in_log);
    let syncs = calls().filter(|call| call.name == "fdatasync").count() as u64;
    let writes = calls().filter(|call| call.name == "pwrite64").count() as u64;
    assert!(
        log.syncs.unwrap().abs_diff(syncs) <= FEW,
        "{what}: {syncs} in {work:?}"
    );
    assert!(
        log.writes.abs_diff(writes) <= FEW,
        "{what}: {writes} in {work:?}"
    );
    assert!(log.bytes > 0 && work.written.full_page_images == Some(0));
}
