//! PostgreSQL cures it.

use crate::claim::troubles::{Seen, Trouble, looked_for};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;

/// The one, and the others.
const POSTGRES: &str = "postgres";
const SQLITE: [&str; 2] = ["sqlite-delete-full", "sqlite-wal-full"];

/// PostgreSQL cures it.
pub static CLAIM: Claim = Claim {
    id: "A18",
    document: Document::SharedFile,
    statement: "PostgreSQL cures it.",
    stated: None,
    experiments: &[
        "busy-errors",
        "lost-updates",
        "lock-waits",
        "fairness",
        "over-http",
        "overload",
    ],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    // What SQLite does not suffer from needs no cure.
    let ill = |trouble: &Trouble| {
        SQLITE.iter().any(|subject| {
            let seen = trouble.on(found, subject);
            seen.is_some_and(|seen| seen.verdict == Verdict::Supported)
        })
    };
    let treated: Vec<(&Trouble, Seen)> = looked_for(found, POSTGRES)
        .filter(|(trouble, _)| ill(trouble))
        .collect();
    let those = |verdict| {
        let of_it = treated.iter().filter(|(_, seen)| seen.verdict == verdict);
        of_it.map(|(trouble, _)| trouble.what).collect::<Vec<_>>()
    };
    let (left, cured) = (those(Verdict::Supported), those(Verdict::Contradicted));
    let verdict = match treated.len() {
        0 => return None,
        _ if !left.is_empty() => Verdict::Contradicted,
        all if cured.len() == all => Verdict::Supported,
        _ => Verdict::Inconclusive,
    };
    let named = |names: &[&str]| match names {
        [] => "nothing".to_owned(),
        names => names.join(", "),
    };
    let conditions = format!(
        "of what was looked for and SQLite suffers from here, it cures {}, and leaves {}; a trouble is left if it is there in every repeat under some condition that was tried, be it one that nobody need choose; in processes, refusals on PostgreSQL are of clients for whom the server had no connection, all of which are held to the end and none of which is asked for again; through the app, requests fail on either engine after the app's own retries, or because they waited for a pool in vain",
        named(&cured),
        named(&left)
    );
    let figures: Vec<String> = treated
        .iter()
        .map(|(trouble, seen)| format!("{}: {}.", trouble.what, seen.words()))
        .collect();
    let seen_at = treated.iter().map(|(trouble, _)| trouble.anchor());
    Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    fn verdict(on_sqlite: &[f64], on_postgres: &[f64]) -> Verdict {
        let lost = |subject: &str, shares: &[f64]| {
            let conditions = [("subject", subject), ("way", "apart")];
            made_up::repeats(&conditions, "share_lost_without_error", shares)
        };
        let both = [lost(SQLITE[0], on_sqlite), lost(POSTGRES, on_postgres)];
        made_up::judged(&CLAIM, made_up::found("lost-updates", both.concat())).verdict
    }

    #[test]
    fn what_is_left_of_what_sqlite_suffers_from_decides() {
        assert_eq!(verdict(&[0.5; 3], &[0.0; 3]), Verdict::Supported);
        assert_eq!(verdict(&[0.5; 3], &[0.5; 3]), Verdict::Contradicted);
        assert_eq!(verdict(&[0.5; 3], &[0.0, 0.5, 0.5]), Verdict::Inconclusive);
    }

    #[test]
    fn where_there_is_nothing_to_cure_it_decides_nothing() {
        assert_eq!(verdict(&[0.0; 3], &[0.5; 3]), Verdict::NotRun);
        assert_eq!(verdict(&[0.5; 3], &[]), Verdict::NotRun);
    }
}
