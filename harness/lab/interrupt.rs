//! What stops a run from outside: Ctrl-C, a terminal that closes, a job that is cancelled.
//!
//! A signal only raises a flag. Whoever waits polls it at least every 100 ms and returns the way it
//! came, so that containers, clusters, workers and files are cleaned up by their owners.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// The longest that anything waits without looking at the flag.
pub const POLL: Duration = Duration::from_millis(100);

/// A flag that SIGINT, SIGTERM and SIGHUP raise. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Interrupt {
    /// The first signal that came; 0 if none has.
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Takes over SIGINT, SIGTERM and SIGHUP for the rest of the process.
    ///
    /// # Errors
    ///
    /// If the kernel refuses a signal handler.
    pub fn install() -> io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let number = usize::try_from(signal).map_err(io::Error::other)?;
            signal_hook::flag::register_usize(signal, Arc::clone(&interrupt.signal), number)?;
        }
        Ok(interrupt)
    }

    /// One that no signal raises, for tests.
    #[must_use]
    pub fn never() -> Self {
        Self::default()
    }

    /// Raises the flag as if `signal` had come.
    pub fn raise(&self, signal: i32) {
        self.signal
            .store(usize::try_from(signal).unwrap_or(0), Ordering::SeqCst);
    }

    /// Whether the run may go on.
    ///
    /// # Errors
    ///
    /// [`Interrupted`] once a signal has come.
    pub fn check(&self) -> Result<(), Interrupted> {
        match i32::try_from(self.signal.load(Ordering::SeqCst)) {
            Ok(0) | Err(_) => Ok(()),
            Ok(signal) => Err(Interrupted { signal }),
        }
    }

    /// Sleeps for `time`, or until a signal comes.
    ///
    /// # Errors
    ///
    /// [`Interrupted`] once a signal has come.
    pub fn sleep(&self, time: Duration) -> Result<(), Interrupted> {
        let end = Instant::now() + time;
        loop {
            self.check()?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(POLL));
        }
    }

    /// Becomes ready when a signal has come, and never before.
    pub async fn raised(&self) -> Interrupted {
        loop {
            if let Err(interrupted) = self.check() {
                return interrupted;
            }
            tokio::time::sleep(POLL).await;
        }
    }
}

/// A signal ended the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted {
    /// The signal's number.
    pub signal: i32,
}

impl Interrupted {
    /// What a shell expects of a process that a signal ended: 128 and the signal's number.
    #[must_use]
    pub fn exit_code(self) -> i32 {
        128 + self.signal
    }
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.signal {
            SIGINT => f.write_str("The run was stopped by Ctrl-C (SIGINT)."),
            SIGTERM => f.write_str("The run was told to end (SIGTERM)."),
            SIGHUP => f.write_str("The run ended because its terminal closed (SIGHUP)."),
            signal => write!(f, "The run was ended by signal {signal}."),
        }
    }
}

impl std::error::Error for Interrupted {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_raises_the_flag_of_every_clone() {
        let interrupt = Interrupt::install().unwrap();
        let clone = interrupt.clone();
        assert_eq!(clone.check(), Ok(()));
        signal_hook::low_level::raise(SIGHUP).unwrap();
        assert_eq!(clone.check(), Err(Interrupted { signal: SIGHUP }));
        assert_eq!(interrupt.check().unwrap_err().exit_code(), 129);
    }

    #[test]
    fn a_sleeper_wakes_within_a_tenth_of_a_second() {
        let interrupt = Interrupt::never();
        let clone = interrupt.clone();
        let start = Instant::now();
        let sleeper = thread::spawn(move || clone.sleep(Duration::from_secs(30)));
        interrupt.raise(SIGINT);
        assert_eq!(sleeper.join().unwrap(), Err(Interrupted { signal: SIGINT }));
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}
