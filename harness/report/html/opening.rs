//! The first paragraphs, in plain words: what was compared, on what machine, and what came of it.

use std::collections::BTreeSet;

use crate::measure::statistics::{Estimate, ROUNDS_FOR_INTERVAL};
use crate::measure::{Engine, Run, SubjectInfo, Tier};
use crate::report::basis::{self, Group, Section};
use crate::report::findings::{Ratio, Verdict, pairs_within_tiers, ratio_at};
use crate::report::numbers::{list, plural, ratio, span, span_kind, time};
use crate::report::{careless, engines, ledger, lengths, long_trials};

use super::waiting;

/// The paragraphs.
pub fn paragraphs(run: &Run, sections: &[Section], groups: &[&Group]) -> Vec<String> {
    let mut paragraphs = vec![compared(run, sections, groups)];
    let mut cells = sections.iter().flat_map(Section::stored_cells);
    if cells.all(|cell| cell.comparable.is_empty()) {
        paragraphs.push(
            "No trial of this run may be compared, so nothing is said of which subject was faster."
                .to_owned(),
        );
        paragraphs.extend(ledger::sentence(run));
        return paragraphs;
    }
    let headlines = headlines(run, groups);
    if headlines.is_empty() {
        paragraphs.push(no_ratio(run, groups).to_owned());
    }
    paragraphs.extend(headlines);
    paragraphs.extend(long_trials::sentence(run));
    paragraphs.extend(careless::sentence(sections));
    paragraphs.extend(waiting::sentences(sections));
    paragraphs.extend(ledger::sentence(run));
    paragraphs
}

/// Why no ratio is given.
fn no_ratio(run: &Run, groups: &[&Group]) -> &'static str {
    if groups.is_empty() {
        return "The goodput of careful clients at their own pace was not measured, so no ratio is given.";
    }
    match pairs_within_tiers(&run.subjects).is_empty() {
        true => {
            "No two subjects of this run share a durability tier, and between tiers no ratio is fair, so none is given."
        }
        false => {
            "No two subjects of one durability tier may be compared at the same point, so no ratio is given."
        }
    }
}

/// What was compared, and on what machine.
fn compared(run: &Run, sections: &[Section], groups: &[&Group]) -> String {
    let mut what = engines::words(run);
    if what.is_empty() {
        "no database at all".clone_into(&mut what);
    }
    let mut workloads: Vec<String> = sections
        .iter()
        .map(|section| section.workload.name.clone())
        .collect();
    workloads.dedup();
    let mut loads: Vec<u32> = basis::groups(sections)
        .flat_map(|group| group.loads.clone())
        .collect();
    loads.sort_unstable();
    loads.dedup();
    let most = loads.last().copied().unwrap_or(0);
    let loads: Vec<String> = loads.iter().map(u32::to_string).collect();
    let they = match run
        .subjects
        .iter()
        .filter(|s| s.engine != Engine::Noop)
        .count()
    {
        1 => "It",
        _ => "They",
    };
    let same = all_did_the_same(run);
    let under = match workloads.len() {
        0 => "No workload was planned.".to_owned(),
        1 => format!("{they} did the workload {}", list(&workloads)),
        several if same => format!(
            "{they} did the same {several} workloads ({})",
            list(&workloads)
        ),
        several => format!(
            "Not each of them did each of the {several} workloads ({})",
            list(&workloads)
        ),
    };
    let with = match workloads.is_empty() {
        true => String::new(),
        false => format!(
            " with {} {}.",
            list(&loads),
            if most == 1 { "client" } else { "clients" }
        ),
    };
    let asked = asked(sections);
    let measured = match groups.is_empty() {
        true => "It was measured in",
        false => "Goodput below is the median of",
    };
    let machine = &run.machine;
    let virtual_machine = match machine.virtual_machine {
        Some(true) => ", a virtual machine",
        _ => "",
    };
    format!(
        "This run compares {what}. {under}{with}{asked} The machine has {} ({}) and {}{virtual_machine}; {}, where writing a page over an older one and waiting for fdatasync takes {} (median). {measured} {}, each with a stretch of {} per point.",
        plural(machine.cpus as usize, "processor", "processors"),
        machine.cpu,
        machine.system,
        places(run),
        time(run.probe.overwrite.median_us * 1e-6),
        plural(run.plan.rounds as usize, "round", "rounds"),
        lengths::words(run),
    )
}

