//! Criterion prints what it does, and `contend bench` has a progress bar of its own: meanwhile
//! criterion's words go elsewhere.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use rustix::stdio::{dup2_stderr, dup2_stdout, stderr, stdout};

/// Stdout and stderr of this process, with a file in their place while [`Quiet::quietly`] runs.
pub struct Quiet {
    stdout: OwnedFd,
    stderr: OwnedFd,
    file: File,
}

impl Quiet {
    /// Prepares to send what is printed to `file`.
    ///
    /// # Errors
    /// If the process has no file descriptor to spare.
    pub fn new(file: File) -> io::Result<Quiet> {
        Ok(Quiet {
            stdout: rustix::io::dup(stdout())?,
            stderr: rustix::io::dup(stderr())?,
            file,
        })
    }

    /// Runs `work` with stdout and stderr going to the file.
    ///
    /// # Errors
    /// If the streams cannot be redirected.
    pub fn quietly<T>(&self, work: impl FnOnce() -> T) -> io::Result<T> {
        let _ = io::stdout().flush();
        dup2_stdout(&self.file)?;
        let _restore = Restore(self);
        dup2_stderr(&self.file)?;
        Ok(work())
    }

    /// Runs `work` with the streams where they were, from within [`Quiet::quietly`].
    pub fn aloud<T>(&self, work: impl FnOnce() -> T) -> T {
        self.restore();
        let result = work();
        let _ = io::stdout().flush();
        let _ = dup2_stdout(&self.file).and_then(|()| dup2_stderr(&self.file));
        result
    }

    fn restore(&self) {
        let _ = io::stdout().flush();
        let _ = dup2_stdout(&self.stdout).and_then(|()| dup2_stderr(&self.stderr));
    }
}

/// Gives the streams back even if the work panics, so that the panic can be read.
struct Restore<'q>(&'q Quiet);

impl Drop for Restore<'_> {
    fn drop(&mut self) {
        self.0.restore();
    }
}
