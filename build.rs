//! Tells the program which commit and compiler it was built from.

use std::process::Command;

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        // Else git status may write the index, whose change would have all of it built again.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn main() {
    let commit = output("git", &["rev-parse", "HEAD"]).unwrap_or_default();
    let dirty = output("git", &["status", "--porcelain", "--untracked-files=no"])
        .filter(|_| !commit.is_empty())
        .map(|changes| (!changes.is_empty()).to_string())
        .unwrap_or_default();
    let rustc = output(
        &std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into()),
        &["--version"],
    )
    .unwrap_or_else(|| "unknown".into());
    println!("cargo::rustc-env=CONTEND_COMMIT={commit}");
    println!("cargo::rustc-env=CONTEND_DIRTY={dirty}");
    println!("cargo::rustc-env=CONTEND_RUSTC={rustc}");
    println!(
        "cargo::rustc-env=CONTEND_PROFILE={}",
        std::env::var("PROFILE").unwrap_or_default()
    );
    // The flag must be right whenever the sources or the commit change.
    let git = output("git", &["rev-parse", "--git-dir"]).unwrap_or_else(|| ".git".into());
    for path in ["Cargo.toml", "Cargo.lock", "build.rs", "harness", "benches"] {
        println!("cargo::rerun-if-changed={path}");
    }
    for path in ["HEAD", "index", "logs/HEAD"] {
        println!("cargo::rerun-if-changed={git}/{path}");
    }
}
