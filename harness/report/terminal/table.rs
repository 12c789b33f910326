//! Goodput and 99th percentile by workload and load: the main subjects side by side.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::measure::statistics::ROUNDS_FOR_INTERVAL;
use crate::measure::{Engine, Figure, Run, SubjectInfo};
use crate::report::basis::{Cell, Group, Section};
use crate::report::findings::{Verdict, pairs_within_tiers, ratio_at};
use crate::report::numbers::{NOTHING, list, number, plural, ratio, rough_number, rough_time};

use super::{BEST, HEADING, WIDTH, plain, wrapped};

/// What stands between two columns.
const GAP: &str = "  ";

/// The heading of the rows; the clients are to the right of the workload.
const HEAD: [&str; 2] = ["workload", "clients"];

/// One workload at one load.
struct Row<'b, 'a> {
    group: &'b Group<'a>,
    clients: u32,
}

/// What is known of the subjects of one row.
enum Standing<'s> {
    /// One is faster than every other one of its tier: its name, and its goodput over the next one's.
    Best(&'s str, f64),
    /// The intervals show no fastest one.
    None,
    /// There is no interval, or nothing to compare.
    Unknown,
}

/// A subject's column.
struct Column<'s> {
    subject: &'s SubjectInfo,
    /// Goodput and 99th percentile for each row.
    cells: Vec<[String; 2]>,
}

/// The table with its title and legend; empty if no goodput of careful clients was planned.
pub fn text(run: &Run, sections: &[Section]) -> String {
    let rows = rows(sections);
    let (columns, left_out) = columns(run, &rows);
    if columns.is_empty() {
        return String::new();
    }
    let subjects: Vec<SubjectInfo> = columns.iter().map(|c| c.subject.clone()).collect();
    let standings: Vec<Standing> = rows.iter().map(|row| standing(row, &subjects)).collect();

    let mut lines = vec![
        format!("{HEADING}{}{HEADING:#}", title(run)),
        header(&rows, &columns, told(&standings)),
    ];
    lines.extend(
        rows.iter()
            .zip(&standings)
            .enumerate()
            .map(|(index, (row, standing))| line(&rows, row, &columns, index, standing)),
    );
    lines.extend(legend(run, &columns, &standings));
    if !left_out.is_empty() {
        let names = list(&left_out);
        lines.push(wrapped("", &format!("The report also has {names}.")));
    }
    plain(&lines.join("\n")) + "\n"
}

/// Every workload whose figure is its goodput, load by load.
fn rows<'b, 'a>(sections: &'b [Section<'a>]) -> Vec<Row<'b, 'a>> {
    let goodput = |section: &&Section| section.workload.figure == Figure::Goodput;
    let groups = sections.iter().filter(goodput);
    let groups = groups.filter_map(|section| section.careful.as_ref());
    groups
        .flat_map(|group| {
            let row = |clients: &u32| Row {
                group,
                clients: *clients,
            };
            group.loads.iter().map(row)
        })
        .filter(|row| {
            row.group
                .stored_cells()
                .any(|c| c.point.clients == row.clients)
        })
        .collect()
}

/// The main subjects, in the order of the run, as many as fit: those that were measured in at least half as
/// many rows as any other. Those with the most rows come first, and of equals those that share a tier with the
/// other engine. Then the names of all others that have a row.
fn columns<'r>(run: &'r Run, rows: &[Row]) -> (Vec<Column<'r>>, Vec<String>) {
    let met = |subject: &SubjectInfo| {
        let cells = rows.iter().filter(|row| row.cell(subject).is_some());
        cells.count()
    };
    let mut ranked: Vec<(usize, &SubjectInfo)> = run
        .subjects
        .iter()
        .filter(|subject| subject.engine != Engine::Noop)
        .map(|subject| (met(subject), subject))
        .filter(|(rows, _)| *rows > 0)
        .collect();
    let all: Vec<&SubjectInfo> = ranked.iter().map(|(_, subject)| *subject).collect();
    let has_rival = |subject: &SubjectInfo| {
        let mut others = all.iter().filter(|other| other.tier == subject.tier);
        others.any(|other| other.engine != subject.engine)
    };
    // Of equals the first of the run stays first.
    ranked.sort_by_key(|(rows, subject)| (Reverse(*rows), !has_rival(subject)));
    let most = ranked.first().map_or(0, |(rows, _)| *rows);
    let mut chosen: Vec<Column> = Vec::new();
    for (own, subject) in ranked {
        chosen.push(Column::of(subject, rows));
        let fits = width(rows, &chosen) <= WIDTH;
        // One column is shown however wide it is.
        if chosen.len() > 1 && (own * 2 < most || !fits) {
            chosen.pop();
        }
    }
    let shown = |subject: &SubjectInfo| chosen.iter().any(|c| c.subject.name == subject.name);
    let left_out = all.iter().filter(|subject| !shown(subject));
    let left_out = left_out.map(|subject| subject.name.clone()).collect();
    let rank = |column: &Column| run.subjects.iter().position(|s| s == column.subject);
    chosen.sort_by_key(rank);
    (chosen, left_out)
}

