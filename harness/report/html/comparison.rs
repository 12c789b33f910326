//! Ratios of goodput: within a durability tier as figures, across tiers as the one fair sentence.

use serde::Serialize;

use crate::measure::statistics::ROUNDS_FOR_INTERVAL;
use crate::measure::{Run, SubjectInfo};
use crate::report::basis::{Cell, Group, slug};
use crate::report::crosscheck;
use crate::report::findings::{Ratio, Verdict, pairs_across_tiers, pairs_within_tiers, ratio_at};
use crate::report::measured::{self, Conditions};
use crate::report::numbers::{NOTHING, list, plural, span_kind};
use crate::report::table::{Kind, Table};

/// All comparisons of a run.
#[derive(Serialize)]
pub struct Comparison {
    /// Whether any two subjects share a tier.
    paired: bool,
    /// The tiers of which there is any ratio.
    tiers: Vec<TierTables>,
    across: Across,
}

/// What may be said across tiers.
#[derive(Serialize)]
struct Across {
    /// Whether there are subjects of different tiers.
    pairs: bool,
    /// Whether any two of them have a ratio with an interval, without which nothing is said.
    told: bool,
    /// How many rounds that takes.
    needed: usize,
    /// Where the more durable one was also the faster one.
    sentences: Vec<String>,
    /// What the harness costs the engines of which that is said.
    handicaps: Vec<String>,
}

/// The ratios of one durability tier.
#[derive(Serialize)]
struct TierTables {
    tier: String,
    anchor: String,
    tables: Vec<PairTable>,
}

/// The ratios of one pair of subjects.
#[derive(Serialize)]
struct PairTable {
    anchor: String,
    numerator: String,
    denominator: String,
    conditions: Conditions,
    table: Table,
}

/// Compares every pair that may be compared.
pub fn of(run: &Run, groups: &[&Group]) -> Comparison {
    let tiers = pairs_within_tiers(&run.subjects)
        .into_iter()
        .map(|tier| TierTables {
            anchor: format!("ratios-{}", slug(&tier.tier.to_string())),
            tier: tier.tier.to_string(),
            tables: tier
                .pairs
                .iter()
                .filter_map(|pair| pair_table(run, groups, *pair))
                .collect(),
        });
    Comparison {
        paired: !pairs_within_tiers(&run.subjects).is_empty(),
        tiers: tiers.filter(|tier| !tier.tables.is_empty()).collect(),
        across: across(run, groups),
    }
}

/// The ratios of one pair, where there is any: by workload and load. `None` if there is none.
fn pair_table(
    run: &Run,
    groups: &[&Group],
    pair: (&SubjectInfo, &SubjectInfo),
) -> Option<PairTable> {
    let found: Vec<(String, Ratio)> = groups
        .iter()
        .flat_map(|group| {
            let of_load = |load: &u32| (group.name(), ratio_at(group, pair, *load));
            group.loads.iter().map(of_load)
        })
        .filter(|(_, ratio)| ratio.estimate.is_some() || ratio.neither > 0)
        .collect();
    if found.iter().all(|(_, ratio)| ratio.estimate.is_none()) {
        return None;
    }
    let mut loads: Vec<u32> = found.iter().map(|(_, ratio)| ratio.clients).collect();
    loads.sort_unstable();
    loads.dedup();
    let heads: Vec<String> = loads
        .iter()
        .map(|load| plural(*load as usize, "client", "clients"))
        .collect();
    let mut columns = vec![("workload", Kind::Head)];
    columns.extend(heads.iter().map(|head| (head.as_str(), Kind::Number)));
    let mut table = Table::new(&columns);
    for name in groups.iter().map(|group| group.name()) {
        let own: Vec<&Ratio> = found
            .iter()
            .filter(|(other, _)| *other == name)
            .map(|(_, ratio)| ratio)
            .collect();
        if own.is_empty() {
            continue;
        }
        let cell = |load: &u32| {
            let ratio = own.iter().find(|ratio| ratio.clients == *load);
            ratio.map_or(NOTHING.to_owned(), |ratio| ratio.cell())
        };
        let mut row = vec![name];
        row.extend(loads.iter().map(cell));
        table.rows.push(row);
    }
    table.note = standing(&found);
    if let Some(handicap) = crosscheck::handicap(run, pair) {
        table.note.push_str(&format!(" {handicap}"));
    }
    let met: Vec<&Group> = groups
        .iter()
        .filter(|group| found.iter().any(|(name, _)| *name == group.name()))
        .copied()
        .collect();
    let of_pair = |name: &str| name == pair.0.name || name == pair.1.name;
    let cells = met.iter().flat_map(|group| &group.cells);
    let cells: Vec<&Cell> = cells.filter(|cell| of_pair(&cell.subject.name)).collect();
    Some(PairTable {
        anchor: format!("ratio-{}-over-{}", slug(&pair.1.name), slug(&pair.0.name)),
        numerator: pair.1.name.clone(),
        denominator: pair.0.name.clone(),
        conditions: measured::of(run, &met, &cells),
        table,
    })
}

