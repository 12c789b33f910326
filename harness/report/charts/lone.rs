//! Points whose goodput is that of one client, while the others waited.

use crate::measure::Measurement;
use crate::report::basis::{Cell, Group};
use crate::report::numbers::{list, rough_percent};

/// Names, in a sentence, the points at which one client made most of the commits; nothing if there
/// are none.
pub fn caption(group: &Group) -> String {
    let mut subjects: Vec<String> = Vec::new();
    for subject in group.stores() {
        let lone: Vec<(u32, f64)> = group
            .cells_of(&subject.name)
            .filter_map(|cell| Some((cell.point.clients, share(cell)?)))
            .collect();
        let shares = || lone.iter().map(|(_, share)| *share);
        let (least, most) = (shares().reduce(f64::min), shares().reduce(f64::max));
        let Some((least, most)) = least
            .zip(most)
            .map(|(a, b)| (rough_percent(a), rough_percent(b)))
        else {
            continue;
        };
        let loads: Vec<String> = lone
            .iter()
            .map(|(clients, _)| clients.to_string())
            .collect();
        let shares = match least == most {
            true => most,
            false => format!("{least} to {most}"),
        };
        subjects.push(format!(
            "{} at {} clients ({shares})",
            subject.name,
            list(&loads)
        ));
    }
    match subjects.is_empty() {
        true => String::new(),
        false => format!(
            "Most commits came from one client with {}: such a goodput is one client's, while the others wait. ",
            subjects.join("; ")
        ),
    }
}

/// The share of all commits that the busiest client made, the median over the rounds; `None` if
/// that is no more than it may be between equals.
fn share(cell: &Cell) -> Option<f64> {
    // Of two clients one always has half of the commits or more.
    let fair = match cell.point.clients {
        0 | 1 => return None,
        2 => 0.75,
        _ => 0.5,
    };
    let share = cell.estimate(|measurement: &Measurement| {
        measurement.fairness().1 as f64
            / measurement.committed_per_client.iter().sum::<u64>() as f64
    })?;
    (share.median > fair).then_some(share.median)
}
