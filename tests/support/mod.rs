//! What several tests share.
#![allow(dead_code)]

pub mod browser;
pub mod html;
pub mod parts;
pub mod random;
pub mod run;
