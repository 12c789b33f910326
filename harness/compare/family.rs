//! Figures that are judged together: among all of a family, any that did not change is called changed in at
//! most one comparison of a hundred, however many they are (Holm, *Scandinavian Journal of Statistics* 6, 1979).
//!
//! Figures that have the same value in every round of both runs have nothing to be judged, and are in no
//! family. Where two subjects have only each other to be set beside, the ratio of one is that of the other
//! upside down: one thing told twice, which counts once.

use super::between::Noise;
use super::figure::{Evidence, Figure, Rounds};
use super::history::History;
use super::statistics::{self, ALPHA, CONFIDENCE, Effect, ROUNDS_NEEDED};

/// A figure that is judged together with others.
pub struct Member {
    /// Where it is among all figures.
    pub index: usize,
    /// The effect, widened by what runs differ by anyway.
    pub effect: Effect,
    /// The probability of such an effect if there is none.
    pub p: f64,
    /// The same, corrected for the number of different figures in the family.
    pub corrected: f64,
    /// The level at which the strictest of the family is judged.
    pub level: f64,
    /// What runs differ by anyway, which the effect has been widened by.
    pub noise: Option<Noise>,
    /// Whether rounds alone tell it from chance.
    pub by_rounds: bool,
}

impl Member {
    /// Whether it is told from chance.
    pub fn told(&self) -> bool {
        told(&self.effect, self.corrected)
    }
}

/// Those of these figures that rounds can tell something of.
pub fn family(
    figures: &[Figure],
    history: Option<&History>,
    among: impl Fn(usize) -> bool,
) -> Vec<Member> {
    let judged: Vec<(usize, &Rounds)> = figures
        .iter()
        .enumerate()
        .filter(|(index, _)| among(*index))
        .filter_map(|(index, figure)| match &figure.evidence {
            Evidence::Rounds(rounds) => Some((index, rounds)),
            _ => None,
        })
        .filter(|(_, rounds)| rounds.fewest() >= ROUNDS_NEEDED && !rounds.all_equal())
        .collect();
    let all: Vec<_> = judged
        .iter()
        .map(|(_, rounds)| (rounds.samples(), rounds.scale))
        .collect();
    let resemblance = statistics::resemblance(&all);
    let effects: Vec<(usize, Effect)> = judged
        .iter()
        .filter_map(|(index, rounds)| {
            Some((
                *index,
                Effect::of(rounds.samples(), rounds.scale, resemblance)?,
            ))
        })
        .collect();
    let mut first: Vec<usize> = Vec::new();
    for at in 0..effects.len() {
        let mut before = (0..at).filter(|before| first[*before] == *before);
        let same = before.find(|before| mirrored(figures, &effects[*before], &effects[at]));
        first.push(same.unwrap_or(at));
    }
    let different = (0..first.len()).filter(|at| first[*at] == *at).count();
    let level = ALPHA / different.max(1) as f64;
    let by_rounds = probabilities(effects.iter().map(|(_, effect)| effect), &first);
    let effects: Vec<(usize, Effect, Option<Noise>, bool)> = effects
        .into_iter()
        .zip(by_rounds)
        .map(|((index, effect), (_, corrected))| {
            let past = history.map(|history| history.of_runs(&figures[index], resemblance));
            let noise = past.and_then(|past| Noise::of(&past));
            let told = told(&effect, corrected);
            let effect = noise.map_or(effect, |noise| effect.between_runs(&noise));
            (index, effect, noise, told)
        })
        .collect();
    let probabilities = probabilities(effects.iter().map(|(_, effect, ..)| effect), &first);
    effects
        .into_iter()
        .zip(probabilities)
        .map(
            |((index, effect, noise, by_rounds), (p, corrected))| Member {
                index,
                effect,
                p,
                corrected,
                level,
                noise,
                by_rounds,
            },
        )
        .collect()
}

/// The probability of each effect if there is none, and the same corrected for their number. `first` tells
/// for each which is the first that tells the same, itself or an earlier one: it is as probable as that.
fn probabilities<'e>(
    effects: impl Iterator<Item = &'e Effect>,
    first: &[usize],
) -> Vec<(f64, f64)> {
    let each: Vec<f64> = effects.map(Effect::p).collect();
    let mut different = first.to_vec();
    different.sort_unstable();
    different.dedup();
    let of_different: Vec<f64> = different.iter().map(|at| each[*at]).collect();
    let corrected = statistics::holm(&of_different);
    let of = |first: &usize| {
        let found = different
            .iter()
            .zip(&corrected)
            .find(|(at, _)| *at == first);
        (each[*first], found.map_or(1.0, |(_, corrected)| *corrected))
    };
    first.iter().map(of).collect()
}

/// Whether two effects are one, seen from either side.
fn mirrored(figures: &[Figure], one: &(usize, Effect), other: &(usize, Effect)) -> bool {
    let [a, b] = [&figures[one.0], &figures[other.0]];
    let relative = |figure: &Figure| matches!(&figure.evidence, Evidence::Rounds(rounds) if rounds.moved.is_some());
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * (a.abs() + b.abs());
    (&a.place.group, &a.name) == (&b.place.group, &b.name)
        && relative(a)
        && relative(b)
        && near(one.1.error, other.1.error)
        && near(one.1.estimate, -other.1.estimate)
}

/// Whether an effect is told from chance, and its interval is without zero.
fn told(effect: &Effect, corrected: f64) -> bool {
    let (lower, upper) = effect.interval(CONFIDENCE);
    corrected <= ALPHA && (lower > 0.0 || upper < 0.0)
}
