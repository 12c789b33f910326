//! Ratios of goodput: within a durability tier as figures, across tiers as the one fair sentence.

use serde::Serialize;

use crate::measure::{Run, SubjectInfo};
use crate::report::basis::Group;
use crate::report::findings::{Ratio, pairs_across_tiers, pairs_within_tiers, ratio_at};
use crate::report::numbers::{list, plural, span_kind};
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
    let mut found = Vec::new();
    for group in groups {
        let ratios = loads.iter().map(|load| ratio_at(group, pair, *load));
        let ratios: Vec<Ratio> = ratios.collect();
        let mut row = vec![group.name()];
        row.extend(ratios.iter().map(Ratio::cell));
        table.rows.push(row);
        found.extend(ratios.into_iter().map(|ratio| (group.name(), ratio)));
    }
    table.note = standing(&found);
    PairTable {
        numerator: pair.1.name.clone(),
        denominator: pair.0.name.clone(),
        table,
    }
}

/// What the brackets hold, and which ratios stand on fewer rounds than the others.
fn standing(found: &[(String, Ratio)]) -> String {
    let rounds = |ratio: &Ratio| ratio.estimate.map(|e| (e.rounds, e.confidence));
    let kinds = found.iter().filter_map(|(_, ratio)| rounds(ratio));
    let Some((most, confidence)) = kinds.max_by_key(|(rounds, _)| *rounds) else {
        return "No round has both.".to_owned();
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
    }
    note
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
            "{} ({}) was also faster than {} ({}) at {}: {}.",
            more.name,
            more.tier,
            less.name,
            less.tier,
            match faster == compared {
                true => format!("all {}", plural(compared, "point", "points")),
                false => format!("{faster} of {}", plural(compared, "point", "points")),
            },
            places.join("; ")
        )
    })
}
