//! What the report says of the claims of the documents.

use crate::support::findings;
use crate::support::html::{page, pieces, section, text};
use crate::support::run::Fixture;
use contend::claim;
use contend::measure::Run;

fn run() -> Run {
    Run {
        experiments: findings::experiments(),
        ..Fixture::small().run()
    }
}

/// The line of a claim.
fn line(page: &str, id: &str) -> String {
    let start = format!("<li id=\"claim-{id}\"");
    text(pieces(page, &start, "</details></li>")[0])
}

#[test]
fn every_claim_is_a_line_with_its_verdict() {
    let page = page(&run());
    let ledger = section(&page, "claims");
    assert_eq!(ledger.matches("<li id=\"claim-").count(), claim::ALL.len());
    for claim in claim::ALL {
        let line = line(&page, claim.id);
        let verdict = claim.of(&run().experiments).verdict.name();
        assert!(
            line.contains(claim.statement) && line.contains(verdict),
            "{line}"
        );
    }
}

#[test]
fn a_verdict_stands_with_figures_conditions_and_experiments() {
    let page = page(&run());
    let line = line(&page, "A2");
    for expected in [
        "supported",
        "This run found",
        "Under these conditions",
        "A SQLite file shared by containers",
        "lost-update (version 1, short)",
        "lost-update: postgres, transaction: Fixture: the server went away",
    ] {
        assert!(line.contains(expected), "{expected}: {line}");
    }
    assert!(section(&page, "claims").contains("href=\"#experiment-lost-update\""));
}

#[test]
fn a_claim_that_was_not_judged_says_why_and_how_to_judge_it() {
    let page = page(&run());
    let not_made = line(&page, "A1");
    assert!(not_made.contains("not run"), "{not_made}");
    assert!(
        not_made.contains("contend experiment run lock-table"),
        "{not_made}"
    );
    let undecided = line(&page, "A13");
    assert!(
        undecided.contains("what decides it was not observed"),
        "{undecided}"
    );
}

#[test]
fn the_tally_adds_up_to_all_claims() {
    let page = page(&run());
    let tally = text(pieces(section(&page, "claims"), "<strong>", "</strong>")[0]);
    let counts = tally
        .split_whitespace()
        .filter_map(|word| word.parse::<usize>().ok());
    assert_eq!(counts.sum::<usize>(), claim::ALL.len(), "{tally}");
    let summary = text(section(&page, "summary"));
    assert!(summary.contains(&tally), "{summary}");
}

#[test]
fn without_experiments_no_claim_is_judged_and_the_opening_is_silent() {
    let page = page(&Fixture::small().run());
    let tally = format!("{} not run", claim::ALL.len());
    assert!(text(section(&page, "claims")).contains(&tally));
    assert!(!text(section(&page, "summary")).contains("claims"));
    assert!(text(section(&page, "experiments")).contains("No experiment was made in this run."));
}

#[test]
fn the_filter_names_what_it_shows_and_how_many() {
    let page = page(&run());
    let ledger = section(&page, "claims");
    for legend in ["Show the claims that are", "of the document"] {
        assert!(ledger.contains(&format!("<legend>{legend}</legend>")));
    }
    let labels: Vec<String> = pieces(ledger, "<label>", "</label>")
        .iter()
        .map(|l| text(l))
        .collect();
    assert_eq!(labels.len(), 5 + 4, "{labels:?}");
    assert!(
        labels
            .iter()
            .any(|label| label.contains(&format!("all {}", claim::ALL.len())))
    );
}

#[test]
fn every_claim_is_a_line_of_the_csv_file() {
    let run = run();
    let out = tempfile::tempdir().unwrap();
    contend::report::write(&run, out.path()).unwrap();
    let mut reader = csv::Reader::from_path(out.path().join("claims.csv")).unwrap();
    let heads: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        heads[1..6],
        ["claim", "document", "statement", "stated", "verdict"]
    );
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), claim::ALL.len());
    for (record, claim) in records.iter().zip(claim::ALL) {
        assert_eq!(&record[1], claim.id);
        assert_eq!(&record[5], claim.of(&run.experiments).verdict.name());
    }
}
