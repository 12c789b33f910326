//! What is said of a comparison as a whole, in every format the same.

use super::between::RUNS_NEEDED;
use super::changes::{Change, Changes, Side};
use super::figure::Basis;
use super::verdict::Verdict;
use super::words::{self, chosen_percent};
use crate::report::numbers::{list, plural};

/// What came of it, in one line.
pub fn headline(changes: &Changes) -> String {
    let deciding = changes.changes.iter().filter(|change| change.gates).count();
    let of_all = plural(deciding, "figure that decides", "figures that decide");
    let count = |verdict| changes.gating(verdict).count();
    let undecided = match count(Verdict::Inconclusive) {
        0 => String::new(),
        all if all == deciding => "; all are inconclusive".to_owned(),
        some => format!("; {some} inconclusive"),
    };
    match (count(Verdict::Regressed), count(Verdict::Improved)) {
        _ if deciding == 0 => format!("{NOTHING_DECIDES}."),
        (0, 0) => format!("No regression, and nothing improved, in {of_all}{undecided}."),
        (0, improved) => format!("No regression in {of_all}; {improved} improved{undecided}."),
        (1, _) => format!("Regressed: 1 of {of_all} is worse{undecided}."),
        (regressed, _) => format!("Regressed: {regressed} of {of_all} are worse{undecided}."),
    }
}

/// That no figure decides.
pub const NOTHING_DECIDES: &str = "None of the figures that both runs have decides";

/// How many figures have which verdict, as a sentence.
pub fn counts(changes: &Changes) -> String {
    let words: Vec<String> = Verdict::ALL
        .into_iter()
        .map(|verdict| (verdict, changes.of(verdict).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(verdict, count)| format!("{count} {}", verdict.counted()))
        .collect();
    let all = plural(changes.changes.len(), "figure was", "figures were");
    match words.is_empty() {
        true => format!("{all} compared."),
        false => format!("{all} compared: {}.", list(&words)),
    }
}

/// A run in a few words.
pub fn side(side: &Side) -> String {
    let commit = side
        .commit
        .as_deref()
        .map(|commit| commit.get(..12).unwrap_or(commit));
    let commit = commit
        .map(|commit| format!(" at {commit}"))
        .unwrap_or_default();
    format!(
        "{}, {}, contend {}{commit}, {}",
        side.run,
        side.started,
        side.version,
        plural(side.rounds as usize, "round", "rounds")
    )
}

/// How to read it, a sentence each.
pub fn footer(changes: &Changes) -> Vec<String> {
    let rules = &changes.rules;
    let gate: Vec<String> = rules
        .gate
        .iter()
        .map(|basis| basis.plural().to_owned())
        .collect();
    let mut sentences = vec![format!(
        "What decides: {}. Counts were measured by no clock: what a commit costs and what is lost holds on every \
         machine, how often clients are in each other’s way on machines of about the same speed. Ratios set a subject beside what \
         the others did in the same round, so that what slowed the machine down cancels.",
        list(&gate)
    )];
    if !rules.gate.contains(&Basis::Time) {
        sentences.push(
            "Times differ between two runs by what the machine did that day, on a noisy one by a fifth: they are \
             shown, and decide nothing."
                .to_owned(),
        );
    }
    let waits = |change: &Change| !change.gates && rules.gate.contains(&change.basis);
    if changes.changes.iter().any(waits) {
        sentences.push(format!(
            "99th percentiles, fairness, and over all points the goodput of those that wait for a disk differ between \
             runs of the same thing by more than their rounds show: they are shown, and decide with {RUNS_NEEDED} past \
             runs (--history)."
        ));
    }
    sentences.push(format!(
        "A figure is called changed if it is told from chance among all figures of its basis (those that decide, and \
         those that are only shown, each by themselves; Holm’s correction at {}), differs by at least {}, and has {} \
         rounds on both sides. Figures counted once per run need only the difference, and enough commits of a single client. Intervals are at {} for each \
         figure.",
        chosen_percent(rules.alpha),
        chosen_percent(rules.floor),
        rules.rounds_needed,
        chosen_percent(rules.confidence)
    ));
    sentences
}

/// What is not shown, as a sentence; `None` if everything is.
pub fn hidden(shown: &[&Change], changes: &Changes) -> Option<String> {
    let count = |verdict: Verdict| {
        changes.of(verdict).count() - shown.iter().filter(|c| c.verdict == verdict).count()
    };
    let words: Vec<String> = [
        (
            count(Verdict::Inconclusive),
            "inconclusive, since they vary too much or have too few rounds",
        ),
        (count(Verdict::NoDifference), "without a difference (~)"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{} {words}", plural(count, "figure", "figures")))
    .collect();
    (!words.is_empty()).then(|| format!("Not listed: {}.", list(&words)))
}

/// What only the new run has, as a sentence. What only the base has is a warning.
pub fn only_in_new(changes: &Changes) -> Option<String> {
    let points = &changes.only_in_new;
    let words = || {
        format!(
            "Only in the new run, and not compared: {}.",
            points.join("; ")
        )
    };
    (!points.is_empty()).then(words)
}

/// Which past runs were asked, and of how many figures they decide, as a sentence; `None` if none were.
pub fn history(changes: &Changes) -> Option<String> {
    let asked = changes.history.as_ref()?;
    let mut aside = Vec::new();
    if asked.elsewhere > 0 {
        aside.push(format!("{} of them on another machine", asked.elsewhere));
    }
    if asked.skipped > 0 {
        let files = plural(asked.skipped, "file", "files");
        aside.push(format!(
            "{files} passed over: no run, of another schema, or not to be compared with this one"
        ));
    }
    let aside = match aside.is_empty() {
        true => String::new(),
        false => format!(" ({})", aside.join("; ")),
    };
    let said = match asked.runs >= RUNS_NEEDED {
        false => format!("it takes {RUNS_NEEDED} to know how much runs differ anyway"),
        true => {
            let within = |change: &&Change| change.history.as_ref().is_some_and(|p| p.within_noise);
            let within = changes.changes.iter().filter(within).count();
            let figures = plural(within, "figure", "figures");
            format!("{figures} would be called changed, but for the noise between runs")
        }
    };
    let runs = plural(asked.runs, "past run was asked", "past runs were asked");
    Some(format!("{runs}{aside}: {said}."))
}

/// Whether past runs say something of a figure that is worth telling though it did not change.
pub fn told_by_the_past(change: &Change) -> bool {
    let past = change.history.as_ref();
    !change.notable && past.is_some_and(|past| past.standing.is_some())
}

/// What is said of a figure: the effect, and what else is to be known.
pub fn sentence(change: &Change) -> String {
    let more = words::past(change);
    let more: Vec<&str> = [change.reason.as_str()]
        .into_iter()
        .chain(more.iter().map(String::as_str))
        .filter(|sentence| !sentence.is_empty())
        .collect();
    match more.is_empty() {
        true => change.words.clone(),
        false => format!("{}. {}", change.words.trim_end_matches('.'), more.join(" ")),
    }
}

/// Its basis, and that it does not decide.
pub fn basis(change: &Change) -> String {
    let basis = change.basis.name();
    match change.gates {
        true => basis.to_owned(),
        false => format!("{basis}, shown only"),
    }
}
