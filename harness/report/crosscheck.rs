//! What a crosscheck found, as a table and in words, on the terminal as in the report.

use super::numbers::{
    NOTHING, list, number, percent, plural, ratio, rough_percent, rough_time, span, span_kind, time,
};
use super::processors::STEAL;
use super::table::{Kind, Table};
use crate::measure::crosscheck::{Comparison, Reference, Standing, Target};
use crate::measure::{Crosscheck, Engine, Run, SubjectInfo};

/// Every comparison, a row each.
pub fn table(crosscheck: &Crosscheck) -> Table {
    let mut table = Table::new(&[
        ("subject", Kind::Head),
        ("clients", Kind::Number),
        ("beside", Kind::Text),
        ("figure", Kind::Number),
        ("from – to", Kind::Number),
        ("target", Kind::Text),
        ("standing", Kind::Text),
        ("client CPU per operation", Kind::Number),
        ("the other’s", Kind::Number),
    ]);
    for comparison in &crosscheck.comparisons {
        let figure = comparison.figure.as_ref();
        let format = |value| match comparison.target {
            Target::AtMostSeconds(_) => time(value),
            Target::NotBelow(_) | Target::AtLeast(_) => ratio(value),
        };
        let cpu = |seconds: Option<f64>| seconds.map_or(NOTHING.to_owned(), rough_time);
        table.row([
            comparison.subject.clone(),
            comparison.clients.to_string(),
            comparison.reference.to_string(),
            figure.map_or(NOTHING.to_owned(), |figure| format(figure.median)),
            figure.map_or(NOTHING.to_owned(), |figure| span(figure, format)),
            target(comparison.target),
            comparison.standing().to_string(),
            cpu(comparison.contend_cpu()),
            cpu(comparison.reference_cpu()),
        ]);
    }
    let first = crosscheck
        .comparisons
        .iter()
        .find_map(|comparison| comparison.figure);
    let interval = first.map_or(String::new(), |figure| {
        format!(
            " From – to: {}.",
            span_kind(figure.rounds, figure.confidence)
        )
    });
    table.note = format!(
        "Figure: goodput of contend’s clients over that of what stands beside them; beside nothing, time per \
         operation. The workload is increment-spread; beside wrk, GET /health of one app with an SQLite file.{interval}"
    );
    table
}

fn target(target: Target) -> String {
    match target {
        Target::NotBelow(least) => format!("not told below {}", ratio(least)),
        Target::AtLeast(least) => format!("at least {}", ratio(least)),
        Target::AtMostSeconds(most) => format!("at most {}", rough_time(most)),
    }
}

/// For every target that is missed or not told, why, as far as the figures show it; then what
/// disturbed, what failed and what was not compared.
pub fn sentences(crosscheck: &Crosscheck) -> Vec<String> {
    let not_met = crosscheck
        .comparisons
        .iter()
        .filter(|comparison| comparison.standing() != Standing::Met)
        .filter_map(|comparison| shortfall(comparison, crosscheck.machine.cpus));
    not_met
        .chain(others(crosscheck))
        .chain(crosscheck.failures.iter().cloned())
        .chain(crosscheck.not_compared.iter().cloned())
        .collect()
}

/// What else used the processors just before, if that was much: ratios then vary more than they need.
fn others(crosscheck: &Crosscheck) -> Option<String> {
    let heard = crosscheck.machine.neighbours.as_ref()?;
    let share = heard.cpu.filter(|share| *share > STEAL)?;
    Some(format!(
        "Other processes used {} of all CPU time just before the first round: the same on a quieter machine gives \
         narrower intervals, and CPU times that are less of the others’ making.",
        rough_percent(share)
    ))
}

