//! Time, behind a trait so that pacing and recording are tested without waiting for it.

use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds on a clock that all processes of one machine share.
pub type Nanoseconds = u64;

/// A clock.
pub trait Clock {
    /// What it shows.
    fn now(&self) -> Nanoseconds;
}

/// The machine's monotonic clock. It shows the same to every process of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct Monotonic;

impl Clock for Monotonic {
    fn now(&self) -> Nanoseconds {
        nanoseconds(clock_gettime(ClockId::Monotonic))
    }
}

/// CPU time that this process has used since it began, in user mode and in the kernel, all its
/// threads together.
pub fn process_cpu() -> Nanoseconds {
    nanoseconds(clock_gettime(ClockId::ProcessCPUTime))
}

fn nanoseconds(time: Timespec) -> Nanoseconds {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Sleeps until the monotonic clock shows `at`, if it does not already.
pub fn sleep_until(at: Nanoseconds) {
    std::thread::sleep(Duration::from_nanos(at.saturating_sub(Monotonic.now())));
}
