//! What pgbench prints (postgresql.org/docs/current/pgbench.html).

/// One line of `--progress`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Seconds since the clients began.
    pub seconds: f64,
    /// Transactions per second since the line before.
    pub rate: f64,
}

/// What it says at its end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Transactions that were committed.
    pub processed: u64,
    /// Transactions that failed; older versions do not tell.
    pub failed: u64,
    /// Transactions per second, connecting not counted.
    pub rate: f64,
}

/// Reads `progress: 1.0 s, 17283.4 tps, lat 0.463 ms stddev 0.210, 0 failed`.
pub fn progress(line: &str) -> Option<Progress> {
    let mut words = line.strip_prefix("progress: ")?.split_whitespace();
    let seconds = positive(words.next()?)?;
    (words.next()? == "s,").then_some(())?;
    let rate = positive(words.next()?)?;
    (words.next()? == "tps,").then_some(Progress { seconds, rate })
}

impl Summary {
    /// Reads the summary; `None` if it is not one.
    pub fn parse(text: &str) -> Option<Summary> {
        let after = |start: &str| text.lines().find_map(|line| line.strip_prefix(start));
        let first = |rest: &str| rest.split_whitespace().next().map(str::to_owned);
        // `17` or, after a fixed number of transactions, `17/20`.
        let processed = after("number of transactions actually processed: ")?;
        let processed = processed.split('/').next()?.trim().parse().ok()?;
        let failed = match after("number of failed transactions: ") {
            Some(rest) => first(rest)?.parse().ok()?,
            None => 0,
        };
        // Version 13 has two lines; the last one leaves connecting out, as the only one does.
        let rate = text
            .lines()
            .filter_map(|line| line.strip_prefix("tps = "))
            .next_back()
            .and_then(first)?;
        Some(Summary {
            processed,
            failed,
            rate: positive(&rate)?,
        })
    }

    /// Transactions after the warm-up, and how many seconds they took; `None` if there were none.
    pub fn after(&self, warm_up: &Progress) -> Option<(u64, f64)> {
        let seconds = self.processed as f64 / self.rate - warm_up.seconds;
        let before = (warm_up.rate * warm_up.seconds).round();
        let committed = self.processed as f64 - before;
        (seconds.is_finite() && seconds > 0.0 && committed > 0.0)
            .then_some((committed as u64, seconds))
    }
}

/// A number that is neither negative nor endless.
fn positive(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERSION_15: &str = "\
pgbench (15.13)
transaction type: pgbench.sql
scaling factor: 1
query mode: prepared
number of clients: 8
number of threads: 4
maximum number of tries: 1
duration: 3 s
number of transactions actually processed: 52000
number of failed transactions: 3 (0.006%)
latency average = 0.463 ms
latency stddev = 0.210 ms
initial connection time = 31.125 ms
tps = 17333.333333 (without initial connection time)
";

    const VERSION_13: &str = "\
number of transactions actually processed: 10
latency average = 0.1 ms
tps = 9.500000 (including connections establishing)
tps = 10.000000 (excluding connections establishing)
";

    #[test]
    fn the_summary_is_read_as_every_version_writes_it() {
        let summary = Summary::parse(VERSION_15).unwrap();
        assert_eq!((summary.processed, summary.failed), (52_000, 3));
        assert!((summary.rate - 17_333.333_333).abs() < 1e-6);
        let summary = Summary::parse(VERSION_13).unwrap();
        assert_eq!((summary.processed, summary.rate), (10, 10.0));
        assert_eq!(Summary::parse(""), None);
    }

    #[test]
    fn the_warm_up_is_taken_off() {
        let warm_up = progress("progress: 1.0 s, 12000.0 tps, lat 0.6 ms stddev 0.2, 0 failed");
        let summary = Summary::parse(VERSION_15).unwrap();
        let (committed, seconds) = summary.after(&warm_up.unwrap()).unwrap();
        assert_eq!(committed, 40_000);
        assert!((seconds - 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_server_that_stood_still_has_no_figures() {
        let summary = Summary {
            processed: 0,
            failed: 0,
            rate: 0.0,
        };
        let warm_up = Progress {
            seconds: 1.0,
            rate: 0.0,
        };
        assert_eq!(summary.after(&warm_up), None);
    }

    #[test]
    fn other_lines_are_no_progress() {
        for line in [
            "pgbench: error: connection failed",
            "progress: nonsense",
            "progress: 1.0 s, -5 tps, lat",
            "progress: 1.0 s, NaN tps, lat",
            "progress: ",
        ] {
            assert_eq!(progress(line), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn no_output_makes_it_panic(text in "\\PC*", lines in prop::collection::vec("[a-z =.:0-9/]*", 0..9)) {
            let _ = (progress(&text), Summary::parse(&text), Summary::parse(&lines.join("\n")));
        }

        #[test]
        fn a_rate_is_kept_whatever_part_the_warm_up_is(
            rate in 1.0f64..1e6, warm_up in 0.9f64..1.5, rest in 0.5f64..100.0,
        ) {
            let processed = (rate * (warm_up + rest)).round() as u64;
            let summary = Summary { processed, failed: 0, rate: processed as f64 / (warm_up + rest) };
            let found = summary.after(&Progress { seconds: warm_up, rate });
            if let Some((committed, seconds)) = found {
                prop_assert!((seconds - rest).abs() < 1e-6);
                prop_assert!((committed as f64 - rate * rest).abs() <= 2.0);
            }
        }
    }
}
