//! How to measure again, and how to cite what was measured.

use serde::Serialize;

use crate::measure::Run;

/// What is needed to repeat and to cite a run.
#[derive(Serialize)]
pub struct Repeat {
    command: String,
    seed: String,
    checkout: Option<String>,
    sentence: String,
    markdown: String,
}

/// How to repeat and cite the run; `figure` is the anchor of the figure used as the example.
pub fn of(run: &Run, figure: Option<String>) -> Repeat {
    let words: Vec<String> = run.command.iter().map(|word| quoted(word)).collect();
    let sentence = format!(
        "contend run {} ({}), contend {}",
        run.id,
        run.started,
        run.build.words()
    );
    let anchor = figure.map_or_else(String::new, |figure| format!("#{figure}"));
    Repeat {
        command: words.join(" "),
        seed: run.plan.seed.to_string(),
        checkout: run
            .build
            .commit
            .as_ref()
            .map(|commit| format!("git checkout {commit}")),
        markdown: format!(
            "[{}](reports/index.html{anchor})",
            sentence.replace(['[', ']'], "")
        ),
        sentence,
    }
}

/// A word as a POSIX shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("--rounds=6"), "--rounds=6");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
