//! What carelessness costs: what naive clients lost without an error, and what failed with one.

use crate::measure::statistics::Estimate;
use crate::measure::{Engine, Figure, Measurement};

use super::basis::{Cell, Section};
use super::numbers::{NOTHING, count, percent, span, span_kind};
use super::tally;

/// What naive clients of one subject paid at one load of one workload.
pub struct Cost<'a> {
    /// The section it is of.
    pub section: &'a Section<'a>,
    /// What the naive clients did.
    pub naive: &'a Cell<'a>,
    /// What careful ones did at the same load, if they were measured.
    pub careful: Option<&'a Cell<'a>>,
    /// What was counted as lost or not, by unit.
    pub losses: Vec<Lost>,
}

/// What was acknowledged to naive clients, since the databases were made, and is not there.
pub struct Lost {
    /// What is counted, in the plural.
    pub unit: String,
    /// How much was acknowledged, over all comparable rounds.
    pub acknowledged: u64,
    /// How much of it is not there.
    pub lost: u64,
    /// The share that was lost, over the rounds; `None` if nothing was acknowledged.
    pub share: Option<Estimate>,
}

/// The cost at every point with naive clients of a subject that stores something.
pub fn costs<'a>(sections: &'a [Section<'a>]) -> Vec<Cost<'a>> {
    sections.iter().flat_map(of_section).collect()
}

/// The same of one section.
pub fn of_section<'a>(section: &'a Section<'a>) -> impl Iterator<Item = Cost<'a>> {
    let naive = section.naive.iter().flat_map(|group| group.stored_cells());
    naive.map(move |naive| Cost {
        section,
        naive,
        careful: section
            .careful
            .as_ref()
            .and_then(|group| group.cell(&naive.subject.name, naive.point.clients)),
        losses: losses(naive),
    })
}

fn losses(cell: &Cell) -> Vec<Lost> {
    let mut units: Vec<&str> = Vec::new();
    for loss in cell.measurements().flat_map(|m| &m.losses) {
        if !units.contains(&loss.unit.as_str()) {
            units.push(&loss.unit);
        }
    }
    let of_unit = |unit: &str| {
        let of_round = |m: &Measurement| -> (u64, u64) {
            let own = m.losses.iter().filter(|loss| loss.unit == unit);
            own.fold((0, 0), |(lost, all), loss| {
                (lost + loss.lost, all + loss.acknowledged)
            })
        };
        let rounds = || cell.measurements().map(of_round);
        let shares: Vec<f64> = rounds()
            .filter(|(_, acknowledged)| *acknowledged > 0)
            .map(|(lost, acknowledged)| lost as f64 / acknowledged as f64)
            .collect();
        Lost {
            unit: unit.to_owned(),
            lost: rounds().map(|(lost, _)| lost).sum(),
            acknowledged: rounds().map(|(_, acknowledged)| acknowledged).sum(),
            share: Estimate::of(&shares),
        }
    };
    units.into_iter().map(of_unit).collect()
}

impl Lost {
    /// In words: `586 of 673 increments (87.1 %)`.
    pub fn words(&self) -> String {
        let of = format!(
            "{} of {} {}",
            count(self.lost),
            count(self.acknowledged),
            self.unit
        );
        match self.acknowledged {
            0 => of,
            all => format!("{of} ({})", percent(self.lost as f64 / all as f64)),
        }
    }
}

impl Cost<'_> {
    /// Whether any trial may be compared.
    pub fn is_known(&self) -> bool {
        !self.naive.comparable.is_empty()
    }

    /// The unit of which the largest share was lost; `None` if nothing was.
    pub fn worst(&self) -> Option<&Lost> {
        let lost = self.losses.iter().filter(|loss| loss.lost > 0);
        let share = |loss: &Lost| loss.share.map_or(0.0, |share| share.median);
        lost.max_by(|a, b| share(a).total_cmp(&share(b)))
    }

    /// The share that was lost of what was acknowledged, over all rounds; `None` if nothing was
    /// acknowledged.
    pub fn lost_share(&self) -> Option<f64> {
        match self.worst() {
            Some(worst) => Some(worst.lost as f64 / worst.acknowledged.max(1) as f64),
            None => (acknowledged(self.naive) > 0).then_some(0.0),
        }
    }

    /// What was lost, in words.
    pub fn lost_words(&self) -> String {
        let lost: Vec<String> = self
            .losses
            .iter()
            .filter(|loss| loss.lost > 0)
            .map(Lost::words)
            .collect();
        match lost.is_empty() {
            _ if !self.is_known() => NOTHING.to_owned(),
            true if acknowledged(self.naive) == 0 => "nothing was acknowledged".to_owned(),
            true => "none".to_owned(),
            false => format!("{} lost, no error", lost.join("; ")),
        }
    }

    /// The range of the rounds of the largest share lost.
    pub fn lost_span(&self) -> String {
        let share = self.worst().and_then(|worst| worst.share);
        share.map_or(NOTHING.to_owned(), |share| span(&share, percent))
    }

    /// Where it was measured: `increment-hot with 16 clients, postgres`.
    fn place(&self) -> String {
        format!(
            "{} with {}, {}",
            self.section.name(),
            self.naive.clients(),
            self.naive.subject.name
        )
    }
}

