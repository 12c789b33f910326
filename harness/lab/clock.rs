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

/// CPU time that another process of this user has used so far, all its threads together; `None`
/// where the system does not tell, or if there is no such process.
#[cfg(target_os = "linux")]
pub fn cpu_of(process: u32) -> Option<Nanoseconds> {
    let mut clock = 0;
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: both calls write to the place they are given, which is valid, and nowhere else.
    let failed = unsafe {
        libc::clock_getcpuclockid(libc::pid_t::try_from(process).ok()?, &raw mut clock) != 0
            || libc::clock_gettime(clock, &raw mut time) != 0
    };
    (!failed).then(|| time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64)
}

/// CPU time of another process, which this system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn cpu_of(_process: u32) -> Option<Nanoseconds> {
    None
}

/// CPU time of all children of this process that have ended and were waited for.
pub fn ended_children_cpu() -> Nanoseconds {
    // SAFETY: all zeros is a valid value of this plain structure.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: the call writes to the place it is given, which is valid, and nowhere else.
    unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) };
    let of = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1_000;
    of(usage.ru_utime) + of(usage.ru_stime)
}

fn nanoseconds(time: Timespec) -> Nanoseconds {
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Sleeps until the monotonic clock shows `at`, if it does not already.
pub fn sleep_until(at: Nanoseconds) {
    std::thread::sleep(Duration::from_nanos(at.saturating_sub(Monotonic.now())));
}
