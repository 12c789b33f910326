//! Decision records: what they say of a run, what they leave to people, and that they are valid Markdown.

use std::path::Path;

use crate::support::bench::{contend, told};
use crate::support::html::{self, attribute, pieces};
use crate::support::run::Fixture;
use contend::measure::{Discipline, Run, Trial, TrialResult, store};
use contend::report::adr::{self, Asked, Choice, Template};

/// A run of six rounds, in which SQLite is faster with one client and PostgreSQL with sixteen.
fn fixture() -> Fixture {
    Fixture {
        rounds: 6,
        subjects: vec!["sqlite-wal-full", "sqlite-wal-normal", "postgres", "noop"],
        naive: vec![16],
        ..Fixture::small()
    }
}

fn asked(run: &Run, choice: Option<&str>) -> Asked {
    Asked {
        title: choice.map(|name| format!("Use {name}")),
        choice: choice.map(|name| Choice::of(run, name).unwrap()),
        template: Template::Madr,
        date: "2026-02-03".to_owned(),
        page: "reports/index.html".to_owned(),
    }
}

fn record(run: &Run, choice: Option<&str>) -> String {
    adr::record(run, &asked(run, choice)).unwrap()
}

/// The part of a record below a heading, up to the next one of the same or a higher level.
fn part<'r>(record: &'r str, heading: &str) -> &'r str {
    let level = heading.split(' ').next().unwrap().len();
    let start = format!("\n{heading}\n");
    let rest = &record[record.find(&start).expect(heading) + start.len()..];
    let ends = (1..=level).filter_map(|n| rest.find(&format!("\n{} ", "#".repeat(n))));
    &rest[..ends.min().unwrap_or(rest.len())]
}

fn headings(record: &str) -> Vec<&str> {
    record
        .lines()
        .filter(|line| line.starts_with('#'))
        .collect()
}

#[test]
fn an_open_record_says_what_the_data_favours_and_decides_nothing() {
    let run = fixture().run();
    let record = record(&run, None);
    insta::assert_snapshot!(record.replace(&run.id, "(id)"));
    assert!(
        part(&record, "## Decision Outcome")
            .trim_start()
            .starts_with("Undecided.")
    );
}

#[test]
fn a_choice_is_told_where_the_data_stands_against_it() {
    let run = fixture().run();
    let outcome = |choice| part(&record(&run, Some(choice)), "## Decision Outcome").to_owned();
    let sqlite = outcome("sqlite");
    assert!(sqlite.contains(
        "The data of this run favours postgres over sqlite-wal-full on goodput at the highest load in increment-hot with \
         16 clients ([E4](reports/index.html#increment-hot-goodput)); the choice stands against it there: the reasons \
         are for you to add."
    ), "{sqlite}");
    assert!(
        !sqlite.contains("favours postgres over sqlite-wal-full on latency with a single client")
    );
    let postgres = outcome("postgres");
    assert!(postgres.contains(
        "The data of this run favours sqlite-wal-full over postgres on latency with a single client in increment-hot \
         with 1 client"
    ), "{postgres}");
    // Nothing of its tier stands beside it.
    let alone = outcome("sqlite-wal-normal");
    assert!(
        alone.contains("favours neither this choice nor another one over it"),
        "{alone}"
    );
}

#[test]
fn five_rounds_favour_nothing() {
    let run = Fixture {
        rounds: 5,
        ..fixture()
    }
    .run();
    let record = record(&run, None);
    assert!(!record.contains("the data favours postgres"), "{record}");
    assert!(!record.contains("the data favours sqlite"), "{record}");
    assert!(
        record.contains(
            "nothing is favoured between postgres and sqlite-wal-full, for fewer than 6 rounds"
        ),
        "{record}"
    );
    assert!(
        record.contains("range, no interval claimed, n = 5 rounds"),
        "{record}"
    );
}

