//! Connections to SQLite, each on a thread of its own, since a call into SQLite blocks its thread;
//! unless all requests are to share one.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use futures::executor::block_on;
use futures::stream::FuturesUnordered;

use super::cached::Cached;
use super::confirmed;
use super::job::{Crew, Job, Jobs, serve_all};
use crate::app::work::operations::Operate;
use crate::subject::engine::Settings;
use crate::subject::engine::sqlite::{self, SqliteSession, Target};
use crate::subject::session::DbError;

/// Where the file is, and what every connection to it must say of its settings.
#[derive(Debug, Clone)]
pub struct Place {
    pub target: Target,
    pub settings: Settings,
}

impl Place {
    fn open(&self) -> Result<Open, DbError> {
        let connection = Open::of(&self.target)?;
        confirmed(&self.settings, &sqlite::read_back(&connection)?)?;
        Ok(connection)
    }
}

/// A connection that closes when no other one of this process does. The last one to close moves what is in
/// the log into the database, but of two that close at once each takes the other one for somebody who stays.
struct Open(Option<rusqlite::Connection>);

static CLOSING: Mutex<()> = Mutex::new(());

impl Open {
    fn of(target: &Target) -> Result<Open, DbError> {
        sqlite::open(target).map(|connection| Open(Some(connection)))
    }
}

impl Deref for Open {
    type Target = rusqlite::Connection;

    fn deref(&self) -> &rusqlite::Connection {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let _alone = CLOSING.lock();
        drop(self.0.take());
    }
}

/// Does jobs on one connection, which is opened at once, or, if that fails, for the next job.
pub fn keep<O: Operate>(place: &Place, jobs: &mut Jobs, crew: &Crew<O>, tried: Sender<DbError>) {
    let mut waiting: Option<Job> = None;
    let mut tried = Some(tried);
    loop {
        let opened = place.open();
        let session = opened
            .as_ref()
            .map_err(Clone::clone)
            .and_then(|connection| SqliteSession::new(connection, &place.target.manner));
        tried.take();
        match session {
            Ok(session) => {
                let mut session = Cached::new(session);
                if !block_on(serve_all(&mut session, waiting.take(), jobs, crew)) {
                    return;
                }
            }
            Err(error) => {
                if let Some(job) = waiting.take() {
                    job.refuse(error);
                }
            }
        }
        waiting = jobs.blocking_recv();
        if waiting.is_none() {
            return;
        }
    }
}

/// Does each job on a connection of its own, and returns when all are done.
pub fn open_for_each<O: Operate>(place: &Place, jobs: &mut Jobs, crew: &Arc<Crew<O>>) {
    std::thread::scope(|scope| {
        while let Some(job) = jobs.blocking_recv() {
            scope.spawn(|| {
                let opened = Open::of(&place.target);
                let session = opened
                    .as_ref()
                    .map_err(Clone::clone)
                    .and_then(|connection| SqliteSession::new(connection, &place.target.manner));
                match session {
                    Ok(session) => {
                        block_on(job.serve(&mut Cached::new(session), crew));
                    }
                    Err(error) => job.refuse(error),
                }
            });
        }
    });
}

/// Does all jobs on one connection. They take turns whenever one of them pauses, so that one finds
/// itself in the transaction of another.
pub fn share<O: Operate>(place: &Place, jobs: &mut Jobs, crew: &Crew<O>, tried: Sender<DbError>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("it needs nothing of the system");
    let connection = match place.open() {
        Ok(connection) => connection,
        Err(error) => {
            // Nobody is left to wait if the one who started this gave up.
            let _ = tried.send(error);
            return;
        }
    };
    drop(tried);
    // Statements that no job uses just now, with the sessions that prepared them.
    let idle = RefCell::new(Vec::new());
    let serve = async |job: Job| {
        let session = idle.borrow_mut().pop();
        let session = session.map_or_else(
            || SqliteSession::new(&connection, &place.target.manner).map(Cached::new),
            Ok,
        );
        match session {
            Ok(mut session) => {
                job.serve(&mut session, crew).await;
                idle.borrow_mut().push(session);
            }
            Err(error) => job.refuse(error),
        }
    };
    runtime.block_on(async {
        let mut running = FuturesUnordered::new();
        let mut open = true;
        while open || !running.is_empty() {
            tokio::select! {
                job = jobs.recv(), if open => match job {
                    Some(job) => running.push(serve(job)),
                    None => open = false,
                },
                Some(()) = running.next(), if !running.is_empty() => {}
            }
        }
    });
}
