//! Changes in words.

use super::between::RUNS_NEEDED;
use super::changes::{Change, Kind, Moment, Past, Rules, Size, Standing};
use super::figure::{Better, Figure, Rounds, Unit};
use super::judge::OF_SHARES;
use super::statistics::CONFIDENCE;
use crate::report::numbers::{
    NOTHING, bytes, number, percent, plural, rough_number, rough_percent, time,
};

/// From here on a change is told as a multiple: `420 % slower` has to be worked out.
const MULTIPLE: f64 = 3.0;

/// A value with its unit.
pub fn value(unit: Unit, value: Option<f64>) -> String {
    let Some(value) = value else {
        return NOTHING.to_owned();
    };
    match unit {
        Unit::PerSecond => format!("{}/s", number(value)),
        Unit::Seconds => time(value),
        Unit::Share => percent(value),
        Unit::Number => number(value),
        Unit::Bytes => bytes(value.round() as u64),
    }
}

/// An effect with its interval: `34 % (21–49 %) slower, 99 % confident`.
pub fn effect(better: Better, size: &Size) -> String {
    let words = match size.kind {
        Kind::Ratio => ratio_with(better, size),
        Kind::Difference => difference_with(better, size),
    };
    format!("{words}, {} confident", chosen_percent(CONFIDENCE))
}

/// A ratio without an interval: `34 % slower`.
pub fn ratio(better: Better, ratio: f64) -> String {
    match multiple(ratio) {
        true => format!("{}× the base", rough_number(ratio)),
        false => format!(
            "{} {}",
            rough_percent((ratio - 1.0).abs()),
            way(better, ratio - 1.0)
        ),
    }
}

fn multiple(ratio: f64) -> bool {
    !(1.0 / MULTIPLE..=MULTIPLE).contains(&ratio)
}

fn ratio_with(better: Better, size: &Size) -> String {
    let Size {
        estimate,
        lower,
        upper,
        ..
    } = *size;
    if multiple(estimate) || upper > MULTIPLE {
        let [estimate, lower, upper] = [estimate, lower, upper].map(rough_number);
        return format!("{estimate}× ({lower}–{upper}×) the base");
    }
    let ends = if lower > 1.0 || upper < 1.0 {
        within((lower - 1.0).abs(), (upper - 1.0).abs(), bare)
    } else {
        format!("{} to {}", signed(lower - 1.0), signed(upper - 1.0))
    };
    let change = estimate - 1.0;
    format!(
        "{} ({ends}\u{a0}%) {}",
        rough_percent(change.abs()),
        way(better, change)
    )
}

fn difference_with(better: Better, size: &Size) -> String {
    let Size {
        estimate,
        lower,
        upper,
        ..
    } = *size;
    let ends = match lower > 0.0 || upper < 0.0 {
        true => within(lower.abs(), upper.abs(), bare),
        false => format!("{} to {}", signed(lower), signed(upper)),
    };
    let better = match better {
        Better::Higher => Better::Higher,
        Better::Lower | Better::Faster => Better::Lower,
    };
    format!(
        "{} percentage points ({ends}) {}",
        bare(estimate.abs()),
        way(better, estimate)
    )
}

/// Both ends, the smaller one first.
fn within(one: f64, other: f64, format: impl Fn(f64) -> String) -> String {
    format!("{}–{}", format(one.min(other)), format(one.max(other)))
}

/// A share that was chosen and not measured, as per cent: `5 %`.
pub fn chosen_percent(share: f64) -> String {
    // Hundredths of a per cent are as fine as anybody chooses.
    format!("{}\u{a0}%", (share * 1e4).round() / 100.0)
}

/// A share in per cent, without the sign for it.
fn bare(share: f64) -> String {
    rough_number(share * 100.0)
}

fn signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{}", bare(share.abs()))
}

/// Which way a figure went.
fn way(better: Better, change: f64) -> &'static str {
    match (better, change > 0.0) {
        (Better::Higher, true) => "higher",
        (Better::Higher, false) => "lower",
        (Better::Lower, true) => "more",
        (Better::Lower, false) => "less",
        (Better::Faster, true) => "slower",
        (Better::Faster, false) => "faster",
    }
}

/// Counts of which one is nothing.
pub fn counts(base: f64, new: f64) -> String {
    match (base == 0.0, new == 0.0) {
        (true, true) => "none in either run".to_owned(),
        (true, false) => "there was none before".to_owned(),
        _ => "there is none any more".to_owned(),
    }
}

/// How many rounds there are, if they are too few.
pub fn few(base: usize, new: usize) -> String {
    match base == new {
        true => format!("{} in each run", plural(base, "round", "rounds")),
        false => format!("{} before, {new} now", plural(base, "round", "rounds")),
    }
}

/// That a change is there, but smaller than what counts.
pub fn below(size: &Size, rules: &Rules) -> String {
    let floor = size_of(rules.floor, size.kind);
    format!("There is a change, but only those of at least {floor} count.")
}

/// That a subject changed beside the others, and it may be they who changed.
pub fn not_own(figure: &Figure, rounds: &Rounds) -> String {
    let change = |log: f64| ratio(figure.better, log.exp());
    rounds.moved.map_or_else(String::new, |moved| {
        format!(
            "By itself it is {}, and the others are {}: it may be they who changed.",
            change(moved.own),
            change(moved.others)
        )
    })
}

