//! What a made-up run says of the work of its commits.

use contend::measure::{CommitWork, Engine, FileKind, FileWork, Point, Written};

use super::parts;

/// Counts at the points that a real run would choose: with 1 client and with 16.
pub fn counted(points: &[Point]) -> Vec<CommitWork> {
    let chosen = points.iter().filter(|point| {
        [1, 16].contains(&point.clients) && parts::subject(&point.subject).engine != Engine::Noop
    });
    chosen.map(at).collect()
}

/// Made-up counts of 1,000 commits.
fn at(point: &Point) -> CommitWork {
    let commits = 1_000;
    let file = |syncs: u64, writes: u64, bytes: u64| FileWork {
        syncs: Some(syncs),
        writes,
        bytes,
    };
    let journal = |directory| {
        vec![
            (FileKind::Database, file(1_000, 2_000, 8_192_000)),
            (FileKind::Journal, file(2_000, 8_000, 8_732_000)),
            (FileKind::Directory, file(directory, 0, 0)),
        ]
    };
    let grouped = if point.clients > 1 { 0.31 } else { 1.0 };
    let syncs = (grouped * commits as f64) as u64;
    let (files, checkpoints) = match point.subject.as_str() {
        "sqlite-delete-full" => (journal(1_000), 0),
        "sqlite-delete-extra" => (journal(2_000), 0),
        "sqlite-wal-full" => (vec![(FileKind::Wal, file(1_003, 2_001, 4_120_032))], 1),
        "sqlite-wal-normal" => (vec![(FileKind::Wal, file(3, 2_001, 4_120_032))], 1),
        "postgres" => (vec![(FileKind::Wal, file(syncs, syncs, 151_000))], 0),
        _ => (vec![(FileKind::Wal, file(4, 20, 122_000))], 0),
    };
    let sqlite = parts::subject(&point.subject).engine == Engine::Sqlite;
    CommitWork {
        point: point.clone(),
        commits,
        statements: commits * u64::from(parts::workload(&point.workload).careful.statements),
        written: Written {
            files: files.into_iter().collect(),
            checkpoints,
            full_page_images: (!sqlite).then_some(0),
        },
    }
}
