//! A disk that is full, as far as a server in a container can tell.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use testcontainers::bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use testcontainers::bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptionsBuilder,
};

use super::{Container, DockerError, Failed, sweep};
use crate::lab::{CannotLimit, Interrupt};
use crate::subject::server::ServerUrl;

/// PostgreSQL's own user in its images: nobody else may limit its processes, not even root in a container.
const USER: &str = "postgres";

impl Container {
    /// Lets no process of the server write a file beyond so many bytes; where the container was then.
    pub(in crate::subject::server) async fn fill_disk(
        &self,
        bytes: u64,
        url: &ServerUrl,
    ) -> Result<BTreeSet<String>> {
        let found = sweep::of_server(&self.docker, &self.server).await;
        let id = found.context("the container of PostgreSQL is gone")?;
        let before = self.places(&id, url).await?;
        match self.limit(&id, bytes).await {
            Ok(NOBODY) => Err(CannotLimit::NotAllowed.into()),
            // Any other code: the server has ended already, and with it all that ran in its container, of
            // which Docker may know nothing more.
            Ok(_) => Ok(before),
            Err(_) if !self.runs(&id).await => Ok(before),
            Err(error) => Err(error),
        }
    }

    async fn runs(&self, id: &str) -> bool {
        let inspected = self
            .docker
            .inspect_container(id, None::<InspectContainerOptions>);
        let state = inspected.await.ok().and_then(|found| found.state);
        state.and_then(|state| state.running) == Some(true)
    }

    /// Limits the processes in a container; the exit code of what did.
    async fn limit(&self, id: &str, bytes: u64) -> Result<i64> {
        let options = CreateExecOptions {
            cmd: Some(["sh", "-c", &limit(bytes)].map(str::to_owned).to_vec()),
            user: Some(USER.to_owned()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            ..CreateExecOptions::default()
        };
        let exec = self.docker.create_exec(id, options).await?.id;
        let started = self
            .docker
            .start_exec(&exec, None::<StartExecOptions>)
            .await?;
        if let StartExecResults::Attached { mut output, .. } = started {
            while output.next().await.is_some() {}
        }
        Ok(self
            .docker
            .inspect_exec(&exec)
            .await?
            .exit_code
            .unwrap_or_default())
    }

    /// Takes the limit away by starting the server again, which has ended for it or is killed.
    pub(in crate::subject::server) async fn free_disk(
        &self,
        before: &BTreeSet<String>,
        url: &ServerUrl,
        interrupt: &Interrupt,
    ) -> Result<(), Failed> {
        let found = sweep::of_server(&self.docker, &self.server).await;
        let gone = || DockerError::Daemon("the container is gone".to_owned());
        let id = found.ok_or_else(gone)?;
        let kill = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        // It is refused for one that has ended.
        let _ = self.docker.kill_container(&id, Some(kill)).await;
        self.start_again(&id, before, url, interrupt)
            .await
            .map(drop)
    }
}

/// The exit code if there is no process that may be limited, or no way to.
const NOBODY: i64 = 3;

/// A line of the shell that limits every process in the container but its own shell, the postmaster first,
/// from which others inherit it.
fn limit(bytes: u64) -> String {
    format!(
        "limited=; for process in /proc/[0-9]*; do number=${{process#/proc/}}; \
         if [ $number != $$ ] && prlimit --pid $number --fsize={bytes}: 2>/dev/null; then limited=yes; fi; \
         done; [ -n \"$limited\" ] || exit {NOBODY}"
    )
}