#[test]
fn subjects_that_take_turns_in_being_faster_are_told_apart_by_nothing() {
    let mut run = fixture().run();
    for trial in &mut run.trials {
        let faster = (trial.round % 2 == 0) == (trial.point.subject == "postgres");
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.committed = if faster { 1_100 } else { 1_000 };
        }
    }
    let record = record(&run, None);
    let outcome = part(&record, "## Decision Outcome");
    let goodput = outcome.lines().find(|line| line.starts_with("* **Goodput"));
    let goodput = goodput.unwrap_or_default();
    assert!(
        goodput.contains(": no difference is to be seen between postgres and sqlite-wal-full"),
        "{goodput}"
    );
}

#[test]
fn goodput_is_not_compared_between_tiers() {
    let run = Fixture {
        subjects: vec!["sqlite-wal-normal", "postgres"],
        ..fixture()
    }
    .run();
    let record = record(&run, None);
    assert!(
        !record.contains("### Evidence") && !record.contains('×'),
        "{record}"
    );
    assert!(
        record.contains("not measured of two options that promise the same durability"),
        "{record}"
    );
}

#[test]
fn a_subject_whose_audits_failed_is_not_favoured() {
    let mut run = fixture().run();
    for trial in &mut run.trials {
        let careful = trial.point.discipline == Discipline::Careful;
        if let TrialResult::Measured(measurement) = &mut trial.result
            && (careful && trial.point.subject == "postgres" && trial.round == 2)
        {
            measurement.audit.checks.clear();
        }
    }
    let record = record(&run, Some("postgres"));
    assert!(record.contains(
        "* **Correctness with careful clients**: the data favours sqlite-wal-full and sqlite-wal-normal, of which \
         every audit found exactly what was acknowledged, over postgres, of which not every one did"
    ), "{record}");
    assert!(
        record.contains("(2 of 12 trials); the choice stands against that"),
        "{record}"
    );
    assert!(
        part(&record, "### postgres (power loss)")
            .contains("Bad, because with careful clients 2 of 12 trials")
    );
}

#[test]
fn trials_of_the_chosen_option_that_could_not_be_made_are_told() {
    let mut run = fixture().run();
    let own = |trial: &&mut Trial| trial.point.subject == "postgres";
    for trial in run.trials.iter_mut().filter(own) {
        trial.result = TrialResult::Failed {
            reason: "Fixture: failed".to_owned(),
        };
    }
    let chosen = record(&run, Some("postgres"));
    assert!(
        chosen.contains("Of 12 trials of postgres, 12 could not be made"),
        "{chosen}"
    );
    assert!(!record(&run, Some("sqlite-wal-full")).contains("could not be made"));
}

#[test]
fn a_record_has_the_headings_of_madr_in_their_order() {
    let run = fixture().run();
    for choice in [None, Some("postgres")] {
        let record = record(&run, choice);
        assert_eq!(
            headings(&record),
            [
                match choice {
                    Some(_) => "# Use postgres",
                    None => "# One SQLite file shared by all instances of the app, or PostgreSQL",
                },
                "## Context and Problem Statement",
                "## Decision Drivers",
                "## Considered Options",
                "## Decision Outcome",
                "### Consequences",
                "### Confirmation",
                "## Pros and Cons of the Options",
                "### sqlite-wal-full (power loss)",
                "### sqlite-wal-normal (process crash only)",
                "### postgres (power loss)",
                "## More Information",
                "### Evidence",
                "### What weakens the figures",
                "### What was not measured",
            ]
        );
        let front: Vec<&str> = record.lines().take(7).collect();
        let status = choice.map_or("status: proposed", |_| "status: accepted");
        assert_eq!(
            front,
            [
                "---",
                status,
                "date: 2026-02-03",
                "decision-makers: []",
                "consulted: []",
                "informed: []",
                "---"
            ]
        );
    }
}

#[test]
fn the_other_template_has_the_headings_that_nygard_gave_it() {
    let run = fixture().run();
    let asked = Asked {
        template: Template::Nygard,
        ..asked(&run, Some("postgres"))
    };
    let record = adr::record(&run, &asked).unwrap();
    let second = headings(&record)
        .into_iter()
        .filter(|line| line.starts_with("## "));
    assert_eq!(
        second.collect::<Vec<_>>(),
        ["## Status", "## Context", "## Decision", "## Consequences"]
    );
    assert!(record.starts_with("# Use postgres\n\nDate: 2026-02-03\n\n## Status\n\nAccepted\n"));
}

