//! What past runs are asked, on series whose truth is known.
//!
//! What these simulations show, and what the tests hold the statistics to: where runs of the same thing
//! differ by a fifth and the rounds of each by a twentieth, rounds alone call six of ten figures changed
//! that did not, and with the noise between past runs it is at most one of a hundred, from five past
//! runs on, also if there was a step in the past. Few past runs sometimes show by chance no noise where
//! there is some: where runs differ by about twice what rounds show, any of forty figures is called
//! changed in one of ten comparisons with five past runs, in one of twenty with ten, and in one of
//! fifty with twenty; by rounds alone, in six of ten. A step by 30 % is found within one run of where it
//! is in nine of ten series, and one run that is off alone makes none. Of series without any, one of a
//! hundred has a step.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::between::{Noise, OfRun};
use super::statistics::{ALPHA, Effect, Samples, Scale, holm, variance_of_mean};
use super::steps::steps;

/// Rounds of each run, and figures that are compared together.
const ROUNDS: usize = 6;
const FIGURES: usize = 40;

struct Simulation {
    random: StdRng,
    /// How much runs differ, and rounds of a run, as logarithms.
    between: f64,
    within: f64,
}

impl Simulation {
    fn of(between: f64, within: f64) -> Simulation {
        Simulation {
            random: StdRng::seed_from_u64(20_260_101),
            between,
            within,
        }
    }

    /// Box and Muller's way to a normal number.
    fn normal(&mut self) -> f64 {
        let (radius, turn): (f64, f64) = (self.random.random(), self.random.random());
        (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }

    /// The rounds of a run whose figure is truly so much.
    fn run(&mut self, truth: f64) -> Vec<f64> {
        let day = self.between * self.normal();
        (0..ROUNDS)
            .map(|_| truth * (day + self.within * self.normal()).exp())
            .collect()
    }

    /// The figure of a run.
    fn of_run(&mut self, truth: f64) -> OfRun {
        let logs: Vec<f64> = self.run(truth).iter().map(|value| value.ln()).collect();
        OfRun {
            mean: logs.iter().sum::<f64>() / ROUNDS as f64,
            variance: variance_of_mean(&logs, Scale::Ratio, 0.0).unwrap(),
        }
    }

    /// The effects between two runs, by their rounds and with the noise between so many past ones, in the
    /// middle of which there was a step by so much.
    fn effects(&mut self, ratio: f64, past: usize, step: f64) -> [Effect; 2] {
        let (base, new) = (self.run(1.0), self.run(ratio));
        let effect = Effect::of(Samples::Independent(&base, &new), Scale::Ratio, 0.0).unwrap();
        let past: Vec<OfRun> = (0..past)
            .map(|run| self.of_run(if run < past / 2 { 1.0 } else { step }))
            .collect();
        let noise = Noise::of(&past);
        [
            effect,
            noise.map_or(effect, |noise| effect.between_runs(&noise)),
        ]
    }

    /// In what share of so many comparisons any of the figures is called changed though none is.
    fn any(&mut self, past: usize, comparisons: usize) -> [f64; 2] {
        let mut alarms = [0, 0];
        for _ in 0..comparisons {
            let figures: Vec<[Effect; 2]> =
                (0..FIGURES).map(|_| self.effects(1.0, past, 1.0)).collect();
            for (way, alarms) in alarms.iter_mut().enumerate() {
                let each: Vec<f64> = figures.iter().map(|effects| effects[way].p()).collect();
                *alarms += usize::from(holm(&each).iter().any(|p| *p <= ALPHA));
            }
        }
        alarms.map(|count| count as f64 / comparisons as f64)
    }

    /// The share of figures that are called changed though none is, in comparisons of as many as
    /// are usual, by rounds and with past runs.
    fn false_alarms(&mut self, past: usize, step: f64) -> [f64; 2] {
        const COMPARISONS: usize = 25;
        let mut alarms = [0, 0];
        for _ in 0..COMPARISONS {
            let figures: Vec<[Effect; 2]> = (0..FIGURES)
                .map(|_| self.effects(1.0, past, step))
                .collect();
            for (way, alarms) in alarms.iter_mut().enumerate() {
                let each: Vec<f64> = figures.iter().map(|effects| effects[way].p()).collect();
                *alarms += holm(&each).iter().filter(|p| **p <= ALPHA).count();
            }
        }
        alarms.map(|count| count as f64 / (COMPARISONS * FIGURES) as f64)
    }

    /// The means of so many runs, whose truth is what `of` says.
    fn series(&mut self, runs: usize, of: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..runs).map(|run| self.of_run(of(run)).mean).collect()
    }
}

