//! What several tests share.
#![allow(dead_code)]

pub mod browser;
pub mod html;
pub mod run;
