//! Subjects that are made worse on purpose, by how much is known: what `contend gate-trial` measures the
//! gate with. Only a build for that has them. Each is a copy of a subject of the catalog under a name that
//! says what is done to it: `sqlite-wal-normal+slow-20` is 20 % slower, of `postgres+refuse-1` one in a
//! hundred statements that change something is refused.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{Subject, catalog};
use crate::measure::{Plan, Point};

/// What stands between the name of a subject and what is done to it.
const MARK: char = '+';

/// What is done to a subject.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Harm {
    /// Whatever it does takes this share longer: it goes on for a while, then stands still for so much of
    /// it.
    Slow(f64),
    /// This share of statements that change something is refused as if somebody held the lock.
    Refuse(f64),
}

impl Harm {
    /// What follows the mark in the names of copies to which it is done.
    pub fn suffix(&self) -> String {
        match self {
            Harm::Slow(share) => format!("slow-{:.0}", share * 100.0),
            Harm::Refuse(share) => format!("refuse-{:.0}", share * 100.0),
        }
    }

    /// The same in words.
    pub fn words(&self) -> String {
        match self {
            Harm::Slow(share) => format!("{:.0} % slower", share * 100.0),
            Harm::Refuse(share) => format!("{:.0} % of statements refused", share * 100.0),
        }
    }
}

/// The name of the copy of a subject to which this is done.
pub fn name_of(subject: &str, harm: &Harm) -> String {
    format!("{subject}{MARK}{}", harm.suffix())
}

/// What the name of a subject says is done to it; `None` if nothing, or nothing that makes sense.
pub fn harm(name: &str) -> Option<Harm> {
    let (_, done) = name.split_once(MARK)?;
    let (kind, percent) = done.split_once('-')?;
    let share = f64::from(percent.parse::<u32>().ok()?) / 100.0;
    match kind {
        "slow" => Some(Harm::Slow(share)),
        "refuse" if share <= 1.0 => Some(Harm::Refuse(share)),
        _ => None,
    }
}

/// The subject of which this is the name, or whose copy has it.
pub fn original(name: &str) -> &str {
    name.split_once(MARK).map_or(name, |(original, _)| original)
}

/// The worse copy of this name.
pub fn find(name: &str) -> Option<&'static Subject> {
    static FOUND: Mutex<BTreeMap<String, &Subject>> = Mutex::new(BTreeMap::new());
    harm(name)?;
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(copy) = found.get(name) {
        return Some(*copy);
    }
    let of = catalog::ALL
        .iter()
        .find(|subject| subject.name == original(name))?;
    let copy: &'static Subject = Box::leak(Box::new(Subject {
        name: name.to_owned().leak(),
        summary: "A subject that was made worse on purpose, to see whether comparisons notice.",
        ..**of
    }));
    found.insert(name.to_owned(), copy);
    Some(copy)
}

/// The worse copies that a plan has, in its order.
pub fn among(plan: &Plan) -> Vec<&'static Subject> {
    let mut copies: Vec<&Subject> = Vec::new();
    for point in &plan.points {
        if let Some(copy) = find(&point.subject)
            && copies.iter().all(|known| known.name != copy.name)
        {
            copies.push(copy);
        }
    }
    copies
}

/// Adds to a plan the points of these copies: wherever it has their original.
pub fn add(mut plan: Plan, copies: &[&'static Subject]) -> Plan {
    let of = |copy: &&'static Subject| {
        let name = copy.name;
        let points = plan.points.iter();
        let points = points.filter(move |point| point.subject == original(name));
        points
            .map(|point| Point {
                subject: name.to_owned(),
                ..point.clone()
            })
            .collect::<Vec<_>>()
    };
    let points: Vec<Point> = copies.iter().flat_map(of).collect();
    plan.points.extend(points);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject;

    #[test]
    fn a_name_says_what_is_done_to_which_subject() {
        let name = "sqlite-wal-normal+slow-20";
        let copy = subject::find(name).unwrap();
        let of = subject::find("sqlite-wal-normal").unwrap();
        assert_eq!((copy.name, copy.tier), (name, of.tier));
        assert_eq!(
            subject::find(name).unwrap() as *const Subject,
            copy as *const Subject
        );
        assert_eq!(harm(name), Some(Harm::Slow(0.2)));
        assert_eq!(harm("postgres+refuse-1"), Some(Harm::Refuse(0.01)));
        for harm in [Harm::Slow(0.05), Harm::Refuse(0.01)] {
            assert_eq!(super::harm(&name_of("postgres", &harm)), Some(harm));
        }
        assert_eq!(original(name), "sqlite-wal-normal");
        for nonsense in [
            "sqlite-wal-normal",
            "sqlite-wal-normal+",
            "sqlite-wal-normal+slow",
            "sqlite-wal-normal+slow--5",
            "sqlite-wal-normal+harm-5",
            "sqlite-wal-normal+refuse-101",
        ] {
            assert_eq!(harm(nonsense), None, "{nonsense}");
        }
        assert!(subject::find("mysql+slow-20").is_none());
    }
}
