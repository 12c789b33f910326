//! What the charts may and may not show.

use crate::support::html::{figure, page, pieces, svg, table, text};
use crate::support::run::Fixture;
use contend::measure::{Check, Latencies, Outcome, Run, TrialResult};

const CHARTS: [&str; 4] = ["goodput", "latency", "outcomes", "fairness"];

/// Makes the trial of a point and round void, and says of it things that cannot be overlooked.
fn make_void(run: &mut Run, subject: &str, clients: u32, round: u32) {
    let trial = run.trials.iter_mut().find(|trial| {
        trial.point.subject == subject && trial.point.clients == clients && trial.round == round
    });
    let TrialResult::Measured(measurement) = &mut trial.unwrap().result else {
        panic!("a measured trial")
    };
    measurement.committed *= 1_000;
    measurement.committed_per_client[0] += 1_000_000;
    measurement.given_up.insert(Outcome::Deadlock, 12_345);
    measurement.success.record(99_000_000_000);
    measurement.audit.checks.push(Check::number("rows", 10, 9));
}

/// Everything of the figures but the words on how many rounds they stand.
fn numbers(page: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    for chart in CHARTS {
        let figure = figure(page, &format!("increment-hot-{chart}"));
        numbers.push(svg(figure).to_owned());
        for mut row in table(figure) {
            row.pop();
            numbers.push(row.join("|"));
        }
    }
    numbers
}

#[test]
fn a_void_trial_never_changes_a_number() {
    let mut with = Fixture::small().run();
    make_void(&mut with, "postgres", 16, 2);
    let mut without = with.clone();
    without.trials.retain(|trial| trial.comparable().is_some());
    assert_eq!(without.trials.len(), with.trials.len() - 1);
    assert_eq!(numbers(&page(&with)), numbers(&page(&without)));
}

#[test]
fn a_trial_that_is_not_void_does_change_the_numbers() {
    let mut changed = Fixture::small().run();
    let before = numbers(&page(&changed));
    make_void(&mut changed, "postgres", 16, 2);
    for trial in &mut changed.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.audit.checks.truncate(1);
        }
    }
    let after = numbers(&page(&changed));
    assert_eq!(before.len(), after.len());
    for (chart, name) in CHARTS.iter().enumerate() {
        let at = before
            .iter()
            .enumerate()
            .filter(|(_, n)| n.starts_with("<svg"))
            .nth(chart)
            .unwrap()
            .0;
        assert_ne!(before[at], after[at], "{name}");
    }
}

#[test]
fn a_chart_says_how_many_rounds_it_stands_on() {
    let mut run = Fixture::small().run();
    make_void(&mut run, "postgres", 16, 2);
    let page = page(&run);
    for chart in CHARTS {
        let figure = figure(&page, &format!("increment-hot-{chart}"));
        let caption = text(pieces(figure, "<figcaption>", "</figcaption>")[0]);
        assert!(
            caption.contains("postgres at 16 clients (2 of 3 rounds; 1 void)"),
            "{caption}"
        );
        let rows = table(figure);
        let row = rows
            .iter()
            .find(|row| row[0] == "16" && row[1] == "postgres")
            .unwrap();
        assert_eq!(row.last().unwrap(), "2 of 3 rounds; 1 void");
    }
}

#[test]
fn every_chart_has_a_title_a_description_an_anchor_and_a_table() {
    let page = page(&Fixture::everything().run());
    let mut figures = pieces(&page, "<figure", "</figure>");
    // Tables without a chart, and the charts of experiments, have tests of their own.
    figures.retain(|figure| figure.starts_with("<figure id="));
    figures.retain(|figure| !figure.starts_with("<figure id=\"experiment-"));
    // One on carelessness; six workloads with five figures, two with one of their own instead of
    // goodput, latency and fairness.
    assert_eq!(figures.len(), 1 + 6 * 5 + 2 * 3);
    for figure in figures {
        let anchor = figure.split('"').nth(1).unwrap();
        assert!(
            page.contains(&format!("href=\"#{anchor}\"")),
            "{anchor} is not in the contents"
        );
        assert!(text(pieces(figure, "<title", "</title>")[0]).len() > 10);
        assert!(text(pieces(figure, "<desc", "</desc>")[0]).len() > 30);
        assert!(text(pieces(figure, "<figcaption", "</figcaption>")[0]).len() > 30);
        assert!(table(figure).len() > 12, "{anchor}");
        // The tier stands on every chart and in every table.
        assert!(
            svg(figure).contains("power loss but for the last commit"),
            "{anchor}"
        );
        assert!(
            table(figure)[0].contains(&"durability tier".to_owned()),
            "{anchor}"
        );
    }
}

