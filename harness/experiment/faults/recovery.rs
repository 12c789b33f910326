//! How long nothing was acknowledged, and when goodput was back.

/// How many parts of a stretch goodput is looked at together: what comes a little late is not missing.
const TOGETHER: usize = 10;

/// How much of what arrives must be acknowledged for goodput to be back.
const BACK: f64 = 0.9;

/// What a trial's course shows of a fault, in seconds. Both are as fine as a part of the stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recovery {
    /// The longest stretch without anything acknowledged.
    pub gap: f64,
    /// How long after the fault goodput was back at nine tenths of what arrives, and stayed there; 0 if it
    /// never fell below. `None` if it was not back when the stretch ended.
    pub back: Option<f64>,
}

/// What shows of a fault, so many seconds after the beginning of a stretch, in what was acknowledged part
/// by part; each part lasts so many seconds, and so many operations arrive in one second.
pub fn recovery(acknowledged: &[u64], part: f64, fault: f64, rate: f64) -> Recovery {
    let silent = acknowledged.split(|acknowledged| *acknowledged > 0);
    let gap = silent.map(<[u64]>::len).max().unwrap_or(0);
    let enough = BACK * rate * part;
    let good: Vec<bool> = acknowledged
        .windows(TOGETHER)
        .map(|together| together.iter().sum::<u64>() as f64 >= enough * TOGETHER as f64)
        .collect();
    let struck = (fault / part) as usize;
    let for_good = good
        .iter()
        .rposition(|good| !good)
        .map_or(0, |last| last + 1);
    let back = if for_good <= struck {
        Some(0.0)
    } else {
        // What piled up and is acknowledged all at once does not make good the time before: from the
        // moment that is sought on, nothing falls behind again. One operation is no rate.
        let keeps_up = |index: &usize| {
            let mut sum = 0;
            (1..=TOGETHER).all(|parts| {
                sum += acknowledged[index + parts - 1];
                (sum + 1) as f64 >= enough * parts as f64
            })
        };
        (for_good..good.len())
            .find(keeps_up)
            .map(|index| index as f64 * part - fault)
    };
    Recovery {
        gap: gap as f64 * part,
        back,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fifty parts of 50 ms, in each of which this many are acknowledged; 100 arrive per second, and the
    /// fault comes at 0.5 s.
    fn seen(acknowledged: impl Fn(usize) -> u64) -> Recovery {
        let parts: Vec<u64> = (0..50).map(acknowledged).collect();
        let Recovery { gap, back } = recovery(&parts, 0.05, 0.5, 100.0);
        let rounded = |seconds: f64| (seconds * 1e3).round() / 1e3;
        Recovery {
            gap: rounded(gap),
            back: back.map(rounded),
        }
    }

    #[test]
    fn an_even_course_has_no_gap_and_is_never_below() {
        let even = Recovery {
            gap: 0.0,
            back: Some(0.0),
        };
        assert_eq!(seen(|_| 5), even);
        assert_eq!(seen(|part| 4 + 2 * (part as u64 % 2)), even);
    }

    #[test]
    fn goodput_is_back_when_what_piled_up_is_acknowledged_and_not_before() {
        let course = |part: usize| match part {
            10..25 => 0,
            25 => 80,
            _ => 5,
        };
        let expected = Recovery {
            gap: 0.75,
            back: Some(0.75),
        };
        assert_eq!(seen(course), expected);
    }

    #[test]
    fn what_piled_up_behind_one_of_four_does_not_make_good_the_time_before() {
        let course = |part: usize| match part {
            10..25 => 2 + 3 * u64::from(part % 5 == 2),
            25..29 => 11,
            _ => 5,
        };
        assert_eq!(seen(course).back, Some(0.75));
    }

    #[test]
    fn goodput_that_falls_again_was_not_back() {
        let course = |part: usize| match part {
            10..15 | 30..32 => 0,
            _ => 5,
        };
        let expected = Recovery {
            gap: 0.25,
            back: Some(1.1),
        };
        assert_eq!(seen(course), expected);
    }

    #[test]
    fn what_serves_three_quarters_is_not_back() {
        let course = |part: usize| match part {
            10..20 => 3,
            _ => 5,
        };
        let expected = Recovery {
            gap: 0.0,
            back: Some(0.5),
        };
        assert_eq!(seen(course), expected);
    }

    #[test]
    fn goodput_that_stays_away_has_no_time_of_return() {
        let expected = Recovery {
            gap: 2.0,
            back: None,
        };
        assert_eq!(seen(|part| if part < 10 { 5 } else { 0 }), expected);
    }
}