/// Whether every subject that stores something did every workload that any of them did.
fn all_did_the_same(run: &Run) -> bool {
    let subjects = run.subjects.iter().filter(|s| s.engine != Engine::Noop);
    let done = |subject: &str| -> BTreeSet<&str> {
        let own = run.plan.points.iter().filter(|p| p.subject == subject);
        own.map(|point| point.workload.as_str()).collect()
    };
    let mut each = subjects.map(|subject| done(&subject.name));
    let first = each.next();
    each.all(|other| Some(other) == first)
}

/// That clients asked an app, if they did: what it costs is in the figures.
fn asked(sections: &[Section]) -> &'static str {
    let over_http = |section: &&Section| section.over_http();
    match sections.iter().filter(over_http).count() {
        0 => "",
        all if all == sections.len() => {
            " Clients asked instances of an app over HTTP, which did the work: what the app costs is in every figure."
        }
        _ => {
            " Where it says containers or apps, clients asked instances of an app over HTTP, which did the work: what the app costs is in those figures."
        }
    }
}

/// Which file systems the databases lie on, the probed one last.
fn places(run: &Run) -> String {
    let sqlite = &run.machine.place.filesystem;
    match run.server.as_ref().map(|server| &server.data) {
        None => format!("the databases lie on {sqlite}"),
        Some(None) => format!(
            "where PostgreSQL keeps its data is not known, and the SQLite files lie on {sqlite}"
        ),
        Some(Some(data))
            if data.filesystem == *sqlite && data.device == run.machine.place.device =>
        {
            format!("all databases lie on {sqlite}")
        }
        Some(Some(data)) => format!(
            "PostgreSQL's data lies on {} ({}), and the SQLite files lie on {sqlite} ({})",
            data.filesystem, data.device, run.machine.place.device
        ),
    }
}

/// One paragraph per pair: one engine against the other where both are there, any two subjects
/// otherwise. Pairs that met in few workloads, such as variants of a subject, are only named.
fn headlines(run: &Run, groups: &[&Group]) -> Vec<String> {
    let mut pairs = Vec::new();
    for tier in pairs_within_tiers(&run.subjects) {
        let crossing: Vec<_> = tier
            .pairs
            .iter()
            .filter(|(a, b)| a.engine != b.engine)
            .copied()
            .collect();
        let chosen = if crossing.is_empty() {
            tier.pairs
        } else {
            crossing
        };
        pairs.extend(chosen.into_iter().map(|pair| (pair, tier.tier)));
    }
    let met = |pair| {
        let compared = |group: &&&Group| {
            let mut loads = group.loads.iter();
            loads.any(|load| ratio_at(group, pair, *load).estimate.is_some())
        };
        groups.iter().filter(compared).count()
    };
    let most = pairs.iter().map(|(pair, _)| met(*pair)).max().unwrap_or(0);
    let (mut paragraphs, mut rest) = (Vec::new(), Vec::new());
    for (pair, tier) in pairs {
        match met(pair) {
            0 => {}
            few if few * 2 < most => rest.push(format!("{} / {}", pair.1.name, pair.0.name)),
            _ => paragraphs.extend(headline(groups, pair, tier)),
        }
    }
    if !rest.is_empty() {
        paragraphs.push(format!(
            "Compared in fewer than half as many workloads, and told of under the ratios of goodput only: {}.",
            list(&rest)
        ));
    }
    paragraphs
}

/// What both subjects of a pair promise.
fn survives(tier: Tier) -> &'static str {
    match tier {
        Tier::PowerLoss => "an acknowledged commit survives a loss of power",
        Tier::PowerLossButLast => {
            "an acknowledged commit survives a loss of power unless it was the last"
        }
        Tier::ProcessCrash => "an acknowledged commit survives the death of the process only",
        Tier::Nothing => "an acknowledged commit does not even survive a server crash",
        Tier::None => "nothing is stored",
    }
}

/// A ratio, with where it was measured.
type Found = (String, Ratio, Estimate);

