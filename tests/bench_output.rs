//! Where results go, and what is printed: nothing that was measured is lost for want of a place.

mod support;

use std::fs::File;
use std::process::{Command, Stdio};

use contend::measure::store;
use support::bench::Bench;
use support::system::need_mounts;

/// What is said of a place for results that will not do.
fn complaint(given: &[&str]) -> String {
    let bench = Bench::new();
    std::fs::write(bench.path("desk/file"), "mine").unwrap();
    let ended = bench.run(&[&["--subjects", "noop"][..], given].concat());
    assert_eq!(
        std::fs::read_to_string(bench.path("desk/file")).unwrap(),
        "mine"
    );
    bench.assert_clean();
    ended.complaint().to_owned()
}

#[test]
fn a_file_in_the_place_of_the_results_is_refused_before_anything_is_measured() {
    assert!(
        complaint(&["--out", "file"]).starts_with("Results go to a directory, and file is none")
    );
    let said = complaint(&["--out", "file/below"]);
    assert!(said.contains("choose another place with --out"), "{said}");
    let said = complaint(&["--out", "/proc/nowhere"]);
    assert!(said.contains("choose another place with --out"), "{said}");
}

#[test]
fn a_read_only_place_for_results_is_refused_before_anything_is_measured() {
    let Some(()) = need_mounts() else { return };
    let bench = Bench::new();
    std::fs::create_dir(bench.out()).unwrap();
    let setup = "mount --bind ../out ../out; mount -o remount,bind,ro ../out";
    let ended = bench
        .start(bench.command_after(setup, &["--subjects", "noop"]))
        .end();
    assert!(ended.complaint().contains("nothing can be written"));
    bench.assert_clean();
}

/// The results' directory becomes a file in mid-run. What is said then, and where the results are.
fn lose_output(bench: &Bench, temporary: &std::path::Path) -> (String, std::path::PathBuf) {
    let mut command = bench.command(&["--subjects", "sqlite-wal-full,noop", "--rounds", "12"]);
    command.env("TMPDIR", temporary);
    let mut run = bench.start(command);
    run.until("a round was saved", || {
        bench.out().join("run.json").exists()
    });
    std::fs::rename(bench.out(), bench.path("moved")).unwrap();
    std::fs::write(bench.out(), "").unwrap();
    let ended = run.end();
    let said = ended.complaint().to_owned();
    let place = said.split("they are in ").nth(1).expect(&said);
    let place = place.split(": type").next().unwrap();
    (said.clone(), place.into())
}

#[test]
fn results_that_cannot_be_written_go_to_the_temporary_directory() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("temporary")).unwrap();
    let (said, place) = lose_output(&bench, &bench.path("temporary"));
    assert!(place.starts_with(bench.path("temporary")), "{said}");
    let run = store::read(&place).unwrap();
    assert!(run.complete);
    assert_eq!(run.trials.len(), run.plan.points.len() * 12);
}

#[test]
fn results_go_beside_the_databases_if_the_temporary_directory_will_not_do_either() {
    let bench = Bench::new();
    std::fs::write(bench.path("temporary"), "").unwrap();
    let (said, place) = lose_output(&bench, &bench.path("temporary"));
    assert!(place.starts_with(bench.databases()), "{said}");
    assert!(store::read(&place).unwrap().complete);
}

#[test]
fn nobody_to_read_what_is_printed_loses_no_results() {
    for stream in ["closed pipe", "full disk"] {
        let bench = Bench::new();
        let sink = || match stream {
            "full disk" => Stdio::from(File::options().write(true).open("/dev/full").unwrap()),
            _ => {
                let (reader, writer) = std::io::pipe().unwrap();
                drop(reader);
                Stdio::from(writer)
            }
        };
        let status = bench
            .command(&["--subjects", "sqlite-wal-full,noop"])
            .stdout(sink())
            .stderr(sink())
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(0), "{stream}");
        assert!(bench.kept().complete);
        assert!(bench.out().join("index.html").exists());
        bench.assert_clean();
    }
}

