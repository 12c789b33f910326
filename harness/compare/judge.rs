//! What is said of every figure.
//!
//! Each basis is a family of figures that are judged together (see `family.rs`), or two (see below), so that
//! times, which are only shown unless somebody asks, do not cost the figures that decide their power.
//!
//! Tails and fairness differ between two runs of the very same thing by more than rounds show: most of
//! the false alarms that `contend gate-trial` found were theirs. They are shown, a family by themselves,
//! and decide where that cannot mislead: beside past runs, or where rounds were made in turns.
//!
//! With past runs, an effect has to be told from what differs between runs as well: see `between.rs`.

use super::between::{Noise, RUNS_NEEDED};
use super::changes::{Change, Kind, Past, Rules, Size};
use super::family::{Member, family};
use super::figure::{Basis, Better, Event, Evidence, Figure, Rounds};
use super::history::History;
use super::statistics::{CONFIDENCE, ROUNDS_NEEDED, Scale};
use super::verdict::Verdict;
use super::words;
use crate::measure::statistics::quantile;

/// Where nothing is found, a change by a fifth must have been there to be seen, and must be outside of the
/// interval, before that is called no difference; of shares, one by two percentage points.
const WORTH_SEEING: f64 = 0.2;

/// A share's difference weighs as much as a change by ten times of it.
pub const OF_SHARES: f64 = 0.1;

/// What varies from run to run does so by half, where clients meet in a disk's sync. A count that
/// is a multiple of what it was hints at another way of working.
const OTHER_WAY: f64 = 2.0;

/// What a verdict comes with.
struct Judged {
    verdict: Verdict,
    /// Whether it may have changed, though that is not decided.
    doubtful: bool,
    size: Option<Size>,
    words: String,
    reason: String,
    /// How much it weighs among figures of the same verdict.
    weight: f64,
    /// The noise between runs, and whether the figure would be called changed without it.
    noise: Option<(Noise, bool)>,
}

/// What is said of every figure, the most important first.
pub fn judge(figures: &[Figure], history: Option<&History>, rules: &Rules) -> Vec<Change> {
    let waits: Vec<bool> = figures
        .iter()
        .map(|figure| waits_for_past(figure, history))
        .collect();
    let families = Basis::ALL.map(|basis| {
        [false, true].map(|waiting| {
            let among = |index: usize| figures[index].basis == basis && waits[index] == waiting;
            family(figures, history, among)
        })
    });
    let effect_of = |index: usize| {
        let mut all = families.iter().flatten().flatten();
        all.find(|member| member.index == index)
    };
    let mut changes: Vec<(f64, Change)> = figures
        .iter()
        .enumerate()
        .map(|(index, figure)| {
            let judged = match &figure.evidence {
                Evidence::Event(event) => of_event(event),
                Evidence::Counted {
                    base,
                    new,
                    least,
                    varies,
                } => of_counts(figure, (*base, *new), *least, *varies, rules),
                Evidence::Rounds(rounds) => match effect_of(index) {
                    Some(member) => of_rounds(figure, rounds, member, rules),
                    None => without_effect(figure, rounds),
                },
            };
            let past = history.and_then(|history| past(figure, &judged, history, rules));
            (
                judged.weight,
                change(figure, judged, past, waits[index], rules),
            )
        })
        .collect();
    changes.sort_by(|(one, a), (other, b)| {
        (a.verdict, !a.gates, a.basis)
            .cmp(&(b.verdict, !b.gates, b.basis))
            .then(other.total_cmp(one))
    });
    changes.into_iter().map(|(_, change)| change).collect()
}

/// Whether a figure is shown only as long as there are no past runs to tell what it differs by anyway.
fn waits_for_past(figure: &Figure, history: Option<&History>) -> bool {
    let known = || history.is_some_and(|past| past.of_runs(figure, 0.0).len() >= RUNS_NEEDED);
    match &figure.evidence {
        Evidence::Rounds(rounds) => rounds.unsteady && rounds.pairs.is_none() && !known(),
        Evidence::Counted { .. } | Evidence::Event(_) => false,
    }
}

