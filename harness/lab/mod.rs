//! The machine as a laboratory: where databases go, what the machine is, what interrupts a run.

pub mod clock;
pub mod directory;
pub(crate) mod environment;
pub mod interrupt;
pub(crate) mod leftover;
pub(crate) mod limit;
pub mod machine;
mod memory;
pub mod neighbours;
pub mod place;
mod power;
pub mod probe;
mod quota;
pub mod scratch;
mod sentence;

pub use interrupt::{Interrupt, Interrupted};
pub use limit::CannotLimit;
pub use place::place_of;
pub use scratch::{Scratch, ScratchError};
pub use sentence::sentence;