/// Which subject of a tier is the fastest in a row: the first tier in which one is.
fn standing<'s>(row: &Row, subjects: &'s [SubjectInfo]) -> Standing<'s> {
    let mut known = false;
    // At a rate, operations come no faster than they are asked for.
    let tiers = match row.group.rate() {
        Some(_) => Vec::new(),
        None => pairs_within_tiers(subjects),
    };
    for tier in tiers {
        let mut lead: Vec<(&str, f64)> = Vec::new();
        let mut beaten: Vec<&str> = Vec::new();
        for pair in &tier.pairs {
            if row.cell(pair.0).is_none() || row.cell(pair.1).is_none() {
                continue;
            }
            let (below, above) = (pair.0.name.as_str(), pair.1.name.as_str());
            let ratio = ratio_at(row.group, *pair, row.clients);
            let (Some(verdict), Some(estimate)) = (ratio.verdict(), ratio.estimate) else {
                // Faster than every other one cannot be said of either.
                beaten.extend([below, above]);
                continue;
            };
            known = true;
            match verdict {
                Verdict::Faster => {
                    lead.push((above, estimate.median));
                    beaten.push(below);
                }
                Verdict::Slower => {
                    lead.push((below, 1.0 / estimate.median));
                    beaten.push(above);
                }
                Verdict::Same => beaten.extend([below, above]),
            }
        }
        lead.retain(|(name, _)| !beaten.contains(name));
        // Over the next one is the smallest ratio.
        if let Some((name, ratio)) = lead.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)) {
            return Standing::Best(name, ratio);
        }
    }
    match known {
        true => Standing::None,
        false => Standing::Unknown,
    }
}

impl<'a> Row<'_, 'a> {
    fn cell(&self, subject: &SubjectInfo) -> Option<&Cell<'a>> {
        self.group.cell(&subject.name, self.clients)
    }

    /// The workload, and the number of clients at the right end.
    fn label(&self, width: usize) -> String {
        label([&self.group.name(), &self.clients.to_string()], width)
    }
}

