//! Changes as text for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use super::changes::{Change, Changes};
use super::summary;
use super::verdict::Verdict;

/// How long a line may be, in characters.
const WIDTH: usize = 100;

/// Where what is said of a figure begins.
const INDENT: usize = 14;

const HEADING: Style = Style::new().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const WORSE: Style = AnsiColor::Red.on_default().bold();
const BETTER: Style = AnsiColor::Green.on_default().bold();
const UNDECIDED: Style = AnsiColor::Cyan.on_default();

/// The whole of it, with the escape sequences of a terminal; every figure only if `all` is asked for.
pub fn text(changes: &Changes, all: bool) -> String {
    let mut text = String::new();
    wrapped(&mut text, "Base  ", &summary::side(&changes.base));
    wrapped(&mut text, "New   ", &summary::side(&changes.new));
    for warning in &changes.warnings {
        styled(&mut text, "warning: ", WARNING, warning);
    }
    let notes = summary::only_in_new(changes)
        .into_iter()
        .chain(summary::history(changes));
    for sentence in notes {
        styled(&mut text, "note: ", UNDECIDED, &sentence);
    }
    let shown: Vec<&Change> = changes
        .changes
        .iter()
        .filter(|change| all || change.notable || summary::told_by_the_past(change))
        .collect();
    text.push('\n');
    for change in &shown {
        figure(&mut text, change);
    }
    if !shown.is_empty() {
        text.push('\n');
    }
    let style = if changes.regressed() { WORSE } else { HEADING };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{style}{}{style:#}", summary::headline(changes));
    wrapped(&mut text, "", &summary::counts(changes));
    if let Some(hidden) = summary::hidden(&shown, changes) {
        wrapped(&mut text, "", &format!("{hidden} --all lists them, too."));
    }
    text.push('\n');
    for sentence in summary::footer(changes) {
        wrapped(&mut text, "", &sentence);
    }
    text
}

/// One figure: what it is, then what became of it.
fn figure(text: &mut String, change: &Change) {
    let style = match change.verdict {
        Verdict::Regressed if change.gates => WORSE,
        Verdict::Improved if change.gates => BETTER,
        _ => UNDECIDED,
    };
    let name = change.verdict.name();
    let what = format!(
        "{}, {}: {} ({})",
        change.group,
        change.place,
        change.figure,
        summary::basis(change)
    );
    styled(text, &format!("{name:INDENT$}"), style, &what);
    let values = format!("{} → {}: ", change.base_words, change.new_words);
    let said = format!("{values}{}", summary::sentence(change));
    wrapped(text, &" ".repeat(INDENT), &said);
}

/// A word in its style before text that is indented as far.
fn styled(text: &mut String, word: &str, style: Style, sentence: &str) {
    let lines = indented(word, sentence);
    let bare = word.trim_end();
    let _ = writeln!(
        text,
        "{}",
        lines.replacen(bare, &format!("{style}{bare}{style:#}"), 1)
    );
}

fn wrapped(text: &mut String, before: &str, sentence: &str) {
    let _ = writeln!(text, "{}", indented(before, sentence));
}

/// Text after something that stands before its first line only.
fn indented(before: &str, text: &str) -> String {
    let below = " ".repeat(before.chars().count());
    let options = Options::new(WIDTH)
        .initial_indent(before)
        .subsequent_indent(&below)
        // Names and paths stay whole, to be copied.
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    // A number has stayed with its unit; now a space is a space, for who searches.
    textwrap::fill(text, options)
        .replace('\u{a0}', " ")
        .trim_end()
        .to_owned()
}
