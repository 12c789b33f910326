//! What naive clients lost without an error.

use crate::measure::{Engine, Run};
use crate::report::basis::Section;
use crate::report::careless::{self, Cost, Lost};
use crate::report::numbers::{count, percent};

use super::{Line, of_engines, place};

/// The line: the worst point of each engine. `None` without naive clients.
pub fn line(_: &Run, sections: &[Section]) -> Option<Line> {
    let mut costs = careless::costs(sections);
    if costs.is_empty() {
        return None;
    }
    costs.retain(Cost::is_known);
    let engines = of_engines(&costs, |cost| cost.naive.subject.engine, of_engine);
    let nothing = |cost: &Cost| cost.lost_share() == Some(0.0);
    Some(Line {
        alarm: costs.iter().any(|cost| cost.worst().is_some()),
        text: match engines.is_empty() {
            true => "Not known: no trial of naive clients may be compared.".to_owned(),
            false if costs.iter().all(nothing) => "Nothing by naive clients.".to_owned(),
            false => format!(
                "By naive clients, without an error: {}.",
                engines.join("; ")
            ),
        },
    })
}

/// `80.0 % of acknowledged increments on postgres (2,640 of 3,300; increment-hot, 16 clients)`.
fn of_engine(engine: Engine, costs: &[&Cost]) -> String {
    let lost: Vec<(&Cost, &Lost)> = costs
        .iter()
        .filter_map(|cost| Some((*cost, cost.worst()?)))
        .collect();
    let share = |lost: &Lost| lost.lost as f64 / lost.acknowledged.max(1) as f64;
    let worst = lost
        .iter()
        .max_by(|(_, a), (_, b)| share(a).total_cmp(&share(b)));
    match worst {
        Some((cost, worst)) => format!(
            "{}{} of acknowledged {} on {} ({} of {}; {})",
            if lost.len() > 1 { "up to " } else { "" },
            percent(share(worst)),
            worst.unit,
            cost.naive.subject.name,
            count(worst.lost),
            count(worst.acknowledged),
            place(cost.section, cost.naive)
        ),
        None if costs.iter().all(|cost| cost.lost_share().is_none()) => {
            format!("unknown on {engine}, where nothing was acknowledged")
        }
        None => format!("nothing on {engine}"),
    }
}
