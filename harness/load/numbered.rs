//! A client that does a certain number of operations.

use crate::subject::session::{DbError, Session};
use crate::workload::{Client, Due, Tally};

/// A client whose operations are numbered, if they are: it does so many, one after the other, the
/// first when the measured stretch begins, so that all clients come in the same instant.
#[derive(Debug)]
pub struct Numbered<C> {
    client: C,
    operations: Option<u32>,
    drawn: u32,
}

impl<C> Numbered<C> {
    /// This client, for so many operations; `None` leaves it as it is.
    pub fn new(client: C, operations: Option<u32>) -> Numbered<C> {
        Numbered {
            client,
            operations,
            drawn: 0,
        }
    }
}

impl<C: Client> Client for Numbered<C> {
    async fn prepare<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.client.prepare(session).await
    }

    fn draw(&mut self) -> Due {
        let due = self.client.draw();
        let Some(operations) = self.operations else {
            return due;
        };
        self.drawn += 1;
        match self.drawn {
            over if over > operations => Due::Never,
            1 => Due::AtMeasure,
            _ => Due::Still,
        }
    }

    fn kind(&self) -> usize {
        self.client.kind()
    }

    async fn attempt<S: Session>(&mut self, session: &mut S) -> Result<(), DbError> {
        self.client.attempt(session).await
    }

    fn done(&self) -> Tally {
        self.client.done()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::measure::Discipline;
    use crate::workload::{Clients, Terms, increment};

    fn dues(operations: Option<u32>) -> Vec<Due> {
        let terms = Terms {
            discipline: Discipline::Careful,
            hold_seconds: 0.05,
        };
        let client = increment::HOT.client(0, &terms, StdRng::seed_from_u64(0));
        let mut client = Numbered::new(client, operations);
        (0..4).map(|_| client.draw()).collect()
    }

    #[test]
    fn so_many_operations_are_done_the_first_when_the_stretch_begins() {
        let expected = [Due::AtMeasure, Due::Still, Due::Never, Due::Never];
        assert_eq!(dues(Some(2)), expected);
    }

    #[test]
    fn without_a_number_the_workload_says_when() {
        assert_eq!(dues(None), [Due::AtOnce; 4]);
    }
}
