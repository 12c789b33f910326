//! The answer of a run on one screen of a terminal: a table of goodput, then one line for each thing
//! that went wrong, then where the report is.
//!
//! A new line is one file and one line in `LINES`.

mod given_up;
mod lost;
mod starved;
mod table;
mod trials;
mod waits;

use std::fmt::Write as _;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use crate::measure::{Engine, Run};

use super::basis::{self, Cell, Section};
use super::{ledger, warnings};

/// How long a line may be, in characters. Only names and paths are longer.
const WIDTH: usize = 80;

/// Where the text of a line begins.
const INDENT: usize = 10;

const HEADING: Style = Style::new().bold();
const BEST: Style = AnsiColor::Green.on_default().bold();
const ALARM: Style = AnsiColor::Red.on_default().bold();

/// What the run file does not hold.
pub struct End<'a> {
    /// How long the run took, in words.
    pub took: String,
    /// The page of the report.
    pub page: &'a Path,
}

/// What a line says.
struct Line {
    /// Whether something was lost, given up, starved or left out.
    alarm: bool,
    /// Its sentences.
    text: String,
}

/// Makes a line; `None` if the run has nothing that it could be about.
type Tell = fn(&Run, &[Section]) -> Option<Line>;

/// Every line below the table, with its label of fewer than ten characters.
const LINES: &[(&str, Tell)] = &[
    ("Lost", lost::line),
    ("Given up", given_up::line),
    ("Starved", starved::line),
    ("Waits", waits::line),
    ("Claims", claims),
    ("Warnings", warned),
];

/// The whole answer, with the escape sequences of a terminal. A default run takes about thirty lines.
pub fn answer(run: &Run, end: &End) -> String {
    let sections = basis::sections(run);
    let mut text = table::text(run, &sections);
    if !text.is_empty() {
        text.push('\n');
    }
    for (label, tell) in LINES {
        if let Some(line) = tell(run, &sections) {
            labelled(&mut text, label, &line);
        }
    }
    text + &short(run, end)
}

/// How many trials were made and where the report is: the last lines of the answer.
pub fn short(run: &Run, end: &End) -> String {
    let mut text = String::new();
    labelled(&mut text, "Trials", &trials::line(run, &end.took));
    let report = Line {
        alarm: false,
        text: format!("{} (run {})", end.page.display(), run.id),
    };
    labelled(&mut text, "Report", &report);
    text.trim_end().to_owned()
}

fn claims(run: &Run, _: &[Section]) -> Option<Line> {
    (!run.experiments.is_empty()).then(|| Line {
        alarm: false,
        text: format!("Of the documents: {}.", ledger::tally(&ledger::of(run))),
    })
}

fn warned(run: &Run, _: &[Section]) -> Option<Line> {
    let found = warnings::of(run).len();
    (found > 0).then(|| Line {
        alarm: false,
        text: format!("{found} at the top of the report."),
    })
}

/// Where a cell was measured: `increment-hot, 16 clients`.
fn place(section: &Section, cell: &Cell) -> String {
    format!("{}, {}", section.name(), cell.clients())
}

/// What this says of each engine that has cells, SQLite first.
fn of_engines<T>(
    all: &[T],
    engine: impl Fn(&T) -> Engine,
    say: impl Fn(Engine, &[&T]) -> String,
) -> Vec<String> {
    [Engine::Sqlite, Engine::Postgres]
        .into_iter()
        .filter_map(|wanted| {
            let own: Vec<&T> = all.iter().filter(|one| engine(one) == wanted).collect();
            (!own.is_empty()).then(|| say(wanted, &own))
        })
        .collect()
}

/// Adds a line with its label, wrapped beside it.
fn labelled(text: &mut String, label: &str, line: &Line) {
    let style = if line.alarm { ALARM } else { HEADING };
    let wrapped = wrapped(&format!("{label:INDENT$}"), &line.text);
    let styled = wrapped.replacen(label, &format!("{style}{label}{style:#}"), 1);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{styled}");
}

/// Text after something that stands before its first line only.
fn wrapped(before: &str, text: &str) -> String {
    let below = " ".repeat(before.chars().count());
    let options = Options::new(WIDTH)
        .initial_indent(before)
        .subsequent_indent(&below)
        // Names and paths stay whole, to be copied.
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    plain(&textwrap::fill(text, options))
}

/// A number has stayed with its unit; now a space is a space, for who searches.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}
