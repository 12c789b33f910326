//! Changes as a section of the report.

use super::changes::{Change, Changes};
use super::summary;
use crate::report;
use crate::report::measured::Conditions;
use crate::report::table::{Kind, Table};

/// The section on what changed, or may have.
pub fn section(changes: &Changes) -> report::Changes {
    let told = |change: &&Change| change.notable || summary::told_by_the_past(change);
    let shown: Vec<&Change> = changes.changes.iter().filter(told).collect();
    let mut table = Table::new(&[
        ("verdict", Kind::Head),
        ("figure", Kind::Text),
        ("base → new", Kind::Text),
        ("change", Kind::Text),
        ("basis", Kind::Text),
    ]);
    for change in &shown {
        table.row([
            change.verdict.name().to_owned(),
            format!("{}, {}: {}", change.group, change.place, change.figure),
            format!("{} → {}", change.base_words, change.new_words),
            summary::sentence(change),
            summary::basis(change),
        ]);
    }
    let hidden = summary::hidden(&shown, changes);
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
        conditions: Conditions::common(format!(
            "run {} against run {}, {} and {} rounds",
            changes.new.run, changes.base.run, changes.new.rounds, changes.base.rounds
        )),
        notes: summary::only_in_new(changes)
            .into_iter()
            .chain(summary::history(changes))
            .chain(summary::footer(changes))
            .collect(),
    }
}