/// What all loads of all workloads say of one pair, and where the ratio is smallest and largest.
fn headline(groups: &[&Group], pair: (&SubjectInfo, &SubjectInfo), tier: Tier) -> Option<String> {
    let mut found: Vec<Found> = Vec::new();
    for group in groups {
        for clients in &group.loads {
            let ratio = ratio_at(group, pair, *clients);
            if let Some(estimate) = ratio.estimate {
                found.push((group.name(), ratio, estimate));
            }
        }
    }
    let least = found
        .iter()
        .min_by(|a, b| a.2.median.total_cmp(&b.2.median))?;
    let most = found
        .iter()
        .max_by(|a, b| a.2.median.total_cmp(&b.2.median))?;
    let (denominator, numerator) = (&pair.0.name, &pair.1.name);
    let spread = match found.len() {
        1 => format!("was {}", place(least)),
        _ => format!("ran from {} to {}", place(least), place(most)),
    };
    let brackets = brackets(&least.2, &most.2);
    let pair = format!(
        "{numerator} against {denominator} (with both, {})",
        survives(tier)
    );
    Some(match counted(&found) {
        Some(counted) => format!(
            "{pair}: {numerator} was {counted}. The ratio of its goodput to that of {denominator} {spread}; \
             {brackets}."
        ),
        None => format!(
            "{pair}: the ratio of the goodput of {numerator} to that of {denominator} {spread}; {brackets}. {} \
             cannot tell a difference from chance, so it is not said which was faster: that takes \
             {ROUNDS_FOR_INTERVAL}.",
            rounds(&found)
        ),
    })
}

/// On how many rounds the ratios stand at most.
fn rounds(found: &[Found]) -> String {
    let most = found.iter().map(|(.., e)| e.rounds).max().unwrap_or(0);
    plural(most, "round", "rounds")
}

/// What the brackets of two ratios hold.
fn brackets(least: &Estimate, most: &Estimate) -> String {
    let kind = |estimate: &Estimate| span_kind(estimate.rounds, estimate.confidence);
    match (least.rounds.max(most.rounds), kind(least) == kind(most)) {
        (0 | 1, _) => kind(least),
        (_, true) => format!("in brackets the {}", kind(least)),
        (_, false) => format!("in brackets the {}, and the {}", kind(least), kind(most)),
    }
}

/// At how many points the numerator was faster, slower, or neither; `None` if no ratio has an
/// interval to say it from.
fn counted(found: &[Found]) -> Option<String> {
    let verdicts: Vec<Verdict> = found
        .iter()
        .filter_map(|(_, ratio, _)| ratio.verdict())
        .collect();
    let (told, untold) = (verdicts.len(), found.len() - verdicts.len());
    if told == 0 {
        return None;
    }
    let count = |wanted| {
        verdicts
            .iter()
            .filter(|verdict| **verdict == wanted)
            .count()
    };
    let same = count(Verdict::Same);
    let mut parts = Vec::new();
    for (verdict, what) in [(Verdict::Faster, "faster"), (Verdict::Slower, "slower")] {
        match count(verdict) {
            0 => {}
            1 if told == 1 => parts.push(format!("{what} at the one point compared")),
            all if all == told => parts.push(format!("{what} at all {told} points")),
            some => parts.push(format!("{what} at {some}")),
        }
    }
    let points = plural(told, "point", "points");
    let mut words = match (parts.len(), same) {
        (0, _) => {
            format!("neither faster nor slower, as far as can be seen, at any of {points}")
        }
        (1, 0) => parts.concat(),
        (_, 0) => format!("{} of {points}", list(&parts)),
        _ => format!(
            "{} of {points}; at {same} there is no difference to be seen",
            list(&parts)
        ),
    };
    if untold > 0 {
        words.push_str(&format!(
            "; {} on fewer than {ROUNDS_FOR_INTERVAL} rounds and cannot tell",
            match untold {
                1 => "1 more stands".to_owned(),
                more => format!("{more} more stand"),
            }
        ));
    }
    Some(words)
}

/// A ratio and where it was measured: `2.31× [2.20× – 2.45×] (insert-1 with 4 clients)`.
fn place((workload, found, estimate): &Found) -> String {
    let clients = plural(found.clients as usize, "client", "clients");
    let bracket = match estimate.rounds {
        0 | 1 => String::new(),
        _ => format!(" [{}]", span(estimate, ratio)),
    };
    format!(
        "{}{bracket} ({workload} with {clients})",
        ratio(estimate.median)
    )
}
