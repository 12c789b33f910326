//! The document's table of loads.

use crate::claim::bursts::{OWN, Setting};
use crate::claim::evidence::{Spread, agreed, of, percent, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// A row of the table.
struct Row {
    /// How many requests come at once.
    load: &'static str,
    /// The share of them that fails.
    share: f64,
    /// Their mean response, in milliseconds; `None` where it says "timeout".
    mean_ms: Option<f64>,
    /// The row in the document's words.
    words: &'static str,
}

/// The table.
const TABLE: [Row; 5] = [
    row("10", 0.05, Some(100.0), "5 %, 100 ms"),
    row("50", 0.25, Some(500.0), "25 %, 500 ms"),
    row("100", 0.45, Some(2_000.0), "45 %, 2 s"),
    row("200", 0.70, Some(5_000.0), "70 %, 5 s"),
    row("500", 0.85, None, "85 %, timeout"),
];

const fn row(load: &'static str, share: f64, mean_ms: Option<f64>, words: &'static str) -> Row {
    Row {
        load,
        share,
        mean_ms,
        words,
    }
}

/// By how much a share may be off and still be the same; a little more, for what is lost in
/// calculating with shares.
const NEAR: f64 = 0.05 + 1e-9;

/// How many times more or less than stated a mean may be and still be the same.
const TOLERANCE: f64 = 2.0;

/// The app as the document writes and sets it.
const SETTING: Setting<'static> = OWN.over_http();

/// The document's table of loads.
pub static CLAIM: Claim = Claim {
    id: "A10",
    document: Document::SharedFile,
    statement: "At those loads 5, 25, 45, 70 and 85 % of requests fail, after 100 ms, 500 ms, 2 s, 5 s and the timeout.",
    stated: Some(
        "error rate and mean response by requests at once: 10: 5 %, 100 ms; 50: 25 %, 500 ms; 100: 45 %, 2 s; 200: 70 %, 5 s; 500: 85 %, timeout",
    ),
    experiments: &[app::NAME],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, app::NAME)?;
    let rows: Vec<(Verdict, String)> = TABLE.iter().filter_map(|row| row.seen(found)).collect();
    let all = |verdict| rows.iter().all(|(seen, _)| *seen == verdict);
    let any = |verdict| rows.iter().any(|(seen, _)| *seen == verdict);
    // One row that is another in every repeat contradicts the table; only all of it supports it.
    let verdict = match rows.len() {
        0 => return None,
        _ if any(Verdict::Contradicted) => Verdict::Contradicted,
        tried if tried == TABLE.len() && all(Verdict::Supported) => Verdict::Supported,
        _ => Verdict::Inconclusive,
    };
    let conditions = format!(
        "with the document's code as it is written and its own settings ({SETTING}), all requests in the same instant, {}; the driver is another one than the document's, a WebAssembly build of SQLite without a write-ahead log and with its own file locks, and so is the machine. A row agrees if its share is off by at most 5 percentage points and its mean, of acknowledged and failed requests together, is within a factor of {TOLERANCE}; where the table says “timeout” only the share is compared",
        app::instances(found)
    );
    let figures: Vec<&str> = rows.iter().map(|(_, words)| words.as_str()).collect();
    let seen_at = ["error-rate", "latency"].map(|view| anchor(app::NAME, Some(view)));
    Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen_at))
}

impl Row {
    /// Whether it agrees with what was found, and both side by side; `None` if it was not tried.
    fn seen(&self, found: &Experiment) -> Option<(Verdict, String)> {
        let conditions = SETTING.with(self.load);
        let repeats = || under(found, &conditions);
        let verdict = agreed(repeats().filter_map(|burst| self.agrees(burst)))?;
        let share = Spread::under(found, &conditions, "share_given_up")?;
        let mean = Spread::under(found, &conditions, "mean_ms")
            .map_or("an unknown time".to_owned(), |mean| format!("{mean} ms"));
        let verdict_words = match verdict {
            Verdict::Supported => "agrees",
            Verdict::Contradicted => "differs in every repeat",
            _ => "not decided",
        };
        let words = format!(
            "{} at once: {} fail, {mean} on average (the document: {}): {verdict_words}.",
            self.load,
            percent(share),
            self.words
        );
        Some((verdict, words))
    }

