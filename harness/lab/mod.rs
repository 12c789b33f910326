//! The machine as a laboratory: where databases go, what the machine is, what interrupts a run.

pub mod clock;
pub mod directory;
pub mod machine;
pub mod probe;
