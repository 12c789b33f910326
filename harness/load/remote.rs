//! A client whose operations an app does.

use crate::subject::session::{DbError, Session, Statement, Value};
use crate::workload::{Client, Due, Tally};

/// Asks the app for one operation of a client, by their numbers.
const ASK: &str = r#"POST /api/operation {"client":$1,"operation":$2}"#;

/// A client that asks an app for its operations, if it does: the app keeps a copy of the same client,
/// made from the same seed, which has drawn the same operation when it is asked for that number. So
/// this one knows what was done without being told.
///
/// That holds for workloads whose operations are decided when they are drawn. What a sale comes to is
/// seen only when it is made.
#[derive(Debug)]
pub struct Remote<C> {
    client: C,
    asks: Option<Asks>,
}

#[derive(Debug)]
struct Asks {
    client: i64,
    /// The number of the operation drawn last, from 1.
    operation: i64,
    statement: Option<Statement>,
}

impl<C> Remote<C> {
    /// This client, which has that number on the other side, too; `None` leaves it as it is.
    pub fn new(client: C, number: Option<u32>) -> Remote<C> {
        Remote {
            client,
            asks: number.map(|number| Asks {
                client: i64::from(number),
                operation: 0,
                statement: None,
            }),
        }
    }
}

impl<C: Client> Client for Remote<C> {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        match &mut self.asks {
            Some(asks) => asks.statement = Some(session.prepare(ASK).await?),
            None => self.client.prepare(session).await?,
        }
        Ok(())
    }

    fn draw(&mut self) -> Due {
        if let Some(asks) = &mut self.asks {
            asks.operation += 1;
        }
        self.client.draw()
    }

    fn kind(&self) -> usize {
        self.client.kind()
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        let Some(asks) = &self.asks else {
            return self.client.attempt(session).await;
        };
        let statement = asks.statement.expect("prepared before the first attempt");
        let numbers = [asks.client, asks.operation].map(Value::Integer);
        session.execute(statement, &numbers).await.map(drop)
    }

    fn done(&self) -> Tally {
        self.client.done()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::executor::block_on;

    use super::*;
    use crate::load::generators::Generators;
    use crate::measure::Discipline;
    use crate::subject::engine::noop::NoopSession;
    use crate::workload::{Clients, Terms, payment};

    const TERMS: Terms = Terms {
        discipline: Discipline::Careful,
        hold_seconds: 0.05,
    };

    /// Writes down what it is asked.
    #[derive(Default)]
    struct Noting {
        prepared: Vec<&'static str>,
        asked: Vec<Vec<i64>>,
    }

    impl Session for Noting {
        async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
            self.prepared.push(sql);
            NoopSession.prepare(sql).await
        }

        async fn execute(&mut self, _: Statement, values: &[Value<'_>]) -> Result<u64, DbError> {
            let number = |value: &Value<'_>| match value {
                Value::Integer(number) => *number,
                Value::Text(text) => panic!("{text:?} is no number"),
            };
            self.asked.push(values.iter().map(number).collect());
            Ok(1)
        }

        async fn read(&mut self, _: Statement, _: &[Value<'_>]) -> Result<i64, DbError> {
            panic!("nothing is read")
        }

        async fn begin(&mut self) -> Result<(), DbError> {
            panic!("the transaction is the app's")
        }

        async fn commit(&mut self) -> Result<(), DbError> {
            panic!("the transaction is the app's")
        }

        async fn rollback(&mut self) -> Result<(), DbError> {
            panic!("the transaction is the app's")
        }

        async fn pause(&self, _: Duration) {}
    }

    #[test]
    fn an_operation_is_asked_for_by_its_number_and_known_by_what_was_drawn() {
        let client =
            |number| payment::MIXED.client(number, &TERMS, Generators::of(7, number).operations);
        let mut copy = client(3);
        let mut remote = Remote::new(client(3), Some(3));
        let mut session = Noting::default();
        block_on(async {
            remote.prepare(&mut session).await.unwrap();
            for _ in 0..3 {
                remote.draw();
                copy.draw();
                assert_eq!(remote.done(), copy.done());
                remote.attempt(&mut session).await.unwrap();
            }
            remote.attempt(&mut session).await.unwrap();
        });
        assert_eq!(session.prepared, [ASK]);
        assert_eq!(session.asked, [[3, 1], [3, 2], [3, 3], [3, 3]]);
    }

    #[test]
    fn clients_of_different_numbers_draw_different_operations() {
        let drawn = |number| {
            let mut client =
                payment::MIXED.client(number, &TERMS, Generators::of(7, number).operations);
            let draws = (0..8).map(|_| {
                client.draw();
                client.done()
            });
            draws.collect::<Vec<_>>()
        };
        assert_eq!(drawn(3), drawn(3));
        assert_ne!(drawn(3), drawn(4));
    }
}