/// What is wrong with a record as Markdown, if anything.
fn flaws(record: &str) -> Vec<String> {
    let mut flaws = Vec::new();
    for unfilled in ["{{", "{%", "TODO", "undefined", "{title", "| |\n"] {
        if record.contains(unfilled) {
            flaws.push(format!("{unfilled} is left"));
        }
    }
    let mut columns = None;
    for line in record.lines() {
        let bars = line.replace("\\|", "").matches('|').count();
        match (line.starts_with('|'), columns) {
            (true, None) => columns = Some(bars),
            (true, Some(expected)) if expected != bars => {
                flaws.push(format!("{bars} bars: {line}"))
            }
            (true, Some(_)) => {}
            (false, _) => columns = None,
        }
        if line.replace("\\<", "").contains('<') {
            flaws.push(format!("a tag: {line}"));
        }
    }
    if record.contains("\n\n\n") || !record.ends_with('\n') {
        flaws.push("blank lines".to_owned());
    }
    flaws
}

#[test]
fn what_a_run_names_is_no_markup_in_a_record() {
    let mut run = fixture().run();
    assert_eq!(flaws(&record(&run, None)), Vec::<String>::new());
    let attack = "| a | <img src=x>\n\n# Own heading\n\n* [x](javascript:y) `z` {{ 7 }}";
    run.warnings.push(attack.to_owned());
    run.not_measured.push(attack.to_owned());
    run.machine.cpu.push_str(attack);
    run.machine.place.device.push_str(attack);
    run.server.as_mut().unwrap().version.push_str(attack);
    for subject in &mut run.subjects {
        subject.summary.push_str(attack);
    }
    let rename = |name: &mut String| {
        if name == "postgres" {
            name.push_str("|<b>_x_");
        }
    };
    run.subjects
        .iter_mut()
        .for_each(|subject| rename(&mut subject.name));
    let points = run.plan.points.iter_mut();
    let points = points.chain(run.trials.iter_mut().map(|trial| &mut trial.point));
    points.for_each(|point| rename(&mut point.subject));
    for choice in [None, Some("sqlite")] {
        let record = record(&run, choice);
        // The text of the attack has braces of its own.
        let flaws = flaws(&record.replace("{{ 7 }}", ""));
        assert_eq!(flaws, Vec::<String>::new(), "{record}");
        assert!(
            !record.contains("\n# Own heading")
                && !record.replace("\\](", "").contains("](javascript")
        );
        assert_eq!(headings(&record).len(), 15);
    }
}

#[test]
fn every_citation_leads_to_a_figure_of_the_report() {
    let run = Fixture {
        rounds: 6,
        loads: vec![1, 4],
        naive: vec![4],
        ..Fixture::everything()
    }
    .run();
    let out = tempfile::tempdir().unwrap();
    contend::report::write(&run, out.path()).unwrap();
    let read = |name: &str| std::fs::read_to_string(out.path().join(name)).unwrap();
    let (page, record) = (read("index.html"), read("adr.md"));
    let ids: Vec<&str> = pieces(&page, "<", ">")
        .iter()
        .filter_map(|tag| attribute(tag, "id"))
        .collect();
    let links: Vec<&str> = record
        .split("](index.html#")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap())
        .collect();
    assert!(links.len() > 50, "{}", links.len());
    for link in links {
        assert!(ids.contains(&link), "{link}");
    }
    // A figure of the evidence is that of the report.
    let row = record
        .lines()
        .find(|line| line.contains("| goodput at the highest load | insert-1 with 4 clients"));
    let table = html::table(html::figure(&page, "insert-1-goodput"));
    let own = table
        .iter()
        .find(|row| row[0] == "4" && row[1] == "postgres")
        .unwrap();
    let cited = format!("postgres: {}/s [{}", own[3], own[4].replace(" – ", "/s – "));
    let row = row.unwrap().replace('\u{a0}', " ");
    assert!(
        row.contains(&cited) && row.contains("96.9 % interval, n = 6 rounds]"),
        "{cited}: {row}"
    );
}

