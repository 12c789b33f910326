//! Connections to PostgreSQL: tasks that take turns on one thread while they wait for the server.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use tokio::task::{JoinSet, LocalSet};

use super::cached::Cached;
use super::confirmed;
use super::job::{Crew, Job, Jobs, serve_all};
use crate::app::work::operations::Operate;
use crate::measure::Outcome;
use crate::subject::engine::Settings;
use crate::subject::engine::postgres::{PostgresSession, Target};
use crate::subject::session::DbError;

/// Where the database is, and what every connection to it must say of its settings.
#[derive(Debug, Clone)]
pub struct Place {
    pub target: Target,
    pub settings: Settings,
}

impl Place {
    async fn connect(&self) -> Result<PostgresSession, DbError> {
        let mut session = connect(&self.target).await?;
        let settings = session.settings().await.map_err(nothing_stored)?;
        confirmed(&self.settings, &settings)?;
        Ok(session)
    }
}

/// Connects. What breaks meanwhile has stored nothing.
pub async fn connect(target: &Target) -> Result<PostgresSession, DbError> {
    PostgresSession::connect(target)
        .await
        .map_err(nothing_stored)
}

/// The error of a connection that broke before anything was asked of it.
pub fn nothing_stored(error: DbError) -> DbError {
    match error.class {
        Outcome::Unknown => DbError {
            class: Outcome::Other,
            code: match error.code.as_str() {
                "connection" => "connect".to_owned(),
                _ => error.code,
            },
            message: error.message,
        },
        _ => error,
    }
}

/// Does jobs on so many connections as there are queues, and returns when there are no more.
pub fn keep<O: Operate>(
    place: &Place,
    queues: Vec<Jobs>,
    crew: &Arc<Crew<O>>,
    tried: Sender<DbError>,
) {
    run(async {
        let mut lanes = JoinSet::new();
        let place = Rc::new(place.clone());
        for jobs in queues {
            let (place, crew, tried) = (Rc::clone(&place), Arc::clone(crew), tried.clone());
            lanes.spawn_local(async move { lane(&place, jobs, &crew, tried).await });
        }
        drop(tried);
        lanes.join_all().await;
    });
}

/// Does jobs on one connection, which is made at once, or, if that fails, for the next job. One that
/// broke is replaced for the next job, too.
async fn lane<O: Operate>(place: &Place, mut jobs: Jobs, crew: &Crew<O>, tried: Sender<DbError>) {
    let mut waiting: Option<Job> = None;
    let mut tried = Some(tried);
    loop {
        let session = place.connect().await;
        tried.take();
        match session {
            Ok(session) => {
                let mut session = Cached::new(session);
                if !serve_all(&mut session, waiting.take(), &mut jobs, crew).await {
                    session.into_inner().close().await;
                    return;
                }
            }
            Err(error) => {
                if let Some(job) = waiting.take() {
                    job.refuse(error);
                }
            }
        }
        waiting = jobs.recv().await;
        if waiting.is_none() {
            return;
        }
    }
}

/// Does each job on a connection of its own, and returns when all are done.
pub fn open_for_each<O: Operate>(place: &Place, jobs: &mut Jobs, crew: &Arc<Crew<O>>) {
    run(async {
        let mut running = JoinSet::new();
        let place = Rc::new(place.clone());
        while let Some(job) = jobs.recv().await {
            while running.try_join_next().is_some() {}
            let (place, crew) = (Rc::clone(&place), Arc::clone(crew));
            running.spawn_local(async move {
                match connect(&place.target).await {
                    Ok(session) => {
                        let mut session = Cached::new(session);
                        job.serve(&mut session, &crew).await;
                        session.into_inner().close().await;
                    }
                    Err(error) => job.refuse(error),
                }
            });
        }
        running.join_all().await;
    });
}

fn run(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    if let Ok(runtime) = runtime {
        runtime.block_on(LocalSet::new().run_until(work));
    }
}
