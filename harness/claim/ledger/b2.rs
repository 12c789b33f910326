//! Who of the two fails.

use crate::claim::evidence::{anchors, answer, of};
use crate::claim::{Claim, Document, Judgement, Verdict};
use crate::measure::Experiment;
use crate::measure::experiment::Timeline;

/// Who of the two fails.
pub static CLAIM: Claim = Claim {
    id: "B2",
    document: Document::SchemaChanged,
    statement: "The registration succeeds while the page view fails.",
    stated: Some("“the registration went well, but the page view was failing”"),
    experiments: &["schema-change"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "schema-change")?;
    let told: Vec<&Timeline> = played(found, "view-legacy").collect();
    let as_told = told.iter().filter(|t| as_told(t)).count();
    let verdict = match (told.len(), as_told) {
        (0, _) => return None,
        (_, 0) => Verdict::Contradicted,
        (all, as_told) if all == as_told => Verdict::Supported,
        _ => Verdict::Inconclusive,
    };
    let conditions = match verdict {
        Verdict::Supported => {
            "if the registration makes a table between the page's prepare and execute, and the page prepares with the legacy interface"
        }
        _ => "with the legacy interface sqlite3_prepare, stepped by hand",
    };
    let both = |name: &str| {
        let all = played(found, name).count();
        let both = played(found, name).filter(|t| registered(t) && shown(t));
        format!("{} of {all}", both.count())
    };
    let count = |name: &str, of: fn(&Timeline) -> bool| {
        played(found, name)
            .filter(|t| of(t))
            .map(|t| t.subject.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let none = |subjects: String| match subjects.as_str() {
        "" => "nowhere".to_owned(),
        _ => format!("on {subjects}"),
    };
    let figures = format!(
        "As told in {as_told} of {}. Both succeeded in {} with sqlite3_prepare_v2, in {} where a row was added and no table, and in {} where the page was in the middle of its rows. The other way round, the registration failed and the view succeeded where the registration was prepared before somebody else made a table: {}; and where the page was in the middle of its rows: {}.",
        told.len(),
        both("view-v2"),
        both("view-row-legacy"),
        both("view-during-legacy"),
        none(count("view-turned-legacy", turned)),
        none(count("view-during-legacy", turned)),
    );
    let names = [
        "view-legacy",
        "view-v2",
        "view-row-legacy",
        "view-during-legacy",
        "view-turned-legacy",
    ];
    let seen = anchors(found, &names);
    Some(Judgement::new(verdict, conditions, figures).seen_at(seen))
}

fn played<'e>(found: &'e Experiment, name: &str) -> impl Iterator<Item = &'e Timeline> {
    let timelines = found.timelines.iter();
    timelines.filter(move |timeline| timeline.name == name)
}

fn registered(timeline: &Timeline) -> bool {
    answer(timeline, "registered") == Some("done")
}

fn shown(timeline: &Timeline) -> bool {
    answer(timeline, "shown") == Some("done")
}

fn as_told(timeline: &Timeline) -> bool {
    registered(timeline) && answer(timeline, "shown") == Some("17")
}

fn turned(timeline: &Timeline) -> bool {
    !registered(timeline) && shown(timeline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    fn judged(stories: &[(&str, &str, &str)]) -> Judgement {
        let mut found = made_up::found("schema-change", Vec::new());
        let story = |(name, registered, shown): &(&str, &str, &str)| {
            made_up::played(name, &[("registered", registered), ("shown", shown)])
        };
        found.timelines = stories.iter().map(story).collect();
        made_up::judged(&CLAIM, found)
    }

    #[test]
    fn the_registration_must_succeed_and_the_view_fail() {
        let verdict = |stories: &[(&str, &str)]| {
            let stories: Vec<_> = stories
                .iter()
                .map(|(registered, shown)| ("view-legacy", *registered, *shown))
                .collect();
            judged(&stories).verdict
        };
        let told = ("done", "17");
        assert_eq!(verdict(&[told, told]), Verdict::Supported);
        assert_eq!(verdict(&[told, ("done", "done")]), Verdict::Inconclusive);
        assert_eq!(verdict(&[("17", "17")]), Verdict::Contradicted);
        assert_eq!(verdict(&[("done", "5")]), Verdict::Contradicted);
        assert_eq!(verdict(&[]), Verdict::NotRun);
    }

    #[test]
    fn it_tells_where_it_is_the_other_way_round() {
        let judgement = judged(&[
            ("view-legacy", "done", "17"),
            ("view-turned-legacy", "17", "done"),
            ("view-v2", "done", "done"),
        ]);
        let figures = &judgement.figures;
        assert!(
            figures.contains("made a table: on sqlite-wal-full"),
            "{figures}"
        );
        assert!(
            figures.contains("1 of 1 with sqlite3_prepare_v2"),
            "{figures}"
        );
        assert_eq!(judgement.evidence.len(), 3);
    }
}