    /// Whether one burst is as it says.
    fn agrees(&self, burst: &Observation) -> Option<bool> {
        let off = (burst.figure("share_given_up")? - self.share).abs();
        let in_time = match self.mean_ms {
            None => true,
            Some(stated) => {
                let ratio = burst.figure("mean_ms")? / stated;
                (1.0 / TOLERANCE..=TOLERANCE).contains(&ratio)
            }
        };
        Some(off <= NEAR && in_time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    /// Bursts of one load: in each repeat so great a share failed, and the mean was this.
    fn bursts(load: &str, shares: &[f64], mean_ms: f64) -> Vec<Observation> {
        let bursts = made_up::repeats(&SETTING.with(load), "share_given_up", shares);
        let with_mean = |burst: Observation| burst.with("mean_ms", mean_ms);
        bursts.into_iter().map(with_mean).collect()
    }

    /// So many repeats that are what the table says.
    fn as_stated(row: &Row, repeats: usize) -> Vec<Observation> {
        let shares = vec![row.share; repeats];
        bursts(row.load, &shares, row.mean_ms.unwrap_or(30_000.0))
    }

    fn judged(observations: Vec<Observation>) -> Judgement {
        made_up::judged(&CLAIM, made_up::found(app::NAME, observations))
    }

    /// What is made of the table with this row for its first.
    fn with_first(first: Vec<Observation>) -> Judgement {
        let rest = TABLE[1..].iter().flat_map(|row| as_stated(row, 3));
        judged(first.into_iter().chain(rest).collect())
    }

    #[test]
    fn every_row_must_agree_in_every_repeat() {
        let judgement = with_first(as_stated(&TABLE[0], 3));
        assert_eq!(judgement.verdict, Verdict::Supported);
        let told =
            "50 at once: 25.0 % fail, 500 ms on average (the document: 25 %, 500 ms): agrees.";
        assert!(judgement.figures.contains(told), "{judgement:?}");
        assert_eq!(judgement.evidence[1], "experiment-over-http-latency");
    }

    #[test]
    fn one_row_that_differs_in_every_repeat_contradicts_it() {
        let verdict = |share, mean| with_first(bursts("10", &[share; 3], mean)).verdict;
        assert_eq!(
            verdict(0.10, 200.0),
            Verdict::Supported,
            "the bounds are within"
        );
        assert_eq!(
            verdict(0.0, 50.0),
            Verdict::Supported,
            "the bounds are within"
        );
        assert_eq!(verdict(0.11, 100.0), Verdict::Contradicted);
        assert_eq!(verdict(0.05, 201.0), Verdict::Contradicted);
        assert_eq!(verdict(0.05, 49.0), Verdict::Contradicted);
        let alone = judged(bursts("100", &[0.96; 3], 20.0));
        assert_eq!(alone.verdict, Verdict::Contradicted);
    }

    #[test]
    fn rows_that_differ_now_and_then_or_were_not_tried_decide_nothing() {
        let mixed = bursts("10", &[0.05, 0.2, 0.05], 100.0);
        assert_eq!(with_first(mixed).verdict, Verdict::Inconclusive);
        assert_eq!(with_first(Vec::new()).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn too_few_repeats_or_void_ones_decide_nothing() {
        assert_eq!(
            with_first(as_stated(&TABLE[0], 2)).verdict,
            Verdict::Inconclusive
        );
        let two = judged(bursts("100", &[0.96; 2], 20.0));
        assert_eq!(two.verdict, Verdict::Inconclusive);
        let void = made_up::void(bursts("10", &[0.9; 3], 20.0));
        assert_eq!(with_first(void.clone()).verdict, Verdict::Inconclusive);
        assert_eq!(judged(void).verdict, Verdict::NotRun);
        assert_eq!(CLAIM.of(&[]).verdict, Verdict::NotRun);
    }

    #[test]
    fn another_way_or_a_pool_is_not_the_documents_code() {
        let mut others = bursts("100", &[0.96; 3], 20.0);
        for (burst, (name, value)) in others.iter_mut().zip([
            ("discipline", "naive"),
            ("each", "25"),
            ("subject", "postgres"),
        ]) {
            burst.conditions.insert(name.to_owned(), value.to_owned());
        }
        assert_eq!(judged(others).verdict, Verdict::NotRun);
    }

    #[test]
    fn the_table_is_that_which_the_charts_draw() {
        let views = crate::experiment::find(app::NAME).unwrap().views();
        let drawn = |name: &str| {
            let view = views.iter().find(|view| view.name == name).unwrap();
            let stated = view.stated.iter().map(|stated| (stated.at, stated.from));
            stated.collect::<Vec<_>>()
        };
        let at = |row: &Row| row.load.parse::<f64>().ok();
        let shares: Vec<_> = TABLE.iter().map(|row| (at(row), row.share)).collect();
        assert_eq!(drawn("error-rate"), shares);
        let means = TABLE.iter().filter_map(|row| Some((at(row), row.mean_ms?)));
        assert_eq!(drawn("latency"), means.collect::<Vec<_>>());
    }
}
