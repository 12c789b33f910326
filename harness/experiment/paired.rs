//! Ratios within a repeat: what two conditions have in common then, a slow disk or a busy machine,
//! does not stand between them.

use crate::measure::experiment::Observation;

/// Adds `name` to each observation under the conditions `of`: its figure, divided by that of the one in
/// the same repeat that differs from it in the conditions `by` only. Void observations have no ratio.
pub fn divide(
    observations: &mut [Observation],
    figure: &str,
    of: &[(&str, &str)],
    by: &[(&str, &str)],
    name: &str,
) {
    let of = |o: &Observation| of.iter().all(|(name, value)| o.condition(name) == *value);
    let ratios: Vec<Option<f64>> = observations
        .iter()
        .map(|one| {
            let mut conditions = one.conditions.clone();
            for (name, value) in by {
                conditions.insert((*name).to_owned(), (*value).to_owned());
            }
            let other = observations.iter().find(|other| {
                other.repeat == one.repeat && other.conditions == conditions && !other.void()
            })?;
            let divisor = other.figure(figure).filter(|divisor| *divisor > 0.0)?;
            (of(one) && !one.void() && other.conditions != one.conditions)
                .then(|| Some(one.figure(figure)? / divisor))?
        })
        .collect();
    for (observation, ratio) in observations.iter_mut().zip(ratios) {
        let ratio = ratio.map(|ratio| (name.to_owned(), ratio));
        observation.figures.extend(ratio);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Audit, Check};

    fn made(instances: &str, repeat: u32, goodput: f64) -> Observation {
        Observation {
            repeat,
            ..Observation::under([("instances", instances), ("subject", "postgres")])
                .with("goodput", goodput)
        }
    }

    fn ratios(mut observations: Vec<Observation>) -> Vec<Option<f64>> {
        divide(
            &mut observations,
            "goodput",
            &[("subject", "postgres")],
            &[("instances", "1")],
            "by_one",
        );
        observations.iter().map(|o| o.figure("by_one")).collect()
    }

    #[test]
    fn each_repeat_is_divided_by_its_own_and_none_by_itself() {
        let observations = vec![
            made("1", 1, 100.0),
            made("4", 1, 50.0),
            made("1", 2, 10.0),
            made("4", 2, 20.0),
            made("4", 3, 1.0),
        ];
        assert_eq!(
            ratios(observations),
            [None, Some(0.5), None, Some(2.0), None]
        );
    }

    #[test]
    fn what_is_void_is_not_compared_and_nothing_is_divided_by_zero() {
        let void = Observation {
            audit: Audit {
                checks: vec![Check::number("stored", 1, 0)],
            },
            ..made("1", 1, 100.0)
        };
        let observations = vec![
            void,
            made("4", 1, 50.0),
            made("1", 2, 0.0),
            made("4", 2, 1.0),
        ];
        assert_eq!(ratios(observations), [None; 4]);
    }
}
