//! What is known of the machine, of where databases lie and of what was probed, as rows: what, and
//! its value.

use crate::measure::machine::SyncTimes;
use crate::measure::{Machine, Neighbours, Place, Probe};

use super::numbers::{bytes, chosen_time, count, number, percent, plural, rough_percent, time};

/// What a table has: what, and its value.
pub type Row = (String, String);

/// What stands where the system tells nothing.
const NOT_TOLD: &str = "not told";

/// The machine, without where databases lie.
pub fn machine(machine: &Machine) -> Vec<Row> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| NOT_TOLD.to_owned());
    let size = |size: Option<u64>| size.map_or_else(|| NOT_TOLD.to_owned(), bytes);
    let mut rows = rows([
        ("processor", machine.cpu.clone()),
        ("processors usable", machine.cpus.to_string()),
        ("processors' time allowed", quota(machine)),
        ("frequency governor", text(&machine.governor)),
        ("frequency boost", told(machine.boost, "on", "off")),
        ("power", told(machine.on_battery, "battery", "mains")),
        ("clock source", text(&machine.clock_source)),
        (
            "virtual machine",
            told(machine.virtual_machine, "yes", "no"),
        ),
        (
            "memory",
            size(Some(machine.memory_bytes).filter(|b| *b > 0)),
        ),
        ("memory available", size(machine.memory_available_bytes)),
        ("swapped out", size(machine.swap_used_bytes)),
        ("system", machine.system.clone()),
        ("kernel", machine.kernel.clone()),
        ("open files allowed", count(machine.open_files)),
        (
            "load average before",
            format!("{} runnable processes", number(machine.load_average)),
        ),
    ]);
    rows.extend(machine.neighbours.as_ref().map(neighbours));
    rows
}

/// Where databases lie.
pub fn place(place: &Place) -> Vec<Row> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| NOT_TOLD.to_owned());
    rows([
        ("directory", place.directory.clone()),
        ("file system", place.filesystem.clone()),
        ("device", place.device.clone()),
        ("mount options", place.mount_options.clone()),
        ("disk", text(&place.disk)),
        ("disk's cache", text(&place.write_cache)),
        ("free before", room(place)),
    ])
}

/// What was probed.
pub fn probe(probe: &Probe) -> Vec<Row> {
    rows([
        (
            "a page appended to a file, and fdatasync",
            sync(probe.append),
        ),
        (
            "a page written over an older one, and fdatasync",
            sync(probe.overwrite),
        ),
        ("reading the clock", time(probe.clock_ns * 1e-9)),
        (
            "CPU time taken by the hypervisor",
            probe.steal.map_or(NOT_TOLD.to_owned(), percent),
        ),
    ])
}

fn rows<const N: usize>(rows: [(&str, String); N]) -> Vec<Row> {
    rows.map(|(name, value)| (name.to_owned(), value)).into()
}

fn told(value: Option<bool>, yes: &str, no: &str) -> String {
    match value {
        Some(true) => yes,
        Some(false) => no,
        None => NOT_TOLD,
    }
    .to_owned()
}

fn quota(machine: &Machine) -> String {
    let processors = |count: u32| plural(count as usize, "processor", "processors");
    match (machine.cpu_quota, machine.cpus_allowed) {
        (Some(quota), Some(allowed)) => {
            format!("that of {}, on {}", number(quota), processors(allowed))
        }
        (Some(quota), None) => format!("that of {}", number(quota)),
        (None, Some(allowed)) => format!("all of {}", processors(allowed)),
        (None, None) => NOT_TOLD.to_owned(),
    }
}

fn neighbours(heard: &Neighbours) -> Row {
    let share = |share: Option<f64>| share.map_or(NOT_TOLD.to_owned(), rough_percent);
    let text = format!(
        "{} of all CPU time; somebody waited for a disk for {} of the time, for memory for {}",
        share(heard.cpu),
        share(heard.io_pressure),
        share(heard.memory_pressure)
    );
    (
        format!("others in the {} before", chosen_time(heard.seconds)),
        text,
    )
}

fn room(place: &Place) -> String {
    match (place.free_bytes, place.size_bytes) {
        (Some(free), Some(size)) => format!("{} of {}", bytes(free), bytes(size)),
        (Some(free), None) => bytes(free),
        _ => NOT_TOLD.to_owned(),
    }
}

fn sync(times: SyncTimes) -> String {
    let us = |microseconds: f64| time(microseconds * 1e-6);
    let tenths = match (times.p10_us, times.p90_us) {
        (Some(p10), Some(p90)) => format!(", eight of ten from {} to {}", us(p10), us(p90)),
        _ => String::new(),
    };
    format!(
        "median {}{tenths}, all from {} to {} ({} times)",
        us(times.median_us),
        us(times.min_us),
        us(times.max_us),
        count(times.samples.into())
    )
}