impl<'s> Column<'s> {
    fn of(subject: &'s SubjectInfo, rows: &[Row]) -> Column<'s> {
        let cells = rows
            .iter()
            .map(|row| row.cell(subject).map_or_else(missing, figures));
        Column {
            subject,
            cells: cells.collect(),
        }
    }

    /// The widths of its two figures.
    fn figures(&self) -> [usize; 2] {
        [0, 1].map(|figure| {
            let cells = self.cells.iter().filter(|cell| !cell[1].is_empty());
            cells
                .map(|cell| characters(&cell[figure]))
                .max()
                .unwrap_or(0)
        })
    }

    /// The width of the whole, with a place for the mark of the best.
    fn width(&self) -> usize {
        let figures = 1 + self.figures().iter().sum::<usize>() + 1;
        let words = self.cells.iter().map(|cell| characters(&cell[0])).max();
        let name = characters(&self.subject.name);
        figures.max(words.unwrap_or(0)).max(name)
    }

    /// A cell in this column, to the right.
    fn cell(&self, row: usize, best: bool) -> String {
        let [goodput, p99] = &self.cells[row];
        let of = self.figures();
        let mark = if best { "*" } else { "" };
        let text = match p99.is_empty() {
            true => goodput.clone(),
            false => format!("{mark}{goodput} {p99:>width$}", width = of[1]),
        };
        let width = self.width();
        match best {
            true => format!(
                "{}{BEST}{text}{BEST:#}",
                " ".repeat(width - characters(&text))
            ),
            false => format!("{text:>width$}"),
        }
    }
}

/// Goodput and 99th percentile of a point, or one word on why there are none.
fn figures(cell: &Cell) -> [String; 2] {
    let Some(goodput) = cell.goodput() else {
        let why = match (cell.void, cell.failed) {
            (0, 0) => NOTHING,
            (0, _) => "failed",
            _ => "void",
        };
        return [why.to_owned(), String::new()];
    };
    let p99 = cell.latencies(|m| &m.success).p99();
    [
        number(goodput.median),
        p99.map_or(NOTHING.to_owned(), rough_time),
    ]
}

fn missing() -> [String; 2] {
    [NOTHING.to_owned(), String::new()]
}

fn title(run: &Run) -> String {
    let rounds = plural(run.plan.rounds as usize, "round", "rounds");
    let of = match run.plan.rounds {
        1 => rounds,
        _ => format!("median of {rounds}"),
    };
    format!("Goodput in operations/s ({of}) and p99 latency, careful clients")
}

fn header(rows: &[Row], columns: &[Column], told: bool) -> String {
    let mut text = label(HEAD, label_width(rows));
    for column in columns {
        let (name, width) = (&column.subject.name, column.width());
        // Writing to a string cannot fail.
        let _ = write!(text, "{GAP}{name:>width$}");
    }
    if told {
        let _ = write!(text, " {:>RATIO$}", "ratio");
    }
    text
}

/// The width of the last column: `0.12×`, `1,200×`.
const RATIO: usize = 5;

fn line(rows: &[Row], row: &Row, columns: &[Column], index: usize, standing: &Standing) -> String {
    let mut text = row.label(label_width(rows));
    let best = match standing {
        Standing::Best(name, _) => Some(*name),
        _ => None,
    };
    for column in columns {
        let is_best = best == Some(column.subject.name.as_str());
        text.push_str(GAP);
        text.push_str(&column.cell(index, is_best));
    }
    let ratio = match standing {
        Standing::Best(_, over) if over.is_finite() => format!("{}×", rough_number(*over)),
        Standing::Best(_, over) => ratio(*over),
        Standing::None => "~".to_owned(),
        Standing::Unknown => String::new(),
    };
    let _ = write!(text, " {ratio:>RATIO$}");
    text.trim_end().to_owned()
}

/// What marks and columns mean.
fn legend(run: &Run, columns: &[Column], standings: &[Standing]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut said = Vec::new();
    if standings.iter().any(|s| matches!(s, Standing::Best(..))) {
        said.push(
            "* significantly the fastest of its durability tier; ratio to the next one.".to_owned(),
        );
    }
    if standings.iter().any(|s| matches!(s, Standing::None)) {
        said.push("~ no significant difference.".to_owned());
    }
    if (run.plan.rounds as usize) < ROUNDS_FOR_INTERVAL {
        said.push(format!(
            "Fewer than {ROUNDS_FOR_INTERVAL} rounds give no interval: no difference is called significant."
        ));
    }
    if !said.is_empty() {
        lines.push(wrapped("", &said.join(" ")));
    }
    let mut tiers: Vec<(String, Vec<String>)> = Vec::new();
    for column in columns {
        let tier = column.subject.tier.to_string();
        let name = column.subject.name.clone();
        match tiers.iter_mut().find(|(own, _)| *own == tier) {
            Some((_, names)) => names.push(name),
            None => tiers.push((tier, vec![name])),
        }
    }
    let tiers: Vec<String> = tiers
        .iter()
        .map(|(tier, names)| format!("{} ({})", tier, list(names)))
        .collect();
    let survives = format!("A commit survives: {}.", tiers.join("; "));
    lines.push(wrapped("", &survives));
    lines
}

/// Whether any row has a ratio or the lack of a difference.
fn told(standings: &[Standing]) -> bool {
    standings.iter().any(|s| !matches!(s, Standing::Unknown))
}

/// The width of a line, with a ratio.
fn width(rows: &[Row], columns: &[Column]) -> usize {
    let columns = columns.iter().map(|column| GAP.len() + column.width());
    label_width(rows) + columns.sum::<usize>() + 1 + RATIO
}

/// The width of the labels of all rows.
fn label_width(rows: &[Row]) -> usize {
    let of = |[name, clients]: [&str; 2]| characters(name) + 1 + characters(clients);
    let labels = rows
        .iter()
        .map(|row| of([&row.group.name(), &row.clients.to_string()]));
    labels.chain([of(HEAD)]).max().unwrap_or(0)
}

fn label([name, clients]: [&str; 2], width: usize) -> String {
    let width = width - characters(name);
    format!("{name}{clients:>width$}")
}

fn characters(text: &str) -> usize {
    text.chars().count()
}
