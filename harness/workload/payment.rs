//! Payments: transfers between two accounts, each balance read and then written. Two that lock the
//! same accounts in opposite order deadlock, or would.

use std::ops::RangeInclusive;
use std::time::Duration;

use rand::RngExt;
use rand::rngs::StdRng;

use super::{
    Benchmark, Choice, Client, Clients, Due, Expected, IfNaive, Loads, Moves, Tally, Terms,
    Workload, changed_one,
};
use crate::measure::{Discipline, Figure, Outcome, Plan, Script, WorkloadInfo};
use crate::subject::session::{DbError, Session, Statement, Value};

const READ: &str = "SELECT balance FROM accounts WHERE id = $1";
const TAKE: &str = "UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2";
const GIVE: &str = "UPDATE accounts SET balance = balance + $2 WHERE id = $1";
const WRITE: &str = "UPDATE accounts SET balance = $2 WHERE id = $1";
const RECORD: &str = "INSERT INTO payments (source, target, amount) VALUES ($1, $2, $3)";

/// In what money is counted that is not where the payments say.
pub const MISPLACED: &str = "units of money on wrong balances";

/// What every account begins with: so much that no payment is ever declined.
const OPENING: i64 = 1_000_000;

/// The largest amount paid at once.
const MOST: i64 = 100;

/// How many accounts there are.
const ACCOUNTS: i64 = 100;

/// How long each of two payments that shall meet thinks between its two accounts: long enough for
/// the other one to have locked its first.
const THINKING: Duration = Duration::from_millis(50);

/// Two clients pay each other at the same moment, once: a deadlock made on purpose.
pub static DEADLOCK: Payment = Payment {
    name: "payment-deadlock",
    title: "Two payments in opposite order",
    pairs: true,
    // Longer than PostgreSQL's deadlock_timeout out of the box, 1 s.
    seconds: 1.2,
    loads: Loads {
        full: Choice {
            main: &[2],
            naive: &[2],
            ..Choice::NONE
        },
        default: Choice::NONE,
        quick: Choice::NONE,
    },
};

/// Payments between random accounts, as fast as they go: deadlocks happen by themselves.
pub static MIXED: Payment = Payment {
    name: "payment-mixed",
    title: "Payments between 100 accounts",
    pairs: false,
    seconds: 1.2,
    loads: Loads {
        full: Choice {
            main: &[4, 16],
            naive: &[16],
            ..Choice::NONE
        },
        default: Choice {
            main: &[16],
            ..Choice::NONE
        },
        quick: Choice::NONE,
    },
};

/// The same, so many of them rather than for so long.
pub static FEW: Payment = Payment {
    name: "payment-few",
    title: "So many payments between 100 accounts",
    pairs: false,
    seconds: 0.0,
    loads: MIXED.loads,
};

/// Payments.
#[derive(Debug)]
pub struct Payment {
    name: &'static str,
    title: &'static str,
    /// Whether clients 0 and 1, 2 and 3 and so on pay each other once, rather than anybody always.
    pairs: bool,
    seconds: f64,
    loads: Loads,
}

impl Payment {
    fn script(&self, take: &str, give: &str) -> Script {
        let mut sql = vec!["BEGIN", READ, take];
        let pause = format!("{READ} -- {} ms later", THINKING.as_millis());
        sql.push(match self.pairs {
            true => &pause,
            false => READ,
        });
        sql.extend([give, RECORD, "COMMIT"]);
        Script {
            statements: sql.len() as u32,
            sql: sql.into_iter().map(str::to_owned).collect(),
        }
    }
}

impl Payment {
    /// What a client of this discipline sends, statement by statement, if its transactions begin
    /// with `begin`.
    pub fn sql(&self, discipline: Discipline, begin: &str) -> Vec<String> {
        let Script { mut sql, .. } = match discipline {
            Discipline::Careful => self.script(TAKE, GIVE),
            Discipline::Naive => self.script(WRITE, WRITE),
        };
        sql[0] = begin.to_owned();
        sql
    }
}

impl Workload for Payment {
    fn name(&self) -> &'static str {
        self.name
    }

    fn seconds(&self, asked: f64, _hold_seconds: f64) -> f64 {
        match self.pairs {
            // They pay once.
            true => self.seconds,
            false => asked.max(self.seconds),
        }
    }

    fn setup(&self) -> Vec<String> {
        vec![
            "CREATE TABLE accounts (id {key}, balance BIGINT NOT NULL)".to_owned(),
            format!(
                "WITH RECURSIVE ids(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < {ACCOUNTS}) \
                 INSERT INTO accounts (id, balance) SELECT id, {OPENING} FROM ids"
            ),
            "CREATE TABLE payments (id {identity}, source BIGINT NOT NULL, target BIGINT NOT NULL, \
             amount BIGINT NOT NULL)"
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
        let loss = |unit| IfNaive::Loss {
            unit,
            of: tally.checksum,
        };
        vec![
            expect(
                "payments stored = payments acknowledged",
                "SELECT COUNT(*) FROM payments",
                tally.units,
                IfNaive::Void,
                Moves::By(1),
            ),
            expect(
                "sum of the payments stored = sum of those acknowledged",
                "SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payments",
                tally.checksum,
                IfNaive::Void,
                Moves::Up,
            ),
            expect(
                "money by which balances differ from what the payments say",
                &format!(
                    "WITH moved(id, amount) AS (SELECT source, -amount FROM payments \
                     UNION ALL SELECT target, amount FROM payments) \
                     SELECT CAST(SUM(ABS(balance - {OPENING} - COALESCE((SELECT SUM(amount) FROM moved \
                     WHERE moved.id = accounts.id), 0))) AS BIGINT) FROM accounts"
                ),
                0,
                loss(MISPLACED),
                Moves::Not,
            ),
            expect(
                "money on all accounts",
                "SELECT CAST(SUM(balance) AS BIGINT) FROM accounts",
                ACCOUNTS * OPENING,
                loss("units of money vanished or made of nothing"),
                Moves::Not,
            ),
        ]
    }
}

