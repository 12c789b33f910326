//! What several tests share.
#![allow(dead_code, reason = "every test program uses a part of it")]

pub mod app;
pub mod bench;
pub mod browser;
pub mod compare;
pub mod compose;
pub mod crosscheck;
pub mod experiment;
pub mod findings;
pub mod html;
pub mod old_server;
pub mod particular;
pub mod parts;
pub mod random;
pub mod run;
pub mod server;
pub mod stage;
pub mod strace;
pub mod system;
pub mod work;

/// Skips a test by returning `None`, unless `CONTEND_REQUIRE=all` forbids to skip.
pub fn skip<T>(reason: &str) -> Option<T> {
    assert!(
        std::env::var("CONTEND_REQUIRE").as_deref() != Ok("all"),
        "CONTEND_REQUIRE=all forbids to skip this test, but {reason}"
    );
    eprintln!("skipped: {reason}");
    None
}
