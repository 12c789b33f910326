//! The machine as a laboratory: where databases go, what the machine is, what interrupts a run.