#[test]
fn the_percentiles_are_those_of_all_rounds_together() {
    let run = Fixture::small().run();
    let page = page(&run);
    let rows = table(figure(&page, "increment-hot-latency"));
    let mut merged = Latencies::default();
    for trial in &run.trials {
        if trial.point.subject == "sqlite-wal-full" && trial.point.clients == 16 {
            merged.merge(&trial.comparable().unwrap().success);
        }
    }
    let row = rows
        .iter()
        .find(|row| row[0] == "16" && row[1] == "sqlite-wal-full")
        .unwrap();
    let heads = ["p50", "p95", "p99", "p99.9", "max"];
    let expected = [50.0, 95.0, 99.0, 99.9, 100.0].map(|p| merged.percentile(p).unwrap() * 1e3);
    assert!(
        expected.windows(2).all(|pair| pair[0] < pair[1]),
        "the fixture tells them apart: {expected:?}"
    );
    for (head, expected) in heads.iter().zip(expected) {
        let column = rows[0].iter().position(|name| name == head).unwrap();
        let (number, unit) = row[column].split_once(' ').unwrap();
        assert_eq!(unit, "ms");
        let found: f64 = number.parse().unwrap();
        assert!(
            (found / expected - 1.0).abs() < 0.006,
            "{head}: {found} ms, not {expected} ms"
        );
    }
}

#[test]
fn the_percentiles_are_drawn_in_their_order() {
    let fixture = Fixture {
        loads: vec![16],
        subjects: vec!["sqlite-wal-full"],
        ..Fixture::small()
    };
    let page = page(&fixture.run());
    let chart = svg(figure(&page, "increment-hot-latency"));
    let place = |filter: &dyn Fn(&str) -> bool, attribute: &str| -> f64 {
        let element = chart.lines().find(|line| filter(line)).unwrap();
        let value = element.split(&format!("{attribute}=\"")).nth(1).unwrap();
        value.split(['"', ',']).next().unwrap().parse().unwrap()
    };
    let p50 = place(
        &|l| l.contains("r=\"6\"") && l.contains("fill=\"#0072B2\""),
        "cx",
    );
    let p95 = place(
        &|l| l.contains("r=\"4\"") && l.contains("fill=\"#0072B2\""),
        "cx",
    );
    let p99 = place(
        &|l| l.contains("r=\"4\"") && l.contains("stroke=\"#0072B2\""),
        "cx",
    );
    assert!(p50 < p95 && p95 < p99, "{p50} {p95} {p99}");
}

#[test]
fn the_harness_itself_is_in_no_chart() {
    let page = page(&Fixture::small().run());
    for chart in CHARTS {
        assert!(
            !svg(figure(&page, &format!("increment-hot-{chart}"))).contains("noop"),
            "{chart}"
        );
    }
}

#[test]
fn no_line_is_drawn_over_a_load_without_a_figure() {
    let fixture = Fixture {
        loads: vec![1, 4, 16, 64],
        subjects: vec!["postgres"],
        ..Fixture::small()
    };
    let corners = |run: &Run| -> Vec<usize> {
        let page = page(run);
        let chart = svg(figure(&page, "increment-hot-goodput"));
        let lines = chart
            .lines()
            .filter(|l| l.contains("stroke=\"#009E73\"") && l.contains("opacity=\"1\""));
        let counts = lines.map(|line| line.split("points=\"").nth(1).unwrap().matches(',').count());
        // Interval bars and the mark of the legend have two corners as well.
        counts.filter(|corners| *corners > 2).collect()
    };
    let mut run = fixture.run();
    assert_eq!(corners(&run), [4]);
    for trial in run
        .trials
        .iter_mut()
        .filter(|trial| trial.point.clients == 4)
    {
        trial.result = TrialResult::Failed {
            reason: "Fixture: failed".to_owned(),
        };
    }
    assert_eq!(
        corners(&run),
        Vec::<usize>::new(),
        "two loads are joined, not three"
    );
}