/// How much of what lacks to a ratio the CPU time of the clients explains: an operation that costs
/// its client more leaves less of the processors to the database, or comes later.
fn shortfall(comparison: &Comparison, cpus: u32) -> Option<String> {
    let least = match comparison.target {
        Target::NotBelow(least) | Target::AtLeast(least) => least,
        Target::AtMostSeconds(_) => return None,
    };
    let figure = comparison.figure?;
    if figure.median >= least {
        return None;
    }
    let clients = plural(comparison.clients as usize, "client", "clients");
    let point = format!("{} with {clients}", comparison.subject);
    let other = match comparison.reference {
        Reference::Pgbench => "pgbench",
        Reference::Wrk => "wrk",
        Reference::BareLoop | Reference::Nothing => "the bare loop",
    };
    let reached = format!("{point} reaches {} of {other}", percent(figure.median));
    let (own, others) = (comparison.contend_cpu()?, comparison.reference_cpu()?);
    // What differs less cannot explain what lacks.
    if own <= others * 1.01 {
        return Some(format!(
            "{reached} though its clients use no more CPU time: what it lacks was lost waiting."
        ));
    }
    let busy = f64::from(comparison.clients.min(cpus).max(1));
    let whole = busy / median_goodput(comparison)?;
    let alone = whole / (whole + own - others);
    Some(format!(
        "{reached}: its clients use {} of CPU time per operation where {other} uses {}, which alone would let it \
         reach {}.",
        rough_time(own),
        rough_time(others),
        percent(alone)
    ))
}

/// What the harness itself costs the two engines of a comparison, as the crosscheck of the run found it; `None`
/// if both subjects are of the same engine.
pub fn handicap(run: &Run, pair: (&SubjectInfo, &SubjectInfo)) -> Option<String> {
    let of = |engine| [pair.0, pair.1].into_iter().find(|it| it.engine == engine);
    let (sqlite, postgres) = (of(Engine::Sqlite)?, of(Engine::Postgres)?);
    let found = run.crosscheck.as_ref();
    let reached = found.and_then(|found| {
        let postgres = shares(found, &postgres.name, Reference::Pgbench)?;
        let of_sqlite = shares(found, &sqlite.name, Reference::BareLoop);
        let sqlite = of_sqlite.map(|sqlite| format!("; those of {sqlite} of a bare loop"));
        let date = found.started.split('T').next().unwrap_or(&found.started);
        let build = match run.build == found.build {
            true => "",
            false => ", of another build",
        };
        Some(format!(
            "What the harness costs: its clients of {postgres} of pgbench’s goodput{} (crosscheck of {date}{build}).",
            sqlite.unwrap_or_default()
        ))
    });
    Some(reached.unwrap_or_else(|| {
        format!(
            "What the harness costs {} was not measured: run `just crosscheck` before the next run.",
            postgres.name
        )
    }))
}

/// The shares of a reference that a subject reaches, by number of clients; `None` without any.
fn shares(found: &Crosscheck, subject: &str, reference: Reference) -> Option<String> {
    let of_subject = found
        .comparisons
        .iter()
        .filter(|it| it.subject == subject && it.reference == reference);
    let shares: Vec<String> = of_subject
        .filter_map(|comparison| {
            let share = number(comparison.figure?.median);
            let clients = plural(comparison.clients as usize, "client", "clients");
            Some(format!("{share} ({clients})"))
        })
        .collect();
    (!shares.is_empty()).then(|| format!("{subject} reach {}", list(&shares)))
}

/// The median goodput of the reference.
fn median_goodput(comparison: &Comparison) -> Option<f64> {
    let goodputs: Vec<f64> = comparison
        .rounds
        .iter()
        .filter_map(|round| round.reference.map(|reference| reference.goodput()))
        .collect();
    crate::measure::statistics::quantile(&goodputs, 0.5).filter(|goodput| *goodput > 0.0)
}

/// The table and the sentences as plain text.
pub fn text(crosscheck: &Crosscheck) -> String {
    let table = table(crosscheck);
    let heads = table.columns.iter().map(|column| column.head.clone());
    let rows: Vec<Vec<String>> = std::iter::once(heads.collect())
        .chain(table.rows.iter().cloned())
        .collect();
    let widths: Vec<usize> = (0..table.columns.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max())
        .map(|width| width.unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&table.columns).zip(&widths);
        let cells = cells.map(|((cell, column), width)| match column.kind {
            Kind::Number => format!("{cell:>width$}"),
            _ => format!("{cell:<width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.push(String::new());
    lines.push(table.note.clone());
    lines.extend(sentences(crosscheck));
    lines.join("\n")
}
