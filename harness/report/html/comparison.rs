//! Ratios of goodput: within a durability tier as figures, across tiers as the one fair sentence.

use serde::Serialize;

use crate::measure::{Run, SubjectInfo};
use crate::report::basis::Group;
use crate::report::findings::{pairs_across_tiers, pairs_within_tiers, ratio_at};
use crate::report::numbers::list;
use crate::report::table::{Kind, Table};

/// All comparisons of a run.
#[derive(Serialize)]
pub struct Comparison {
    tiers: Vec<TierTables>,
    across: Vec<String>,
    across_points: bool,
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
    numerator: String,
    denominator: String,
    table: Table,
}

/// Compares every pair that may be compared.
pub fn of(run: &Run, groups: &[Group]) -> Comparison {
    let mut loads: Vec<u32> = groups
        .iter()
        .flat_map(|group| group.loads.clone())
        .collect();
    loads.sort_unstable();
    loads.dedup();
    let tiers = pairs_within_tiers(&run.subjects)
        .into_iter()
        .map(|tier| TierTables {
            anchor: format!(
                "ratios-{}",
                crate::report::basis::slug(&tier.tier.to_string())
            ),
            tier: tier.tier.to_string(),
            tables: tier
                .pairs
                .iter()
                .map(|pair| pair_table(groups, &loads, *pair))
                .collect(),
        });
    let pairs = pairs_across_tiers(&run.subjects);
    Comparison {
        tiers: tiers.collect(),
        across_points: !pairs.is_empty(),
        across: pairs
            .iter()
            .filter_map(|pair| across(groups, *pair))
            .collect(),
    }
}

fn pair_table(groups: &[Group], loads: &[u32], pair: (&SubjectInfo, &SubjectInfo)) -> PairTable {
    let heads: Vec<String> = loads
        .iter()
        .map(|load| format!("{load} client{}", if *load == 1 { "" } else { "s" }))
        .collect();
    let mut columns = vec![("workload", Kind::Head)];
    columns.extend(heads.iter().map(|head| (head.as_str(), Kind::Number)));
    let mut table = Table::new(&columns);
    for group in groups {
        let mut row = vec![group.name()];
        row.extend(loads.iter().map(|load| ratio_at(group, pair, *load).cell()));
        table.rows.push(row);
    }
    PairTable {
        numerator: pair.1.name.clone(),
        denominator: pair.0.name.clone(),
        table,
    }
}

/// Where the more durable of two subjects was also the faster one; `None` if nowhere.
fn across(groups: &[Group], (less, more): (&SubjectInfo, &SubjectInfo)) -> Option<String> {
    let mut compared = 0;
    let mut places = Vec::new();
    let mut faster = 0;
    for group in groups {
        let ratios: Vec<_> = group
            .loads
            .iter()
            .map(|load| ratio_at(group, (less, more), *load))
            .collect();
        compared += ratios
            .iter()
            .filter(|ratio| ratio.estimate.is_some())
            .count();
        let won: Vec<String> = ratios
            .iter()
            .filter(|ratio| ratio.numerator_faster())
            .map(|ratio| ratio.clients.to_string())
            .collect();
        faster += won.len();
        if !won.is_empty() {
            let clients = if won == ["1"] { "client" } else { "clients" };
            places.push(format!(
                "{} with {} {clients}",
                group.workload.name,
                list(&won)
            ));
        }
    }
    (faster > 0).then(|| {
        format!(
            "{} ({}) was also faster than {} ({}) at {faster} of {compared} points: {}.",
            more.name,
            more.tier,
            less.name,
            less.tier,
            places.join("; ")
        )
    })
}
