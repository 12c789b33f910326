//! What the settings promise, seen from outside: which system calls a commit waits for.

mod support;

use std::process::Command;

use support::skip;

/// What one trial of `increment-hot` with one client did, as the kernel saw it.
struct Traced {
    /// Increments that were acknowledged, those of the warm-up included.
    commits: usize,
    /// The file of each fsync and fdatasync that succeeded.
    synced: Vec<String>,
}

impl Traced {
    /// Syncs of files whose path ends so.
    fn of(&self, end: &str) -> usize {
        self.synced
            .iter()
            .filter(|path| path.ends_with(end))
            .count()
    }

    /// Syncs of files whose path contains this.
    fn within(&self, part: &str) -> usize {
        self.synced
            .iter()
            .filter(|path| path.contains(part))
            .count()
    }
}

/// Runs one trial of a subject under strace; `None` if there is none on this machine.
fn trace(subject: &str) -> Option<Traced> {
    if Command::new("strace").arg("-V").output().is_err() {
        return skip("strace is not on the PATH");
    }
    let directory = tempfile::tempdir_in("/var/tmp").unwrap();
    // A throwaway server drops its privileges and must be let through.
    std::fs::set_permissions(
        directory.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o711),
    )
    .unwrap();
    let out = tempfile::tempdir().unwrap();
    let log = out.path().join("strace.log");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-y", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_contend"))
        .args([
            "bench",
            "--rounds",
            "1",
            "--seconds",
            "0.3",
            "--clients",
            "1",
        ])
        .args([
            "--workloads",
            "increment-hot",
            "--disciplines",
            "careful",
            "--postgres",
            "local",
            "--subjects",
            subject,
        ])
        .arg("--dir")
        .arg(directory.path())
        .arg("--out")
        .arg(out.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let run = contend::measure::store::read(&out.path().join("run.json")).unwrap();
    let audit = &run.trials[0].comparable().unwrap().audit;
    let sum = audit
        .checks
        .iter()
        .find(|check| check.what.starts_with("sum of all counters"));
    let log = std::fs::read_to_string(log).unwrap();
    Some(Traced {
        commits: sum.unwrap().found.parse().unwrap(),
        // 4242 fdatasync(7</path/to/file>) = 0
        synced: log
            .lines()
            .filter(|line| line.contains("sync(") && !line.contains("= -1"))
            .filter_map(|line| line.split_once('<')?.1.split_once('>'))
            .map(|(path, _)| path.to_owned())
            .collect(),
    })
}

#[test]
fn a_commit_to_a_write_ahead_log_is_synced_with_full_and_not_with_normal() {
    let Some(full) = trace("sqlite-wal-full") else {
        return;
    };
    assert!(full.commits > 0 && full.of("-wal") >= full.commits);
    let normal = trace("sqlite-wal-normal").unwrap();
    assert!(
        normal.of("-wal") * 10 < normal.commits,
        "{} of {}",
        normal.of("-wal"),
        normal.commits
    );
}

#[test]
fn a_commit_with_a_rollback_journal_syncs_journal_file_and_with_extra_its_deletion() {
    let Some(full) = trace("sqlite-delete-full") else {
        return;
    };
    assert!(full.commits > 0);
    assert!(full.of("-journal") >= full.commits && full.of("contend.db") >= full.commits);
    // The directory is synced when the journal is made, and with EXTRA when it is deleted, too.
    let extra = trace("sqlite-delete-extra").unwrap();
    assert!(extra.of("/trial-1") >= 2 * extra.commits);
    assert!(full.of("/trial-1") < 2 * full.commits);
}

#[test]
fn a_commit_to_postgresql_is_synced_unless_it_is_asynchronous() {
    if support::server::need_postgres_binaries().is_none() {
        return;
    }
    let Some(durable) = trace("postgres") else {
        return;
    };
    assert!(durable.commits > 0 && durable.within("/pg_wal/") >= durable.commits);
    let asynchronous = trace("postgres-async").unwrap();
    assert!(asynchronous.within("/pg_wal/") * 2 < asynchronous.commits);
}