/// Why what changed does not decide.
pub fn waits_for_past() -> String {
    format!(
        "Runs of the same thing differ in it by more than their rounds show: it decides with {RUNS_NEEDED} past runs (--history)."
    )
}

/// How little such runs could have shown.
pub fn blind(size: &Size) -> String {
    let smallest = match size.kind {
        Kind::Ratio if size.smallest > MULTIPLE => {
            return "The rounds vary so much that only a multiple would have been seen.".to_owned();
        }
        Kind::Ratio => rough_percent(size.smallest),
        Kind::Difference => format!("{} percentage points", bare(size.smallest)),
    };
    format!("Only a change by {smallest} or more would have been seen.")
}

/// Why a change that was not told is not called none, though one by such a share would have been seen: by
/// itself it is told, or one as large is possible.
pub fn doubtful(alone: bool, kind: Kind, share: f64) -> String {
    match alone {
        true => "By itself it would be told, but not among so many figures.".to_owned(),
        false => format!("A change by {} is still possible.", size_of(share, kind)),
    }
}

/// A share of the base that was chosen; of shares, a tenth of it as a difference.
fn size_of(share: f64, kind: Kind) -> String {
    match kind {
        Kind::Ratio => chosen_percent(share),
        Kind::Difference => format!(
            "{} percentage points",
            (share * OF_SHARES * 1e4).round() / 100.0
        ),
    }
}

/// That a count changed by less than what is worth telling.
pub fn least(unit: Unit, least: f64) -> String {
    let least = value(unit, Some(least));
    format!("Only a difference of at least {least} counts.")
}

/// What past runs say of a figure, a sentence each: how much runs differ anyway, where that matters,
/// and where the new run stands among them.
pub fn past(change: &Change) -> Vec<String> {
    let Some(past) = &change.history else {
        return Vec::new();
    };
    let matters = change.notable || past.within_noise;
    let noise = noise(change, past).filter(|_| matters);
    noise
        .into_iter()
        .chain(past.standing.as_ref().map(standing))
        .collect()
}

fn noise(change: &Change, past: &Past) -> Option<String> {
    let noise = match change.effect?.kind {
        Kind::Ratio => rough_percent(past.noise?),
        Kind::Difference => format!("{} percentage points", bare(past.noise?)),
    };
    let runs = plural(past.runs, "past run", "past runs");
    Some(match (past.within_noise, past.noise? > 0.0) {
        (true, _) => format!("It is within the noise between runs: {noise}, from {runs}."),
        (false, true) => format!("The noise between runs is {noise}, from {runs}."),
        (false, false) => {
            format!("There is no noise between runs beyond that of their rounds, in {runs}.")
        }
    })
}

/// Where a run stands among all of them, as a sentence.
fn standing(standing: &Standing) -> String {
    match standing {
        Standing::Level { since, runs } => {
            let runs = plural(*runs, "run", "runs");
            format!("Level since run {}, {runs}.", moment(since))
        }
        Standing::NewStep => "New step at this run, to be confirmed by the next.".to_owned(),
        Standing::Spike { run } => {
            format!("Spike: run {} was off, and the next is back.", moment(run))
        }
    }
}

/// A run with its day.
fn moment(moment: &Moment) -> String {
    let day = moment.started.get(..10).unwrap_or(&moment.started);
    format!("{} ({day})", moment.run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(kind: Kind, estimate: f64, lower: f64, upper: f64) -> Size {
        Size {
            kind,
            estimate,
            lower,
            upper,
            p: 0.001,
            p_corrected: 0.002,
            smallest: 0.1,
        }
    }

    #[test]
    fn an_effect_says_how_much_how_surely_and_which_way() {
        for (better, kind, (estimate, lower, upper), expected) in [
            (
                Better::Faster,
                Kind::Ratio,
                (1.34, 1.21, 1.49),
                "34 % (21–49 %) slower",
            ),
            (
                Better::Higher,
                Kind::Ratio,
                (0.66, 0.51, 0.79),
                "34 % (21–49 %) lower",
            ),
            (
                Better::Faster,
                Kind::Ratio,
                (0.97, 0.88, 1.07),
                "3.0 % (−12 to +7.0 %) faster",
            ),
            (
                Better::Lower,
                Kind::Ratio,
                (4.2, 3.1, 5.7),
                "4.2× (3.1–5.7×) the base",
            ),
            (
                Better::Lower,
                Kind::Difference,
                (0.023, 0.011, 0.035),
                "2.3 percentage points (1.1–3.5) more",
            ),
            (
                Better::Higher,
                Kind::Difference,
                (-0.1, -0.3, 0.1),
                "10 percentage points (−30 to +10) lower",
            ),
        ] {
            let found = effect(better, &size(kind, estimate, lower, upper)).replace('\u{a0}', " ");
            assert_eq!(found, format!("{expected}, 99 % confident"));
        }
    }

    #[test]
    fn values_have_their_unit_and_no_value_is_a_dash() {
        for (unit, given, expected) in [
            (Unit::PerSecond, Some(1234.0), "1,230/s"),
            (Unit::Seconds, Some(0.0012), "1.20 ms"),
            (Unit::Share, Some(0.25), "25.0 %"),
            (Unit::Bytes, Some(4096.0), "4.00 KiB"),
            (Unit::Number, None, "–"),
        ] {
            assert_eq!(value(unit, given).replace('\u{a0}', " "), expected);
        }
    }
}
