//! From which length of a trial on its figures no longer move.

use crate::measure::statistics::Estimate;
use crate::measure::{Measurement, Point, Run};

use super::cell::Cell;
use super::long_trials::WAITS;
use super::numbers::{NOTHING, chosen_time, number, percent, ratio, time};

/// How far a figure may be from that of the longest trials to have settled.
const SETTLED: f64 = 0.05;

/// The points of runs that differ in the length of their trials only, shortest first, as Markdown: a table for each
/// point, and before it from which length on its goodput and p99 have settled.
pub fn markdown(runs: &[Run]) -> String {
    let mut text = String::new();
    let Some(longest) = runs.last() else {
        return text;
    };
    for point in &longest.plan.points {
        text.push_str(&of_point(runs, point));
    }
    text
}

fn of_point(runs: &[Run], point: &Point) -> String {
    let cells: Vec<(f64, Cell)> = runs
        .iter()
        .map(|run| (run.plan.seconds, Cell::of(run, point)))
        .collect();
    let figure = |of: &dyn Fn(&Measurement) -> f64| -> Vec<(f64, Option<f64>)> {
        let median = |cell: &Cell| cell.estimate(of).map(|estimate| estimate.median);
        cells
            .iter()
            .map(|(seconds, cell)| (*seconds, median(cell)))
            .collect()
    };
    let goodput = figure(&Measurement::goodput);
    let p99 = figure(&|m| m.success.p99().unwrap_or(f64::NAN));
    let last = goodput.last().and_then(|(_, value)| *value);
    let mut text = format!(
        "### {}, {}, {}\n\nGoodput {}; p99 {}.\n\n",
        point.workload,
        point.subject,
        super::numbers::plural(point.clients as usize, "client", "clients"),
        settles(&goodput),
        settles(&p99),
    );
    let [noticed, left] = WAITS.map(chosen_time);
    text.push_str(&format!(
        "| trial | goodput [range] | of the longest | p50 | p99 | p99.9 | longest wait | worst client / mean | time in waits > {noticed} | > {left} |\n|---|---|---|---|---|---|---|---|---|---|\n"
    ));
    for (seconds, cell) in &cells {
        let of = |figure: &dyn Fn(&Measurement) -> Option<f64>, format: &dyn Fn(f64) -> String| {
            let found = cell.estimate(|m| figure(m).unwrap_or(f64::NAN));
            found.map_or(NOTHING.to_owned(), |e: Estimate| format(e.median))
        };
        let range = cell.goodput().map_or(NOTHING.to_owned(), |e| {
            format!(
                "{}/s [{} – {}]",
                number(e.median),
                number(e.lower),
                number(e.upper)
            )
        });
        let share = cell
            .goodput()
            .zip(last)
            .map_or(NOTHING.to_owned(), |(e, last)| ratio(e.median / last));
        text.push_str(&format!(
            "| {} | {range} | {share} | {} | {} | {} | {} | {} | {} | {} |\n",
            chosen_time(*seconds),
            of(&|m| m.success.percentile(50.0), &time),
            of(&|m| m.success.p99(), &time),
            of(&|m| m.success.percentile(99.9), &time),
            of(&|m| m.longest(), &time),
            of(&|m| m.worst_client(), &ratio),
            of(&|m| m.time_above(WAITS[0]), &percent),
            of(&|m| m.time_above(WAITS[1]), &percent),
        ));
    }
    text.push('\n');
    text
}

/// From which length on a figure stays within [`SETTLED`] of that of the longest trials, in words.
fn settles(figure: &[(f64, Option<f64>)]) -> String {
    match settled(figure) {
        Some(seconds) => format!("settles at {}", chosen_time(seconds)),
        None => "does not settle".to_owned(),
    }
}

/// The least length from which on every longer one has the figure of the longest, within [`SETTLED`]; `None` if
/// only the longest has.
fn settled(figure: &[(f64, Option<f64>)]) -> Option<f64> {
    let (longest, rest) = figure.split_last()?;
    let last = longest.1?;
    let near =
        |value: &Option<f64>| value.is_some_and(|value| (value / last - 1.0).abs() <= SETTLED);
    let from = rest
        .iter()
        .rposition(|(_, value)| !near(value))
        .map_or(0, |at| at + 1);
    rest.get(from).map(|(seconds, _)| *seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(values: &[f64]) -> Vec<(f64, Option<f64>)> {
        let lengths = [0.5, 1.0, 2.0, 4.0, 8.0];
        lengths
            .into_iter()
            .zip(values.iter().map(|v| v.is_finite().then_some(*v)))
            .collect()
    }

    #[test]
    fn a_figure_settles_at_the_length_from_which_on_all_are_near_the_last() {
        assert_eq!(
            settled(&figure(&[50.0, 80.0, 98.0, 103.0, 100.0])),
            Some(2.0)
        );
        assert_eq!(
            settled(&figure(&[100.0, 101.0, 99.0, 100.0, 100.0])),
            Some(0.5)
        );
        assert_eq!(
            settled(&figure(&[100.0, 101.0, 80.0, 100.0, 100.0])),
            Some(4.0),
            "near by chance before"
        );
        assert_eq!(settled(&figure(&[50.0, 60.0, 70.0, 80.0, 100.0])), None);
        assert_eq!(
            settled(&figure(&[f64::NAN, 100.0, 100.0, 100.0, 100.0])),
            Some(1.0)
        );
        assert_eq!(settled(&figure(&[1.0, 1.0, 1.0, 1.0, f64::NAN])), None);
    }
}
