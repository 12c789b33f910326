#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod app;
pub mod claim;
pub mod cli;
pub mod compare;
pub mod doctor;
pub mod experiment;
pub mod lab;
pub mod load;
pub mod measure;
pub mod report;
pub mod subject;
pub mod suite;
pub mod workload;
