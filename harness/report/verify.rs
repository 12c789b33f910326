//! Whether a file of a report was made from a run and left as it was: it is made again and compared,
//! byte by byte.

use std::path::Path;

use anyhow::{Context, Result};
use thiserror::Error;

use super::{Changes, EXPORTS, PAGE, html};
use crate::measure::Run;

/// How many characters of a line an excerpt shows, and how many of them stand before the difference.
const EXCERPT: usize = 60;
const BEFORE: usize = 20;

/// What the page says of the program that made it.
const GENERATOR: &str = "<meta name=\"generator\" content=\"contend ";

/// What the page says of the run that it was made from.
const TITLE: &str = "<title>contend: run ";

/// What the page says of the run that it was compared with, if it was.
const BASE: &str = "<h2>Changes since run <code>";

/// Why it cannot be said that a file was made from a run and left as it was. Each message says what
/// to do about it.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Difference {
    /// No file of a report has this name, and it is no page.
    #[error(
        "The file {file} is none that contend makes of a run: give the report, index.html, or one of {others}."
    )]
    Unknown {
        /// The file.
        file: String,
        /// The names of the others.
        others: String,
    },
    /// Another contend made the page, whose pages may differ in more than what was measured.
    #[error(
        "The page {file} was made by contend {made_by}, and this is contend {own}, which cannot tell whether it was \
         changed: ask contend {made_by}.",
        own = env!("CARGO_PKG_VERSION")
    )]
    OtherVersion {
        /// The page.
        file: String,
        /// The version that made it.
        made_by: String,
    },
    /// The page is that of another run.
    #[error("The page {file} is of run {found}, not of run {run}: give the file of that run.")]
    OtherRun {
        /// The page.
        file: String,
        /// The run that it is of.
        found: String,
        /// The run that was given.
        run: String,
    },
    /// The page also says what changed since another run, which was not given.
    #[error(
        "The page {file} says what changed since run {base}, without which it cannot be made again: give the file of \
         that run with --base, and what else the page was made with."
    )]
    NoBase {
        /// The page.
        file: String,
        /// The run that it was compared with.
        base: String,
    },
    /// The file has something else.
    #[error(
        "The file {file} is not what contend {own} makes of run {run}: line {line} has «{found}» where «{expected}» \
         is expected. It was changed, or made by another build or with other options.",
        own = env!("CARGO_PKG_VERSION")
    )]
    Changed {
        /// The file.
        file: String,
        /// The run.
        run: String,
        /// The first line that differs, from 1.
        line: usize,
        /// What it has there.
        found: String,
        /// What the report of the run has there.
        expected: String,
    },
}

/// Compares `content`, of the file at `path`, with what the run makes, with what changed since another
/// run if that is known. A page is known by what it says
/// of itself, whatever its name; every other file by its name.
///
/// # Errors
/// A [`Difference`], or that the file could not be made again.
pub fn verify(run: &Run, changes: Option<&Changes>, path: &Path, content: &[u8]) -> Result<()> {
    let file = path.display().to_string();
    let text = String::from_utf8_lossy(content);
    let made_by = said(&text, GENERATOR, "\"");
    let name = match made_by {
        Some(_) => PAGE.into(),
        None => path.file_name().unwrap_or_default().to_string_lossy(),
    };
    let export = EXPORTS.iter().find(|export| export.file == name);
    if export.is_none() && name != PAGE {
        let others = EXPORTS.iter().map(|export| export.file);
        let others = others.collect::<Vec<_>>().join(", ");
        return Err(Difference::Unknown { file, others }.into());
    }
    if let Some(version) = made_by.filter(|version| *version != env!("CARGO_PKG_VERSION")) {
        let made_by = version.to_owned();
        return Err(Difference::OtherVersion { file, made_by }.into());
    }
    if let Some(found) = said(&text, TITLE, "<").filter(|found| *found != run.id) {
        return Err(Difference::OtherRun {
            file,
            found: found.to_owned(),
            run: run.id.clone(),
        }
        .into());
    }
    if let (None, Some(base)) = (changes, said(&text, BASE, "<").filter(|_| name == PAGE)) {
        let base = base.to_owned();
        return Err(Difference::NoBase { file, base }.into());
    }
    let expected = match export {
        Some(export) => (export.render)(run),
        None => html::render(run, changes),
    };
    let expected = expected.with_context(|| format!("Cannot make {name} again"))?;
    if content == expected.as_bytes() {
        return Ok(());
    }
    let (line, found, expected) = first_difference(&text, &expected);
    Err(Difference::Changed {
        file,
        run: run.id.clone(),
        line,
        found,
        expected,
    }
    .into())
}

/// What stands between `start` and the next `end`; `None` if `start` is not there.
fn said<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    text.split_once(start)?.1.split(end).next()
}

/// The first line that differs, from 1, with an excerpt of both around the difference.
fn first_difference(found: &str, expected: &str) -> (usize, String, String) {
    let mut lines = (found.split_inclusive('\n'), expected.split_inclusive('\n'));
    let mut number = 1;
    loop {
        match (lines.0.next(), lines.1.next()) {
            (Some(found), Some(expected)) if found == expected => number += 1,
            (found, expected) => {
                let (found, expected) = (found.unwrap_or(""), expected.unwrap_or(""));
                let same = found.chars().zip(expected.chars());
                let same = same.take_while(|(a, b)| a == b).count();
                let from = same.saturating_sub(BEFORE);
                return (number, excerpt(found, from), excerpt(expected, from));
            }
        }
    }
}

/// Some characters of a line; those that cannot be seen are named.
fn excerpt(line: &str, from: usize) -> String {
    if line.is_empty() {
        return "nothing more".to_owned();
    }
    let shown: String = line.chars().skip(from).take(EXCERPT).collect();
    let whole = line.chars().count() <= from + EXCERPT;
    format!(
        "{}{}{}",
        if from > 0 { "…" } else { "" },
        shown
            .replace('\r', "\\r")
            .replace('\n', if whole { "" } else { " " }),
        if whole { "" } else { "…" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_told_with_what_stands_around_it() {
        let long = "x".repeat(100);
        let (line, found, expected) = first_difference(
            &format!("same\n{long}1,234{long}\nother"),
            &format!("same\n{long}9,234{long}\nlast"),
        );
        assert_eq!(line, 2);
        assert!(
            found.starts_with(&format!("…{}1,234x", "x".repeat(20))),
            "{found}"
        );
        assert!(found.ends_with("x…"), "{found}");
        assert!(expected.contains("9,234"), "{expected}");
    }

    #[test]
    fn a_file_that_is_cut_off_or_goes_on_says_so() {
        assert_eq!(
            first_difference("a\n", "a\nb\n"),
            (2, "nothing more".to_owned(), "b".to_owned())
        );
        assert_eq!(
            first_difference("a\nb\n", "a\n"),
            (2, "b".to_owned(), "nothing more".to_owned())
        );
    }

    #[test]
    fn other_ends_of_lines_can_be_seen() {
        let (line, found, expected) = first_difference("a\r\n", "a\n");
        assert_eq!((line, found.as_str(), expected.as_str()), (1, "a\\r", "a"));
    }
}
