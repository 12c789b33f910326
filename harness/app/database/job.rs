//! Work on its way to a connection and back.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::cached::Cached;
use super::pool::Place;
use crate::app::work::operations::Operate;
use crate::app::work::tries::{Report, Tries};
use crate::app::work::{Habits, Work};
use crate::subject::session::{DbError, Session};

/// What every connection of an instance has in common.
pub struct Crew<O> {
    /// How it goes about its work.
    pub habits: Habits,
    /// Whose operations it does.
    pub operations: O,
}

/// Work on its way to a connection.
pub struct Job {
    pub(super) work: Work,
    pub(super) answer: oneshot::Sender<Report>,
    /// What it takes up until it is done: in a pool, a place.
    pub(super) place: Option<Place>,
    pub(super) running: Running,
}

/// The queue to one connection.
pub type Jobs = mpsc::UnboundedReceiver<Job>;

/// Counts while it lives.
pub struct Running(Arc<AtomicUsize>);

impl Running {
    pub(super) fn new(count: &Arc<AtomicUsize>) -> Running {
        count.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(count))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Job {
    /// Does it; whether the connection is as good as before.
    pub async fn serve<S: Session, O: Operate>(
        self,
        session: &mut Cached<S>,
        crew: &Crew<O>,
    ) -> bool {
        let mut tries = Tries::new(&self.work, &crew.habits);
        let result = match self.work {
            Work::Operation { client, number } => {
                let operations = &crew.operations;
                operations
                    .operate(session, client, number, &mut tries)
                    .await
            }
            ref work => {
                tries
                    .repeat(session, async |session| {
                        crate::app::work::attempt(work, session, &crew.habits).await
                    })
                    .await
            }
        };
        let report = tries.report(result);
        let good = !report.broken();
        self.tell(report);
        good
    }

    /// Answers that there is no connection to do it on.
    pub fn refuse(self, error: DbError) {
        self.tell(Report::refused(error));
    }

    fn tell(self, report: Report) {
        // Whoever hears the answer may ask the next thing at once.
        drop((self.place, self.running));
        // Nobody may be left to hear it.
        let _ = self.answer.send(report);
    }
}

/// Does jobs on one connection, first the one that waits for it, until it breaks or there are no more;
/// whether there may be more.
pub async fn serve_all<S: Session, O: Operate>(
    session: &mut Cached<S>,
    waiting: Option<Job>,
    jobs: &mut Jobs,
    crew: &Crew<O>,
) -> bool {
    if let Some(job) = waiting
        && !job.serve(session, crew).await
    {
        return true;
    }
    while let Some(job) = jobs.recv().await {
        if !job.serve(session, crew).await {
            return true;
        }
    }
    false
}
