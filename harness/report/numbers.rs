//! Numbers as people read them: three significant digits, with a unit.

use crate::measure::statistics::Estimate;

/// What stands where there is no figure.
pub const NOTHING: &str = "–";

/// What stands between a number and its unit: no line ends there.
const SPACE: char = '\u{a0}';

/// A number to three significant digits, with thin thousands separators: `0.0123`, `12.3`,
/// `12,300`.
pub fn number(value: f64) -> String {
    significant(value, 3)
}

fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor() as i32;
    if !(-4..15).contains(&magnitude) {
        return format!("{value:.*e}", digits as usize - 1);
    }
    let step = 10f64.powi(magnitude - (digits - 1));
    let rounded = (value / step).round() * step;
    // Rounding may have added a digit: 999.6 is 1,000, not 1,000.0.
    let magnitude = rounded.abs().log10().floor() as i32;
    let decimals = (digits - 1 - magnitude).max(0) as usize;
    group(&format!("{rounded:.decimals$}"))
}

/// A number to two significant digits, for what is not known better.
pub fn rough_number(value: f64) -> String {
    significant(value, 2)
}

/// A count, exactly, with thousands separators.
pub fn count(value: u64) -> String {
    group(&value.to_string())
}

/// Puts commas between groups of three digits before the decimal point.
fn group(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("−", rest),
        None => ("", digits),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, format!(".{fraction}")),
        None => (digits, String::new()),
    };
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{fraction}")
}

/// A time in seconds with the unit that suits it: `12.3 µs`.
pub fn time(seconds: f64) -> String {
    time_as(seconds, 3)
}

/// A time to two significant digits, for what is not known better: `12 µs`.
pub fn rough_time(seconds: f64) -> String {
    time_as(seconds, 2)
}

fn time_as(seconds: f64, digits: i32) -> String {
    let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")];
    scaled(seconds, &units, "ns", 1e-9, digits)
}

/// A time that was chosen and not measured, without zeros that mean nothing: `3 s`.
pub fn chosen_time(seconds: f64) -> String {
    let time = time(seconds);
    match time.split_once(SPACE) {
        Some((number, unit)) => format!("{}{SPACE}{unit}", trimmed(number)),
        None => time,
    }
}

/// A number without the zeros at the end of its decimals.
fn trimmed(number: &str) -> &str {
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    }
}

/// A size in bytes with the unit that suits it: `7.45 GiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(f64, &str); 4] = [
        (1_099_511_627_776.0, "TiB"),
        (1_073_741_824.0, "GiB"),
        (1_048_576.0, "MiB"),
        (1_024.0, "KiB"),
    ];
    scaled(bytes as f64, &UNITS, "B", 1.0, 3)
}

/// A number for the label of an axis: `150k`, `2M`, `20`.
pub fn short(value: f64) -> String {
    let (divisor, unit) = match value.abs() {
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e3 => (1e3, "k"),
        _ => (1.0, ""),
    };
    format!("{}{unit}", trimmed(&number(value / divisor)))
}

fn scaled(value: f64, units: &[(f64, &str)], smallest: &str, least: f64, digits: i32) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{}{SPACE}{smallest}", significant(value, digits));
    }
    // 999.6 of the smaller unit would be rounded to 1,000 of it.
    let nearly_one = 1.0 - 0.5 * 10f64.powi(-digits);
    let (divisor, unit) = units
        .iter()
        .copied()
        .find(|(divisor, _)| value.abs() >= divisor * nearly_one)
        .unwrap_or((least, smallest));
    format!("{}{SPACE}{unit}", significant(value / divisor, digits))
}

/// A share from 0 to 1 as per cent; a share that is not 0 never reads as 0 %, and one that is not
/// 1 never as 100 %.
pub fn percent(share: f64) -> String {
    percent_as(share, 3)
}

/// A share as per cent, to two significant digits.
pub fn rough_percent(share: f64) -> String {
    percent_as(share, 2)
}

fn percent_as(share: f64, digits: i32) -> String {
    if share > 0.9995 && share < 1.0 {
        return format!(">{SPACE}99.9{SPACE}%");
    }
    if share > 0.0 && share < 1e-5 {
        return format!("<{SPACE}0.001{SPACE}%");
    }
    format!("{}{SPACE}%", significant(share * 100.0, digits))
}

