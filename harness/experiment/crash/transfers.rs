//! What is being written when the crash comes: money moved between accounts, and a numbered row for
//! each transaction. Both engines get the same.

use rand::RngExt;
use rand::rngs::StdRng;

use crate::subject::session::{DbError, Session, Statement, Value};

/// How many accounts there are: on SQLite some ninety pages, many more than [`SMALL_CACHE`].
pub const ACCOUNTS: i64 = 2_000;

/// Has SQLite keep ten pages in memory, so that a transaction which changes more writes some of them
/// to the file before it commits.
pub const SMALL_CACHE: &str = "PRAGMA cache_size = 10";

/// The most pairs of accounts that one transaction changes.
pub const MOST_PAIRS: i64 = 200;

const MOVE: &str = "UPDATE accounts SET value = value + $2, writes = writes + 1 WHERE id = $1";
const RECORD: &str = "INSERT INTO commits (client, seq, statements) VALUES ($1, $2, $3)";

/// The tables, and what is in them before the first transfer.
pub fn setup() -> Vec<String> {
    let filler = "x".repeat(150);
    vec![
        "CREATE TABLE accounts (id {key}, value BIGINT NOT NULL, writes BIGINT NOT NULL, filler TEXT NOT NULL)".to_owned(),
        "CREATE INDEX accounts_by_value ON accounts (value)".to_owned(),
        "CREATE TABLE commits (client BIGINT NOT NULL, seq BIGINT NOT NULL, statements BIGINT NOT NULL, PRIMARY KEY (client, seq))".to_owned(),
        format!(
            "INSERT INTO accounts WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ACCOUNTS}) SELECT i, 0, 0, '{filler}' FROM n"
        ),
    ]
}

/// What a client sends, statement by statement.
pub fn script() -> Vec<String> {
    ["BEGIN", MOVE, "… 2 to 400 times", RECORD, "COMMIT"]
        .map(str::to_owned)
        .into()
}

/// The accounts of one transaction, an even number of them: at random, few more often than many,
/// and in ascending order, so that two clients never wait for each other in a circle.
pub fn accounts(random: &mut StdRng, most_pairs: i64) -> Vec<i64> {
    let pairs = (most_pairs as f64).powf(random.random::<f64>());
    let mut accounts: Vec<i64> = (0..2 * pairs as i64)
        .map(|_| random.random_range(1..=ACCOUNTS))
        .collect();
    accounts.sort_unstable();
    accounts
}

/// The prepared statements of a client.
#[derive(Debug)]
pub struct Transfers {
    change: Statement,
    record: Statement,
}

impl Transfers {
    /// Prepares them.
    pub async fn prepare(session: &mut impl Session) -> Result<Transfers, DbError> {
        Ok(Transfers {
            change: session.prepare(MOVE).await?,
            record: session.prepare(RECORD).await?,
        })
    }

    /// Moves money between these accounts and records it as the client's transaction number `seq`.
    pub async fn make(
        &self,
        session: &mut impl Session,
        client: i64,
        seq: i64,
        accounts: &[i64],
    ) -> Result<(), DbError> {
        session.begin().await?;
        let work = self.changes(session, client, seq, accounts).await;
        session.finish(work).await
    }

    /// Everything between the transaction's beginning and its end.
    pub async fn changes(
        &self,
        session: &mut impl Session,
        client: i64,
        seq: i64,
        accounts: &[i64],
    ) -> Result<(), DbError> {
        for (position, account) in accounts.iter().enumerate() {
            let amount = if position % 2 == 0 { -1 } else { 1 };
            let values = [Value::Integer(*account), Value::Integer(amount)];
            session.execute(self.change, &values).await?;
        }
        let statements = accounts.len() as i64;
        let values = [client, seq, statements].map(Value::Integer);
        session.execute(self.record, &values).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn transactions_are_small_and_large_and_balance() {
        let mut random = StdRng::seed_from_u64(1);
        let sizes: Vec<usize> = (0..500)
            .map(|_| accounts(&mut random, MOST_PAIRS).len())
            .collect();
        assert!(sizes.iter().all(|size| size % 2 == 0 && *size >= 2));
        assert!(sizes.contains(&2));
        assert!(sizes.iter().any(|size| *size > 200));
        assert!(sizes.iter().all(|size| *size <= 2 * MOST_PAIRS as usize));
    }
}
