//! Opens a page in headless Chromium and asks it what a reader would see.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What looks at the page from inside.
const PROBE: &str = include_str!("browser_probe.js");

/// A Chromium on this machine; `None` if there is none. Where everything is required, that is a failure.
pub fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&path)
        .flat_map(|directory| names.map(|name| directory.join(name)))
        .find(|program| program.is_file())
        .or_else(|| super::skip("no chromium, chromium-browser or google-chrome is on the PATH"))
}

/// Whether a page is looked at by day or by night.
#[derive(Debug, Clone, Copy)]
pub enum Scheme {
    Light,
    Dark,
}

/// Shows `page` (beside which a wrapper is written) at a width in pixels; returns what is wrong with it, and how many
/// charts were looked at.
pub fn problems(chromium: &Path, page: &Path, width: u32, scheme: Scheme) -> (Vec<String>, u64) {
    let value = answer(chromium, page, width, scheme, PROBE);
    let problems = value["problems"].as_array().unwrap().iter();
    let problems = problems.map(|problem| problem.as_str().unwrap().to_owned());
    (problems.collect(), value["charts"].as_u64().unwrap())
}

/// Shows `page` at a width in pixels in a frame, and returns the JSON that a script beside the frame puts into
/// `#result`.
pub fn answer(chromium: &Path, page: &Path, width: u32, scheme: Scheme, script: &str) -> Value {
    let (answer, console) = heard(chromium, page, width, scheme, script);
    assert_eq!(console, "", "the page says this on the console");
    answer
}

/// The same, with what was written on the console meanwhile.
pub fn heard(
    chromium: &Path,
    page: &Path,
    width: u32,
    scheme: Scheme,
    script: &str,
) -> (Value, String) {
    let directory = page.parent().unwrap();
    let wrapper = directory.join(format!("wrapper-{width}-{scheme:?}.html"));
    let name = page.file_name().unwrap().to_str().unwrap();
    // A window cannot be as narrow as a telephone, but a frame in it can.
    let html = format!(
        "<!doctype html><body><iframe src=\"{name}\" style=\"border:0;width:{width}px;height:1200px\"></iframe>\
         <pre id=\"result\"></pre><script>{script}</script></body>"
    );
    std::fs::write(&wrapper, html).unwrap();
    let (text, console) = dump(chromium, &wrapper, scheme);
    let json = text
        .split("<pre id=\"result\">")
        .nth(1)
        .and_then(|rest| rest.split("</pre>").next())
        .unwrap_or_else(|| panic!("the page did not answer: {text}"));
    let json = json
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let answer = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {json:?}"));
    (answer, console)
}

/// The page after its scripts have run, as HTML, and the lines of the console.
fn dump(chromium: &Path, page: &Path, scheme: Scheme) -> (String, String) {
    let profile = tempfile::tempdir().unwrap();
    let preferred = match scheme {
        Scheme::Dark => 0,
        Scheme::Light => 1,
    };
    let out = profile.path().join("dom.html");
    let log = profile.path().join("log");
    let mut child = Command::new(chromium)
        .args([
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
        ])
        .args([
            "--allow-file-access-from-files",
            "--virtual-time-budget=20000",
            "--dump-dom",
            "--enable-logging=stderr",
        ])
        .arg("--window-size=1500,1300")
        .arg(format!("--blink-settings=preferredColorScheme={preferred}"))
        .arg(format!(
            "--user-data-dir={}",
            profile.path().join("profile").display()
        ))
        .arg(format!("file://{}", page.display()))
        .stdout(std::fs::File::create(&out).unwrap())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(120);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("Chromium did not answer within two minutes");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = std::fs::read(&log).unwrap();
    let log = String::from_utf8_lossy(&log);
    let console: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    (std::fs::read_to_string(&out).unwrap(), console.join("\n"))
}
