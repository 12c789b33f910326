//! The errors that the engines returned, by their own codes.

use std::collections::BTreeMap;

use crate::measure::Outcome;
use crate::report::basis::Section;
use crate::report::numbers::count;
use crate::report::table::{Kind, Table};

/// Every error of a section, attempt by attempt, added up over the comparable rounds of each point.
pub fn of(section: &Section) -> Table {
    let mut table = Table::new(&[
        ("clients", Kind::Head),
        ("subject", Kind::Head),
        ("class", Kind::Text),
        ("code", Kind::Code),
        ("attempts", Kind::Number),
        ("what the engine said the first time", Kind::Text),
    ]);
    for cell in section.stored_cells() {
        let mut errors: BTreeMap<(Outcome, &str), (u64, &str)> = BTreeMap::new();
        for error in cell
            .measurements()
            .flat_map(|measurement| &measurement.errors)
        {
            let sum = errors
                .entry((error.class, &error.code))
                .or_insert((0, &error.message));
            sum.0 += error.attempts;
        }
        for ((class, code), (attempts, message)) in errors {
            table.row([
                cell.point.clients.to_string(),
                cell.row_name(),
                class.name().to_owned(),
                code.to_owned(),
                count(attempts),
                message.to_owned(),
            ]);
        }
    }
    table
}
