//! The examination as text: headings, aligned rows, and findings with what to do.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use crate::measure::Provision;
use crate::report::conditions::{self, Row};
use crate::report::warnings::Severity;
use crate::subject::server::{Inspection, Way};

use super::Examination;

/// How long a line may be, in characters.
const WIDTH: usize = 100;

const HEADING: Style = Style::new().bold();
const GRAVE: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NOTE: Style = AnsiColor::Cyan.on_default();
const GOOD: Style = AnsiColor::Green.on_default().bold();

impl Examination {
    /// The whole of it, with the escape sequences of a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if let Some(machine) = &self.machine {
            let place = conditions::place(&machine.place);
            section(&mut text, "Databases", &place);
        }
        if let Some(postgres) = &self.postgres {
            section(&mut text, "PostgreSQL", &ways(postgres));
        }
        let sqlite = [
            row("version", &self.sqlite.version),
            row("compiled with", &self.sqlite.compile_options.join(", ")),
        ];
        section(&mut text, "SQLite", &sqlite);
        if let Some(machine) = &self.machine {
            section(&mut text, "Machine", &conditions::machine(machine));
        }
        if let Some(probe) = &self.probe {
            section(&mut text, "Probe", &conditions::probe(probe));
        }
        self.findings(&mut text);
        self.verdict(&mut text);
        text
    }

    fn findings(&self, text: &mut String) {
        heading(text, "Before you trust figures of this machine");
        for finding in &self.findings {
            let style = match finding.severity {
                Severity::Grave => GRAVE,
                Severity::Warning => WARNING,
                Severity::Note => NOTE,
            };
            item(
                text,
                &finding.severity.to_string(),
                style,
                &finding.sentence,
            );
        }
        if self.findings.is_empty() {
            item(
                text,
                "nothing",
                GOOD,
                "Nothing was found that weakens them.",
            );
        }
    }

    fn verdict(&self, text: &mut String) {
        heading(text, "Could contend bench run with these options?");
        for obstacle in &self.obstacles {
            item(text, "no", GRAVE, obstacle);
        }
        if self.ready {
            item(text, "yes", GOOD, "Nothing stands in its way.");
        }
    }
}

/// What is at the end of each way, and which would be taken.
fn ways(postgres: &Inspection) -> Vec<Row> {
    let mut rows = vec![row("asked for", &postgres.wanted)];
    let taken = postgres
        .taken
        .map_or_else(|| "no server".to_owned(), |provision| provision.to_string());
    rows.push(row("would use", &taken));
    rows.extend(postgres.ways.iter().map(|way| {
        let name = match way.provision {
            Provision::Url => "URL",
            Provision::Docker => "docker",
            Provision::Local => "local",
            Provision::Wheel => "wheel",
        };
        row(name, &end_of(way, postgres.taken))
    }));
    rows
}

fn end_of(way: &Way, taken: Option<Provision>) -> String {
    let seen = way.found.as_ref().or(way.trouble.as_ref());
    let seen = seen.cloned().unwrap_or_default();
    match (way.allowed, &way.trouble) {
        (false, _) => format!("Not asked for. {seen}"),
        (true, Some(_)) if taken.is_some() => format!("Passed over. {seen}"),
        _ => seen,
    }
}

fn row(name: &str, value: &str) -> Row {
    (name.to_owned(), value.to_owned())
}

fn heading(text: &mut String, title: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{HEADING}{title}{HEADING:#}");
}

fn section(text: &mut String, title: &str, rows: &[Row]) {
    heading(text, title);
    let widest = rows.iter().map(|(name, _)| name.chars().count()).max();
    let widest = widest.unwrap_or(0);
    for (name, value) in rows {
        let _ = writeln!(text, "{}", indented(&format!("  {name:widest$}  "), value));
    }
}

/// A sentence beside the word that says how much it weighs.
fn item(text: &mut String, word: &str, style: Style, sentence: &str) {
    let lines = indented(&format!("  {word:7}  "), sentence);
    let styled = format!("{style}{word}{style:#}");
    let _ = writeln!(text, "{}", lines.replacen(word, &styled, 1));
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
    let lines = textwrap::fill(text, options);
    // A number has stayed with its unit; now a space is a space, for who searches.
    lines.replace('\u{a0}', " ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_go_on_below_where_they_began() {
        let text = indented("  name  ", &"word ".repeat(30));
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].starts_with("  name  word") && lines[1].starts_with("        word"));
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        let text = indented("  ", &"12\u{a0}µs ".repeat(40));
        assert!(text.lines().all(|line| line.ends_with(" µs")), "{text}");
    }

    #[test]
    fn a_path_is_never_broken() {
        let path = format!("/{}", "long-name/".repeat(20));
        assert!(indented("  directory  ", &path).contains(&path));
    }
}
