//! `contend report`: a run file that is not what was written is refused, with what is wrong with it.

mod support;

use std::path::Path;

use contend::measure::run::SCHEMA_VERSION;
use contend::measure::store;
use support::bench::{Bench, Ended, contend};
use support::run::Fixture;
use support::system::entries;

/// Asks for the report of a file with this content.
fn report(bench: &Bench, content: &[u8]) -> Ended {
    std::fs::write(bench.path("desk/run.json"), content).unwrap();
    let mut command = contend();
    command
        .args(["report", "run.json"])
        .current_dir(bench.path("desk"));
    bench.start(command).end()
}

/// What is said of a file with this content, beside which nothing may be written.
fn complaint(content: &[u8]) -> String {
    let bench = Bench::new();
    let ended = report(&bench, content);
    assert_eq!(entries(&bench.path("desk")).len(), 1);
    let said = ended.complaint().to_owned();
    assert!(said.starts_with("The file run.json "), "{said}");
    said
}

fn whole() -> String {
    let mut run = Fixture::small().run();
    store::seal(&mut run);
    serde_json::to_string_pretty(&run).unwrap()
}

#[test]
fn a_whole_file_gives_a_report_beside_it_or_where_it_is_wanted() {
    let bench = Bench::new();
    let ended = report(&bench, whole().as_bytes());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let files = [
        "index.html",
        "trials.csv",
        "long_trials.csv",
        "kinds.csv",
        "commit_work.csv",
        "experiments.csv",
        "claims.csv",
        "adr.md",
        "bencher.json",
        "benchmark-bigger-is-better.json",
        "benchmark-smaller-is-better.json",
    ];
    assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), files);
    assert!(bench.path("desk/index.html").exists());

    let mut command = contend();
    command
        .args(["report", "run.json", "--out", "else/where"])
        .current_dir(bench.path("desk"));
    assert_eq!(bench.start(command).end().code, Some(0));
    assert!(bench.path("desk/else/where/index.html").exists());
}

#[test]
fn a_file_that_is_cut_off_or_no_json_is_refused() {
    let whole = whole();
    for length in [0, 1, whole.len() / 2, whole.len() - 2] {
        let said = complaint(&whole.as_bytes()[..length]);
        assert!(said.contains("is cut off after"), "{said}");
    }
    for content in ["hello", "[1, 2,, 3]", "\u{0}\u{1}\u{2}", "{} {}"] {
        assert!(complaint(content.as_bytes()).contains("is not JSON"));
    }
    assert!(complaint(b"\xff\xfe\x00").contains("is not JSON"));
    assert!(complaint("[".repeat(100_000).as_bytes()).contains("is not JSON"));
}

#[test]
fn json_of_another_program_is_refused() {
    for content in [
        "{}",
        "[]",
        "null",
        "7",
        "{\"format\": \"other\"}",
        "{\"format\": \"contend-run\"}",
    ] {
        assert!(complaint(content.as_bytes()).contains("no run of contend"));
    }
}

#[test]
fn a_file_of_a_newer_schema_names_both_versions() {
    let known = SCHEMA_VERSION;
    let newer = known + 1;
    let version = |version: u32| format!("\"schema_version\": {version}");
    let said = complaint(whole().replace(&version(known), &version(newer)).as_bytes());
    assert!(said.contains(&format!("has run schema {newer}")), "{said}");
    let wanted = format!("reads schema {known}: use the contend that wrote it");
    assert!(said.contains(&wanted), "{said}");
}

#[test]
fn a_file_that_was_changed_is_refused() {
    let whole = whole();
    let altered = whole.replacen("\"complete\": true", "\"complete\": false", 1);
    assert_ne!(whole, altered);
    assert!(complaint(altered.as_bytes()).contains("was changed after it was written"));
    let more = whole.replacen('{', "{\"more\": 1,", 1);
    assert!(complaint(more.as_bytes()).contains("more"));
    let absurd = whole.replacen("\"rounds\": 3", "\"rounds\": -3", 1);
    assert!(complaint(absurd.as_bytes()).contains("changed or damaged"));
}

#[test]
fn a_path_without_a_file_or_a_place_that_cannot_be_written_is_said() {
    let bench = Bench::new();
    let say = |arguments: &[&str]| {
        let mut command = contend();
        command.arg("report").args(arguments);
        command.current_dir(bench.path("desk"));
        bench.start(command).end().complaint().to_owned()
    };
    let missing = say(&["missing.json"]);
    assert!(missing.starts_with("Cannot read missing.json"), "{missing}");
    assert_eq!(missing.matches("os error").count(), 1, "{missing}");
    assert!(say(&["/"]).starts_with("Cannot read /: "));
    std::fs::write(bench.path("desk/run.json"), whole()).unwrap();
    let said = say(&["run.json", "--out", "run.json"]);
    assert!(
        said.starts_with("Cannot make the directory run.json"),
        "{said}"
    );
    assert!(store::read(Path::new(&bench.path("desk/run.json"))).is_ok());
}