/// A change by so large a share of the base, on the scale on which figures are judged.
fn on_scale(share: f64, scale: Scale) -> f64 {
    match scale {
        Scale::Difference => share * OF_SHARES,
        Scale::Ratio | Scale::Multiple => share.ln_1p(),
    }
}

fn of_event(event: &Event) -> Judged {
    Judged {
        verdict: event.verdict,
        doubtful: true,
        size: None,
        words: event.sentence.clone(),
        reason: String::new(),
        weight: f64::MAX,
        noise: None,
    }
}

/// A figure that was counted once: there is no noise to compare it with, so it takes a change that is
/// worth telling, and a count that is the same in every run of the same thing.
fn of_counts(
    Figure { better, unit, .. }: &Figure,
    (base, new): (f64, f64),
    least: f64,
    varies: Option<&str>,
    rules: &Rules,
) -> Judged {
    let ratio = new / base;
    // Something where there was nothing is more than any multiple.
    let log = if base == new { 0.0 } else { ratio.ln().abs() };
    let large = log >= on_scale(rules.floor, Scale::Multiple);
    let change = large && (new - base).abs() >= least;
    let (verdict, reason) = match (change, varies) {
        (false, _) if large => (Verdict::NoDifference, words::least(*unit, least)),
        (false, _) => (Verdict::NoDifference, String::new()),
        (true, Some(why)) => (Verdict::Inconclusive, why.to_owned()),
        (true, None) => (direction(*better, new - base), String::new()),
    };
    Judged {
        verdict,
        doubtful: log >= OTHER_WAY.ln(),
        size: None,
        words: match ratio.is_finite() && ratio > 0.0 {
            true => words::ratio(*better, ratio),
            false => words::counts(base, new),
        },
        reason,
        weight: log,
        noise: None,
    }
}

/// A figure that no test can be made of.
fn without_effect(figure: &Figure, rounds: &Rounds) -> Judged {
    let few = rounds.fewest() < ROUNDS_NEEDED;
    let equal = rounds.all_equal() && (!few || figure.basis == Basis::Count);
    let (verdict, words, reason) = match equal {
        true => (
            Verdict::NoDifference,
            "the same in every round".to_owned(),
            String::new(),
        ),
        false => (
            Verdict::Inconclusive,
            words::few(rounds.base.len(), rounds.new.len()),
            match few {
                true => format!(
                    "It takes {ROUNDS_NEEDED} rounds on both sides to tell a change from chance."
                ),
                false => "A value of nothing has no ratio to any other.".to_owned(),
            },
        ),
    };
    Judged {
        verdict,
        doubtful: false,
        size: None,
        words,
        reason,
        weight: 0.0,
        noise: None,
    }
}

fn of_rounds(figure: &Figure, rounds: &Rounds, member: &Member, rules: &Rules) -> Judged {
    let effect = member.effect;
    let shares = rounds.scale == Scale::Difference;
    let worth = WORTH_SEEING.max(rules.floor);
    let [floor, worth_seeing] = [rules.floor, worth].map(|share| on_scale(share, rounds.scale));
    let (lower, upper) = effect.interval(CONFIDENCE);
    let smallest = effect.smallest(member.level);
    let told = member.told();
    // Told by itself, though perhaps not among so many.
    let doubtful = (lower > 0.0 || upper < 0.0) && effect.estimate.abs() >= floor;
    let possible = lower <= -worth_seeing || upper >= worth_seeing;
    let own = rounds.moved.is_none_or(|moved| moved.is_own());
    let natural = |value: f64| if shares { value } else { value.exp() };
    let size = Size {
        kind: if shares {
            Kind::Difference
        } else {
            Kind::Ratio
        },
        estimate: natural(effect.estimate),
        lower: natural(lower),
        upper: natural(upper),
        p: member.p,
        p_corrected: member.corrected,
        smallest: if shares { smallest } else { smallest.exp_m1() },
    };
    let (verdict, reason) = if told && effect.estimate.abs() < floor {
        (Verdict::NoDifference, words::below(&size, rules))
    } else if told && !own {
        (Verdict::Inconclusive, words::not_own(figure, rounds))
    } else if told {
        (direction(figure.better, effect.estimate), String::new())
    } else if smallest >= worth_seeing {
        (Verdict::Inconclusive, words::blind(&size))
    } else if doubtful || possible {
        (
            Verdict::Inconclusive,
            words::doubtful(doubtful, size.kind, worth),
        )
    } else {
        (Verdict::NoDifference, String::new())
    };
    let finite = [size.estimate, size.lower, size.upper, size.smallest];
    let known = finite.iter().all(|number| number.is_finite());
    Judged {
        verdict,
        doubtful,
        words: words::effect(figure.better, &size),
        // Where the noise is beyond all measure, no number says how large the effect is.
        size: known.then_some(size),
        reason,
        weight: effect.estimate.abs() / if shares { OF_SHARES } else { 1.0 },
        noise: member.noise.map(|noise| {
            let changed = member.by_rounds && effect.estimate.abs() >= floor && own;
            (noise, changed && !told)
        }),
    }
}

