//! Markdown (CommonMark, with GitHub's tables) made of text that may hold anything.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, Value};

/// Text as it has to be written to be read as it is, on one line.
pub fn escape(text: &str) -> String {
    let mut escaped = String::new();
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek();
        let special = match c {
            '\\' | '`' | '*' | '_' | '|' | '<' | '~' | '&' => true,
            // Brackets are text unless they are a link's.
            ']' => matches!(next, Some('(' | '[' | ':')),
            // What would begin a heading, a list or a quotation.
            '#' | '=' | '>' => escaped.is_empty(),
            '+' | '-' => escaped.is_empty() && next.is_none_or(|next| *next == ' '),
            '.' | ')' => {
                let number = !escaped.is_empty() && escaped.chars().all(|c| c.is_ascii_digit());
                number && next.is_none_or(|next| *next == ' ')
            }
            _ => false,
        };
        if special {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A word as code, whatever backticks it has. Code has no escapes, but for the bar within a table.
pub fn code(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match longest {
        0 => format!("{fence}{line}{fence}"),
        _ => format!("{fence} {line} {fence}"),
    }
}

/// Templates of Markdown, which escape every text that is not marked as safe.
pub fn environment<'t>() -> Environment<'t> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    environment.set_formatter(format);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
}

/// A text without blank lines beside blank lines, which templates leave where a list is empty, and
/// with one line end at its end.
pub fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.trim().lines().map(str::trim_end) {
        if !(line.is_empty() && lines.last().is_some_and(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

fn format(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    let written = match value.is_safe() {
        true => out.write_str(&value.to_string()),
        false => out.write_str(&escape(&value.to_string())),
    };
    Ok(written?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_no_markup() {
        for (text, expected) in [
            (
                "a*b*_c_ `d` <e> & f|g ~h~",
                "a\\*b\\*\\_c\\_ \\`d\\` \\<e> \\& f\\|g \\~h\\~",
            ),
            (
                "[a](javascript:b) [1 – 2] [c]: d",
                "[a\\](javascript:b) [1 – 2] [c\\]: d",
            ),
            ("# no heading\n- no list", "\\# no heading - no list"),
            ("1. no list 2.5", "1\\. no list 2.5"),
            ("2.5 ms", "2.5 ms"),
            ("- no list", "\\- no list"),
            ("sqlite-wal-full", "sqlite-wal-full"),
        ] {
            assert_eq!(escape(text), expected);
        }
    }

    #[test]
    fn code_holds_backticks() {
        assert_eq!(code("contend bench"), "`contend bench`");
        assert_eq!(code("a ``b"), "``` a ``b ```");
    }
}
