//! Which runs a trial of the gate is made of.

use crate::subject::worse::{self, Harm};

/// What is done to subjects.
pub const HARMS: [Harm; 5] = [
    Harm::Slow(0.05),
    Harm::Slow(0.1),
    Harm::Slow(0.2),
    Harm::Slow(0.5),
    Harm::Refuse(0.01),
];

/// Whether a gate must see it.
pub fn to_be_seen(harm: &Harm) -> bool {
    match harm {
        Harm::Slow(share) => *share >= 0.2,
        Harm::Refuse(share) => *share >= 0.01,
    }
}

/// The subjects that are harmed in turn: those that do not wait for a disk, since what a disk does to the
/// others is a matter of the machine, and is in the table of what could have been seen.
const HARMED: [&str; 2] = ["sqlite-wal-normal", "postgres-async"];

/// A run of the trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The name of its file.
    pub name: String,
    /// The copies of subjects that are measured in it beside the subjects themselves, each worse than
    /// those of the run before.
    pub copies: Vec<String>,
}

/// Every run, in the order in which they are made: the copies are spread evenly over all but the first,
/// which has none before it to be compared with.
pub fn plan(pairs: u32, each: u32) -> Vec<Planned> {
    let turns = 0..each as usize;
    let copies = turns.flat_map(|turn| {
        let subject = HARMED[turn % HARMED.len()];
        let harms = HARMS.iter();
        harms.map(move |harm| worse::name_of(subject, harm))
    });
    let mut copies: Vec<String> = copies.collect();
    let (all, pairs) = (copies.len(), pairs as usize);
    (0..=pairs)
        .map(|number| {
            let left = all - all * number / pairs.max(1);
            Planned {
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
        let all = plan(40, 10);
        assert_eq!(all.len(), 41);
        assert!(all[0].copies.is_empty());
        for harm in HARMS {
            for subject in HARMED {
                let name = worse::name_of(subject, &harm);
                assert!(subject::find(&name).is_some(), "{name}");
                let of_it = all.iter().filter(|run| run.copies.contains(&name));
                assert_eq!(of_it.count(), 5, "{name}");
            }
        }
        for run in &all[1..] {
            let different: BTreeSet<&String> = run.copies.iter().collect();
            assert_eq!(different.len(), run.copies.len(), "{run:?}");
            // Spread out, so that what the machine does in an hour meets all of them.
            assert!((1..=2).contains(&run.copies.len()), "{run:?}");
        }
    }
}
