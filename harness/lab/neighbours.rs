//! What others do on the machine while this process does nothing.

use std::fs;
use std::time::{Duration, Instant};

use super::clock::process_cpu;
use super::interrupt::{Interrupt, Interrupted};
use super::machine::cpu_times;
use crate::measure::Neighbours;
use crate::measure::trial::MachineCpu;

/// How long is listened before a run: a hundred of the ticks in which the kernel counts CPU time,
/// so that a share is exact to a per cent of a processor.
pub const LISTEN: Duration = Duration::from_secs(1);

/// Does nothing for `time`, and sees what others did meanwhile.
///
/// # Errors
/// [`Interrupted`] once a signal has come.
pub fn listen(interrupt: &Interrupt, time: Duration) -> Result<Neighbours, Interrupted> {
    let before = Sample::take();
    interrupt.sleep(time)?;
    Ok(Sample::take().since(&before))
}

/// What the kernel has counted so far.
struct Sample {
    at: Instant,
    cpu: Option<MachineCpu>,
    own_seconds: f64,
    io: Option<f64>,
    memory: Option<f64>,
}

impl Sample {
    fn take() -> Sample {
        let waited = |what| waited(&fs::read_to_string(format!("/proc/pressure/{what}")).ok()?);
        Sample {
            at: Instant::now(),
            cpu: cpu_times(),
            own_seconds: process_cpu() as f64 / 1e9,
            io: waited("io"),
            memory: waited("memory"),
        }
    }

    fn since(&self, before: &Sample) -> Neighbours {
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        let pressure = |before: Option<f64>, after: Option<f64>| {
            let (before, after) = before.zip(after)?;
            (seconds > 0.0).then(|| ((after - before) / seconds).clamp(0.0, 1.0))
        };
        let cpu = before.cpu.zip(self.cpu);
        Neighbours {
            seconds,
            cpu: cpu.and_then(|(before_cpu, cpu)| {
                others(&before_cpu, &cpu, self.own_seconds - before.own_seconds)
            }),
            io_pressure: pressure(before.io, self.io),
            memory_pressure: pressure(before.memory, self.memory),
        }
    }
}

/// The share of all CPU time between two readings that other processes used.
fn others(before: &MachineCpu, after: &MachineCpu, own_seconds: f64) -> Option<f64> {
    let busy = after.busy_seconds - before.busy_seconds;
    let whole = busy + after.idle_seconds - before.idle_seconds + after.steal_seconds
        - before.steal_seconds;
    (whole > 0.0).then(|| ((busy - own_seconds) / whole).clamp(0.0, 1.0))
}

/// For how long some task has waited since the machine started, in seconds, from a file of
/// `/proc/pressure` (docs.kernel.org/accounting/psi.html).
fn waited(pressure: &str) -> Option<f64> {
    let some = pressure
        .lines()
        .find_map(|line| line.strip_prefix("some "))?;
    let total = some
        .split(' ')
        .find_map(|field| field.strip_prefix("total="))?;
    Some(total.trim().parse::<u64>().ok()? as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_is_the_time_in_which_some_task_waited() {
        let io = "some avg10=3.69 avg60=3.00 avg300=5.22 total=2500000\n\
                  full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        assert_eq!(waited(io), Some(2.5));
        for text in [
            "",
            "full total=1",
            "some avg10=0.00",
            "some total=",
            "some total=x",
        ] {
            assert_eq!(waited(text), None, "{text}");
        }
    }

    #[test]
    fn the_own_time_is_not_that_of_others() {
        let times = |busy_seconds, idle_seconds| MachineCpu {
            busy_seconds,
            idle_seconds,
            steal_seconds: 0.0,
        };
        assert_eq!(
            others(&times(10.0, 90.0), &times(11.0, 93.0), 0.5),
            Some(0.125)
        );
        assert_eq!(
            others(&times(10.0, 90.0), &times(10.0, 92.0), 0.01),
            Some(0.0)
        );
        assert_eq!(others(&times(10.0, 90.0), &times(10.0, 90.0), 0.0), None);
    }

    #[test]
    fn listening_takes_its_time_and_gives_shares() {
        let heard = listen(&Interrupt::never(), Duration::from_millis(20)).unwrap();
        assert!(heard.seconds >= 0.02);
        for share in [heard.cpu, heard.io_pressure, heard.memory_pressure] {
            assert!(share.is_none_or(|share| (0.0..=1.0).contains(&share)));
        }
    }
}