#[test]
fn a_schema_that_cannot_be_printed_is_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_contend"))
        .arg("schema")
        .stdout(File::options().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "error: Cannot write to stdout: No space left on device (os error 28).\n"
    );
}

#[test]
fn what_goes_to_a_file_has_no_escape_sequences() {
    let bench = Bench::new();
    let ended = bench.run(&["--subjects", "sqlite-wal-full,noop"]);
    assert_eq!(ended.code, Some(0));
    let refused = bench.run(&["--rounds", "0"]);
    for text in [ended.stdout, ended.stderr, refused.stderr] {
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(!text.contains('\r'), "{text:?}");
    }
}

/// What a terminal gets to see.
fn on_a_terminal(bench: &Bench, no_color: bool) -> Option<String> {
    let quoted: Vec<String> = bench
        .options(&["--subjects", "sqlite-wal-full,noop", "--rounds", "3"])
        .iter()
        .map(|option| format!("'{option}'"))
        .collect();
    let line = format!("'{}' {}", env!("CARGO_BIN_EXE_contend"), quoted.join(" "));
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::null())
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .current_dir(bench.path("desk"));
    if no_color {
        command.env("NO_COLOR", "1");
    }
    match command.output() {
        Ok(output) => {
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(output.status.success(), "{said}");
            Some(said)
        }
        Err(_) => support::skip("there is no script(1) to make a terminal with"),
    }
}

#[test]
fn a_terminal_shows_a_bar_with_what_runs_and_how_long_it_will_take() {
    let bench = Bench::new();
    let Some(said) = on_a_terminal(&bench, false) else {
        return;
    };
    for part in [
        "█",
        "%",
        "round 3 of 3",
        "sqlite-wal-full",
        " left",
        "\u{1b}[36m",
    ] {
        assert!(said.contains(part), "{part:?} in {said:?}");
    }
}

#[test]
fn no_color_means_no_colour_even_on_a_terminal() {
    let bench = Bench::new();
    let Some(said) = on_a_terminal(&bench, true) else {
        return;
    };
    assert!(said.contains("round 3 of 3"), "{said:?}");
    // Where the cursor goes is no colour.
    let colours = said.split("\u{1b}[").skip(1).filter(|sequence| {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic());
        end.is_some_and(|end| sequence.as_bytes()[end] == b'm' && end > 0)
    });
    assert_eq!(colours.count(), 0, "{said:?}");
}

#[test]
fn lengths_are_compared_in_one_table_and_each_has_its_run_file() {
    let bench = Bench::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_contend"));
    command
        .args(["lengths", "--workloads", "increment-hot", "--clients", "2"])
        .args(["--subjects", "sqlite-wal-full", "--rounds", "2"])
        .args(["--seconds", "0.1,0.05,0.2", "--dir"])
        .arg(bench.databases())
        .arg("--out")
        .arg(bench.out())
        .current_dir(bench.path("desk"));
    let ended = bench.start(command).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let written = std::fs::read_to_string(bench.path("out/lengths.md")).unwrap();
    assert_eq!(ended.stdout.trim_end(), written.trim_end());
    let first = |line: &str| {
        line.split('|')
            .nth(1)
            .map(|cell| cell.replace('\u{a0}', " "))
    };
    let lengths: Vec<String> = written
        .lines()
        .filter_map(first)
        .map(|cell| cell.trim().to_owned())
        .filter(|cell| cell.ends_with("ms"))
        .collect();
    assert_eq!(lengths, ["50 ms", "100 ms", "200 ms"], "shortest first");
    for (side, seconds) in [("0.05s", 0.05), ("0.1s", 0.1), ("0.2s", 0.2)] {
        let run = store::read(&bench.out().join(side).join("run.json")).unwrap();
        assert_eq!((run.plan.seconds, run.trials.len()), (seconds, 2));
    }
    bench.assert_clean();
}
