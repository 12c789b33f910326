//! What can be cited: every figure and every table has an anchor that stays, a title and its conditions.

use std::sync::LazyLock;

use crate::support::html::{attribute, page, pieces, text};
use crate::support::run::Fixture;
use contend::measure::trial::Offered;
use contend::measure::{Check, Run, TrialResult, store};

/// Elements that have no end tag.
const VOID: [&str; 6] = ["meta", "input", "br", "hr", "link", "img"];

/// An element on the way to another.
struct Element<'p> {
    name: &'p str,
    id: Option<&'p str>,
}

/// Calls `see` with every element of a page, and with those that it lies in, the outermost first.
fn walk<'p>(page: &'p str, mut see: impl FnMut(&Element<'p>, &[Element<'p>])) {
    let (before, script) = page.split_once("<script>").expect("a script");
    let mut open: Vec<Element> = Vec::new();
    for tag in before.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        let name = tag.split([' ', '/', '\n']).find(|part| !part.is_empty());
        let name = name.unwrap_or("");
        if tag.starts_with('/') {
            let closed = open.pop().map(|element| element.name);
            assert_eq!(closed, Some(name), "closed out of order");
            continue;
        }
        if tag.starts_with('!') || VOID.contains(&name) {
            continue;
        }
        let id = attribute(tag, "id");
        let element = Element { name, id };
        see(&element, &open);
        if !tag.ends_with('/') {
            open.push(element);
        }
    }
    let names: Vec<&str> = open.iter().map(|element| element.name).collect();
    assert_eq!(names, ["html", "body"], "left open");
    assert!(script.ends_with("</html>\n") || script.ends_with("</html>"));
}

/// Every id of a page, in order.
fn ids(page: &str) -> Vec<String> {
    let mut ids = Vec::new();
    walk(page, |element, _| ids.extend(element.id.map(str::to_owned)));
    ids
}

/// A made-up run in which everything is that a report can show.
fn everything() -> Run {
    let mut run = Fixture::everything().run();
    run.crosscheck = Some(crate::support::crosscheck::crosscheck(6, 1.0, 10.0));
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.offered = Some(Offered {
                rate_per_s: 100.0,
                due: 300,
                behind: 20,
                skipped: 10,
            });
            if trial.position == 7 {
                measurement.audit.checks = vec![Check::number("rows", 10, 9)];
            }
        }
    }
    store::seal(&mut run);
    run
}

/// The page of that run, which takes its time to make.
fn everything_cited() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(|| page(&everything()));
    &PAGE
}

#[test]
fn every_figure_and_every_table_lies_in_something_with_an_id_of_its_own() {
    let page = everything_cited();
    let (mut figures, mut tables, mut charts) = (Vec::new(), 0, 0);
    walk(page, |element, around| {
        let figure = || around.iter().rev().find(|e| e.name == "figure");
        match element.name {
            "figure" => figures.push(element.id.expect("a figure has an id").to_owned()),
            "table" => {
                tables += 1;
                assert!(figure().is_some_and(|figure| figure.id.is_some()));
            }
            "svg" => {
                charts += 1;
                assert!(figure().is_some_and(|figure| figure.id.is_some()));
            }
            _ => {}
        }
    });
    assert_eq!(figures.len(), tables, "one table in each figure");
    assert!(charts > 30, "{charts}");
    for table in [
        "commit-work-counts",
        "ratio-postgres-over-sqlite-wal-full",
        "increment-hot-errors",
        "increment-hot-offered",
        "carelessness-summary",
        "experiment-made-up-rows-table",
        "subject-postgres-careful",
        "server-facts",
        "server-settings",
        "server-changed",
        "machine-facts",
        "probe-times",
        "crosscheck-ratios",
        "overhead-noop",
        "overhead-processors",
        "audits-excluded",
        "versions",
    ] {
        assert!(figures.iter().any(|id| id == table), "{table}");
    }
}