impl Benchmark for Payment {
    fn info(&self, plan: &Plan) -> WorkloadInfo {
        let who = match self.pairs {
            true => format!(
                "Two clients begin one payment each in the same instant, each to the account that the other pays from, and think for {} ms between the two accounts. \
                 What counts is the time until both are through or given up.",
                THINKING.as_millis()
            ),
            false => format!(
                "Each payment is between two of {ACCOUNTS} accounts drawn at random, so that some lock the same two in opposite order."
            ),
        };
        WorkloadInfo {
            name: self.name.to_owned(),
            version: self.version(),
            title: self.title.to_owned(),
            summary: format!(
                "One operation reads the balance of one account, takes an amount from it, reads another's, gives it the amount, and records the payment, in one transaction. \
                 A careful client has the database subtract and add, and tries the whole transaction again after an error; a naive one writes the balances that it has calculated, and gives up. {who}"
            ),
            figure: match self.pairs {
                true => Figure::Settled,
                false => Figure::Goodput,
            },
            seconds: self.seconds(plan.seconds, plan.hold_seconds),
            careful: self.script(TAKE, GIVE),
            naive: self.script(WRITE, WRITE),
            kinds: Vec::new(),
        }
    }

    fn loads(&self) -> Loads {
        self.loads
    }

    fn clients(&self) -> RangeInclusive<u32> {
        match self.pairs {
            true => 2..=2,
            false => 1..=u32::MAX,
        }
    }

    fn paces_itself(&self) -> bool {
        self.pairs
    }

    fn deadlocks(&self) -> bool {
        true
    }
}

impl Clients for Payment {
    type Client = Payer;

    fn client(&self, number: u32, terms: &Terms, random: StdRng) -> Payer {
        // Client 0 pays from account 1 to 2, client 1 from 2 to 1.
        let own = i64::from(number) + 1;
        Payer {
            partner: self.pairs.then_some(if number.is_multiple_of(2) {
                own + 1
            } else {
                own - 1
            }),
            begun: false,
            discipline: terms.discipline,
            random,
            source: own,
            target: own,
            amount: 0,
            statements: None,
        }
    }
}

/// A client that pays.
#[derive(Debug)]
pub struct Payer {
    /// The account of the one client it pays, once; `None` if it pays anybody, always.
    partner: Option<i64>,
    begun: bool,
    discipline: Discipline,
    random: StdRng,
    source: i64,
    target: i64,
    amount: i64,
    statements: Option<Statements>,
}

#[derive(Debug, Clone, Copy)]
struct Statements {
    read: Statement,
    take: Statement,
    give: Statement,
    record: Statement,
}

impl Payer {
    async fn pay<S: Session>(&self, session: &mut S) -> Result<(), DbError> {
        let statements = self.statements.expect("prepared before the first attempt");
        let naive = self.discipline == Discipline::Naive;
        let (source, target) = (Value::Integer(self.source), Value::Integer(self.target));
        let amount = Value::Integer(self.amount);

        let balance = session.read(statements.read, &[source]).await?;
        if balance < self.amount {
            return Err(declined(balance, self.amount));
        }
        let taken = match naive {
            true => Value::Integer(balance - self.amount),
            false => amount,
        };
        changed_one(session.execute(statements.take, &[source, taken]).await?)?;
        if self.partner.is_some() {
            session.pause(THINKING).await;
        }
        let balance = session.read(statements.read, &[target]).await?;
        let given = match naive {
            true => Value::Integer(balance + self.amount),
            false => amount,
        };
        changed_one(session.execute(statements.give, &[target, given]).await?)?;
        let record = [source, target, amount];
        changed_one(session.execute(statements.record, &record).await?)
    }
}

/// A payment that the balance does not allow.
fn declined(balance: i64, amount: i64) -> DbError {
    DbError {
        class: Outcome::Other,
        code: "declined".to_owned(),
        message: format!("a balance of {balance} does not allow a payment of {amount}"),
    }
}

impl Client for Payer {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let (take, give) = match self.discipline {
            Discipline::Careful => (TAKE, GIVE),
            Discipline::Naive => (WRITE, WRITE),
        };
        self.statements = Some(Statements {
            read: session.prepare(READ).await?,
            take: session.prepare(take).await?,
            give: session.prepare(give).await?,
            record: session.prepare(RECORD).await?,
        });
        Ok(())
    }

    fn draw(&mut self) -> Due {
        self.amount = self.random.random_range(1..=MOST);
        let Some(partner) = self.partner else {
            self.source = self.random.random_range(1..=ACCOUNTS);
            // Any but the source, each as likely.
            let other = self.random.random_range(1..ACCOUNTS);
            self.target = other + i64::from(other >= self.source);
            return Due::AtOnce;
        };
        self.target = partner;
        match std::mem::replace(&mut self.begun, true) {
            false => Due::AtMeasure,
            true => Due::Never,
        }
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        session.begin().await?;
        let work = self.pay(session).await;
        session.finish(work).await
    }

    fn done(&self) -> Tally {
        Tally {
            units: 1,
            checksum: self.amount,
        }
    }
}
