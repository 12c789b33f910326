//! `contend verify`: what is unchanged, and what is wrong, each in a sentence.

use std::path::PathBuf;

use crate::support::bench::{contend, told};
use crate::support::run::Fixture;
use contend::measure::{Run, store};

/// A directory with a run and its report.
struct Place(tempfile::TempDir);

impl Place {
    fn of(run: &Run) -> Place {
        let place = tempfile::tempdir().unwrap();
        store::write(run, place.path()).unwrap();
        contend::report::write(run, place.path()).unwrap();
        Place(place)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file that is another one, changed.
    fn change(&self, from: &str, to: &str, change: impl Fn(String) -> String) {
        let text = std::fs::read_to_string(self.path(from)).unwrap();
        let changed = change(text.clone());
        assert_ne!(text, changed, "nothing was changed");
        std::fs::write(self.path(to), changed).unwrap();
    }

    /// Exit code, stdout and stderr with these files.
    fn verify(&self, files: &[&str]) -> (Option<i32>, String, String) {
        told(
            contend()
                .arg("verify")
                .args(files)
                .current_dir(self.0.path()),
        )
    }

    /// What is said of these files, which have to be refused with one sentence.
    fn refused(&self, files: &[&str]) -> String {
        let (code, _, stderr) = self.verify(files);
        assert_eq!(code, Some(1), "{stderr}");
        assert_eq!(stderr.trim_end().lines().count(), 1, "{stderr}");
        stderr
    }
}

#[test]
fn every_file_of_a_report_is_unchanged_as_it_was_written() {
    let run = Fixture::careless().run();
    let place = Place::of(&run);
    let files: Vec<String> = std::fs::read_dir(place.0.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "runs" && name != "run.json")
        .collect();
    assert!(files.len() > 5);
    let mut arguments = vec!["run.json"];
    arguments.extend(files.iter().map(String::as_str));
    let (code, stdout, stderr) = place.verify(&arguments);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.starts_with(&format!("run.json is run {}, as it was written.\n", run.id)));
    assert_eq!(
        stdout.matches(", and is unchanged.").count(),
        files.len(),
        "{stdout}"
    );
}

#[test]
fn a_page_is_known_whatever_its_name() {
    let place = Place::of(&Fixture::small().run());
    std::fs::rename(place.path("index.html"), place.path("of-january.html")).unwrap();
    assert_eq!(place.verify(&["run.json", "of-january.html"]).0, Some(0));
}

#[test]
fn a_page_with_past_runs_is_unchanged_whatever_comes_to_lie_beside_them() {
    let made = |seed: u64, day: u64| {
        let mut run = Fixture {
            seed,
            rounds: 6,
            ..Fixture::small()
        }
        .run();
        run.started = format!("2026-01-{day:02}T06:00:00Z");
        store::seal(&mut run);
        run
    };
    let place = Place(tempfile::tempdir().unwrap());
    let keep = |name: &str, run: &Run| {
        std::fs::write(place.path(name), serde_json::to_string(run).unwrap()).unwrap();
    };
    for day in 1..=7 {
        keep(&format!("{day}.json"), &made(day, day));
    }
    let since = ["--base", "6.json", "--history", "."];
    let report = contend()
        .args(["report", "7.json", "--out", "."])
        .args(since)
        .current_dir(place.0.path())
        .output()
        .unwrap();
    assert!(report.status.success(), "{report:?}");
    // A later run, and what is no run; the report's own files lie there, too.
    keep("8.json", &made(8, 8));
    std::fs::write(place.path("changes.json"), "{}").unwrap();
    let files = [&["7.json", "index.html"][..], &since].concat();
    let (code, stdout, stderr) = place.verify(&files);
    assert_eq!((code, stderr.as_str()), (Some(0), ""), "{stdout}");
}

