//! Axes: from values to pixels, and where the ticks are.

/// An axis, linear or logarithmic.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    log: bool,
    low: f64,
    high: f64,
    from: i32,
    to: i32,
    /// The pixel at which a value is drawn that a logarithmic axis cannot hold.
    zero: Option<i32>,
    /// The values with a line and a label.
    pub ticks: Vec<f64>,
}

/// How wide the band is, in pixels, in which a logarithmic axis shows 0.
const ZERO_BAND: i32 = 26;

impl Axis {
    /// A logarithmic axis over the positive ones of `values`, between two pixels. If a value is 0 it has a place of its own
    /// at the lower end.
    pub fn log(values: impl IntoIterator<Item = f64> + Clone, from: i32, to: i32) -> Axis {
        let positive = || {
            values
                .clone()
                .into_iter()
                .filter(|v| *v > 0.0 && v.is_finite())
        };
        let lowest = positive().fold(f64::INFINITY, f64::min);
        let highest = positive().fold(0.0, f64::max);
        let (lowest, highest) = if lowest > highest {
            (1.0, 10.0)
        } else {
            (lowest, highest)
        };
        let zero = values.clone().into_iter().any(|v| v <= 0.0).then_some(from);
        let inset = if zero.is_some() {
            ZERO_BAND * (to - from).signum()
        } else {
            0
        };
        let (mut low, mut high) = (lowest / 1.15, highest * 1.15);
        if high / low < 10.0 {
            // Less than a decade would magnify differences that are none.
            let middle = (low * high).sqrt();
            (low, high) = (middle / 10f64.sqrt(), middle * 10f64.sqrt());
        }
        Axis {
            log: true,
            low: low.log10(),
            high: high.log10(),
            from: from + inset,
            to,
            zero,
            ticks: log_ticks(low, high),
        }
    }

    /// A logarithmic axis with a tick at exactly these values, which must be above 0.
    pub fn steps(values: &[f64], from: i32, to: i32) -> Axis {
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(0.0, f64::max);
        let (lowest, highest) = if values.is_empty() {
            (1.0, 1.0)
        } else {
            (lowest, highest)
        };
        // A single value stands in the middle.
        let (low, high) = if highest > lowest {
            (lowest, highest)
        } else {
            (lowest / 2.0, highest * 2.0)
        };
        Axis {
            log: true,
            low: low.log10(),
            high: high.log10(),
            from,
            to,
            zero: None,
            ticks: values.to_vec(),
        }
    }

    /// An axis with a tick at each of these values, in their order: a linear one, or a logarithmic
    /// one if they are of different orders of magnitude. 0 then has a place of its own. Many values at
    /// the same distance from each other, such as moments, are on a linear one with round ticks.
    pub fn along(values: &[f64], from: i32, to: i32) -> Axis {
        if is_course(values) {
            return Axis::linear(values.iter().copied().fold(0.0, f64::max), from, to);
        }
        let positive: Vec<f64> = values.iter().copied().filter(|v| *v > 0.0).collect();
        let lowest = positive.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = positive.iter().copied().fold(0.0, f64::max);
        if highest > 10.0 * lowest {
            let zero = (positive.len() < values.len()).then_some(from);
            // As far from the lowest value as if it were a third of it.
            let inset = zero.map_or(0.0, |_| {
                let decades = (highest / lowest).log10();
                f64::from(to - from) * 0.5 / (decades + 0.5)
            });
            return Axis {
                zero,
                ..Axis::steps(&positive, from + inset as i32, to)
            };
        }
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // A single value stands in the middle.
        let (low, high) = match most > least {
            true => (least, most),
            false if values.is_empty() => (0.0, 1.0),
            false => (least - 1.0, least + 1.0),
        };
        Axis {
            log: false,
            low,
            high,
            from,
            to,
            zero: None,
            ticks: values.to_vec(),
        }
    }

    /// A linear axis from 0 to at least `highest`.
    pub fn linear(highest: f64, from: i32, to: i32) -> Axis {
        let highest = if highest > 0.0 && highest.is_finite() {
            highest
        } else {
            1.0
        };
        let step = nice_step(highest / 5.0);
        let ticks: Vec<f64> = (0..=(highest / step).ceil() as u32)
            .map(|n| f64::from(n) * step)
            .collect();
        Axis {
            log: false,
            low: 0.0,
            high: ticks.last().copied().unwrap_or(highest),
            from,
            to,
            zero: None,
            ticks,
        }
    }