/// Exit code, stdout and stderr of `contend adr` with a run in a directory.
fn said(run: &Run, arguments: &[&str]) -> (Option<i32>, String, String) {
    let place = tempfile::tempdir().unwrap();
    store::write(run, &place.path().join("reports")).unwrap();
    said_in(place.path(), arguments)
}

fn said_in(place: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    told(contend().arg("adr").args(arguments).current_dir(place))
}

#[test]
fn the_latest_run_is_told_on_stdout() {
    let run = fixture().run();
    let (code, stdout, stderr) = said(&run, &["--choose", "postgres", "--title", "Use *it*"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.starts_with("---\nstatus: accepted\n"), "{stdout}");
    assert!(
        stdout.contains("\n# Use \\*it\\*\n")
            && stdout.contains("](reports/index.html#increment-hot-goodput)")
    );
    assert!(
        stderr.contains("type `contend report reports/run.json` to have it"),
        "{stderr}"
    );
}

#[test]
fn a_record_elsewhere_leads_to_the_report_from_there() {
    let place = tempfile::tempdir().unwrap();
    let reports = place.path().join("reports");
    store::write(&fixture().run(), &reports).unwrap();
    std::fs::write(reports.join("index.html"), "").unwrap();
    std::fs::create_dir_all(place.path().join("docs/adr")).unwrap();
    let (code, stdout, stderr) = said_in(place.path(), &["--out", "docs/adr/7.md"]);
    assert_eq!(
        (code, stdout.as_str(), stderr.as_str()),
        (Some(0), "docs/adr/7.md\n", "")
    );
    let record = std::fs::read_to_string(place.path().join("docs/adr/7.md")).unwrap();
    assert!(record.contains("](../../reports/index.html#increment-hot-goodput)"));
    let (code, _, stderr) = said_in(place.path(), &["--out", "nowhere/7.md"]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("there is no directory nowhere: make it"),
        "{stderr}"
    );
}

#[test]
fn what_a_run_cannot_speak_for_is_said_in_one_sentence() {
    let refused = |run: &Run, arguments: &[&str], expected: &str| {
        let (code, stdout, stderr) = said(run, arguments);
        assert_eq!(code, Some(1), "{stderr}");
        assert!(stdout.is_empty(), "{stdout}");
        assert!(stderr.contains(expected), "{expected} is not in {stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
    };
    let run = fixture().run();
    refused(
        &run,
        &["--choose", "postgrse"],
        "has no subject \"postgrse\" to choose: type --choose with one of sqlite-wal-full, sqlite-wal-normal and postgres.",
    );
    refused(&run, &["--choose", "noop"], "has no subject \"noop\"");
    refused(
        &run,
        &["none.json"],
        "There is no run file none.json: type `contend bench` to measure one",
    );
    let of = |subjects: Vec<&'static str>| {
        Fixture {
            subjects,
            ..fixture()
        }
        .run()
    };
    let sqlite = of(vec!["sqlite-wal-full", "sqlite-delete-extra"]);
    refused(
        &sqlite,
        &["--choose", "postgres"],
        "has no subject of PostgreSQL, so it cannot speak for that choice",
    );
    assert_eq!(
        said(&sqlite, &[]).0,
        Some(0),
        "two ways to use SQLite are a choice, too"
    );
    refused(
        &of(vec!["postgres", "noop"]),
        &[],
        "measured one subject only, postgres, and a decision is between two",
    );
    refused(&of(vec!["noop"]), &[], "measured no database");
    let mut void = fixture().run();
    for trial in &mut void.trials {
        trial.result = TrialResult::Failed {
            reason: "Fixture: failed".to_owned(),
        };
    }
    store::seal(&mut void);
    refused(&void, &[], "may be compared, so it favours nothing");
}