#[test]
fn every_id_is_there_once_and_every_link_within_the_page_leads_to_one() {
    let page = everything_cited();
    let ids = ids(page);
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "{id} is there twice");
        assert!(!id.is_empty());
    }
    let links = page.split("href=\"#").skip(1);
    let links: Vec<&str> = links.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.len() > 100);
    for link in links {
        assert!(ids.iter().any(|id| id == link), "{link} leads nowhere");
    }
}

#[test]
fn every_figure_has_a_title_that_links_to_it_and_says_its_conditions() {
    let page = everything_cited();
    let figures = pieces(page, "<figure", "</figure>");
    assert!(figures.len() > 60, "{}", figures.len());
    for figure in figures {
        let id = attribute(figure, "id").unwrap();
        let link = format!("<a class=\"title\" href=\"#{id}\">");
        assert_eq!(figure.matches(&link).count(), 1, "{id}");
        let title = text(pieces(figure, &link, "</a>")[0]);
        assert!(title.trim().len() > 5, "{id}: {title}");
        let caption = pieces(figure, "<figcaption>", "</figcaption>");
        assert_eq!(caption.len(), 1, "{id}");
        let caption = text(caption[0]);
        assert!(caption.contains("Conditions: "), "{id}: {caption}");
        assert!(
            !caption.contains("Conditions: .") && !caption.contains(", ,"),
            "{caption}"
        );
    }
}

#[test]
fn a_chart_says_workload_discipline_topology_load_length_and_rounds_in_its_conditions() {
    let page = everything_cited();
    let of = |anchor: &str| {
        let id = format!("id=\"{anchor}\">");
        let figure = pieces(page, &id, "</figure>")[0];
        let words = text(pieces(figure, "<span class=\"conditions\">", ".</span>")[0]);
        words.replace('\u{a0}', " ")
    };
    assert_eq!(
        of("increment-hot-goodput"),
        "Conditions: increment-hot, version 1, careful clients, processes, up to 4 instances, closed loop, trials of 3 s, \
         1 round; 1, 4 and 16 clients; durability tiers: power loss, power loss but for the last commit, process \
         crash only, not even a server crash."
    );
    assert!(of("payment-deadlock-settled").contains("careful and naive clients"));
    assert!(
        of("payment-deadlock-settled").contains("one operation of each client, trials of 1.5 s")
    );
    assert!(of("experiment-made-up-rows-table").contains("repeats instead of rounds"));
    assert_eq!(
        of("experiment-lost-update-autocommit-postgres"),
        "Conditions: experiment lost-update, version 1, stepped by hand, once, on postgres (power loss), busy timeout: \
         300 ms."
    );
    assert!(
        of("ratio-postgres-over-sqlite-wal-full")
            .contains(", durability tier: power loss; 6 workloads; ")
    );
}

#[test]
fn the_same_run_has_the_same_ids_and_one_subject_less_changes_no_other() {
    let run = everything();
    let all = ids(everything_cited());
    assert_eq!(all, ids(&page(&run)));
    for gone in ["sqlite-wal-full", "postgres-async"] {
        let mut less = run.clone();
        less.subjects.retain(|subject| subject.name != gone);
        less.plan.points.retain(|point| point.subject != gone);
        less.trials.retain(|trial| trial.point.subject != gone);
        less.commit_work.retain(|work| work.point.subject != gone);
        for experiment in &mut less.experiments {
            experiment.timelines.retain(|played| played.subject != gone);
            experiment
                .observations
                .retain(|seen| seen.condition("subject") != gone);
        }
        let left = ids(&page(&less));
        let expected: Vec<&String> = all.iter().filter(|id| left.contains(id)).collect();
        assert_eq!(
            left.iter().collect::<Vec<_>>(),
            expected,
            "no new id, and none moved"
        );
        let missing: Vec<&String> = all.iter().filter(|id| !left.contains(id)).collect();
        assert!(!missing.is_empty());
        for id in missing {
            assert!(id.contains(gone), "{id} went with {gone}");
        }
    }
}
