//! What the report says of careless clients.

use crate::support::html::{csv, figure, page, section, svg, table, text};
use crate::support::run::Fixture;
use contend::measure::{Discipline, Loss, Measurement, Outcome, Run, TrialResult};

/// Changes every measurement of naive clients on these subjects.
fn naive(run: &mut Run, subjects: &str, change: impl Fn(&mut Measurement)) {
    for trial in &mut run.trials {
        let point = &trial.point;
        if point.discipline == Discipline::Naive
            && point.subject.starts_with(subjects)
            && let TrialResult::Measured(measurement) = &mut trial.result
        {
            change(measurement);
        }
    }
}

fn lost(measurement: &mut Measurement, lost: u64, acknowledged: u64) {
    measurement.losses = vec![Loss {
        what: "Fixture".to_owned(),
        unit: "increments".to_owned(),
        acknowledged,
        lost,
    }];
}

fn summary(run: &Run) -> String {
    text(section(&page(run), "summary"))
}

/// The row of the summary's table for a subject.
fn row(page: &str, subject: &str) -> Vec<String> {
    let rows = table(section(page, "carelessness"));
    rows.into_iter()
        .find(|row| row[2] == subject)
        .expect("a row")
}

#[test]
fn a_lost_update_without_an_error_is_in_the_first_screen() {
    let mut run = Fixture::careless().run();
    naive(&mut run, "postgres", |m| lost(m, 586, 673));
    let words = summary(&run);
    let expected = "Careless (naive) clients: on PostgreSQL 87.1 % of the acknowledged increments were lost without any \
                    error (increment-hot with 16 clients, postgres; the same in 3 rounds), and no operation failed; on \
                    SQLite nothing that was acknowledged was lost, and 90.0 % of the operations failed with an error \
                    (increment-hot with 16 clients, sqlite-wal-full; the same in 3 rounds).";
    assert!(words.contains(expected), "{words}");
    let page = page(&run);
    assert_eq!(
        row(&page, "postgres")[7],
        "1,758 of 2,019 increments (87.1 %) lost, no error"
    );
    assert!(svg(figure(&page, "carelessness-summary")).contains("87.1"));
}