    /// The pixel of a value; the nearest end of the axis if it lies outside.
    pub fn pixel(&self, value: f64) -> i32 {
        let place = match self.log {
            true if value <= 0.0 => return self.zero.unwrap_or(self.from),
            true => value.log10(),
            false => value,
        };
        let share = ((place - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + (share * f64::from(self.to - self.from)).round() as i32
    }

    /// The left and the right end of a horizontal axis, with the place for 0.
    pub fn ends(&self) -> (i32, i32) {
        (self.zero.unwrap_or(self.from), self.to)
    }

    /// The pixel at which 0 is drawn, if it has a place of its own.
    pub fn zero(&self) -> Option<i32> {
        self.zero
    }
}

/// Whether values, in their order, are many and evenly spaced.
fn is_course(values: &[f64]) -> bool {
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let least = steps.iter().copied().fold(f64::INFINITY, f64::min);
    let most = steps.iter().copied().fold(0.0, f64::max);
    // Those that are rounded to two digits differ by one of the last.
    steps.len() >= 8 && most <= 1.3 * least
}

/// Ticks of a logarithmic axis: powers of ten, or 1, 2 and 5 of each decade if those are too few.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = (low.log10().floor() as i32)..=(high.log10().ceil() as i32);
    let of = |digits: &[f64]| -> Vec<f64> {
        let all = decades
            .clone()
            .flat_map(|decade| digits.iter().map(move |d| d * 10f64.powi(decade)));
        all.filter(|tick| (low..=high).contains(tick)).collect()
    };
    let tens = of(&[1.0]);
    if tens.len() >= 4 {
        tens
    } else {
        of(&[1.0, 2.0, 5.0])
    }
}

/// The step of 1, 2 or 5 times a power of ten that is at least `least`.
fn nice_step(least: f64) -> f64 {
    let decade = 10f64.powf(least.log10().floor());
    let digit = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|digit| digit * decade >= least * 0.999);
    digit.unwrap_or(10.0) * decade
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_larger_value_is_further_along() {
        let axis = Axis::log([1_000.0, 150_000.0], 400, 0);
        assert!(axis.pixel(1_000.0) > axis.pixel(10_000.0));
        assert!(axis.pixel(10_000.0) > axis.pixel(150_000.0));
        assert_eq!(axis.ticks.first(), Some(&1_000.0));
    }

    #[test]
    fn zero_is_below_every_other_value_of_a_logarithmic_axis() {
        let axis = Axis::log([0.0, 0.001, 5.0], 400, 0);
        assert_eq!(axis.pixel(0.0), 400);
        assert!(axis.pixel(0.001) < 400 - 20);
    }

    #[test]
    fn an_axis_without_values_is_still_one() {
        for axis in [
            Axis::log([], 0, 100),
            Axis::log([0.0], 0, 100),
            Axis::linear(0.0, 0, 100),
            Axis::steps(&[], 0, 100),
        ] {
            assert!((0..=100).contains(&axis.pixel(1.0)));
        }
    }

    #[test]
    fn a_single_load_stands_in_the_middle() {
        assert_eq!(Axis::steps(&[16.0], 0, 100).pixel(16.0), 50);
    }

    #[test]
    fn an_axis_along_values_is_logarithmic_if_they_are_far_apart() {
        let retries = Axis::along(&[0.0, 1.0, 2.0, 3.0], 0, 300);
        assert_eq!([0.0, 1.0, 3.0].map(|v| retries.pixel(v)), [0, 100, 300]);
        let timeouts = Axis::along(&[0.0, 100.0, 1_000.0, 5_000.0], 0, 300);
        let places = [0.0, 100.0, 1_000.0, 5_000.0].map(|v| timeouts.pixel(v));
        assert!(
            places.windows(2).all(|pair| pair[1] - pair[0] > 50),
            "{places:?}"
        );
        assert_eq!((places[0], places[3]), (0, 300));
        assert_eq!(Axis::along(&[16.0], 0, 100).pixel(16.0), 50);
        assert!((0..=100).contains(&Axis::along(&[], 0, 100).pixel(1.0)));
    }

    #[test]
    fn moments_are_on_a_linear_axis_from_0() {
        let moments: Vec<f64> = (0..16).map(|n| 0.125 + f64::from(n) * 0.25).collect();
        let axis = Axis::along(&moments, 0, 400);
        assert_eq!([0.0, 1.0, 4.0].map(|v| axis.pixel(v)), [0, 100, 400]);
        assert_eq!(axis.ticks, [0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    #[test]
    fn linear_ticks_are_round_numbers() {
        assert_eq!(Axis::linear(1.7, 0, 100).ticks, [0.0, 0.5, 1.0, 1.5, 2.0]);
    }
}
