//! What the database held in the end of an interleaving, in words.

use crate::measure::{Audit, Check};

use super::numbers::count;

/// Every check, whether it passed and in words; those that did not pass first.
pub fn checks(ending: &Audit) -> Vec<(bool, String)> {
    let failed = ending.failed();
    let passed = ending.checks.iter().filter(|check| check.passed);
    failed
        .chain(passed)
        .map(|check| (check.passed, of(check)))
        .collect()
}

/// All of it in one or more sentences.
pub fn words(ending: &Audit) -> String {
    let checks: Vec<String> = checks(ending).into_iter().map(|(_, words)| words).collect();
    match checks.is_empty() {
        true => "The database was not asked in the end.".to_owned(),
        false => format!("In the end: {}.", checks.join("; ")),
    }
}

/// The same in a few words: what is wrong, or that nothing is.
pub fn brief(ending: &Audit) -> String {
    let wrong: Vec<String> = ending
        .failed()
        .map(|check| amiss(check).unwrap_or_else(|| format!("{}: {}", check.what, check.found)))
        .collect();
    match (wrong.is_empty(), ending.checks.is_empty()) {
        (true, true) => "the database was not asked".to_owned(),
        (true, false) => "nothing lost".to_owned(),
        (false, _) => wrong.join(", "),
    }
}

fn of(check: &Check) -> String {
    let Check {
        what,
        expected,
        found,
        passed,
    } = check;
    match (passed, amiss(check)) {
        (true, _) => format!("{what}: {found}, as expected"),
        (false, Some(amiss)) => format!("{what}: {expected} expected, {found} found: {amiss}"),
        (false, None) => format!("{what}: {expected} expected, {found} found"),
    }
}

/// How much is missing, or too much; `None` if it is no number.
fn amiss(check: &Check) -> Option<String> {
    let (expected, found): (i64, i64) = (check.expected.parse().ok()?, check.found.parse().ok()?);
    let apart = count(expected.abs_diff(found));
    Some(match found < expected {
        true => format!("{apart} lost"),
        false => format!("{apart} too many"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_counted() {
        let checks = vec![
            Check::text("integrity", "ok", "ok"),
            Check::number("counter", 102, 101),
        ];
        let ending = Audit { checks };
        assert_eq!(brief(&ending), "1 lost");
        assert_eq!(
            words(&ending),
            "In the end: counter: 102 expected, 101 found: 1 lost; integrity: ok, as expected."
        );
    }

    #[test]
    fn what_was_not_asked_is_not_said_to_be_well() {
        assert_eq!(brief(&Audit::default()), "the database was not asked");
        let broken = Check::text("integrity", "ok", "row 3 missing");
        let ending = Audit {
            checks: vec![broken],
        };
        assert_eq!(brief(&ending), "integrity: row 3 missing");
    }
}
