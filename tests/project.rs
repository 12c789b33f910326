//! What the project says of itself in several places is the same everywhere.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The value of a top-level key of a YAML file.
fn yaml<'t>(text: &'t str, key: &str) -> &'t str {
    let prefix = format!("{key}: ");
    text.lines()
        .find_map(|line| line.strip_prefix(&prefix))
        .unwrap()
}

#[test]
fn the_citation_has_the_version_of_the_package() {
    assert_eq!(
        yaml(&read("CITATION.cff"), "version"),
        env!("CARGO_PKG_VERSION")
    );
}

#[test]
fn the_changelog_has_a_section_for_this_version_with_the_date_of_the_citation() {
    let date = yaml(&read("CITATION.cff"), "date-released").to_owned();
    let heading = format!("## {} - {date}", env!("CARGO_PKG_VERSION"));
    assert!(
        read("CHANGELOG.md").lines().any(|line| line == heading),
        "{heading}"
    );
}

#[test]
fn the_readme_lists_every_subject_with_its_tier_and_every_workload() {
    let readme = read("README.md");
    for subject in contend::subject::catalog::ALL {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| `{}` |", subject.name)));
        let row = row.unwrap_or_else(|| panic!("README.md has no row for {}", subject.name));
        assert!(row.ends_with(&format!("| {} |", subject.tier)), "{row}");
    }
    for workload in contend::workload::ALL {
        assert!(
            readme.contains(&format!("| `{}` |", workload.name())),
            "{}",
            workload.name()
        );
    }
}

#[test]
fn the_readme_has_every_experiment_with_its_question() {
    let readme = read("README.md");
    for experiment in contend::experiment::ALL {
        let row = format!("| `{}` | {} |", experiment.name(), experiment.question());
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn the_readme_names_only_recipes_that_there_are() {
    let recipes = read("justfile");
    for command in [
        "just bench",
        "just crosscheck",
        "just doctor",
        "just down",
        "just logs",
        "just test",
        "just up",
    ] {
        assert!(read("README.md").contains(command));
        let recipe = command.trim_start_matches("just ");
        assert!(
            recipes.lines().any(|line| line.starts_with(recipe)),
            "{recipe}"
        );
    }
}

#[test]
fn every_path_the_contributing_guide_names_is_there() {
    let guide = read("CONTRIBUTING.md");
    let paths = guide
        .split('`')
        .filter(|word| word.starts_with("harness/") && !word.contains('<'));
    for path in paths {
        assert!(
            Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(),
            "{path}"
        );
    }
}

#[test]
fn both_licences_that_the_package_states_are_there() {
    assert!(read("LICENSE-MIT").starts_with("MIT License"));
    assert!(read("LICENSE-APACHE").contains("Apache License"));
    assert_eq!(env!("CARGO_PKG_LICENSE"), "MIT OR Apache-2.0");
}

#[test]
fn the_method_and_the_readme_tell_the_patience_that_clients_have() {
    use contend::load::retry::{MAX_ATTEMPTS, PATIENCE};
    use contend::subject::engine::LOCK_TIMEOUT_MS;
    use contend::suite::plan::SECONDS;

    let patience = PATIENCE.as_secs();
    let method = read("harness/report/html/method.html");
    assert!(method.contains(&format!(
        "gives up after {MAX_ATTEMPTS} attempts, or when {patience}&nbsp;s have passed"
    )));
    let readme = read("README.md").replace('\n', " ");
    assert!(readme.contains(&format!(
        "wait up to {} s for a lock",
        LOCK_TIMEOUT_MS / 1_000
    )));
    assert!(readme.contains(&format!("for at most {patience} s")));
    assert!(readme.contains(&format!("rounds of trials of {SECONDS} s")));
}

#[test]
fn the_method_tells_the_connections_that_an_instance_keeps() {
    use contend::load::system::POOL;

    let method = read("harness/report/html/method.html");
    let expected = format!("Each instance keeps {POOL} connections");
    assert!(method.contains(&expected), "{expected}");
}
