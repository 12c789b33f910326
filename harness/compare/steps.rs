//! Where a series of runs has steps: the first run of each new level.
//!
//! E-divisive (Matteson and James, “A nonparametric approach for multiple change point analysis of
//! multivariate data”, *Journal of the American Statistical Association* 109, 2014), as others use it
//! on the benchmarks of a project's past (Daly et al., “The use of change point detection to identify
//! software performance regressions in a continuous integration system”, ICPE 2020): the split whose
//! two sides lie furthest apart in energy distance is a step, if hardly any random order of the same
//! values has a split that is as good. What is on either side of it is searched again. It assumes no
//! distribution, and one run that is off alone makes no step: it would in any order.

use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// The fewest runs in which a step is looked for: of ten values, a step in the middle is one of 126
/// ways to divide them.
pub const FEWEST: usize = 10;

/// A level has at least two runs: one alone may be a spike.
const SHORTEST: usize = 2;

/// How many random orders a split is held against.
const ORDERS: usize = 199;

/// How often a step may be found where there is none.
const SIGNIFICANCE: f64 = 0.01;

/// Random orders begin with the same number every time, so that the same runs have the same steps.
const SEED: u64 = 20_140_101;

/// The places of the first value of every level but the first, in order; none in fewer than
/// [`FEWEST`] values.
pub fn steps(values: &[f64]) -> Vec<usize> {
    let mut ends = vec![0, values.len()];
    if values.len() < FEWEST {
        return Vec::new();
    }
    let mut random = StdRng::seed_from_u64(SEED);
    while let Some(split) = best(values, &ends)
        && holds(values, &ends, split, &mut random)
    {
        let place = ends.partition_point(|end| *end < split.place);
        ends.insert(place, split.place);
    }
    ends[1..ends.len() - 1].to_vec()
}

/// A way to divide a level.
#[derive(Clone, Copy)]
struct Split {
    /// The first value after it.
    place: usize,
    /// How far apart its sides lie.
    distance: f64,
}

/// The best split of any level; `None` if all are too short, or no values differ.
fn best(values: &[f64], ends: &[usize]) -> Option<Split> {
    let of_level = |level: &[usize]| {
        let split = within(&values[level[0]..level[1]])?;
        Some(Split {
            place: level[0] + split.place,
            ..split
        })
    };
    ends.windows(2)
        .filter_map(of_level)
        .max_by(|one, other| one.distance.total_cmp(&other.distance))
}

/// The best split of one level: between its beginning and any later end, as a level may come back.
fn within(values: &[f64]) -> Option<Split> {
    let sums = Distances::of(values);
    let mut best: Option<Split> = None;
    for place in SHORTEST..=values.len().checked_sub(SHORTEST)? {
        for end in place + SHORTEST..=values.len() {
            let distance = sums.energy(place, end);
            if distance > best.map_or(0.0, |best| best.distance) {
                best = Some(Split { place, distance });
            }
        }
    }
    best
}

/// Whether at most one of a hundred random orders of each level has a split that is as good.
fn holds(values: &[f64], ends: &[usize], split: Split, random: &mut StdRng) -> bool {
    // The same values in another order have sums that differ in their last digits.
    let as_good = split.distance * (1.0 - 1e-9);
    let mut most = (SIGNIFICANCE * (ORDERS + 1) as f64) as usize - 1;
    let mut order = values.to_vec();
    for _ in 0..ORDERS {
        for level in ends.windows(2) {
            order[level[0]..level[1]].shuffle(random);
        }
        if best(&order, ends).is_some_and(|other| other.distance >= as_good) {
            // More orders cannot make up for it (Besag and Clifford, *Biometrika* 78, 1991).
            let Some(left) = most.checked_sub(1) else {
                return false;
            };
            most = left;
        }
    }
    true
}

/// Sums of the distances between values, from which those of any two stretches can be had at once.
struct Distances {
    /// Row and column by row and column: of the values before both.
    before: Vec<f64>,
    width: usize,
}

impl Distances {
    fn of(values: &[f64]) -> Distances {
        let width = values.len() + 1;
        let mut before = vec![0.0; width * width];
        for (row, one) in values.iter().enumerate() {
            let mut sum = 0.0;
            for (column, other) in values.iter().enumerate() {
                sum += (one - other).abs();
                before[(row + 1) * width + column + 1] = before[row * width + column + 1] + sum;
            }
        }
        Distances { before, width }
    }

    /// Between all values of two stretches, the second of which begins where the first ends.
    fn between(&self, split: usize, end: usize) -> f64 {
        let of = |row: usize, column: usize| self.before[row * self.width + column];
        of(split, end) - of(split, split)
    }

    /// Between all pairs within a stretch.
    fn among(&self, start: usize, end: usize) -> f64 {
        let of = |row: usize, column: usize| self.before[row * self.width + column];
        (of(end, end) - of(start, end) - of(end, start) + of(start, start)) / 2.0
    }

    /// How far the values before `split` lie from those from there to `end`: the sample's energy
    /// distance with exponent 1, times `mn/(m + n)`.
    fn energy(&self, split: usize, end: usize) -> f64 {
        let (m, n) = (split as f64, (end - split) as f64);
        let apart = 2.0 * self.between(split, end) / (m * n);
        let first = self.among(0, split) / (m * (m - 1.0) / 2.0);
        let second = self.among(split, end) / (n * (n - 1.0) / 2.0);
        m * n / (m + n) * (apart - first - second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_energy_distance_is_what_its_definition_says() {
        let values = [1.0, 2.0, 4.0, 7.0, 11.0, 3.0];
        let sums = Distances::of(&values);
        let (x, y) = (&values[..3], &values[3..5]);
        let mean = |pairs: Vec<f64>| pairs.iter().sum::<f64>() / pairs.len() as f64;
        let pairs = |of: &[f64]| {
            let from = |i: usize| of[i + 1..].iter().map(move |b| (of[i] - b).abs());
            mean((0..of.len()).flat_map(from).collect())
        };
        let cross = mean(
            x.iter()
                .flat_map(|a| y.iter().map(move |b| (a - b).abs()))
                .collect(),
        );
        let expected = 6.0 / 5.0 * (2.0 * cross - pairs(x) - pairs(y));
        assert!((sums.energy(3, 5) - expected).abs() < 1e-12);
    }

    #[test]
    fn every_level_has_its_first_run_found() {
        let level = |value: f64| (0..9).map(move |i| value + 0.01 * f64::from(i % 4));
        let values: Vec<f64> = level(1.0).chain(level(2.0)).chain(level(1.2)).collect();
        assert_eq!(steps(&values), [9, 18]);
    }

    #[test]
    fn one_run_that_is_off_alone_makes_no_step_wherever_it_is() {
        for off in 0..16 {
            let mut values: Vec<f64> = (0..16).map(|i| 0.01 * f64::from(i * 7 % 5)).collect();
            values[off] += 1.0;
            assert!(steps(&values).is_empty(), "{off}");
        }
    }

    #[test]
    fn too_few_runs_and_runs_that_do_not_differ_have_no_step() {
        assert!(steps(&[]).is_empty());
        assert!(steps(&[1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]).is_empty());
        assert!(steps(&[1.0; 20]).is_empty());
    }
}
