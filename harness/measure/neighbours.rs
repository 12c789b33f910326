//! What others did on the machine just before a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What others did on the machine while this process did nothing. Each share is from 0 to 1;
/// `None` where the kernel does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Neighbours {
    /// How long was listened, in seconds.
    pub seconds: f64,
    /// The share of all processors' time that other processes used (proc(5), `/proc/stat`).
    pub cpu: Option<f64>,
    /// The share of the time in which a task of this machine waited for a disk
    /// (`/proc/pressure/io`, "some").
    pub io_pressure: Option<f64>,
    /// The share of the time in which a task of this machine waited for memory
    /// (`/proc/pressure/memory`, "some").
    pub memory_pressure: Option<f64>,
}
