//! Which runs a trial of the gate is made of.

/// What is done to a subject.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Harm {
    /// Its name in files.
    pub name: &'static str,
    /// Its name in the table.
    pub words: &'static str,
    /// What workers are told.
    how: &'static str,
    /// The share of runs in which it must be noticed, if a target says so.
    pub target: Option<f64>,
}

/// Every one of them.
pub const HARMS: [Harm; 5] = [
    Harm {
        name: "slow-5",
        words: "5 % slower",
        how: "slow 0.05",
        target: None,
    },
    Harm {
        name: "slow-10",
        words: "10 % slower",
        how: "slow 0.10",
        target: None,
    },
    Harm {
        name: "slow-20",
        words: "20 % slower",
        how: "slow 0.20",
        target: Some(0.9),
    },
    Harm {
        name: "slow-50",
        words: "50 % slower",
        how: "slow 0.50",
        target: Some(0.9),
    },
    Harm {
        name: "fail-1",
        words: "1 % of statements refused",
        how: "fail 0.01",
        target: Some(0.9),
    },
];

/// The subjects that are harmed in turn, and the settings by which their workers know them: those that
/// do not wait for a disk, since what a disk does to the others is a matter of the machine, and is in
/// the table of what could have been seen.
const HARMED: [(&str, &str); 2] = [
    ("sqlite-wal-normal", "sqlite wal normal"),
    ("postgres-async", "postgres off"),
];

/// A run of the trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The name of its file.
    pub name: String,
    /// What is done, and to whom; `None` if nothing.
    harm: Option<(Harm, usize)>,
}

impl Step {
    /// What is done, as a place in the list, and to which subject; `None` if nothing.
    pub fn harm(&self) -> Option<(usize, &'static str)> {
        let (harm, subject) = self.harm?;
        let place = HARMS.iter().position(|other| *other == harm)?;
        Some((place, HARMED[subject].0))
    }

    /// What workers find in their environment; `None` if nothing is done.
    pub fn hindrance(&self) -> Option<String> {
        let (harm, subject) = self.harm?;
        Some(format!("{}: {}", HARMED[subject].1, harm.how))
    }
}

/// Every run, in the order in which they are made: those in which a subject is worse are spread evenly over
/// those that are the same, and each follows the one that it is compared with.
pub fn steps(pairs: u32, each: u32) -> Vec<Step> {
    let turns = 0..each as usize;
    let worse = turns.flat_map(|turn| HARMS.map(|harm| (harm, turn % HARMED.len())));
    let mut worse: Vec<(Harm, usize)> = worse.collect();
    let (all, same) = (worse.len(), pairs as usize + 1);
    let mut steps = Vec::new();
    for number in 0..same {
        steps.push(Step {
            name: format!("{number:03}-same"),
            harm: None,
        });
        let left = all - all * (number + 1) / same;
        for (turn, harm) in worse.drain(..worse.len() - left).enumerate() {
            let subject = HARMED[harm.1].0;
            steps.push(Step {
                name: format!("{number:03}-{}-{subject}-{turn}", harm.0.name),
                harm: Some(harm),
            });
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_harm_is_done_as_often_as_asked_and_after_a_run_that_is_the_same() {
        let steps = steps(40, 10);
        assert_eq!(steps.len(), 41 + 50);
        assert!(steps[0].harm.is_none());
        for harm in HARMS {
            let of_it = steps
                .iter()
                .filter(|step| step.harm.is_some_and(|(h, _)| h == harm));
            assert_eq!(of_it.count(), 10, "{}", harm.name);
        }
        let mut names: Vec<&String> = steps.iter().map(|step| &step.name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), steps.len());
        // Spread out, so that what the machine does in an hour meets all of them.
        let late = steps[steps.len() / 2..]
            .iter()
            .filter(|step| step.harm.is_some());
        assert!((20..=30).contains(&late.count()));
    }
}
