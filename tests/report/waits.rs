//! What the report says of workloads whose goodput is not the figure: waits behind a long
//! transaction, payments that are made once, and of operations of several kinds.

use crate::support::html::{figure, kinds_csv, page, section, svg, table, text};
use crate::support::run::Fixture;
use contend::measure::{Outcome, Topology, TrialResult};

fn long() -> Fixture {
    Fixture::of("long-transaction", 10)
}

fn payments() -> Fixture {
    Fixture {
        subjects: vec!["sqlite-wal-full", "postgres", "postgres-deadlock-50ms"],
        ..Fixture::of("payment-deadlock", 2)
    }
}

#[test]
fn a_paced_workload_has_no_ratio_of_goodput() {
    for (fixture, anchor) in [
        (long(), "long-transaction"),
        (payments(), "payment-deadlock"),
    ] {
        let page = page(&fixture.run());
        let words = text(section(&page, "summary")) + &text(section(&page, "comparison"));
        assert!(!words.contains("× ["), "{words}");
        assert!(!page.contains(&format!("id=\"{anchor}-goodput\"")));
        assert!(!page.contains(&format!("id=\"{anchor}-fairness\"")));
        let own = figure(&page, &format!("{anchor}-careless"));
        let rows = table(own);
        assert!(
            rows[1..].iter().all(|row| row[3] == "–" && row[4] == "–"),
            "{rows:?}"
        );
        assert!(text(section(&page, "method")).contains("No ratio of this run has an interval"));
    }
}

#[test]
fn readers_and_writers_behind_a_long_transaction_are_told_apart() {
    let page = page(&long().run());
    let chart = figure(&page, "long-transaction-waits");
    for panel in ["hold", "write, same row", "write, other row", "read"] {
        assert!(svg(chart).contains(&format!("\n{panel}</text>")), "{panel}");
    }
    assert!(svg(chart).contains("length of the hold"));
    assert!(text(chart).contains("held open, 50 ms"));
    assert!(text(chart).contains("(open loop)"));
    let rows = table(chart);
    let column = |name: &str| rows[0].iter().position(|head| head == name).unwrap();
    let longer = column("longer than half the hold (25 ms)");
    let of = |kind: &str, subject: &str, discipline: &str| {
        let wanted =
            |row: &&Vec<String>| row[0] == kind && row[2] == subject && row[3] == discipline;
        rows.iter()
            .find(wanted)
            .unwrap_or_else(|| panic!("{kind}, {subject}"))
    };
    // Nine of ten take 1 ms; the tenth waits for the long transaction, or does not.
    assert_eq!(
        of("write, other row", "sqlite-wal-full", "careful")[longer],
        "10.0 %"
    );
    assert_eq!(of("write, other row", "postgres", "careful")[longer], "0 %");
    assert_eq!(
        of("write, same row", "postgres", "careful")[longer],
        "10.0 %"
    );
    let careless = of("read", "sqlite-wal-full", "naive");
    assert_eq!(careless[column("given up")], "270");
    assert_eq!(careless[column("given up of operations")], "47.4 %");
    assert_eq!(careless[column("by class")], "busy 270");
    assert!(
        text(chart).contains("99 % began at most 1.00 ms after they were due"),
        "{}",
        text(chart)
    );
}

#[test]
fn the_first_screen_says_how_long_one_waits() {
    let words = text(section(&page(&long().run()), "summary"));
    let expected = "Beside a transaction held open for 50 ms (long-transaction with 10 clients), 99 % of what careful \
                    clients got committed took, from when it was due, at most: write, same row 70.1 ms on SQLite, 70.1 \
                    ms on PostgreSQL; write, other row 70.1 ms on SQLite, 2.00 ms on PostgreSQL; read 2.00 ms on \
                    SQLite, 2.00 ms on PostgreSQL.";
    assert!(words.contains(expected), "{words}");
    let words = text(section(&page(&payments().run()), "summary"));
    assert!(
        words.contains("on postgres") && words.contains("until all were through or had given up"),
        "{words}"
    );
}

#[test]
fn a_kind_of_which_nothing_committed_says_how_many_gave_up() {
    let mut run = long().run();
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result
            && let Some(counts) = measurement.kinds.get_mut(1)
        {
            counts.committed = 0;
            counts.success = Default::default();
            counts.given_up = [(Outcome::Busy, 5)].into();
        }
    }
    assert!(
        svg(figure(&page(&run), "long-transaction-waits")).contains("none committed, 15 given up")
    );
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.kinds.clear();
        }
    }
    let page = page(&run);
    assert!(text(figure(&page, "long-transaction-waits")).contains("there is no wait to draw"));
}

#[test]
fn two_payments_are_timed_until_both_are_through_or_given_up() {
    let mut run = payments().run();
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            // The one that gives up may be the last.
            measurement.failure.record(1_200_000_000);
        }
    }
    let rows = table(figure(&page(&run), "payment-deadlock-settled"));
    assert!(rows[1..].iter().all(|row| row[4] == "1.20 s"), "{rows:?}");
    let page = page(&payments().run());
    let chart = figure(&page, "payment-deadlock-settled");
    let rows = table(chart);
    let of = |subject: &str, discipline: &str| {
        let wanted = |row: &&Vec<String>| row[1] == subject && row[2] == discipline;
        rows.iter().find(wanted).expect("a row").clone()
    };
    let column = |name: &str| rows[0].iter().position(|head| head == name).unwrap();
    let (rolled_back, given_up) = (column("rolled back attempts"), column("given up"));
    let timeout = column("deadlock_timeout");
    let sqlite = of("sqlite-wal-full", "careful");
    assert_eq!(
        (&*sqlite[rolled_back], &*sqlite[given_up], &*sqlite[timeout]),
        ("0", "0", "–")
    );
    let postgres = of("postgres", "careful");
    assert_eq!(
        (
            &*postgres[rolled_back],
            &*postgres[given_up],
            &*postgres[timeout]
        ),
        ("3", "0", "1s")
    );
    assert_eq!(of("postgres-deadlock-50ms", "careful")[timeout], "50ms");
    assert_eq!(of("postgres", "naive")[given_up], "3");
    assert!(svg(chart).contains("deadlock_timeout") && svg(chart).contains("somebody gave up"));
}

