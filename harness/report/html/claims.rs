//! The ledger of claims: every statement of the documents, and what this run says of it.

use serde::Serialize;

use super::experiments::{Link, Part, claim_anchor};
use crate::claim::{Document, Verdict};
use crate::measure::Run;
use crate::report::basis::slug;
use crate::report::ledger::{self, Entry, VERDICTS};

/// What stands for every verdict, or every document, in a filter.
const ALL: &str = "all";

/// The section.
#[derive(Serialize)]
pub struct Claims<'a> {
    tally: String,
    verdicts: Vec<Choice>,
    documents: Vec<Choice>,
    entries: Vec<Row<'a>>,
    /// The choices that leave no claim, so that this can be said.
    empty: Vec<[String; 2]>,
}

/// A choice of a filter.
#[derive(Serialize)]
struct Choice {
    key: String,
    words: String,
    count: usize,
}

/// A claim.
#[derive(Serialize)]
struct Row<'a> {
    anchor: String,
    id: &'a str,
    statement: &'a str,
    document: &'a str,
    document_key: String,
    verdict: &'a str,
    verdict_key: String,
    stated: Option<&'a str>,
    conditions: String,
    figures: String,
    /// How to put it to the test; `None` if it was, or if nobody can.
    command: Option<String>,
    experiments: Vec<Made>,
    evidence: Vec<Link>,
    failures: Vec<String>,
}

/// An experiment that bears on a claim.
#[derive(Serialize)]
struct Made {
    link: Link,
    extent: &'static str,
    version: u32,
}

/// The ledger of a run, with links to these parts of the page.
pub fn of<'a>(run: &'a Run, parts: &[Part]) -> Claims<'a> {
    let entries = ledger::of(run);
    let links: Vec<Link> = parts.iter().flat_map(Part::links).collect();
    let mut documents: Vec<Document> = Vec::new();
    for entry in &entries {
        if !documents.contains(&entry.claim.document) {
            documents.push(entry.claim.document);
        }
    }
    let verdicts = choices(VERDICTS.map(|verdict| {
        let count = ledger::count(&entries, verdict);
        (verdict.name(), count)
    }));
    let documents = choices(documents.into_iter().map(|document| {
        let own = |entry: &&Entry| entry.claim.document == document;
        (document.title(), entries.iter().filter(own).count())
    }));
    let tally = ledger::tally(&entries);
    let entries: Vec<Row> = entries
        .into_iter()
        .map(|entry| row(entry, &links))
        .collect();
    Claims {
        tally,
        empty: empty(&verdicts, &documents, &entries),
        verdicts,
        documents,
        entries,
    }
}

/// All, and then each of these.
fn choices<'n>(each: impl IntoIterator<Item = (&'n str, usize)>) -> Vec<Choice> {
    let each: Vec<(&str, usize)> = each.into_iter().collect();
    let total = each.iter().map(|(_, count)| count).sum();
    let all = Choice {
        key: ALL.to_owned(),
        words: ALL.to_owned(),
        count: total,
    };
    let each = each.into_iter().map(|(name, count)| Choice {
        key: slug(name),
        words: name.to_owned(),
        count,
    });
    [all].into_iter().chain(each).collect()
}

fn empty(verdicts: &[Choice], documents: &[Choice], entries: &[Row]) -> Vec<[String; 2]> {
    let mut empty = Vec::new();
    for verdict in verdicts {
        for document in documents {
            let shown = |row: &Row| {
                [
                    (&verdict.key, &row.verdict_key),
                    (&document.key, &row.document_key),
                ]
                .iter()
                .all(|(wanted, own)| *wanted == ALL || wanted == own)
            };
            if !entries.iter().any(shown) {
                empty.push([verdict.key.clone(), document.key.clone()]);
            }
        }
    }
    empty
}

fn row<'a>(entry: Entry<'a>, links: &[Link]) -> Row<'a> {
    let failures = entry.failures();
    let Entry {
        claim,
        judgement,
        made,
    } = entry;
    let link = |anchor: &str| links.iter().find(|link| link.anchor == slug(anchor));
    let not_run = judgement.verdict == Verdict::NotRun;
    Row {
        anchor: claim_anchor(claim.id),
        id: claim.id,
        statement: claim.statement,
        document: claim.document.title(),
        document_key: slug(claim.document.title()),
        verdict: judgement.verdict.name(),
        verdict_key: slug(judgement.verdict.name()),
        stated: claim.stated,
        conditions: match (not_run, claim.experiments, made.is_empty()) {
            (false, ..) => judgement.conditions.clone(),
            (true, [], _) => judgement.conditions.clone(),
            (true, _, true) => "No experiment that decides it was made in this run.".to_owned(),
            (true, _, false) => {
                "Its experiment was made, and what decides it was not observed.".to_owned()
            }
        },
        figures: judgement.figures.clone(),
        command: (not_run && !claim.experiments.is_empty())
            .then(|| format!("contend experiment run {}", claim.experiments.join(" "))),
        experiments: made
            .iter()
            .filter_map(|made| {
                Some(Made {
                    link: link(&crate::claim::anchor(&made.name, None))?.clone(),
                    extent: made.extent.name(),
                    version: made.version,
                })
            })
            .collect(),
        evidence: judgement
            .evidence
            .iter()
            .filter_map(|a| link(a))
            .cloned()
            .collect(),
        failures,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Claim, Judgement};

    static CLAIM: Claim = Claim {
        id: "Z1",
        document: Document::SharedFile,
        statement: "Something is lost.",
        stated: Some("more than 30"),
        experiments: &["sales"],
        judge: |_| None,
    };

    fn entry(verdict: Verdict, evidence: &[&str]) -> Entry<'static> {
        Entry {
            claim: &CLAIM,
            judgement: Judgement {
                verdict,
                conditions: "with 4 clients".to_owned(),
                figures: "7 [3–9] lost".to_owned(),
                evidence: evidence.iter().map(|anchor| (*anchor).to_owned()).collect(),
            },
            made: Vec::new(),
        }
    }

    #[test]
    fn evidence_is_linked_if_the_page_has_it() {
        let link = Link {
            anchor: "experiment-sales-all-columns-add-one-postgres".to_owned(),
            words: "All columns: postgres".to_owned(),
        };
        let seen = crate::claim::anchor("sales", Some("all columns / add one-postgres"));
        let gone = crate::claim::anchor("sales", Some("gone"));
        let row = row(entry(Verdict::Supported, &[&seen, &gone]), &[link]);
        let words: Vec<&str> = row.evidence.iter().map(|l| l.words.as_str()).collect();
        assert_eq!(words, ["All columns: postgres"]);
        assert_eq!((row.stated, row.command), (Some("more than 30"), None));
    }

    #[test]
    fn what_was_not_run_says_how() {
        let row = row(entry(Verdict::NotRun, &[]), &[]);
        assert_eq!(row.command.as_deref(), Some("contend experiment run sales"));
        assert!(
            row.conditions.starts_with("No experiment"),
            "{}",
            row.conditions
        );
    }
}