#[test]
fn the_range_over_the_rounds_stands_beside_a_loss() {
    let mut run = Fixture::careless().run();
    for trial in &mut run.trials {
        let round = u64::from(trial.round);
        if let TrialResult::Measured(measurement) = &mut trial.result
            && !measurement.losses.is_empty()
            && trial.point.subject == "postgres"
        {
            lost(measurement, 20 * round, 100);
        }
    }
    let words = summary(&run);
    let expected = "on PostgreSQL 40.0 % of the acknowledged increments were lost without any error (increment-hot with \
                    16 clients, postgres; range of 3 rounds, no interval claimed: 20.0 % – 60.0 %)";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn sqlite_is_not_spared_and_postgresql_is_not_accused() {
    let mut run = Fixture::careless().run();
    naive(&mut run, "postgres", |m| lost(m, 0, 1_000));
    naive(&mut run, "sqlite", |m| lost(m, 5, 1_000));
    let words = summary(&run);
    assert!(
        words.contains(
            "on PostgreSQL nothing that was acknowledged was lost, and no operation failed"
        ),
        "{words}"
    );
    assert!(
        words.contains(
            "on SQLite 0.500 % of the acknowledged increments were lost without any error"
        ),
        "{words}"
    );
}

#[test]
fn zero_losses_are_said_as_none() {
    let mut run = Fixture::careless().run();
    naive(&mut run, "", |m| m.losses.clear());
    let page = page(&run);
    assert_eq!(row(&page, "postgres")[7], "none");
    let own = table(figure(&page, "increment-hot-careless"));
    assert_eq!(own[2][5], "none");
    assert!(svg(figure(&page, "increment-hot-careless")).contains("\nnone</text>"));
}

#[test]
fn of_an_engine_that_was_not_measured_nothing_is_said() {
    for (subject, said, unsaid) in [
        ("postgres", "on PostgreSQL", "on SQLite"),
        ("sqlite-wal-full", "on SQLite", "on PostgreSQL"),
    ] {
        let words = summary(
            &Fixture {
                subjects: vec![subject],
                ..Fixture::careless()
            }
            .run(),
        );
        assert!(words.contains(said) && !words.contains(unsaid), "{words}");
    }
    let careful = page(&Fixture::small().run());
    for unsaid in [
        "id=\"carelessness\"",
        "Careless",
        "increment-hot-careless",
        "Naive clients",
    ] {
        assert!(!careful.contains(unsaid), "{unsaid}");
    }
}

#[test]
fn a_naive_goodput_is_never_in_a_ratio() {
    let words = |fixture: Fixture| {
        let page = page(&fixture.run());
        table_or_words(&page)
    };
    let without = words(Fixture {
        loads: vec![16],
        ..Fixture::small()
    });
    let with = words(Fixture {
        loads: vec![16],
        ..Fixture::careless()
    });
    assert_eq!(
        with.len(),
        without.len(),
        "one ratio of one load, as without naive clients"
    );
    let only = page(
        &Fixture {
            loads: Vec::new(),
            ..Fixture::careless()
        }
        .run(),
    );
    let told = text(section(&only, "summary")) + &text(section(&only, "comparison"));
    assert!(!told.contains("× ["), "{told}");
    assert!(told.contains("so no ratio is given"), "{told}");
    assert!(
        told.contains("No two subjects of a tier may be compared at the same point"),
        "{told}"
    );
}

/// The rows of the first table of ratios.
fn table_or_words(page: &str) -> Vec<Vec<String>> {
    let comparison = section(page, "comparison");
    match comparison.contains("<table>") {
        true => table(comparison),
        false => Vec::new(),
    }
}

#[test]
fn naive_clients_alone_have_a_section_without_charts_of_careful_ones() {
    let run = Fixture {
        loads: Vec::new(),
        ..Fixture::careless()
    }
    .run();
    let page = page(&run);
    let own = section(&page, "increment-hot");
    assert!(own.contains("Naive clients send") && !own.contains("Careful clients send"));
    assert!(own.contains("increment-hot-careless") && !own.contains("increment-hot-goodput"));
    let method = text(section(&page, "method"));
    assert!(method.contains("There were no careful clients"), "{method}");
}

#[test]
fn careful_and_naive_sql_stand_beside_each_other() {
    let page = page(&Fixture::careless().run());
    let own = text(section(&page, "increment-hot"));
    assert!(own.contains("Careful clients send") && own.contains("Naive clients send"));
    assert!(own.contains("value = value + $1") && own.contains("SELECT value FROM counter"));
    let careful = figure(&page, "increment-hot-goodput");
    assert!(
        !careful.contains("naive"),
        "the charts of careful clients are theirs alone"
    );
}

#[test]
fn the_naive_row_stands_beside_the_careful_one_of_the_same_load() {
    let page = page(&Fixture::careless().run());
    let chart = figure(&page, "increment-hot-careless");
    let rows = table(chart);
    assert_eq!(rows.len(), 3, "16 clients of two subjects: {rows:?}");
    let sqlite = &rows[1];
    assert_eq!(sqlite[..2], ["16", "sqlite-wal-full"]);
    // 100 acknowledged and 900 failed in 3 s.
    assert_eq!(sqlite[4], "33.3");
    assert_eq!(sqlite[7..9], ["90.0 %", "busy 2,700"]);
    assert_eq!(sqlite[10], "90.0 %", "errors per attempt");
    assert_eq!(sqlite[12], "0.900", "errors per operation");
    let caption = text(chart);
    assert!(
        caption.contains("counts what was acknowledged, what was lost included"),
        "{caption}"
    );
    assert!(
        caption.contains("begins its next operation at once"),
        "{caption}"
    );
    assert!(svg(chart).contains("sqlite-wal-full, naive"));
}

#[test]
fn hardly_anything_is_a_report_as_well() {
    let none = |m: &mut Measurement| {
        (m.committed, m.late) = (0, 0);
        m.success = Default::default();
        lost(m, 0, 0);
    };
    let mut run = Fixture::careless().run();
    naive(&mut run, "", none);
    let words = summary(&run);
    assert!(words.contains("nothing was acknowledged"), "{words}");
    naive(&mut run, "", |m| {
        m.given_up = [(Outcome::Busy, 7)].into();
        m.kinds.clear();
    });
    let page_of = page(&run);
    assert_eq!(
        row(&page_of, "postgres")[6..],
        ["100 %", "nothing was acknowledged"]
    );
    assert!(svg(figure(&page_of, "carelessness-summary")).contains("none acknowledged"));
    // More money on wrong accounts than was paid is possible.
    naive(&mut run, "", |m| lost(m, 300, 200));
    assert!(summary(&run).contains("150 %"));
    naive(&mut run, "", |m| m.audit.checks.clear());
    assert!(summary(&run).contains("No trial of naive clients may be compared"));
    {
        let run = &run;
        let words = text(&page(run));
        assert!(!words.contains("NaN") && !words.contains("inf"));
    }
}

#[test]
fn a_void_trial_of_naive_clients_is_in_no_figure() {
    let mut run = Fixture::careless().run();
    let before = row(&page(&run), "postgres");
    let trial = run
        .trials
        .iter()
        .find(|t| t.point.discipline == Discipline::Naive && t.point.subject == "postgres");
    let mut void = trial.expect("a trial").clone();
    void.round = 4;
    if let TrialResult::Measured(measurement) = &mut void.result {
        measurement.audit.checks[0].passed = false;
        lost(measurement, 999, 999);
    }
    run.trials.push(void);
    assert_eq!(row(&page(&run), "postgres"), before);
}

#[test]
fn losses_are_in_the_csv_file() {
    let mut run = Fixture::careless().run();
    naive(&mut run, "postgres", |m| {
        lost(m, 10, 100);
        let mut second = m.losses[0].clone();
        (second.unit, second.lost) = ("units of money".to_owned(), 5);
        m.losses.push(second);
    });
    let csv = csv(&run);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads = reader.headers().unwrap().clone();
    let column = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let first = column("lost");
    assert_eq!(column("losses"), first + 3);
    for record in reader.records() {
        let record = record.unwrap();
        let found: Vec<&str> = (first..first + 4).map(|at| &record[at]).collect();
        let expected = match (&record[column("discipline")], &record[column("subject")]) {
            ("careful", _) => ["", "", "", ""],
            (_, "postgres") => [
                "10",
                "100",
                "increments",
                "10 of 100 increments; 5 of 100 units of money",
            ],
            _ => ["0", "200", "increments", "0 of 200 increments"],
        };
        assert_eq!(found, expected);
    }
}
