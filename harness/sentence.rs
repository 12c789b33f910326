//! One sentence out of an error and its causes.

/// What went wrong, and why, for the person who must act. A cause that the text before it has
/// already told is not told again.
pub fn sentence(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{}: {cause}", text.trim_end_matches('.'));
        }
    }
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn causes_follow_and_none_is_told_twice() {
        let error = anyhow!("the disk is full").context("Cannot write a.txt (the disk is full)");
        assert_eq!(sentence(&error), "Cannot write a.txt (the disk is full).");
        let error = anyhow!("the disk is full.").context("Cannot write a.txt.");
        assert_eq!(sentence(&error), "Cannot write a.txt: the disk is full.");
    }
}