/// A ratio: `2.31×`; `∞×` of something over nothing.
pub fn ratio(value: f64) -> String {
    match value == f64::INFINITY {
        true => "∞×".to_owned(),
        false => format!("{}×", number(value)),
    }
}

/// The interval of an estimate, or its range, each end made by `format`.
pub fn span(estimate: &Estimate, format: impl Fn(f64) -> String) -> String {
    if estimate.rounds < 2 {
        return NOTHING.to_owned();
    }
    format!("{} – {}", format(estimate.lower), format(estimate.upper))
}

/// What lies between the two ends of `span`, in words: an interval is only claimed from enough
/// rounds.
pub fn span_kind(rounds: usize, confidence: Option<f64>) -> String {
    match confidence {
        Some(confidence) => format!("{} interval of {rounds} rounds", percent(confidence)),
        None if rounds == 1 => "one round, no interval claimed".to_owned(),
        None => format!("range of {rounds} rounds, no interval claimed"),
    }
}

/// `1 round`, `2 rounds`.
pub fn plural(count: usize, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        self::count(count as u64),
        if count == 1 { one } else { many }
    )
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits_and_no_more() {
        for (value, expected) in [
            (0.0, "0"),
            (0.012345, "0.0123"),
            (1.0, "1.00"),
            (9.996, "10.0"),
            (12.345, "12.3"),
            (999.6, "1,000"),
            (123_456.0, "123,000"),
            (-1234.0, "−1,230"),
            (1e18, "1.00e18"),
            (1e-9, "1.00e-9"),
            (f64::NAN, "–"),
            (f64::INFINITY, "–"),
        ] {
            assert_eq!(number(value), expected);
        }
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        for (seconds, expected) in [
            (0.0, "0 ns"),
            (2.5e-8, "25.0 ns"),
            (1.5e-6, "1.50 µs"),
            (0.000_999_9, "1.00 ms"),
            (0.25, "250 ms"),
            (30.0, "30.0 s"),
        ] {
            assert_eq!(time(seconds).replace(SPACE, " "), expected);
        }
    }

    #[test]
    fn something_over_nothing_is_an_endless_ratio() {
        assert_eq!(ratio(2.3149), "2.31×");
        assert_eq!(ratio(f64::INFINITY), "∞×");
        assert_eq!(ratio(f64::NAN), "–×");
    }

    #[test]
    fn a_rare_thing_is_not_never_and_a_common_one_not_always() {
        assert_eq!(percent(0.0).replace(SPACE, " "), "0 %");
        assert_eq!(percent(1e-9).replace(SPACE, " "), "< 0.001 %");
        assert_eq!(percent(0.99999).replace(SPACE, " "), "> 99.9 %");
        assert_eq!(percent(1.0).replace(SPACE, " "), "100 %");
        assert_eq!(percent(0.0123).replace(SPACE, " "), "1.23 %");
        assert_eq!(rough_percent(0.996).replace(SPACE, " "), "100 %");
    }

    #[test]
    fn chosen_times_have_no_zeros_that_mean_nothing() {
        assert_eq!(chosen_time(3.0).replace(SPACE, " "), "3 s");
        assert_eq!(chosen_time(0.5).replace(SPACE, " "), "500 ms");
        assert_eq!(chosen_time(100.0).replace(SPACE, " "), "100 s");
        assert_eq!(chosen_time(0.0).replace(SPACE, " "), "0 ns");
    }

    #[test]
    fn what_is_not_known_better_has_two_digits() {
        for (seconds, expected) in [(1.234e-5, "12 µs"), (9.96e-4, "1.0 ms"), (0.25, "250 ms")] {
            assert_eq!(rough_time(seconds).replace(SPACE, " "), expected);
        }
        assert_eq!(rough_percent(0.7349).replace(SPACE, " "), "73 %");
        assert_eq!(rough_percent(0.00396).replace(SPACE, " "), "0.40 %");
    }

    #[test]
    fn axis_labels_are_short() {
        assert_eq!(short(20.0), "20");
        assert_eq!(short(2_000.0), "2k");
        assert_eq!(short(1_500_000.0), "1.5M");
    }
}
