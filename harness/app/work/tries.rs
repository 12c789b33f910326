//! Attempts at one piece of work.

use std::time::Instant;

use super::{Answer, Habits, Work};
use crate::load::retry::{Policy, Retry};
use crate::measure::Outcome;
use crate::measure::outcome::ErrorCount;
use crate::subject::server::redact;
use crate::subject::session::{DbError, Session};

/// What came of work, and what it took.
#[derive(Debug)]
pub struct Report {
    /// What came of it.
    pub result: Result<Answer, DbError>,
    /// How many attempts were made.
    pub attempts: u32,
    /// The errors they met, the last one included.
    pub errors: Vec<ErrorCount>,
}

impl Report {
    /// Of work for which there was no connection: that is how its only attempt ended.
    pub fn refused(error: DbError) -> Report {
        Report {
            attempts: 1,
            errors: vec![counted(&error)],
            result: Err(error),
        }
    }

    /// Whether the connection broke.
    pub fn broken(&self) -> bool {
        matches!(&self.result, Err(error) if error.class == Outcome::Unknown)
    }
}

/// The attempts at one piece of work so far.
#[derive(Debug)]
pub struct Tries<'a> {
    habits: &'a Habits,
    policy: Policy,
    begun: Instant,
    attempts: u32,
    errors: Vec<ErrorCount>,
}

impl<'a> Tries<'a> {
    /// None yet.
    pub fn new(work: &Work, habits: &'a Habits) -> Tries<'a> {
        Tries {
            habits,
            policy: habits.policy(work),
            begun: Instant::now(),
            attempts: 0,
            errors: Vec::new(),
        }
    }

    /// Attempts until it is done, or until the policy says to give up.
    pub async fn repeat<S: Session>(
        &mut self,
        session: &mut S,
        mut attempt: impl AsyncFnMut(&mut S) -> Result<Answer, DbError>,
    ) -> Result<Answer, DbError> {
        let mut retry = None;
        loop {
            self.attempts += 1;
            let error = match attempt(session).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            self.met(&error);
            let retry = retry.get_or_insert_with(|| Retry::new(&self.policy, rand::random()));
            let elapsed = self.begun.elapsed().as_nanos() as u64;
            match retry.pause(error.class, self.attempts, elapsed) {
                Some(pause) if !self.habits.closing() => session.pause(pause).await,
                _ => return Err(error),
            }
        }
    }

    /// The end of it.
    pub fn report(self, result: Result<Answer, DbError>) -> Report {
        Report {
            result,
            attempts: self.attempts,
            errors: self.errors,
        }
    }

    fn met(&mut self, error: &DbError) {
        let same = |met: &&mut ErrorCount| met.class == error.class && met.code == error.code;
        match self.errors.iter_mut().find(same) {
            Some(met) => met.attempts += 1,
            None => self.errors.push(counted(error)),
        }
    }
}

/// An error that one attempt met.
fn counted(error: &DbError) -> ErrorCount {
    ErrorCount {
        class: error.class,
        code: error.code.clone(),
        message: redact(&error.message),
        attempts: 1,
    }
}
