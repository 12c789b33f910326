//! More containers.

use crate::claim::evidence::{Spread, agreed_by_repeat, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, app, bursts};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// More than this multiple of one instance's goodput is a gain.
const GAIN: f64 = 1.1;

/// Less than this is worse.
const WORSE: f64 = 0.9;

/// The numbers of instances that are compared with one.
const INSTANCES: [&str; 2] = ["4", "8"];

/// The document's own subject decides; the others are told beside it.
const SUBJECT: &str = bursts::OWN.subject;

/// The experiments on it.
const IN_PROCESSES: &str = "scaling";
const THROUGH_APP: &str = "over-http-scaling";

/// More containers.
pub static CLAIM: Claim = Claim {
    id: "A11",
    document: Document::SharedFile,
    statement: "More containers bring no throughput but make it worse: in effect there is one process.",
    stated: Some("no gain in performance by more containers; rather worse"),
    experiments: &[IN_PROCESSES, THROUGH_APP],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let in_processes = of(found, IN_PROCESSES).and_then(|found| {
        let who = "8 clients in all, shared out among several processes instead of one, each increment one of 1,000 counters";
        judge_at(found, &["processes"], who)
    });
    let through_app = of(found, THROUGH_APP).and_then(|found| {
        let who = "8 clients in all, whose requests are shared out among more instances of the app instead of one, all of them on this machine";
        judge_at(found, &["containers", "apps"], who)
    });
    app::beside(in_processes, through_app)
}

/// What instances placed like this bring.
fn judge_at(found: &Experiment, placements: &[&str], who: &str) -> Option<Judgement> {
    let ratios = |subject: &'static str| {
        under(found, &[]).filter(move |o| {
            o.condition("subject") == subject
                && placements.contains(&o.condition("placement"))
                && o.condition("shared out") == "8 clients in all"
                && INSTANCES.contains(&o.condition("instances"))
                && o.figure("by_one").is_some()
        })
    };
    let below = |bound: f64| move |o: &Observation| o.figure("by_one").is_some_and(|r| r <= bound);
    let verdict = agreed_by_repeat(ratios(SUBJECT), below(GAIN))?;
    let mut figures = Vec::new();
    for subject in ["sqlite-delete-full", "sqlite-wal-full", "postgres"] {
        for instances in INSTANCES {
            let of_it = || ratios(subject).filter(|o| o.condition("instances") == instances);
            let Some(ratio) = Spread::of(of_it().filter_map(|o| o.figure("by_one"))) else {
                continue;
            };
            let all = |agrees: &dyn Fn(&Observation) -> bool| {
                agreed_by_repeat(of_it(), agrees) == Some(Verdict::Supported)
            };
            let words = match () {
                () if all(&below(WORSE)) => "worse",
                () if all(&below(GAIN)) => "no gain",
                () if all(&|o| !below(GAIN)(o)) => "a gain",
                () => "not decided",
            };
            figures.push(format!("{subject}, {instances}: {ratio}× ({words})"));
        }
    }
    let conditions = format!(
        "{who}; judged on {SUBJECT}, which the document's app sets, and only that they bring nothing; that it gets worse is told in brackets: at most {GAIN}× in every repeat is no gain, less than {WORSE}× is worse; where PostgreSQL, too, falls behind, it is processes that compete for the machine"
    );
    let figures = format!(
        "Goodput as a multiple of one instance's: {}.",
        figures.join("; ")
    );
    let views = ["goodput", "ratio"];
    Some(
        Judgement::new(verdict, conditions, figures)
            .seen_at(views.map(|view| anchor(&found.name, Some(view)))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, repeats, void};

    fn scaled(subject: &str, instances: &str, ratios: &[f64]) -> Vec<Observation> {
        let conditions = [
            ("subject", subject),
            ("placement", "processes"),
            ("shared out", "8 clients in all"),
            ("instances", instances),
        ];
        repeats(&conditions, "by_one", ratios)
    }

    fn judgement(four: &[f64], eight: &[f64]) -> Judgement {
        let observations = [
            scaled("sqlite-wal-full", "4", four),
            scaled("sqlite-wal-full", "8", eight),
            scaled("postgres", "8", &[2.0, 3.0, 2.5]),
        ];
        judged(&CLAIM, found("scaling", observations.concat()))
    }

    #[test]
    fn no_gain_supports_it_a_gain_contradicts_it_and_repeats_that_differ_decide_nothing() {
        let verdict = |four: &[f64], eight: &[f64]| judgement(four, eight).verdict;
        assert_eq!(verdict(&[0.5; 3], &[1.0; 3]), Verdict::Supported);
        assert_eq!(verdict(&[1.5; 3], &[1.2; 3]), Verdict::Contradicted);
        let differing = [0.9, 1.5, 1.0];
        assert_eq!(verdict(&differing, &differing), Verdict::Inconclusive);
        assert_eq!(verdict(&[0.5; 3], &[1.5; 3]), Verdict::Inconclusive);
        assert_eq!(verdict(&[0.5; 2], &[0.5; 2]), Verdict::Inconclusive);
    }

    #[test]
    fn the_documents_own_subject_decides_and_another_is_told_beside_it() {
        let own = scaled("sqlite-wal-full", "4", &[0.5; 3]);
        let other = scaled("sqlite-delete-full", "4", &[1.5; 3]);
        let judgement = judged(&CLAIM, found("scaling", [own, other].concat()));
        assert_eq!(judgement.verdict, Verdict::Supported);
        let told = "sqlite-delete-full, 4: 1.5× (a gain)";
        assert!(judgement.figures.contains(told), "{judgement:?}");
    }

    #[test]
    fn worse_is_told_from_no_gain_and_postgresql_stands_beside_it() {
        let figures = judgement(&[0.5; 3], &[1.0; 3]).figures;
        let says = |words: &str| assert!(figures.contains(words), "{figures}");
        says("sqlite-wal-full, 4: 0.50× (worse)");
        says("sqlite-wal-full, 8: 1× (no gain)");
        says("postgres, 8: 2.5 [2.0–3.0]× (a gain)");
    }

    #[test]
    fn containers_are_told_beside_processes_and_decide_where_they_are_all_there_is() {
        let mut containers = scaled("sqlite-wal-full", "8", &[1.5; 3]);
        for seen in &mut containers {
            let placement = seen.conditions.get_mut("placement");
            *placement.expect("it has one") = "containers".to_owned();
        }
        let containers = found(THROUGH_APP, containers);
        let processes = found(IN_PROCESSES, scaled("sqlite-wal-full", "8", &[0.5; 3]));
        let alone = judge(std::slice::from_ref(&containers)).unwrap();
        assert_eq!(alone.verdict, Verdict::Contradicted);
        let both = judge(&[processes, containers]).unwrap();
        assert_eq!(both.verdict, Verdict::Supported);
        assert!(both.figures.contains("8: 0.50× (worse)"), "{both:?}");
        assert!(both.figures.contains("8: 1.5× (a gain)"), "{both:?}");
    }

    #[test]
    fn void_trials_decide_nothing() {
        let scaled = void(scaled("sqlite-wal-full", "4", &[0.5; 3]));
        let judgement = judged(&CLAIM, found("scaling", scaled));
        assert_eq!(judgement.verdict, Verdict::NotRun);
    }
}
