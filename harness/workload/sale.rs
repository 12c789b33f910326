//! Sales from one stock that runs out: each of a random quantity, declined if there is too little.

use rand::RngExt;
use rand::rngs::StdRng;

use super::{Client, Clients, Due, Expected, IfNaive, Moves, Tally, Terms, Workload, changed_one};
use crate::subject::session::{DbError, Session, Statement, Value};

/// What there is to sell in the beginning: less than 1,000 sales ask for, which is 5,500 on average.
pub const OPENING: u64 = 4_000;

/// What a sale takes at most.
const MOST: i64 = 10;

/// In what acknowledged sales are counted.
pub const SALES: &str = "sales";

/// In what they add up.
pub const UNITS: &str = "units of stock";

const READ: &str = "SELECT amount FROM stock WHERE item = $1";
const TAKE: &str = "UPDATE stock SET amount = amount - $2 WHERE item = $1 AND amount >= $2";
const SUBTRACT: &str = "UPDATE stock SET amount = amount - $2 WHERE item = $1";
const WRITE: &str = "UPDATE stock SET amount = $2 WHERE item = $1";
const RECORD: &str = "INSERT INTO sales (item, quantity) VALUES ($1, $2)";

/// The database looks whether there is enough, and subtracts, in one statement.
pub static TAKEN: Sale = Sale {
    name: "sale-taken",
    way: Way::Take,
};

/// The client looks whether there is enough, and has the database subtract.
pub static CHECKED: Sale = Sale {
    name: "sale-checked",
    way: Way::Check,
};

/// The client looks whether there is enough, and writes what it has calculated.
pub static WRITTEN: Sale = Sale {
    name: "sale-written",
    way: Way::Write,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Take,
    Check,
    Write,
}

/// Sales.
#[derive(Debug)]
pub struct Sale {
    name: &'static str,
    way: Way,
}

impl Way {
    fn sql(self) -> &'static str {
        match self {
            Way::Take => TAKE,
            Way::Check => SUBTRACT,
            Way::Write => WRITE,
        }
    }
}

impl Sale {
    /// What a client sends, statement by statement, if its transactions begin with `begin`.
    pub fn sql(&self, begin: &str) -> Vec<String> {
        let read = (self.way != Way::Take).then_some(READ);
        let lines = [begin].into_iter().chain(read);
        let lines = lines.chain([self.way.sql(), RECORD, "COMMIT"]);
        lines.map(str::to_owned).collect()
    }
}

impl Workload for Sale {
    fn name(&self) -> &'static str {
        self.name
    }

    fn setup(&self) -> Vec<String> {
        vec![
            // Without a CHECK, so that a stock below zero is seen rather than refused.
            "CREATE TABLE stock (item {key}, amount BIGINT NOT NULL)".to_owned(),
            format!("INSERT INTO stock (item, amount) VALUES (1, {OPENING})"),
            "CREATE TABLE sales (id {identity}, item BIGINT NOT NULL, quantity BIGINT NOT NULL)"
                .to_owned(),
        ]
    }

    fn expected(&self, tally: Tally) -> Vec<Expected> {
        let expect = |what, sql: &str, number, if_naive, moves| Expected {
            what,
            sql: sql.to_owned(),
            number,
            if_naive,
            moves,
        };
        let loss = |unit, of| IfNaive::Loss { unit, of };
        vec![
            expect(
                "stock left = opening stock less the acknowledged sales",
                "SELECT amount FROM stock WHERE item = 1",
                OPENING as i64 - tally.checksum,
                loss(UNITS, tally.checksum),
                Moves::Down,
            ),
            expect(
                "sales recorded = sales acknowledged",
                "SELECT COUNT(*) FROM sales",
                tally.units,
                loss(SALES, tally.units),
                Moves::By(1),
            ),
            expect(
                "sum of the sales recorded = sum of those acknowledged",
                "SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM sales",
                tally.checksum,
                IfNaive::Void,
                Moves::Up,
            ),
            expect(
                "items of which more was sold than there was",
                &format!(
                    "SELECT COUNT(*) FROM stock WHERE amount < 0 \
                     OR {OPENING} < (SELECT COALESCE(SUM(quantity), 0) FROM sales)"
                ),
                0,
                IfNaive::Nothing,
                Moves::Not,
            ),
        ]
    }
}

impl Clients for Sale {
    type Client = Seller;

    fn client(&self, _number: u32, _terms: &Terms, random: StdRng) -> Seller {
        Seller {
            way: self.way,
            random,
            quantity: 0,
            sold: 0,
            statements: None,
        }
    }
}

/// A client that sells.
#[derive(Debug)]
pub struct Seller {
    way: Way,
    random: StdRng,
    quantity: i64,
    /// What the last attempt sold: nothing, if it was declined.
    sold: i64,
    statements: Option<Statements>,
}

#[derive(Debug, Clone, Copy)]
struct Statements {
    read: Statement,
    take: Statement,
    record: Statement,
}

const ITEM: Value<'static> = Value::Integer(1);

impl Client for Seller {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.statements = Some(Statements {
            read: session.prepare(READ).await?,
            take: session.prepare(self.way.sql()).await?,
            record: session.prepare(RECORD).await?,
        });
        Ok(())
    }

    fn draw(&mut self) -> Due {
        self.quantity = self.random.random_range(1..=MOST);
        Due::AtOnce
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        session.begin().await?;
        let work = self.sell(session).await;
        session.finish(work).await
    }

    fn done(&self) -> Tally {
        Tally {
            units: i64::from(self.sold > 0),
            checksum: self.sold,
        }
    }
}

impl Seller {
    /// Sells, or declines, which is no error: the customer was answered.
    async fn sell<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let statements = self.statements.expect("prepared before the first attempt");
        let quantity = Value::Integer(self.quantity);
        self.sold = 0;
        if self.way == Way::Take {
            if session.execute(statements.take, &[ITEM, quantity]).await? == 0 {
                return Ok(());
            }
        } else {
            let amount = session.read(statements.read, &[ITEM]).await?;
            if amount < self.quantity {
                return Ok(());
            }
            let taken = match self.way {
                Way::Write => Value::Integer(amount - self.quantity),
                _ => quantity,
            };
            changed_one(session.execute(statements.take, &[ITEM, taken]).await?)?;
        }
        changed_one(
            session
                .execute(statements.record, &[ITEM, quantity])
                .await?,
        )?;
        self.sold = self.quantity;
        Ok(())
    }
}
