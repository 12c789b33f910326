#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod cli;
pub mod lab;
pub mod measure;
pub mod report;
pub mod subject;
