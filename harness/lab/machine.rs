//! What the machine is, as the kernel tells it. What it does not tell stays empty.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit};
use rustix::system::{sysinfo, uname};

use super::place::place_of;
use super::{memory, power, quota};
use crate::measure::trial::MachineCpu;
use crate::measure::{Machine, Neighbours};

/// Describes the machine; `directory` is where the SQLite files lie, `neighbours` what others were
/// heard doing.
///
/// # Errors
/// If the directory cannot be looked at.
pub fn describe(directory: &Path, neighbours: Option<Neighbours>) -> std::io::Result<Machine> {
    let uname = uname();
    let text = |path| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = text("/proc/cpuinfo");
    let memory = memory::parse(&text("/proc/meminfo"));
    let sys = Path::new("/sys");
    Ok(Machine {
        system: system_name(),
        kernel: format!(
            "{} {}",
            uname.sysname().to_string_lossy(),
            uname.release().to_string_lossy()
        ),
        cpu: field(&cpuinfo, "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cpus: std::thread::available_parallelism().map_or(1, |cpus| cpus.get() as u32),
        cpus_allowed: quota::cpus_allowed(&text("/proc/self/status")),
        cpu_quota: quota::cpu_quota(&sys.join("fs/cgroup"), &text("/proc/self/cgroup")),
        governor: power::governor(sys),
        boost: power::boost(sys),
        on_battery: power::on_battery(sys),
        clock_source: power::line(
            &sys.join("devices/system/clocksource/clocksource0/current_clocksource"),
        ),
        virtual_machine: field(&cpuinfo, "flags")
            .map(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor")),
        memory_bytes: memory_bytes(),
        memory_available_bytes: memory.available,
        swap_used_bytes: memory.swapped,
        open_files: open_files(),
        load_average: load_average(),
        neighbours,
        place: place_of(directory)?,
    })
}

/// The soft limit of open files of this process.
pub fn open_files() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// What all CPUs of the machine have done since it started; `None` where there is no /proc/stat.
pub fn cpu_times() -> Option<MachineCpu> {
    parse_cpu_times(&fs::read_to_string("/proc/stat").ok()?, ticks_per_second())
}

/// Reads the first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq,
/// steal, in clock ticks. Guest time is contained in user time.
fn parse_cpu_times(stat: &str, ticks_per_second: f64) -> Option<MachineCpu> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<f64> = line
        .split_whitespace()
        .filter_map(|tick| tick.parse().ok())
        .collect();
    let [user, nice, system, idle, iowait, irq, softirq, steal, ..] = ticks[..] else {
        return None;
    };
    Some(MachineCpu {
        busy_seconds: (user + nice + system + irq + softirq) / ticks_per_second,
        idle_seconds: (idle + iowait) / ticks_per_second,
        steal_seconds: steal / ticks_per_second,
    })
}

fn ticks_per_second() -> f64 {
    rustix::param::clock_ticks_per_second() as f64
}

fn system_name() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or_else(
            || std::env::consts::OS.to_owned(),
            |name| name.trim_matches('"').to_owned(),
        )
}

fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(target_os = "linux")]
fn memory_bytes() -> u64 {
    let info = sysinfo();
    info.totalram as u64 * u64::from(info.mem_unit)
}

#[cfg(not(target_os = "linux"))]
fn memory_bytes() -> u64 {
    0
}

#[cfg(target_os = "linux")]
fn load_average() -> f64 {
    power::line(Path::new("/proc/loadavg"))
        .and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(not(target_os = "linux"))]
fn load_average() -> f64 {
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_times_are_read_as_the_manual_page_says() {
        let stat = "cpu  100 10 50 1000 40 5 5 30 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
        let times = parse_cpu_times(stat, 100.0).unwrap();
        assert_eq!(times.busy_seconds, 1.7);
        assert_eq!(times.idle_seconds, 10.4);
        assert_eq!(times.steal_seconds, 0.3);
        assert_eq!(parse_cpu_times("cpu  1 2 3\n", 100.0), None);
        assert_eq!(parse_cpu_times("", 100.0), None);
    }

    #[test]
    fn a_processor_is_named_by_its_model() {
        let cpuinfo =
            "processor\t: 0\nmodel name\t: Abacus 3000 @ 1 Hz\nflags\t\t: fpu hypervisor\n";
        assert_eq!(field(cpuinfo, "model name").unwrap(), "Abacus 3000 @ 1 Hz");
        assert_eq!(field(cpuinfo, "absent"), None);
    }
}
