//! A throwaway cluster that runs, and that may be killed on purpose.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::account::Account;
use super::binaries::Binaries;
use super::cluster::Cluster;
use super::{Failed, LocalError, is_up, launch, server_log, tail};
use crate::lab::{Interrupt, leftover};

/// A cluster with its data. Dropping it shuts the server down, within 3 s.
pub(in crate::subject::server) struct Throwaway {
    binaries: Binaries,
    pub(super) account: Option<Account>,
    pub(super) home: PathBuf,
    port: u16,
    /// `None` while it is dead.
    pub(super) cluster: Mutex<Option<Cluster>>,
}

/// A server that was killed and has recovered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crash {
    /// How many processes were killed.
    pub processes: usize,
    /// How long it took from its new start until it was ready.
    pub recovery: Duration,
}

impl Throwaway {
    pub(super) fn new(
        binaries: Binaries,
        account: Option<Account>,
        home: PathBuf,
        port: u16,
        cluster: Cluster,
    ) -> Throwaway {
        Throwaway {
            binaries,
            account,
            home,
            port,
            cluster: Mutex::new(Some(cluster)),
        }
    }

    /// The port on 127.0.0.1, the same for as long as the cluster is there.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Kills the whole server and starts it again. Both in one go: only a server that starts removes
    /// the shared memory of the one that was killed.
    pub(in crate::subject::server) fn crash(&self, interrupt: &Interrupt) -> Result<Crash, Failed> {
        let mut cluster = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        let processes = leftover::kill_server(&self.home.join("data"));
        *cluster = None;
        let began = Instant::now();
        let again = launch(&self.binaries, self.account.as_ref(), &self.home, self.port)?;
        if !is_up(&again, &self.home, self.port, interrupt)? {
            return Err(LocalError::Start(tail(&server_log(&self.home))).into());
        }
        *cluster = Some(again);
        Ok(Crash {
            processes,
            recovery: began.elapsed(),
        })
    }
}