#[test]
fn the_noise_between_runs_is_no_change_once_there_are_five_past_runs() {
    for (past, step) in [(5, 1.0), (10, 1.0), (20, 1.0), (10, 2.0), (20, 2.0)] {
        let [alone, with] = Simulation::of(0.2, 0.05).false_alarms(past, step);
        assert!(alone >= 0.3, "{alone}");
        assert!(with <= 0.01, "{past} past runs, step by {step}: {with}");
    }
}

#[test]
fn past_runs_that_are_few_show_sometimes_less_noise_than_there_is() {
    for (past, most) in [(5, 0.16), (10, 0.1), (20, 0.05)] {
        // The error of a mean of six rounds is a twentieth over the root of six.
        let [alone, with] = Simulation::of(0.041, 0.05).any(past, 200);
        assert!(alone >= 0.5, "{alone}");
        assert!(with <= most, "{past} past runs: {with}");
    }
}

#[test]
fn a_single_figure_is_called_changed_in_about_one_of_a_hundred_comparisons() {
    for past in [5, 10, 20] {
        let mut simulation = Simulation::of(0.2, 0.05);
        let alarms = (0..1_500).filter(|_| simulation.effects(1.0, past, 1.0)[1].p() <= ALPHA);
        let share = alarms.count() as f64 / 1_500.0;
        assert!(share <= 0.018, "{past} past runs: {share}");
    }
}

#[test]
fn where_runs_differ_as_little_as_their_rounds_say_past_ones_cost_little() {
    let mut simulation = Simulation::of(0.0, 0.05);
    let found: Vec<bool> = (0..400)
        .map(|_| simulation.effects(1.2, 10, 1.0)[1].p() <= ALPHA)
        .collect();
    let share = found.iter().filter(|found| **found).count() as f64 / 400.0;
    assert!(share >= 0.85, "{share}");
}

#[test]
fn a_change_by_half_is_still_found_where_runs_differ_by_a_twentieth() {
    let mut simulation = Simulation::of(0.05, 0.05);
    let found = (0..400).filter(|_| simulation.effects(1.5, 20, 1.0)[1].p() <= ALPHA);
    let found = found.count();
    assert!(found >= 340, "{found}");
}

#[test]
fn four_past_runs_change_nothing() {
    let [alone, with] = Simulation::of(0.2, 0.05).effects(1.0, 4, 1.0);
    assert_eq!(alone, with);
}

#[test]
fn a_step_by_30_percent_is_found_within_one_run_of_where_it_is() {
    let mut simulation = Simulation::of(0.05, 0.05);
    let near = (0..60).filter(|_| {
        let series = simulation.series(20, |run| if run < 10 { 1.0 } else { 1.3 });
        steps(&series).iter().any(|step| (9..=11).contains(step))
    });
    assert!(near.count() >= 54);
}

#[test]
fn one_run_that_is_off_is_no_level() {
    let mut simulation = Simulation::of(0.05, 0.05);
    let levels = (0..200).filter(|turn| {
        let series = simulation.series(20, |run| if run == turn % 20 { 1.6 } else { 1.0 });
        !steps(&series).is_empty()
    });
    let levels = levels.count();
    assert!(levels <= 8, "{levels}");
}

#[test]
fn series_without_a_step_have_one_in_about_one_of_a_hundred() {
    for (runs, of) in [(10, 300), (20, 300), (60, 60)] {
        let mut simulation = Simulation::of(0.2, 0.05);
        let found = (0..of).filter(|_| !steps(&simulation.series(runs, |_| 1.0)).is_empty());
        let found = found.count();
        // What chance adds to one of a hundred, at most.
        assert!(
            found <= of / 100 + 6,
            "{found} of {of} series of {runs} runs"
        );
    }
}
