//! Changes as a section of the report.

use super::changes::Changes;
use super::summary;
use crate::report;
use crate::report::table::{Kind, Table};

/// The section on what changed, or may have.
pub fn section(changes: &Changes) -> report::Changes {
    let notable: Vec<_> = changes
        .changes
        .iter()
        .filter(|change| change.notable)
        .collect();
    let mut table = Table::new(&[
        ("where", Kind::Head),
        ("figure", Kind::Text),
        ("verdict", Kind::Text),
        ("base", Kind::Number),
        ("new", Kind::Number),
        ("change", Kind::Text),
        ("stands on", Kind::Text),
    ]);
    for change in &notable {
        table.row([
            format!("{}, {}", change.group, change.place),
            change.figure.clone(),
            change.verdict.name().to_owned(),
            change.base_words.clone(),
            change.new_words.clone(),
            summary::sentence(change),
            summary::standing(change),
        ]);
    }
    let hidden = summary::hidden(&notable, changes);
    table.note = [Some(summary::counts(changes)), hidden]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    report::Changes {
        base: changes.base.run.clone(),
        headline: summary::headline(changes),
        warnings: changes.warnings.clone(),
        table,
        notes: summary::alone(changes)
            .into_iter()
            .chain(summary::footer(changes))
            .collect(),
    }
}
