//! Changes as Markdown: a comment on a pull request.

use super::changes::{Change, Changes};
use super::summary;
use super::verdict::Verdict;

/// GitHub takes comments of up to 65,536 characters; the pipeline adds a mark.
const MOST: usize = 65_000;

/// How many rows a table has at most: as many as fit.
const ROWS: [usize; 6] = [120, 60, 30, 15, 5, 0];

/// The whole comment.
pub fn text(changes: &Changes) -> String {
    let mut texts = ROWS.iter().map(|most| with_rows(changes, *most));
    let fits = |text: &String| text.chars().count() <= MOST;
    texts.find(fits).unwrap_or_else(|| with_rows(changes, 0))
}

/// The comment with so many rows in each table at most.
fn with_rows(changes: &Changes, most: usize) -> String {
    let notable: Vec<&Change> = changes
        .changes
        .iter()
        .filter(|change| change.notable)
        .collect();
    let (past, rest): (Vec<&Change>, Vec<&Change>) = changes
        .changes
        .iter()
        .filter(|change| !change.notable)
        .partition(|change| summary::told_by_the_past(change));
    let mut blocks = vec![
        format!("**{}**", escaped(&summary::headline(changes))),
        escaped(&summary::counts(changes)),
    ];
    if !changes.warnings.is_empty() {
        let warnings = changes
            .warnings
            .iter()
            .map(|warning| format!("> - {}", escaped(warning)));
        blocks.push(format!("> **Before you trust it**\n{}", lines(warnings)));
    }
    if !notable.is_empty() {
        blocks.push(table(&notable, most));
    }
    if !past.is_empty() {
        let summary = format!("Levels that began lately ({})", past.len());
        blocks.push(folded(&summary, &table(&past, most)));
    }
    let fits = rest.len() <= most && notable.len() <= most;
    if !rest.is_empty() && !fits {
        blocks.push(format!(
            "{} more figures are in changes.json, too many for a comment.",
            rest.len()
        ));
    } else if !rest.is_empty() {
        let summary = match notable.is_empty() && past.is_empty() {
            true => "All figures",
            false => "All other figures",
        };
        let summary = format!("{summary} ({})", rest.len());
        blocks.push(folded(&summary, &table(&rest, most)));
    }
    let runs = [("base", &changes.base), ("new", &changes.new)]
        .map(|(name, side)| format!("- {name}: {}", escaped(&summary::side(side))));
    let notes = summary::only_in_new(changes)
        .into_iter()
        .chain(summary::history(changes))
        .chain(summary::footer(changes));
    let notes = notes.map(|note| format!("- {}", escaped(&note)));
    blocks.push(folded(
        "How to read it",
        &lines(runs.into_iter().chain(notes)),
    ));
    blocks.join("\n\n") + "\n"
}

fn folded(summary: &str, content: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{content}\n\n</details>")
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

/// The first rows, and how many there are besides.
fn table(changes: &[&Change], most: usize) -> String {
    let (changes, others) = changes.split_at(changes.len().min(most));
    let others = match others.len() {
        0 => None,
        more => Some(format!("\nAnd {more} more, in changes.json.")),
    };
    if changes.is_empty() {
        return others.unwrap_or_default().trim_start().to_owned();
    }
    let head = "| | where | figure | base | new | change | basis |\n|---|---|---|--:|--:|---|---|";
    let rows = changes.iter().map(|change| {
        let cells = [
            &format!("{}, {}", change.group, change.place),
            &change.figure,
            &change.base_words,
            &change.new_words,
            &summary::sentence(change),
            &summary::basis(change),
        ];
        let cells = cells.map(|cell| escaped(cell)).join(" | ");
        format!("| {} | {cells} |", mark(change))
    });
    lines([head.to_owned()].into_iter().chain(rows).chain(others))
}

/// The verdict, so that what decides is seen first.
fn mark(change: &Change) -> String {
    let name = change.verdict.name();
    match change.verdict {
        Verdict::Regressed | Verdict::Improved if change.gates => format!("**{name}**"),
        _ => name.to_owned(),
    }
}

/// Text that means itself, wherever it stands: run files are written by others.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '\n' | '\r' => escaped.push(' '),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A mention calls somebody, and a number an issue.
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_run_files_say_is_text_and_nothing_else() {
        assert_eq!(
            escaped("a|b <script> [x](y) @all\n`c`"),
            "a\\|b &lt;script&gt; \\[x\\](y) &#64;all \\`c\\`"
        );
    }
}
