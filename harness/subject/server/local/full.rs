//! A disk that is full, as far as a throwaway cluster can tell.

use std::process::{Command, Stdio};
use std::sync::PoisonError;

use anyhow::{Result, ensure};

use super::Failed;
use super::throwaway::Throwaway;
use crate::lab::{CannotLimit, Interrupt, leftover};

impl Throwaway {
    /// Lets no process of the server write a file beyond so many bytes.
    pub(in crate::subject::server) fn fill_disk(&self, bytes: u64) -> Result<()> {
        let _cluster = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        let data = self.home.join("data");
        let mut processes = leftover::processes_of(&data);
        ensure!(!processes.is_empty(), CannotLimit::System);
        // Twice: one that was being started when the list was made is on the next. By then the server may
        // have ended for it.
        for _ in 0..2 {
            for process in &processes {
                let mut command = Command::new("prlimit");
                command
                    .arg(format!("--pid={}", process.as_raw_nonzero()))
                    .arg(format!("--fsize={bytes}:"))
                    .stdout(Stdio::null())
                    .stderr(Stdio::null());
                // Only who runs the server may limit it, not even root everywhere.
                if let Some(account) = &self.account {
                    account.apply(&mut command);
                }
                let limited = command.status().map_err(|_| CannotLimit::System)?;
                // One that has just ended cannot be limited, and need not.
                let runs = leftover::processes_of(&data).contains(process);
                ensure!(limited.success() || !runs, CannotLimit::NotAllowed);
            }
            processes = leftover::processes_of(&data);
        }
        Ok(())
    }

    /// Takes the limit away by starting the server again, which has ended for it or is killed.
    pub(in crate::subject::server) fn free_disk(
        &self,
        interrupt: &Interrupt,
    ) -> Result<(), Failed> {
        self.crash(interrupt).map(drop)
    }
}