/// What past runs say of a figure; `None` if none have it.
fn past(figure: &Figure, judged: &Judged, history: &History, rules: &Rules) -> Option<Past> {
    let runs = history.runs(figure);
    let scale = match &figure.evidence {
        Evidence::Rounds(rounds) => rounds.scale,
        _ => Scale::Multiple,
    };
    let deviation = |noise: Noise| match scale {
        Scale::Difference => noise.between.sqrt(),
        Scale::Ratio | Scale::Multiple => noise.between.sqrt().exp_m1(),
    };
    let changed = matches!(judged.verdict, Verdict::Regressed | Verdict::Improved);
    (runs > 0).then(|| Past {
        runs,
        noise: judged.noise.map(|(noise, _)| deviation(noise)),
        within_noise: judged.noise.is_some_and(|(_, within)| within),
        standing: history.standing(figure, changed, on_scale(rules.floor, scale)),
    })
}

/// What a change in this direction is.
fn direction(better: Better, change: f64) -> Verdict {
    match (better == Better::Higher) == (change > 0.0) {
        true => Verdict::Improved,
        false => Verdict::Regressed,
    }
}

fn change(
    figure: &Figure,
    judged: Judged,
    history: Option<Past>,
    waits_for_past: bool,
    rules: &Rules,
) -> Change {
    let (base, new) = match &figure.evidence {
        Evidence::Rounds(rounds) => (quantile(&rounds.base, 0.5), quantile(&rounds.new, 0.5)),
        Evidence::Counted { base, new, .. } => (Some(*base), Some(*new)),
        Evidence::Event(_) => (None, None),
    };
    let asked = rules.gate.contains(&figure.basis);
    let [base_words, new_words] = match &figure.evidence {
        Evidence::Event(event) => [event.base.clone(), event.new.clone()],
        _ => [base, new].map(|value| words::value(figure.unit, value)),
    };
    Change {
        id: figure.id(),
        group: figure.place.group.clone(),
        place: figure.place.words.clone(),
        figure: figure.name.clone(),
        basis: figure.basis,
        gates: asked && !waits_for_past,
        unit: figure.unit,
        base,
        new,
        base_words,
        new_words,
        effect: judged.size,
        verdict: judged.verdict,
        notable: match judged.verdict {
            Verdict::Regressed | Verdict::Improved => true,
            Verdict::Inconclusive => judged.doubtful,
            Verdict::NoDifference => false,
        },
        reason: match judged.verdict {
            Verdict::Regressed | Verdict::Improved if asked && waits_for_past => {
                words::waits_for_past()
            }
            _ => judged.reason,
        },
        words: judged.words,
        history,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::figure::{Moved, Place, Unit};
    use crate::compare::statistics::ALPHA;

    fn rules() -> Rules {
        Rules {
            gate: vec![Basis::Count, Basis::Ratio],
            floor: 0.05,
            alpha: ALPHA,
            confidence: CONFIDENCE,
            rounds_needed: ROUNDS_NEEDED,
        }
    }

    fn figure(name: &str, basis: Basis, better: Better, evidence: Evidence) -> Figure {
        Figure {
            place: Place {
                group: "increment-hot".to_owned(),
                words: "postgres, 16 clients".to_owned(),
                id: "increment-hot.v1/postgres/16 clients".to_owned(),
            },
            name: name.to_owned(),
            basis,
            better,
            unit: Unit::Number,
            evidence,
        }
    }

    /// Six rounds around a value, off by at most so much of it.
    fn around(value: f64, by: f64) -> Vec<f64> {
        [-1.0, 0.5, -0.3, 1.0, -0.6, 0.4]
            .map(|step| value * (1.0 + by * step))
            .into()
    }

    fn rounds(base: Vec<f64>, new: Vec<f64>) -> Rounds {
        Rounds {
            base,
            new,
            pairs: None,
            scale: Scale::Ratio,
            moved: None,
            unsteady: false,
        }
    }

    /// What is said of a latency relative to the others.
    fn of(rounds: Rounds) -> Change {
        let figure = figure("p99", Basis::Ratio, Better::Faster, rounds.into());
        judge(&[figure], None, &rules()).remove(0)
    }

    fn counted(base: f64, new: f64, varies: Option<&'static str>) -> Change {
        let evidence = Evidence::Counted {
            base,
            new,
            least: 0.1,
            varies,
        };
        judge(
            &[figure("syncs", Basis::Count, Better::Lower, evidence)],
            None,
            &rules(),
        )
        .remove(0)
    }

    #[test]
    fn a_change_is_told_from_noise_and_its_direction_from_what_is_better() {
        assert_eq!(
            of(rounds(around(1.0, 0.02), around(1.3, 0.02))).verdict,
            Verdict::Regressed
        );
        assert_eq!(
            of(rounds(around(1.3, 0.02), around(1.0, 0.02))).verdict,
            Verdict::Improved
        );
        assert_eq!(
            of(rounds(around(1.0, 0.02), around(1.01, 0.02))).verdict,
            Verdict::NoDifference
        );
        let noisy = of(rounds(around(1.0, 0.4), around(1.3, 0.4)));
        assert_eq!(noisy.verdict, Verdict::Inconclusive);
        assert!(
            noisy.reason.contains("would have been seen"),
            "{}",
            noisy.reason
        );
    }

    #[test]
    fn a_change_that_may_be_there_is_not_called_none_though_a_fifth_would_have_been_seen() {
        let among = |count: usize, found: Rounds| {
            let noise = |index: usize| {
                let same = rounds(around(1.0, 0.02), around(1.001, 0.02));
                figure(
                    &index.to_string(),
                    Basis::Ratio,
                    Better::Faster,
                    same.into(),
                )
            };
            let mut figures: Vec<Figure> = (0..count).map(noise).collect();
            figures.push(figure("p99", Basis::Ratio, Better::Faster, found.into()));
            let judged = judge(&figures, None, &rules());
            judged
                .into_iter()
                .find(|change| change.figure == "p99")
                .unwrap()
        };
        // Its interval is without zero, and it is one of many.
        let change = among(60, rounds(around(1.0, 0.05), around(1.1, 0.05)));
        let size = change.effect.unwrap();
        assert!(size.lower > 1.0 && size.p_corrected > ALPHA, "{size:?}");
        assert!(size.smallest < WORTH_SEEING, "{size:?}");
        assert_eq!(
            (change.verdict, change.notable),
            (Verdict::Inconclusive, true)
        );
        assert!(change.reason.contains("among so many"), "{}", change.reason);
        // Its interval holds nothing, and a change by a fifth as well.
        let change = among(0, rounds(around(1.0, 0.08), around(1.1, 0.08)));
        let size = change.effect.unwrap();
        assert!(size.lower < 1.0 && size.upper > 1.2, "{size:?}");
        assert!(size.smallest < WORTH_SEEING, "{size:?}");
        assert_eq!(
            (change.verdict, change.notable),
            (Verdict::Inconclusive, false)
        );
        assert!(change.reason.contains("by 20"), "{}", change.reason);
    }

    #[test]
    fn a_change_below_the_floor_is_there_and_does_not_count() {
        let found = of(rounds(around(1.0, 0.001), around(1.03, 0.001)));
        assert_eq!(found.verdict, Verdict::NoDifference);
        assert!(found.effect.unwrap().p_corrected < ALPHA);
        assert!(found.reason.contains("at least 5"), "{}", found.reason);
    }

    #[test]
    fn the_ratio_of_two_subjects_to_each_other_counts_once() {
        let beside = |base: Vec<f64>, new: Vec<f64>, own: f64| {
            let moved = Some(Moved { own, others: 0.0 });
            let rounds = Rounds {
                moved,
                ..rounds(base, new)
            };
            figure("goodput", Basis::Ratio, Better::Higher, rounds.into())
        };
        let over = |values: Vec<f64>| values.into_iter().map(|value| 1.0 / value).collect();
        let (base, new) = (around(1.2, 0.1), around(1.0, 0.1));
        let one = beside(base.clone(), new.clone(), -0.2);
        let other = beside(over(base.clone()), over(new), 0.2);
        let different = beside(over(base), over(around(1.1, 0.1)), 0.1);
        let corrected = |figures: &[Figure]| {
            let judged = judge(figures, None, &rules());
            let sizes = judged.iter().map(|change| change.effect.unwrap());
            sizes
                .map(|size| size.p_corrected / size.p)
                .collect::<Vec<f64>>()
        };
        assert_eq!(corrected(std::slice::from_ref(&one)), [1.0]);
        assert_eq!(corrected(&[one.clone(), other]), [1.0, 1.0]);
        let two = corrected(&[one, different]);
        assert!(two.contains(&2.0), "{two:?}");
    }

    #[test]
    fn a_figure_among_many_has_to_be_further_from_chance() {
        let doubtful = rounds(around(1.0, 0.1), around(1.2, 0.1));
        let alone = judge(
            &[figure(
                "p99",
                Basis::Ratio,
                Better::Faster,
                doubtful.clone().into(),
            )],
            None,
            &rules(),
        );
        assert_eq!(alone[0].verdict, Verdict::Regressed);
        let others = (0..40).map(|index| {
            let same = rounds(around(1.0, 0.1), around(1.001, 0.1));
            figure(
                &index.to_string(),
                Basis::Ratio,
                Better::Faster,
                same.into(),
            )
        });
        let mut many: Vec<Figure> = others.collect();
        many.push(figure("p99", Basis::Ratio, Better::Faster, doubtful.into()));
        let judged = judge(&many, None, &rules());
        let found = judged.iter().find(|change| change.figure == "p99").unwrap();
        assert_eq!(found.verdict, Verdict::Inconclusive);
        assert!(found.notable, "worth a look all the same");
    }

    #[test]
    fn what_the_others_did_is_not_a_subjects_own_doing() {
        let of = |own: f64, others: f64| {
            let rounds = rounds(around(1.0, 0.02), around((own - others).exp(), 0.02));
            let moved = Some(Moved { own, others });
            of(Rounds { moved, ..rounds }).verdict
        };
        assert_eq!(of(0.5, 0.0), Verdict::Regressed);
        assert_eq!(of(0.5, -0.2), Verdict::Regressed);
        assert_eq!(of(0.0, -0.5), Verdict::Inconclusive);
        assert_eq!(of(0.1, -0.5), Verdict::Inconclusive);
        // A machine that became slower for everybody, and this subject still more.
        assert_eq!(of(0.8, 0.3), Verdict::Regressed);
        // A machine that became faster for everybody but this subject.
        assert_eq!(of(-0.1, -0.6), Verdict::Inconclusive);
    }

    #[test]
    fn rounds_made_in_turns_show_what_rounds_apart_cannot() {
        let machine = around(1.0, 0.5);
        let slower: Vec<f64> = machine
            .iter()
            .zip(around(1.3, 0.02))
            .map(|(m, by)| m * by)
            .collect();
        let pairs = Some(
            machine
                .iter()
                .copied()
                .zip(slower.iter().copied())
                .collect(),
        );
        let apart = rounds(machine, slower);
        assert_eq!(of(apart.clone()).verdict, Verdict::Inconclusive);
        assert_eq!(of(Rounds { pairs, ..apart }).verdict, Verdict::Regressed);
    }

    #[test]
    fn what_runs_differ_in_anyway_is_shown_and_decides_in_turns() {
        let steady = rounds(around(1.0, 0.02), around(1.3, 0.02));
        let found = of(steady.clone().unsteady(true));
        assert_eq!((found.verdict, found.gates), (Verdict::Regressed, false));
        assert!(found.reason.contains("--history"), "{}", found.reason);
        assert!(of(steady.clone()).gates);
        let time = steady.clone().unsteady(true);
        let time = figure("p99", Basis::Time, Better::Faster, time.into());
        let found = judge(&[time], None, &rules()).remove(0);
        assert_eq!(
            (found.gates, found.reason.as_str()),
            (false, ""),
            "nobody asked"
        );
        let pairs = steady.base.iter().copied().zip(steady.new.iter().copied());
        let in_turns = Rounds {
            pairs: Some(pairs.collect()),
            ..steady.clone().unsteady(true)
        };
        let found = of(in_turns);
        assert_eq!((found.verdict, found.gates), (Verdict::Regressed, true));
        assert_eq!(found.reason, "");
    }

    #[test]
    fn what_is_only_shown_costs_the_others_no_power() {
        let doubtful = || rounds(around(1.0, 0.1), around(1.2, 0.1));
        let noise = |index: usize| {
            let same = rounds(around(1.0, 0.1), around(1.001, 0.1)).unsteady(true);
            figure(
                &index.to_string(),
                Basis::Ratio,
                Better::Faster,
                same.into(),
            )
        };
        let mut figures: Vec<Figure> = (0..40).map(noise).collect();
        let decides = figure("goodput", Basis::Ratio, Better::Faster, doubtful().into());
        figures.push(decides);
        let judged = judge(&figures, None, &rules());
        assert_eq!(judged[0].figure, "goodput");
        assert_eq!(judged[0].verdict, Verdict::Regressed);
    }

    #[test]
    fn what_was_counted_once_changes_by_what_is_worth_telling() {
        assert_eq!(counted(1.0, 2.0, None).verdict, Verdict::Regressed);
        assert_eq!(counted(2.0, 1.0, None).verdict, Verdict::Improved);
        assert_eq!(counted(1.0, 1.04, None).verdict, Verdict::NoDifference);
        let little = counted(0.003, 0.006, None);
        assert_eq!(little.verdict, Verdict::NoDifference);
        assert!(little.reason.contains("at least 0.1"), "{}", little.reason);
        let from_nothing = counted(0.0, 1.0, None);
        assert_eq!(from_nothing.verdict, Verdict::Regressed);
        assert_eq!(from_nothing.words, "there was none before");
        assert_eq!(counted(0.0, 0.0, None).verdict, Verdict::NoDifference);
        let many = counted(1.0, 1.5, Some("It varies."));
        assert_eq!((many.verdict, many.notable), (Verdict::Inconclusive, false));
        assert!(counted(1.0, 2.5, Some("It varies.")).notable);
    }

    #[test]
    fn what_only_one_run_has_is_not_the_same_in_both() {
        let lost = rounds(vec![0.5; 6], Vec::new());
        let figure = figure("lost", Basis::Count, Better::Lower, lost.into());
        let found = judge(&[figure], None, &rules()).remove(0);
        assert_eq!(found.verdict, Verdict::Inconclusive);
        assert_eq!(found.words, "6 rounds before, 0 now");
        assert!(found.reason.contains("6 rounds"), "{}", found.reason);
    }

    #[test]
    fn what_has_no_ratio_says_so_and_does_not_ask_for_more_rounds() {
        let found = of(rounds(vec![0.0; 6], around(1.0, 0.1)));
        assert_eq!(found.verdict, Verdict::Inconclusive);
        assert!(found.reason.contains("no ratio"), "{}", found.reason);
    }

    #[test]
    fn what_decides_comes_before_what_is_shown_and_the_larger_change_first() {
        let slower = |by: f64| Evidence::from(rounds(around(1.0, 0.02), around(by, 0.02)));
        let figures = [
            figure("time", Basis::Time, Better::Faster, slower(3.0)),
            figure("same", Basis::Ratio, Better::Faster, slower(1.001)),
            figure("little", Basis::Ratio, Better::Faster, slower(1.3)),
            figure("much", Basis::Ratio, Better::Faster, slower(2.0)),
            figure("better", Basis::Ratio, Better::Faster, slower(0.5)),
        ];
        let names: Vec<String> = judge(&figures, None, &rules())
            .into_iter()
            .map(|change| change.figure)
            .collect();
        assert_eq!(names, ["much", "little", "time", "better", "same"]);
    }
}
