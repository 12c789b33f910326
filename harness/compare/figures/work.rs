//! What a commit costs its engine, as each run counted it once, apart from the timed trials.

use crate::compare::figure::{Basis, Better, Event, Evidence, Figure, Unit};
use crate::compare::pair::Pair;
use crate::compare::verdict::Verdict;
use crate::measure::{CommitWork, Point, Run};

/// A count of all commits of a point.
struct Count {
    name: &'static str,
    unit: Unit,
    /// The smallest difference per commit worth telling: what a checkpoint more or less makes is not.
    least: f64,
    /// Whether it is the same thing on either engine.
    of_any_engine: bool,
    of: fn(&CommitWork) -> Option<u64>,
}

/// Every figure of this family.
const COUNTS: &[Count] = &[
    Count {
        name: "syncs per commit",
        unit: Unit::Number,
        least: 0.1,
        of_any_engine: true,
        of: |work| work.written.syncs(),
    },
    Count {
        name: "statements per commit",
        unit: Unit::Number,
        least: 0.1,
        of_any_engine: true,
        of: |work| Some(work.statements),
    },
    Count {
        name: "writes per commit",
        unit: Unit::Number,
        least: 0.1,
        of_any_engine: false,
        of: |work| Some(work.written.writes()),
    },
    Count {
        name: "bytes per commit",
        unit: Unit::Bytes,
        least: 512.0,
        of_any_engine: false,
        of: |work| Some(work.written.bytes()),
    },
];

/// The figures of two runs: of the points at which both counted.
pub fn of(pair: &Pair) -> Vec<Figure> {
    let mut figures = Vec::new();
    for new in &pair.new.commit_work {
        let same = |base: &&CommitWork| base.point == new.point;
        let Some(base) = pair.base.commit_work.iter().find(same) else {
            continue;
        };
        let varies = varies(base, new);
        let engine = |run: &Run| run.subject(&new.point.subject).map(|s| s.engine);
        let same_engine = engine(pair.base) == engine(pair.new);
        for count in COUNTS
            .iter()
            .filter(|count| same_engine || count.of_any_engine)
        {
            let per_commit = |work: &CommitWork| work.per_commit((count.of)(work)?);
            let Some((base, new_value)) = per_commit(base).zip(per_commit(new)) else {
                continue;
            };
            figures.push(Figure {
                place: pair.place(&new.point),
                name: count.name.to_owned(),
                basis: Basis::Count,
                better: Better::Lower,
                unit: count.unit,
                evidence: Evidence::Counted {
                    base,
                    new: new_value,
                    least: count.least,
                    varies,
                },
            });
        }
    }
    figures.extend(missing(pair));
    figures
}

/// Points at which the base counted and the new run, which measured there, did not. An audit may have failed
/// as it counted: that is in its warnings.
fn missing(pair: &Pair) -> impl Iterator<Item = Figure> {
    let counted =
        |run: &Run, point: &Point| run.commit_work.iter().any(|work| work.point == *point);
    let points = pair.points.iter().copied();
    let points = points.filter(move |point| counted(pair.base, point) && !counted(pair.new, point));
    points.map(|point| Figure {
        place: pair.place(point),
        name: "what a commit costs".to_owned(),
        basis: Basis::Count,
        better: Better::Lower,
        unit: Unit::Number,
        evidence: Evidence::Event(Event {
            base: "counted".to_owned(),
            new: "not counted".to_owned(),
            verdict: Verdict::Inconclusive,
            sentence: "It could not be counted: see the warnings of the new run.".to_owned(),
        }),
    })
}

/// Why counts of the same point may differ between two runs of the same thing; `None` if they do not.
fn varies(base: &CommitWork, new: &CommitWork) -> Option<&'static str> {
    if base.commits.min(new.commits) < CommitWork::ENOUGH_COMMITS {
        Some("It was counted over so few commits that what the first one costs shows in it.")
    } else if new.point.clients > 1 {
        Some("It was counted once in each run, and how often clients meet differs from run to run.")
    } else {
        None
    }
}
