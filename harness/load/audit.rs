//! The check, after a trial, that the database holds what was acknowledged, and that what was
//! counted in different places agrees.

use anyhow::Result;

use super::recorder::Counts;
use crate::measure::{Audit, Check, Discipline, KindCounts, Loss, Point};
use crate::subject::engine::{Store, Target};
use crate::workload::{IfNaive, Tally, Workload};

/// What is checked where the engine cannot even say whether its files are whole.
const INTEGRITY: &str = "the engine can read its files";

/// Compares what the clients counted with what the database holds, and with itself. So many operations
/// `arrived` in an open loop; none in a closed one.
pub fn audit(
    workload: &dyn Workload,
    store: &mut dyn Store,
    counts: &Counts,
    arrived: u64,
    point: &Point,
) -> Result<(Audit, Vec<Loss>)> {
    let mut checks = bookkeeping(counts, arrived, point.clients);
    let mut losses = Vec::new();
    if !matches!(store.target(point.discipline), Target::Noop) {
        let (stored, lost) = stored(
            workload,
            store,
            counts.tally,
            counts.unknown,
            point.discipline,
        )?;
        checks.extend(stored);
        losses = lost;
    }
    Ok((Audit { checks }, losses))
}

/// What the database holds against what was acknowledged: what must be so, and, after naive
/// clients, what was lost. What a damaged database cannot answer is a check that failed. So many
/// operations whose end is `unknown` may be stored beyond those acknowledged.
pub(crate) fn stored(
    workload: &dyn Workload,
    store: &mut dyn Store,
    tally: Tally,
    unknown: u64,
    discipline: Discipline,
) -> Result<(Vec<Check>, Vec<Loss>)> {
    let mut checks = match store.integrity() {
        Err(error) if error.damaged() => {
            vec![Check::text(INTEGRITY, "ok", &error.to_string())]
        }
        checks => checks?,
    };
    let mut losses = Vec::new();
    for expected in workload.expected(tally) {
        let found = match store.number(&expected.sql) {
            Err(error) if error.damaged() => {
                let number = expected.number.to_string();
                checks.push(Check::text(expected.what, &number, &error.to_string()));
                continue;
            }
            found => found?,
        };
        let allowed = expected.allowed(unknown);
        match (discipline, expected.if_naive) {
            (Discipline::Naive, IfNaive::Nothing) => {}
            (Discipline::Naive, IfNaive::Loss { unit, of }) => losses.push(Loss {
                what: match unknown {
                    0 => expected.what.to_owned(),
                    // What is stored of those may stand in for what was lost.
                    _ => format!(
                        "{} (at least: it is not known of {unknown} more whether they are stored)",
                        expected.what
                    ),
                },
                unit: unit.to_owned(),
                acknowledged: of.unsigned_abs(),
                lost: found.abs_diff(found.clamp(*allowed.start(), *allowed.end())),
            }),
            _ => checks.push(Check::within(
                expected.what,
                allowed,
                expected.moves.step(),
                found,
            )),
        }
    }
    Ok((checks, losses))
}

