//! What experiments name and count, as people read it: conditions, figures, and values in their unit.

use crate::claim::Spread;
use crate::measure::experiment::Unit;

use super::numbers::{chosen_time, count, number, percent, ratio, short, time};

/// What ends a name, and the unit it stands for.
const UNITS: [(&str, &str); 6] = [
    ("_ms", "ms"),
    ("_us", "µs"),
    ("_per_s", "per second"),
    ("_s", "s"),
    ("_mb", "MB"),
    ("_bytes", "bytes"),
];

/// Values that say nothing without the name of their condition.
const BARE: [&str; 6] = ["yes", "no", "on", "off", "none", "default"];

/// A name without underscores, and the unit that it ends with.
fn parts(name: &str) -> (String, Option<&'static str>) {
    let found = UNITS
        .iter()
        .find_map(|(end, unit)| Some((name.strip_suffix(end)?, *unit)))
        .filter(|(stem, _)| !stem.is_empty());
    let (stem, unit) = found.map_or((name, None), |(stem, unit)| (stem, Some(unit)));
    (stem.replace('_', " "), unit)
}

/// A name with its unit, for a heading or an axis: `waited, ms`.
pub fn name(name: &str) -> String {
    match parts(name) {
        (stem, Some(unit)) => format!("{stem}, {unit}"),
        (stem, None) => stem,
    }
}

/// A condition: the value alone if it speaks for itself, else with its name: `timeout 100 ms`.
pub fn condition(name: &str, value: &str) -> String {
    let (stem, unit) = parts(name);
    let is_number = value.parse::<f64>().is_ok();
    match (is_number, unit) {
        (true, Some(unit)) => format!("{stem} {value} {unit}"),
        (true, None) => format!("{stem} {value}"),
        _ if BARE.contains(&value) => format!("{stem}: {value}"),
        _ => value.to_owned(),
    }
}

/// Several conditions, in the order given; empty values, which no observation has, are left out.
pub fn conditions<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> String {
    let known = pairs
        .into_iter()
        .filter(|(_, value)| !value.as_ref().is_empty());
    let words = known.map(|(name, value)| condition(name.as_ref(), value.as_ref()));
    words.collect::<Vec<_>>().join(", ")
}

/// A value of a figure with its unit; the unit is `None` if no chart says it.
pub fn value(unit: Option<Unit>, value: f64) -> String {
    match unit {
        Some(Unit::Share) => percent(value),
        Some(Unit::Milliseconds) if value == 0.0 => "0 ms".to_owned(),
        Some(Unit::Milliseconds) => time(value / 1e3),
        Some(Unit::Ratio) => ratio(value),
        Some(Unit::PerSecond) => number(value),
        Some(Unit::Count) | None => match value.fract() == 0.0 && (0.0..1e15).contains(&value) {
            true => count(value as u64),
            false => number(value),
        },
    }
}

/// A value for the label of an axis.
pub fn tick(unit: Unit, value: f64) -> String {
    match unit {
        _ if value == 0.0 => "0".to_owned(),
        Unit::Share => format!("{} %", short(value * 100.0)),
        Unit::Milliseconds => chosen_time(value / 1e3),
        Unit::Ratio => format!("{}×", short(value)),
        Unit::PerSecond | Unit::Count => short(value),
    }
}

/// The range of repeats: `3 – 7`; one value if there is no other.
pub fn range(unit: Option<Unit>, low: f64, high: f64) -> String {
    let [low, high] = [low, high].map(|end| value(unit, end));
    match low == high {
        true => low,
        false => format!("{low} – {high}"),
    }
}

/// The median with the range in brackets: `5 [3 – 7]`.
pub fn spread(unit: Option<Unit>, spread: &Spread) -> String {
    let median = value(unit, spread.median);
    match spread.low == spread.high {
        true => median,
        false => format!("{median} [{}]", range(unit, spread.low, spread.high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_takes_its_name_and_unit_along() {
        assert_eq!(condition("busy_timeout_ms", "100"), "busy timeout 100 ms");
        assert_eq!(condition("clients", "50"), "clients 50");
        assert_eq!(condition("subject", "postgres"), "postgres");
        assert_eq!(condition("retries", "none"), "retries: none");
        assert_eq!(name("commits_per_s"), "commits, per second");
        assert_eq!(name("_s"), " s");
    }

    #[test]
    fn values_have_their_unit() {
        for (unit, found, expected) in [
            (Some(Unit::Count), 12.0, "12"),
            (Some(Unit::Count), 12.5, "12.5"),
            (None, -3.0, "−3.00"),
            (Some(Unit::Share), 0.25, "25.0 %"),
            (Some(Unit::Milliseconds), 0.0, "0 ms"),
            (Some(Unit::Milliseconds), 5_000.0, "5.00 s"),
            (Some(Unit::Ratio), 2.0, "2.00×"),
        ] {
            assert_eq!(value(unit, found).replace('\u{a0}', " "), expected);
        }
    }

    #[test]
    fn a_range_of_one_value_is_that_value() {
        let of = |values: &[f64]| Spread::of(values.iter().copied()).unwrap();
        assert_eq!(spread(Some(Unit::Count), &of(&[7.0, 7.0])), "7");
        assert_eq!(
            spread(Some(Unit::Count), &of(&[3.0, 7.0, 5.0])),
            "5 [3 – 7]"
        );
    }
}
