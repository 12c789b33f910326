//! What the report says of the harness itself.

use crate::support::crosscheck::crosscheck as made_up;
use crate::support::html::{page, section, table, text};
use crate::support::run::Fixture;
use contend::measure::{Crosscheck, Run, crosscheck, store};
use contend::report;

fn with(crosscheck: Option<Crosscheck>) -> Run {
    let mut run = Fixture::small().run();
    run.crosscheck = crosscheck;
    store::seal(&mut run);
    run
}

/// The part of the method about the harness, as HTML.
fn harness(run: &Run) -> String {
    let page = page(run);
    let method = section(&page, "method");
    let at = method.find("id=\"crosscheck\"").expect("the heading");
    method[at..].to_owned()
}

#[test]
fn without_a_crosscheck_the_method_says_how_to_make_one() {
    let words = text(&harness(&with(None)));
    assert!(words.contains("was not checked for this report"), "{words}");
    assert!(words.contains("just crosscheck"), "{words}");
}

#[test]
fn a_crosscheck_is_shown_with_its_build_and_whether_that_is_the_run_s() {
    let html = harness(&with(Some(made_up(6, 1.0, 10.0))));
    let words = text(&html);
    for expected in [
        "Made at 2026-01-01T00:00:00Z by contend",
        "pgbench 18.1 (fixture)",
        "That is known to be the build of this run, and the machine is this run’s.",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    let rows = table(&html);
    assert_eq!(rows.len() - 1, made_up(1, 1.0, 1.0).comparisons.len());
    assert_eq!(rows[1][..2], ["postgres", "1"]);
    assert!(rows[1].contains(&"met".to_owned()), "{:?}", rows[1]);
}

/// The part of the report about ratios, as text.
fn comparison(run: &Run) -> String {
    text(section(&page(run), "comparison"))
}

#[test]
fn ratios_of_two_engines_say_what_the_harness_costs_both() {
    let words = comparison(&with(Some(made_up(6, 0.75, 35.0))));
    let expected = "What the harness costs: its clients of postgres reach 0.750 (1 client), 0.750 (8 clients) and \
                    0.750 (16 clients) of pgbench’s goodput; those of sqlite-wal-full reach 0.750 (1 client) and \
                    0.750 (4 clients) of a bare loop (crosscheck of 2026-01-01).";
    assert!(words.contains(expected), "{words}");
    let mut other = made_up(6, 0.75, 35.0);
    other.build.commit = Some("0".repeat(40));
    let words = comparison(&with(Some(other)));
    assert!(words.contains("of another build"), "{words}");
}

#[test]
fn ratios_of_two_engines_without_a_crosscheck_say_that_the_cost_was_not_measured() {
    let words = comparison(&with(None));
    let expected = "What the harness costs postgres was not measured: run `just crosscheck` before the next run.";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn another_build_or_machine_is_said() {
    let mut other = made_up(6, 1.0, 10.0);
    other.build.commit = Some("0".repeat(40));
    other.machine.cpus += 2;
    other.server.as_mut().unwrap().version = "14.2".to_owned();
    let words = text(&harness(&with(Some(other))));
    let expected = "That is not known to be the build of this run, and the machine is not this run’s. \
                    PostgreSQL was another, or come by in another way.";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn a_missed_target_is_explained_from_the_figures() {
    // 20,000 operations a second on two processors are 100 µs each; 25 µs more leave four fifths.
    let words = text(&harness(&with(Some(made_up(6, 0.75, 35.0)))));
    let expected = "postgres-async with 8 clients reaches 75.0 % of pgbench: its clients use 35 µs of CPU time \
                    per operation where pgbench uses 10 µs, which alone would let it reach 80.0 %.";
    assert!(words.contains(expected), "{words}");
    let words = text(&harness(&with(Some(made_up(6, 0.75, 10.0)))));
    assert!(words.contains("was lost waiting"), "{words}");
}

#[test]
fn neighbours_that_were_heard_are_said() {
    let mut loud = made_up(6, 1.0, 10.0);
    let heard = loud
        .machine
        .neighbours
        .as_mut()
        .expect("the fixture listens");
    heard.cpu = Some(0.0);
    let words = text(&harness(&with(Some(loud.clone()))));
    assert!(!words.contains("Other processes used"), "{words}");
    loud.machine.neighbours.as_mut().unwrap().cpu = Some(0.4);
    let words = text(&harness(&with(Some(loud))));
    let expected = "Other processes used 40 % of all CPU time just before the first round";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn what_went_wrong_and_what_was_not_compared_is_said() {
    let mut flawed = made_up(6, 1.0, 10.0);
    flawed.failures = vec!["In round 2, something broke.".to_owned()];
    flawed.not_compared = vec!["There is no pgbench.".to_owned()];
    let words = text(&harness(&with(Some(flawed))));
    assert!(words.contains("In round 2, something broke."), "{words}");
    assert!(words.contains("There is no pgbench."), "{words}");
}

#[test]
fn a_run_with_a_crosscheck_is_read_as_it_was_written() {
    let out = tempfile::tempdir().unwrap();
    let run = with(Some(made_up(6, 0.98, 12.3)));
    let path = store::write(&run, out.path()).unwrap();
    assert_eq!(store::read(&path).unwrap(), run);
}

#[test]
fn a_crosscheck_is_read_as_it_was_written_and_nothing_else_is() {
    let out = tempfile::tempdir().unwrap();
    assert_eq!(crosscheck::read(out.path()).unwrap(), None);
    let made = made_up(6, 0.98, 12.3);
    crosscheck::write(&made, out.path()).unwrap();
    assert_eq!(crosscheck::read(out.path()).unwrap(), Some(made.clone()));

    let path = out.path().join(crosscheck::FILE);
    let whole = std::fs::read_to_string(&path).unwrap();
    let version = format!("\"schema_version\": {}", crosscheck::SCHEMA_VERSION);
    for broken in [
        String::new(),
        "{}".to_owned(),
        whole[..whole.len() / 2].to_owned(),
        whole.replace(&version, "\"schema_version\": 9999"),
        whole.replacen("\"seed\"", "\"sead\"", 1),
    ] {
        std::fs::write(&path, broken).unwrap();
        let said = crosscheck::read(out.path()).unwrap_err().to_string();
        crate::support::bench::assert_sentence(&said);
        assert!(said.contains("contend crosscheck"), "{said}");
    }
}

#[test]
fn the_terminal_shows_the_same_table_with_its_columns_aligned() {
    let made = made_up(6, 0.5, 35.0);
    let shown = report::crosscheck::text(&made);
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[0].starts_with("subject"), "{shown}");
    let at = |line: &str| line.chars().collect::<String>().find("missed");
    let rows: Vec<_> = lines.iter().filter_map(|line| at(line)).collect();
    assert_eq!(rows.len(), made.missed().count());
    assert!(shown.contains("interval of 6 rounds"), "{shown}");
}