/// What the brackets hold, and which ratios stand on fewer rounds than the others.
fn standing(found: &[(String, Ratio)]) -> String {
    let rounds = |ratio: &Ratio| ratio.estimate.map(|e| (e.rounds, e.confidence));
    let kinds = found.iter().filter_map(|(_, ratio)| rounds(ratio));
    let Some((most, confidence)) = kinds.max_by_key(|(rounds, _)| *rounds) else {
        return "There is no round in which both may be compared and one of them committed anything."
            .to_owned();
    };
    let mut note = match most {
        1 => "Of one round, no interval claimed.".to_owned(),
        _ => format!("In brackets the {}.", span_kind(most, confidence)),
    };
    for (workload, ratio) in found {
        if let Some((fewer, confidence)) = rounds(ratio).filter(|(rounds, _)| *rounds < most) {
            let clients = plural(ratio.clients as usize, "client", "clients");
            let kind = span_kind(fewer, confidence);
            note.push_str(&format!(" But for {workload} with {clients}: {kind}."));
        }
        if ratio.neither > 0 {
            let clients = plural(ratio.clients as usize, "client", "clients");
            let rounds = plural(ratio.neither, "round", "rounds");
            note.push_str(&format!(
                " Of {workload} with {clients} {rounds} in which neither committed anything cannot count."
            ));
        }
    }
    note
}

/// What may be said of subjects of different tiers.
fn across(run: &Run, groups: &[&Group]) -> Across {
    let pairs = pairs_across_tiers(&run.subjects);
    let found: Vec<_> = pairs
        .iter()
        .map(|pair| (*pair, told(groups, *pair)))
        .collect();
    let won = found
        .iter()
        .filter(|(_, told)| told.iter().any(|(.., v)| *v == Verdict::Faster));
    let mut handicaps: Vec<String> = won
        .filter_map(|(pair, _)| crosscheck::handicap(run, *pair))
        .collect();
    handicaps.sort();
    handicaps.dedup();
    Across {
        pairs: !pairs.is_empty(),
        told: found.iter().any(|(_, told)| !told.is_empty()),
        needed: ROUNDS_FOR_INTERVAL,
        sentences: found
            .iter()
            .filter_map(|(pair, told)| faster(*pair, told))
            .collect(),
        handicaps,
    }
}

/// A verdict, with where it was found: the workload and the number of clients.
type Told = (String, u32, Verdict);

/// Every verdict on the more durable of two subjects over the other.
fn told(groups: &[&Group], pair: (&SubjectInfo, &SubjectInfo)) -> Vec<Told> {
    let mut told = Vec::new();
    for group in groups {
        for load in &group.loads {
            let verdict = ratio_at(group, pair, *load).verdict();
            told.extend(verdict.map(|verdict| (group.name(), *load, verdict)));
        }
    }
    told
}

/// Where the more durable of two subjects was also the faster one; `None` if nowhere.
fn faster((less, more): (&SubjectInfo, &SubjectInfo), told: &[Told]) -> Option<String> {
    let mut places: Vec<(&String, Vec<String>)> = Vec::new();
    let won = told.iter().filter(|(.., v)| *v == Verdict::Faster);
    for (workload, clients, _) in won.clone() {
        match places.last_mut() {
            Some((last, loads)) if *last == workload => loads.push(clients.to_string()),
            _ => places.push((workload, vec![clients.to_string()])),
        }
    }
    let places: Vec<String> = places
        .iter()
        .map(|(workload, loads)| {
            let clients = if *loads == ["1"] { "client" } else { "clients" };
            format!("{workload} with {} {clients}", list(loads))
        })
        .collect();
    let points = plural(told.len(), "point", "points");
    let count = match won.count() {
        0 => return None,
        all if all == told.len() => format!("all {points}"),
        some => format!("{some} of {points}"),
    };
    Some(format!(
        "{} ({}) was also faster than {} ({}) at {count}: {}.",
        more.name,
        more.tier,
        less.name,
        less.tier,
        places.join("; ")
    ))
}
