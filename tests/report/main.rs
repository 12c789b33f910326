//! The report and what lies beside it: the page, its charts, tables and citations, files for other programs,
//! decision records.

mod adr;
mod browser;
mod careless;
mod charts;
mod citations;
mod claims;
mod commit_work;
mod conditions;
mod crosscheck;
mod degenerate;
mod experiments;
mod exports;
mod figures;
mod findings;
mod goodput;
mod html;
mod long_trials;
mod round_trips;
mod schema;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
mod verify;
mod waits;
mod words;
