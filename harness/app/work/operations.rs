//! Operations of a workload's clients, which a driver asks for by number.

use std::collections::HashMap;
use std::sync::Mutex;

use super::tries::Tries;
use super::{Answer, no_operations};
use crate::load::generators::Generators;
use crate::load::system::Operations;
use crate::subject::session::{DbError, Session};
use crate::workload::{Client, Clients, Terms};

/// How many operations one request may skip, those that other instances have done.
const FARTHEST: u64 = 10_000_000;

/// How many clients an instance knows at most.
const MOST_CLIENTS: usize = 65_536;

/// Does operations of clients, if it has any.
// The futures need not be `Send`: a session stays on its thread.
#[allow(async_fn_in_trait)]
pub trait Operate: Send + Sync + 'static {
    /// Does this client's operation with this number.
    async fn operate<S: Session>(
        &self,
        session: &mut S,
        client: u32,
        number: u64,
        tries: &mut Tries<'_>,
    ) -> Result<Answer, DbError>;
}

/// There are no clients.
#[derive(Debug)]
pub struct Nobody;

impl Operate for Nobody {
    async fn operate<S: Session>(
        &self,
        _: &mut S,
        _: u32,
        _: u64,
        _: &mut Tries<'_>,
    ) -> Result<Answer, DbError> {
        Ok(no_operations())
    }
}

/// The clients of a workload, each as far as it has drawn.
pub struct Drawn<W: Clients + 'static> {
    workload: &'static W,
    terms: Terms,
    seed: u64,
    clients: Mutex<HashMap<u32, Seat<W::Client>>>,
}

/// A client's place: empty while an operation of it runs.
enum Seat<C> {
    Taken,
    Free { client: C, drawn: u64 },
}

impl<W: Clients + 'static> Drawn<W> {
    /// No client has drawn anything yet.
    pub fn new(workload: &'static W, operations: &Operations) -> Drawn<W> {
        Drawn {
            workload,
            terms: operations.terms,
            seed: operations.seed,
            clients: Mutex::default(),
        }
    }

    /// The client, with this operation drawn; or why it cannot be had.
    fn draw(&self, number: u32, operation: u64) -> Result<W::Client, Answer> {
        let out_of_order = |why: String| Answer::Refused {
            code: "OUT_OF_ORDER",
            why,
        };
        let (mut client, mut drawn) = {
            let mut clients = self.clients.lock().expect("nobody panics with it");
            if !clients.contains_key(&number) && clients.len() >= MOST_CLIENTS {
                return Err(out_of_order(format!("there are {MOST_CLIENTS} clients")));
            }
            let far = match clients.get(&number) {
                Some(Seat::Taken) => {
                    return Err(out_of_order(format!(
                        "an operation of client {number} runs already"
                    )));
                }
                Some(Seat::Free { drawn, .. }) => *drawn,
                None => 0,
            };
            if operation <= far {
                return Err(out_of_order(format!(
                    "client {number} is past operation {operation}: it has drawn {far}"
                )));
            }
            if operation - far > FARTHEST {
                return Err(out_of_order(format!(
                    "operation {operation} of client {number} is too far ahead: it has drawn {far}"
                )));
            }
            match clients.insert(number, Seat::Taken) {
                Some(Seat::Free { client, drawn }) => (client, drawn),
                _ => {
                    let random = Generators::of(self.seed, number).operations;
                    (self.workload.client(number, &self.terms, random), 0)
                }
            }
        };
        while drawn < operation {
            // When it is due is for the driver to know, which has drawn the same.
            let _ = client.draw();
            drawn += 1;
        }
        Ok(client)
    }
}

impl<W: Clients + 'static> Operate for Drawn<W> {
    async fn operate<S: Session>(
        &self,
        session: &mut S,
        number: u32,
        operation: u64,
        tries: &mut Tries<'_>,
    ) -> Result<Answer, DbError> {
        let mut client = match self.draw(number, operation) {
            Ok(client) => client,
            Err(refused) => return Ok(refused),
        };
        let result = tries
            .repeat(session, async |session| {
                // Its last operation may have been on another connection.
                client.prepare(session).await?;
                client.attempt(session).await.map(|()| Answer::Done)
            })
            .await;
        let free = Seat::Free {
            client,
            drawn: operation,
        };
        let mut clients = self.clients.lock().expect("nobody panics with it");
        clients.insert(number, free);
        result
    }
}