/// What was counted in different places must agree: a histogram lost on its way from a worker
/// shows here.
fn bookkeeping(counts: &Counts, arrived: u64, clients: u32) -> Vec<Check> {
    let sum = |counts: &[u64]| counts.iter().sum::<u64>() as i64;
    let committed = sum(&counts.committed_per_client);
    let acknowledged = committed + counts.late as i64;
    let given_up = counts.given_up.values().sum::<u64>() as i64;
    let failed_attempts = counts
        .errors
        .iter()
        .map(|error| error.attempts)
        .sum::<u64>() as i64;
    let reported = counts.committed_per_client.len() as i64;
    let mut checks = vec![
        ("clients that reported", i64::from(clients), reported),
        (
            "latencies of acknowledged operations",
            acknowledged,
            counts.success.count() as i64,
        ),
        (
            "latencies of operations given up",
            given_up,
            counts.failure.count() as i64,
        ),
        (
            "commits, part by part of the stretch",
            committed,
            sum(&counts.committed_over_time),
        ),
        (
            "attempts",
            acknowledged + failed_attempts,
            counts.attempts as i64,
        ),
    ];
    if arrived > 0 {
        let (arrived, due) = (arrived as i64, counts.due as i64);
        checks.push(("operations that arrived", arrived, due));
    }
    if !counts.kinds.is_empty() {
        let of_kinds = |count: fn(&KindCounts) -> u64| {
            let counted = counts.kinds.iter().map(count);
            counted.sum::<u64>() as i64
        };
        checks.extend([
            (
                "latencies of acknowledged operations, by kind",
                acknowledged,
                of_kinds(|kind| kind.success.count()),
            ),
            (
                "latencies of operations given up, by kind",
                given_up,
                of_kinds(|kind| kind.failure.count()),
            ),
            (
                "operations, by kind",
                acknowledged + given_up,
                of_kinds(KindCounts::operations),
            ),
            (
                "attempts, by kind",
                counts.attempts as i64,
                of_kinds(|kind| kind.attempts),
            ),
        ]);
    }
    let compare = |(what, expected, found)| Check::number(what, expected, found);
    checks.into_iter().map(compare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::engine::sqlite::SqliteStore;
    use crate::workload::{increment, insert, payment, sale};

    #[test]
    fn the_books_show_a_histogram_that_was_dropped() {
        let mut counts = Counts {
            committed_per_client: vec![1],
            attempts: 1,
            ..Counts::default()
        };
        counts.committed_over_time = vec![1];
        counts.success.record(5);
        let passed = |counts: &Counts| bookkeeping(counts, 0, 1).iter().all(|check| check.passed);
        assert!(passed(&counts));
        counts.success = Default::default();
        assert!(!passed(&counts));
    }

    #[test]
    fn the_audit_finds_a_row_that_is_missing_doubled_or_altered() {
        let cases = [
            ("SELECT 1", true),
            ("DELETE FROM entries WHERE sequence = 2", false),
            (
                "INSERT INTO entries (client, sequence, content) SELECT client, sequence, content FROM entries WHERE sequence = 1",
                false,
            ),
            ("UPDATE entries SET sequence = 1 WHERE sequence = 2", false),
            ("UPDATE entries SET content = ''", false),
        ];
        for (tampering, passes) in cases {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "wal", "full");
            store.execute(&insert::ONE.setup()).unwrap();
            let row = |n| {
                format!(
                    "INSERT INTO entries (client, sequence, content) VALUES (0, {n}, '{}')",
                    "x".repeat(100)
                )
            };
            store
                .execute(&[row(1), row(2), row(3), tampering.to_owned()])
                .unwrap();
            let tally = Tally {
                units: 3,
                checksum: 6,
            };
            let (checks, _) =
                stored(&insert::ONE, &mut store, tally, 0, Discipline::Careful).unwrap();
            assert_eq!(
                checks.iter().all(|check| check.passed),
                passes,
                "{tampering}: {checks:?}"
            );
        }
    }

    #[test]
    fn a_damaged_file_fails_the_audit_instead_of_ending_the_run() {
        for damage in [0, 4_096] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "delete", "full");
            store.execute(&increment::SPREAD.setup()).unwrap();
            let path = directory.path().join("contend.db");
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[damage..damage + 100].fill(0xff);
            std::fs::write(&path, bytes).unwrap();
            let tally = Tally::default();
            let (checks, _) = stored(
                &increment::SPREAD,
                &mut store,
                tally,
                0,
                Discipline::Careful,
            )
            .unwrap();
            assert!(checks.iter().any(|check| !check.passed), "{checks:?}");
        }
    }

    #[test]
    fn the_audit_finds_an_increment_that_is_lost_or_went_to_another_key() {
        for (tampering, passes) in [
            ("UPDATE counters SET value = value + 1 WHERE key = 5", true),
            ("UPDATE counters SET value = value + 1 WHERE key = 6", false),
            ("UPDATE counters SET value = value + 2 WHERE key = 5", false),
            ("SELECT 1", false),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "delete", "full");
            store.execute(&increment::SPREAD.setup()).unwrap();
            store.execute(&[tampering.to_owned()]).unwrap();
            let tally = Tally {
                units: 1,
                checksum: 5,
            };
            let (checks, _) = stored(
                &increment::SPREAD,
                &mut store,
                tally,
                0,
                Discipline::Careful,
            )
            .unwrap();
            assert_eq!(
                checks.iter().all(|check| check.passed),
                passes,
                "{tampering}"
            );
        }
    }

    #[test]
    fn operations_of_unknown_end_may_be_stored_or_not_but_nothing_else_may_be_missing() {
        // Ten rows acknowledged, two more of which nobody knows.
        for (rows, passes) in [(9, false), (10, true), (11, true), (12, true), (13, false)] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "wal", "full");
            store.execute(&insert::ONE.setup()).unwrap();
            let insert = format!(
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows}) \
                 INSERT INTO entries (client, sequence, content) SELECT 0, n, '{}' FROM n",
                "x".repeat(100)
            );
            store.execute(&[insert]).unwrap();
            let tally = Tally {
                units: 10,
                checksum: 55,
            };
            let (checks, _) =
                stored(&insert::ONE, &mut store, tally, 2, Discipline::Careful).unwrap();
            let passed = checks.iter().all(|check| check.passed);
            assert_eq!(passed, passes, "{rows}: {checks:?}");
        }
    }

    #[test]
    fn a_transaction_of_unknown_end_is_stored_whole_or_not_at_all() {
        for (rows, passes) in [(0, true), (50, false), (100, true)] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "wal", "full");
            store.execute(&insert::HUNDRED.setup()).unwrap();
            let insert = format!(
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100) \
                 INSERT INTO entries (client, sequence, content) SELECT 0, n, '{}' FROM n WHERE n <= {rows}",
                "x".repeat(100)
            );
            store.execute(&[insert]).unwrap();
            let tally = Tally::default();
            let (checks, _) =
                stored(&insert::HUNDRED, &mut store, tally, 1, Discipline::Careful).unwrap();
            let passed = checks.iter().all(|check| check.passed);
            assert_eq!(passed, passes, "{rows}: {checks:?}");
        }
    }

    #[test]
    fn what_was_lost_for_certain_is_told_where_more_may_be() {
        for (value, lost, passes) in [(7, 3, true), (10, 0, true), (12, 0, true), (13, 1, false)] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "wal", "full");
            store.execute(&increment::HOT.setup()).unwrap();
            store
                .execute(&[format!("UPDATE counters SET value = {value}")])
                .unwrap();
            let tally = Tally {
                units: 10,
                checksum: 10,
            };
            let (checks, losses) =
                stored(&increment::HOT, &mut store, tally, 2, Discipline::Naive).unwrap();
            let passed = checks.iter().all(|check| check.passed);
            assert_eq!(
                (losses[0].lost, passed),
                (lost, passes),
                "{value}: {checks:?}"
            );
            assert!(losses[0].what.contains("at least"), "{losses:?}");
        }
    }

    #[test]
    fn what_naive_clients_lose_is_a_figure_and_what_careful_ones_lose_voids_the_trial() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::new(directory.path(), "wal", "full");
        store.execute(&increment::HOT.setup()).unwrap();
        store
            .execute(&["UPDATE counters SET value = 7".to_owned()])
            .unwrap();
        let tally = Tally {
            units: 10,
            checksum: 10,
        };
        let mut stored = |discipline| stored(&increment::HOT, &mut store, tally, 0, discipline);
        let (checks, losses) = stored(Discipline::Naive).unwrap();
        assert!(checks.iter().all(|check| check.passed), "{checks:?}");
        let [loss] = &losses[..] else {
            panic!("one loss: {losses:?}")
        };
        assert_eq!(
            (loss.unit.as_str(), loss.acknowledged, loss.lost),
            ("increments", 10, 3)
        );
        let (checks, losses) = stored(Discipline::Careful).unwrap();
        assert!(!checks.iter().all(|check| check.passed));
        assert!(losses.is_empty());
    }

    #[test]
    fn the_audit_finds_money_on_the_wrong_account_even_if_none_is_missing() {
        for (tampering, passes) in [
            ("SELECT 1", true),
            (
                "UPDATE accounts SET balance = balance + 1 WHERE id = 9",
                false,
            ),
            (
                "UPDATE accounts SET balance = balance + CASE id WHEN 9 THEN 1 ELSE -1 END WHERE id IN (8, 9)",
                false,
            ),
            ("DELETE FROM payments", false),
            ("UPDATE payments SET amount = 6", false),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "wal", "full");
            store.execute(&payment::MIXED.setup()).unwrap();
            let paid = "UPDATE accounts SET balance = balance + CASE id WHEN 4 THEN 5 ELSE -5 END WHERE id IN (3, 4);
                        INSERT INTO payments (source, target, amount) VALUES (3, 4, 5)";
            store
                .execute(&[paid.to_owned(), tampering.to_owned()])
                .unwrap();
            let tally = Tally {
                units: 1,
                checksum: 5,
            };
            let (checks, _) =
                stored(&payment::MIXED, &mut store, tally, 0, Discipline::Careful).unwrap();
            let passed = checks.iter().all(|check| check.passed);
            assert_eq!(passed, passes, "{tampering}: {checks:?}");
        }
    }

    #[test]
    fn the_audit_finds_more_sold_than_there_was_and_stock_that_came_from_nowhere() {
        let sold = |n: i64| {
            format!(
                "UPDATE stock SET amount = amount - {n}; INSERT INTO sales (item, quantity) VALUES (1, {n})"
            )
        };
        for (quantity, tampering, passes) in [
            (9, "SELECT 1", true),
            (4_000, "SELECT 1", true),
            (4_001, "SELECT 1", false),
            (4_001, "UPDATE stock SET amount = 0", false),
            (9, "UPDATE stock SET amount = amount + 1", false),
            (9, "DELETE FROM sales", false),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "wal", "full");
            store.execute(&sale::TAKEN.setup()).unwrap();
            store
                .execute(&[sold(quantity), tampering.to_owned()])
                .unwrap();
            let tally = Tally {
                units: 1,
                checksum: quantity,
            };
            let (checks, _) =
                stored(&sale::TAKEN, &mut store, tally, 0, Discipline::Careful).unwrap();
            let passed = checks.iter().all(|check| check.passed);
            assert_eq!(passed, passes, "{quantity}, {tampering}: {checks:?}");
        }
    }

    #[test]
    fn more_than_was_acknowledged_is_no_loss_but_voids_the_trial_of_naive_clients_too() {
        for (value, passes) in [(9, true), (10, true), (11, false)] {
            let directory = tempfile::tempdir().unwrap();
            let mut store = SqliteStore::new(directory.path(), "wal", "full");
            store.execute(&increment::HOT.setup()).unwrap();
            store
                .execute(&[format!("UPDATE counters SET value = {value}")])
                .unwrap();
            let tally = Tally {
                units: 10,
                checksum: 10,
            };
            let (checks, _) =
                stored(&increment::HOT, &mut store, tally, 0, Discipline::Naive).unwrap();
            let passed = checks.iter().all(|check| check.passed);
            assert_eq!(passed, passes, "{value}: {checks:?}");
        }
    }
}