/// Operations acknowledged, late ones included, over all rounds.
fn acknowledged(cell: &Cell) -> u64 {
    cell.total(|m| m.committed + m.late)
}

/// What carelessness cost on each engine, in one sentence; `None` without naive clients.
pub fn sentence(sections: &[Section]) -> Option<String> {
    let mut costs = costs(sections);
    if costs.is_empty() {
        return None;
    }
    // Payments made to meet fail on purpose: that is no share to tell of if there is another.
    let on_purpose = |cost: &Cost| cost.section.workload.figure == Figure::Settled;
    if !costs.iter().all(on_purpose) {
        costs.retain(|cost| !on_purpose(cost));
    }
    let engines = [Engine::Postgres, Engine::Sqlite].map(|engine| {
        let of_engine = |cost: &&Cost| cost.naive.subject.engine == engine && cost.is_known();
        let own: Vec<&Cost> = costs.iter().filter(of_engine).collect();
        (!own.is_empty()).then(|| format!("on {engine} {}", clause(&own)))
    });
    let engines: Vec<String> = engines.into_iter().flatten().collect();
    Some(match engines.is_empty() {
        true => "No trial of naive clients may be compared, so nothing is said of what carelessness costs.".to_owned(),
        false => format!("Careless (naive) clients: {}.", engines.join("; ")),
    })
}

/// What naive clients lost and what failed, where each was worst.
fn clause(costs: &[&Cost]) -> String {
    let up_to = if costs.len() > 1 { "up to " } else { "" };
    let most = |share: f64| {
        let words = percent(share);
        match words.strip_prefix("> ") {
            Some(nearly_all) => format!("more than {nearly_all}"),
            None => format!("{up_to}{words}"),
        }
    };
    let at = |cost: &Cost, share: &Estimate| {
        let brackets = match (share.rounds, percent(share.lower) == percent(share.upper)) {
            (1, _) => String::new(),
            (rounds, true) => format!("; the same in {rounds} rounds"),
            _ => format!(
                "; {}: {}",
                span_kind(share.rounds, share.confidence),
                span(share, percent)
            ),
        };
        format!("({}{brackets})", cost.place())
    };
    // Of equals the first: the last of the reversed.
    let lost = costs
        .iter()
        .rev()
        .filter_map(|cost| Some((cost, cost.worst()?, cost.worst()?.share?)));
    let lost = lost.max_by(|a, b| a.2.median.total_cmp(&b.2.median));
    let none_acknowledged = costs.iter().all(|cost| acknowledged(cost.naive) == 0);
    let lost = match lost {
        Some((cost, worst, share)) => format!(
            "{} of the acknowledged {} were lost without any error {}",
            most(share.median),
            worst.unit,
            at(cost, &share)
        ),
        None if none_acknowledged => "nothing was acknowledged".to_owned(),
        None => "nothing that was acknowledged was lost".to_owned(),
    };
    let failed = costs.iter().rev().filter_map(|cost| {
        let share = cost
            .naive
            .estimate(|m| m.given_up_total() as f64 / m.operations() as f64)?;
        // A failure of one round in many is one, though the median is none.
        (tally::Tally::of(cost.naive).given_up_total() > 0).then_some((cost, share))
    });
    match failed.max_by(|a, b| {
        (a.1.median, a.1.upper)
            .partial_cmp(&(b.1.median, b.1.upper))
            .unwrap_or(std::cmp::Ordering::Equal)
    }) {
        Some((cost, share)) => format!(
            "{lost}, and {} of the operations failed with an error {}",
            most(share.median),
            at(cost, &share)
        ),
        None => format!("{lost}, and no operation failed"),
    }
}
