//! Which runs a trial of the gate is made of.

/// What is done to a subject.
#[derive(Debug)]
pub struct Harm {
    /// What follows the `+` in the names of copies to which it is done.
    pub name: &'static str,
    /// Its name in the table.
    pub words: &'static str,
    /// The share of runs in which it must be noticed, if a target says so.
    pub target: Option<f64>,
}

/// Every one of them.
pub const HARMS: [Harm; 5] = [
    Harm {
        name: "slow-5",
        words: "5 % slower",
        target: None,
    },
    Harm {
        name: "slow-10",
        words: "10 % slower",
        target: None,
    },
    Harm {
        name: "slow-20",
        words: "20 % slower",
        target: Some(0.9),
    },
    Harm {
        name: "slow-50",
        words: "50 % slower",
        target: Some(0.9),
    },
    Harm {
        name: "refuse-1",
        words: "1 % of statements refused",
        target: Some(0.9),
    },
];

/// The subjects that are harmed in turn: those that do not wait for a disk, since what a disk does to the
/// others is a matter of the machine, and is in the table of what could have been seen.
const HARMED: [&str; 2] = ["sqlite-wal-normal", "postgres-async"];

/// A run of the trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The name of its file.
    pub name: String,
    /// The copies of subjects that are measured in it beside the subjects themselves, each worse than
    /// those of the run before.
    pub copies: Vec<String>,
}

/// Every run, in the order in which they are made: the copies are spread evenly over all but the first,
/// which has none before it to be compared with. Beside a hog only what a target asks for is done: copies
/// make rounds longer than those of a pipeline, and a hog is to meet whole ones.
pub fn steps(pairs: u32, each: u32, hog: bool) -> Vec<Step> {
    let turns = 0..each as usize;
    let copies = turns.flat_map(|turn| {
        let subject = HARMED[turn % HARMED.len()];
        let harms = HARMS
            .iter()
            .filter(move |harm| !hog || harm.target.is_some());
        harms.map(move |harm| format!("{subject}+{}", harm.name))
    });
    let mut copies: Vec<String> = copies.collect();
    let (all, pairs) = (copies.len(), pairs as usize);
    (0..=pairs)
        .map(|number| {
            let left = all - all * number / pairs.max(1);
            Step {
                name: format!("{number:03}"),
                copies: copies.drain(..copies.len() - left).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::subject;

    #[test]
    fn every_harm_is_done_as_often_as_asked_and_none_twice_in_a_run() {
        let steps = steps(40, 10, false);
        assert_eq!(steps.len(), 41);
        assert!(steps[0].copies.is_empty());
        for harm in HARMS {
            for subject in HARMED {
                let name = format!("{subject}+{}", harm.name);
                assert!(subject::find(&name).is_some(), "{name}");
                let of_it = steps.iter().filter(|step| step.copies.contains(&name));
                assert_eq!(of_it.count(), 5, "{name}");
            }
        }
        for step in &steps[1..] {
            let different: BTreeSet<&String> = step.copies.iter().collect();
            assert_eq!(different.len(), step.copies.len(), "{step:?}");
            // Spread out, so that what the machine does in an hour meets all of them.
            assert!((1..=2).contains(&step.copies.len()), "{step:?}");
        }
    }

    #[test]
    fn beside_a_hog_what_no_target_asks_for_is_left_out() {
        let steps = steps(15, 10, true);
        let copies: Vec<&String> = steps.iter().flat_map(|step| &step.copies).collect();
        assert_eq!(copies.len(), 30);
        assert!(steps.iter().all(|step| step.copies.len() <= 2));
        assert!(copies.iter().all(|copy| !copy.ends_with("+slow-5")));
        for harm in HARMS.iter().filter(|harm| harm.target.is_some()) {
            let own = copies.iter().filter(|copy| copy.ends_with(harm.name));
            assert_eq!(own.count(), 10, "{}", harm.name);
        }
    }
}
