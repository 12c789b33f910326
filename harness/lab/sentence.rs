//! What a person reads when something went wrong: one sentence.

use anyhow::Error;

/// An error and its causes as one sentence: a capital letter first, `: ` between a consequence and
/// its cause, one full stop at the end.
pub fn sentence(error: &Error) -> String {
    let mut text = String::new();
    for link in error.chain().map(ToString::to_string) {
        let link = link.split_whitespace().collect::<Vec<_>>().join(" ");
        let link = link.strip_suffix('.').unwrap_or(&link);
        // Some messages quote their cause, which then must not be said again.
        if text.contains(link) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(link);
    }
    // A path or a word of SQL stays as it is.
    let first = text.split([' ', ':']).next().unwrap_or_default();
    if !first.is_empty() && first.chars().all(|c| c.is_ascii_lowercase()) {
        text[..1].make_ascii_uppercase();
    }
    if !text.ends_with(['.', '?', '!']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn causes_follow_in_one_sentence() {
        let error = anyhow!("disk full.").context("Cannot write /a");
        assert_eq!(sentence(&error), "Cannot write /a: disk full.");
    }

    #[test]
    fn a_cause_that_was_quoted_already_is_not_repeated() {
        let error = anyhow!("disk full").context("Cannot write /a (disk full): make room");
        assert_eq!(sentence(&error), "Cannot write /a (disk full): make room.");
    }

    #[test]
    fn words_begin_with_a_capital_and_paths_stay_as_they_are() {
        for (said, sentence_of_it) in [
            ("no room\n\nat all", "No room at all."),
            ("/var/x is a file", "/var/x is a file."),
            ("run.json is cut off", "run.json is cut off."),
            ("Is it running?", "Is it running?"),
        ] {
            assert_eq!(sentence(&Error::msg(said)), sentence_of_it);
        }
    }
}