#[test]
fn without_postgresql_there_is_no_deadlock_timeout() {
    let fixture = Fixture {
        subjects: vec!["sqlite-wal-full"],
        ..payments()
    };
    let page = page(&fixture.run());
    let chart = figure(&page, "payment-deadlock-settled");
    assert!(!svg(chart).contains("deadlock_timeout"));
    assert!(!text(chart).contains("The dashed tick"));
}

#[test]
fn latencies_of_several_kinds_are_apart() {
    let fixture = Fixture {
        workloads: vec!["read-mostly"],
        loads: vec![16],
        ..Fixture::small()
    };
    let run = fixture.run();
    let page = page(&run);
    let chart = figure(&page, "read-mostly-latency");
    let rows = table(chart);
    assert_eq!(rows[0][..3], ["clients", "kind", "subject"]);
    let kinds: Vec<&str> = rows[1..].iter().map(|row| row[1].as_str()).collect();
    assert_eq!(kinds, ["read", "read", "increment", "increment"]);
    assert!(
        svg(chart).contains("16 clients: read") && svg(chart).contains("16 clients: increment")
    );
    let csv = kinds_csv(&run);
    assert_eq!(
        csv.lines().count(),
        1 + 3 * 3 * 2,
        "rounds, subjects and kinds"
    );
    assert!(csv.contains(",increment,100,0,0,,100,100,1000"), "{csv}");
}

#[test]
fn a_subject_that_is_in_no_ratio_has_no_empty_table_of_them() {
    let fixture = Fixture {
        workloads: vec!["increment-hot", "payment-deadlock"],
        subjects: vec!["sqlite-wal-full", "postgres", "postgres-deadlock-50ms"],
        ..Fixture::small()
    };
    let mut run = fixture.run();
    let apart = |subject: &str, workload: &str| {
        subject == "postgres-deadlock-50ms" && workload == "increment-hot"
    };
    run.plan.points.retain(|p| !apart(&p.subject, &p.workload));
    run.trials
        .retain(|t| !apart(&t.point.subject, &t.point.workload));
    // The other two were compared at one load only.
    run.plan
        .points
        .retain(|p| p.subject != "postgres" || p.clients == 16);
    run.trials
        .retain(|t| t.point.subject != "postgres" || t.point.clients == 16);
    let page = page(&run);
    let comparison = section(&page, "comparison");
    assert_eq!(comparison.matches("<table>").count(), 1);
    let rows = table(comparison);
    assert_eq!(rows[0], ["workload", "16 clients"]);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(!text(comparison).contains("postgres-deadlock-50ms"));
    // One load is a mark with a label, if no line.
    let chart = svg(figure(&page, "increment-hot-goodput"));
    assert!(chart.contains("\npostgres</text>"));
}

#[test]
fn a_pair_that_met_in_few_workloads_has_no_paragraph_of_its_own() {
    let fixture = Fixture {
        workloads: vec!["increment-hot", "increment-spread", "insert-1"],
        subjects: vec!["sqlite-delete-extra", "sqlite-wal-full", "postgres"],
        ..Fixture::small()
    };
    let mut run = fixture.run();
    let variant = |subject: &str, workload: &str| {
        subject == "sqlite-delete-extra" && workload != "increment-hot"
    };
    run.trials
        .retain(|t| !variant(&t.point.subject, &t.point.workload));
    let words = text(section(&page(&run), "summary"));
    assert!(
        words.contains("postgres against sqlite-wal-full"),
        "{words}"
    );
    assert!(!words.contains("postgres against sqlite-delete-extra"));
    assert!(
        words.contains("under the ratios of goodput only: postgres / sqlite-delete-extra."),
        "{words}"
    );
}

#[test]
fn topologies_and_numbers_of_instances_do_not_share_a_line() {
    let mut run = Fixture::small().run();
    let mut threads = run.clone();
    for point in &mut threads.plan.points {
        point.topology = Topology::Threads;
    }
    for trial in &mut threads.trials {
        trial.point.topology = Topology::Threads;
    }
    run.plan.points.extend(threads.plan.points);
    run.trials.extend(threads.trials);
    let both = page(&run);
    for id in ["increment-hot-processes", "increment-hot-threads"] {
        assert!(text(section(&both, id)).len() > 100);
    }
    let mut run = Fixture::small().run();
    let mut one = run.clone();
    one.plan.points.retain(|point| point.instances > 1);
    one.trials.retain(|trial| trial.point.instances > 1);
    for trial in &mut one.trials {
        trial.point.instances = 1;
    }
    run.trials.extend(one.trials);
    let page = page(&run);
    for id in ["increment-hot-1-instance", "increment-hot-4-instances"] {
        assert!(text(section(&page, id)).len() > 100);
    }
}
