//! What several tests share.
#![allow(dead_code)]

pub mod browser;
pub mod run;