#[test]
fn one_changed_figure_is_named_with_its_line() {
    let place = Place::of(&Fixture::small().run());
    let page = std::fs::read_to_string(place.path("index.html")).unwrap();
    let line = 1 + page
        .lines()
        .position(|line| line.contains("<td class=\"number\">"))
        .unwrap();
    // A digit more would be easier to see than another one.
    place.change("index.html", "index.html", |page| {
        let start = "<td class=\"number\">";
        let digit = page.find(start).unwrap() + start.len();
        let other = if page[digit..].starts_with('7') {
            "8"
        } else {
            "7"
        };
        format!("{}{other}{}", &page[..digit], &page[digit + 1..])
    });
    let said = place.refused(&["run.json", "index.html"]);
    assert!(said.contains(&format!(": line {line} has «…")), "{said}");
    assert!(said.contains("» where «…"), "{said}");
}

#[test]
fn a_file_that_is_cut_off_or_goes_on_says_so() {
    let place = Place::of(&Fixture::small().run());
    let lines = std::fs::read_to_string(place.path("trials.csv"))
        .unwrap()
        .lines()
        .count();
    place.change("trials.csv", "trials.csv", |text| text + "more\n");
    let said = place.refused(&["run.json", "trials.csv"]);
    let expected = format!(
        "line {} has «more» where «nothing more» is expected",
        lines + 1
    );
    assert!(said.contains(&expected), "{said}");
    place.change("adr.md", "adr.md", |text| {
        text.lines().take(3).collect::<Vec<_>>().join("\n") + "\n"
    });
    let said = place.refused(&["run.json", "adr.md"]);
    assert!(
        said.contains("line 4 has «nothing more» where «decision-makers: []»"),
        "{said}"
    );
}

#[test]
fn the_page_of_another_contend_cannot_be_told_and_it_says_which_one_to_ask() {
    let place = Place::of(&Fixture::small().run());
    let own = concat!("content=\"contend ", env!("CARGO_PKG_VERSION"), "\"");
    place.change("index.html", "index.html", |page| {
        page.replace(own, "content=\"contend 9.8.7\"")
    });
    let said = place.refused(&["run.json", "index.html"]);
    assert!(
        said.contains("was made by contend 9.8.7") && said.contains("ask contend 9.8.7"),
        "{said}"
    );
}

#[test]
fn the_page_of_another_run_is_said_to_be_of_another_run() {
    let (one, other) = (Fixture::small().run(), Fixture::careless().run());
    let place = Place::of(&one);
    store::write(&other, &place.path("other")).unwrap();
    let said = place.refused(&["other/run.json", "index.html"]);
    assert!(
        said.contains(&format!("is of run {}, not of run {}", one.id, other.id)),
        "{said}"
    );
}

#[test]
fn a_run_file_that_was_changed_is_refused_before_its_report_is_looked_at() {
    let place = Place::of(&Fixture::small().run());
    place.change("run.json", "run.json", |text| {
        text.replacen("\"cpus\": 2", "\"cpus\": 64", 1)
    });
    let said = place.refused(&["run.json", "index.html"]);
    assert!(said.contains("but its content has the id"), "{said}");
}

#[test]
fn what_is_no_file_of_a_report_is_refused_with_those_that_are() {
    let place = Place::of(&Fixture::small().run());
    std::fs::write(place.path("foreign.json"), "{\"a\": 1}").unwrap();
    std::fs::write(place.path("empty.html"), "").unwrap();
    for (files, expected) in [
        (&["none.json"][..], "Cannot read none.json"),
        (&["foreign.json"], "is JSON but no run of contend"),
        (&["index.html"], "is not JSON"),
        (&["run.json", "none.html"], "Cannot read none.html"),
        (
            &["run.json", "foreign.json"],
            "index.html, or one of trials.csv",
        ),
        (
            &["run.json", "empty.html"],
            "is none that contend makes of a run",
        ),
    ] {
        let said = place.refused(files);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_run_file_that_says_two_things_is_refused() {
    let place = Place::of(&Fixture::small().run());
    // Readers take one of two values of a key, and not all of them the same.
    place.change("run.json", "twice.json", |text| {
        text.replacen('{', "{\n  \"warnings\": [\"SQLite lost 12 updates.\"],", 1)
    });
    let said = place.refused(&["twice.json"]);
    assert!(said.contains("stands twice"), "{said}");
}
