//! What the report says of the work of commits.

use crate::support::html::{page, section, table, text};
use crate::support::run::Fixture;
use contend::measure::{FileKind, Provision, Run};

fn run() -> Run {
    Fixture {
        subjects: vec![
            "sqlite-delete-extra",
            "sqlite-wal-normal",
            "postgres",
            "noop",
        ],
        ..Fixture::small()
    }
    .run()
}

fn words(run: &Run) -> String {
    text(section(&page(run), "commit-work"))
}

#[test]
fn each_counted_point_is_a_row_of_figures_per_commit() {
    let page = page(&run());
    let rows = table(section(&page, "commit-work"));
    let lines: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn syncs_that_are_not_told_are_no_nought() {
    let mut run = run();
    for work in &mut run.commit_work {
        let log = work.written.files.get_mut(&FileKind::Wal);
        if work.point.subject == "postgres" {
            log.unwrap().syncs = None;
        }
    }
    let page = page(&run);
    let rows = table(section(&page, "commit-work"));
    let postgres: Vec<_> = rows.iter().filter(|row| row[2] == "postgres").collect();
    assert_eq!(postgres.len(), 2);
    assert!(postgres.iter().all(|row| row[4] == "–" && row[5] == "–"));
    assert!(words(&run).contains("wal_sync_method open_sync or open_datasync"));
}

#[test]
fn a_run_that_counted_nothing_has_no_such_section_and_no_link_to_it() {
    let mut run = run();
    run.commit_work.clear();
    assert!(!page(&run).contains("commit-work"));
}

#[test]
fn what_others_do_on_a_server_given_by_url_is_said_to_be_counted() {
    let mut run = run();
    let others = "whatever others did on it meanwhile";
    assert!(!words(&run).contains(others));
    run.server.as_mut().unwrap().provision = Provision::Url;
    assert!(words(&run).contains(others));
}

#[test]
fn where_the_counts_come_from_depends_on_the_version_of_the_server() {
    let mut run = run();
    for (version, views) in [
        (180_001, "itself (pg_stat_io and pg_stat_wal)"),
        (150_018, "itself (pg_stat_wal)"),
    ] {
        run.server.as_mut().unwrap().version_number = version;
        assert!(words(&run).contains(views), "{version}");
    }
}

#[test]
fn the_csv_file_has_the_counts_themselves() {
    let run = run();
    let out = tempfile::tempdir().unwrap();
    contend::report::write(&run, out.path()).unwrap();
    let csv = std::fs::read_to_string(out.path().join("commit_work.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + run.commit_work.len());
    insta::assert_snapshot!(csv.replace(&run.id, "(id)"));
}
