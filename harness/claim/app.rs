//! What is said of claims through instances of the app, over HTTP.

use std::collections::BTreeSet;

use super::{Judgement, Verdict};
use crate::measure::Experiment;

/// The experiment that makes the document's increments there.
pub const NAME: &str = "over-http";

/// Through which instances of the app an experiment asked, in words.
pub fn instances(found: &Experiment) -> String {
    let systems: BTreeSet<&str> = found
        .observations
        .iter()
        .map(|observation| observation.condition("system"))
        .collect();
    let words: Vec<&str> = systems
        .into_iter()
        .map(|system| match system {
            "containers" => "each a container behind a load balancer, nginx",
            "apps" => "each a local process that clients ask in turn, without a load balancer",
            other => other,
        })
        .collect();
    format!(
        "through four instances of the app, over HTTP, {}",
        words.join(", or ")
    )
}

/// One judgement of what was found in processes and through the app: the former decides, and the latter
/// is told with it. Whichever there is stands alone if the other is missing.
pub fn beside(
    in_processes: Option<Judgement>,
    through_app: Option<Judgement>,
) -> Option<Judgement> {
    let (mut judgement, app) = match (in_processes, through_app) {
        (Some(own), Some(app)) => (own, app),
        (own, app) => return own.or(app),
    };
    let holds = match app.verdict {
        Verdict::Supported => "it holds there",
        Verdict::Contradicted => "it does not hold there",
        Verdict::Inconclusive | Verdict::NotRun => "it is not decided there",
    };
    let told = format!(
        "Through the app, over HTTP: {holds}, {}. {}",
        app.conditions.trim_end_matches('.'),
        app.figures
    );
    judgement.figures = [judgement.figures.as_str(), told.as_str()]
        .map(str::trim)
        .join(" ")
        .trim_start()
        .to_owned();
    Some(judgement.seen_at(app.evidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::found;
    use crate::measure::experiment::Observation;

    fn judgement(verdict: Verdict, figures: &str) -> Judgement {
        Judgement::new(verdict, "under conditions.", figures).seen_at([figures.to_owned()])
    }

    #[test]
    fn what_was_found_in_processes_decides_and_the_app_is_told_with_it() {
        let own = judgement(Verdict::Supported, "Own.");
        let app = judgement(Verdict::Contradicted, "App.");
        let both = beside(Some(own.clone()), Some(app.clone())).unwrap();
        assert_eq!(both.verdict, Verdict::Supported);
        assert_eq!(
            both.figures,
            "Own. Through the app, over HTTP: it does not hold there, under conditions. App."
        );
        assert_eq!(both.evidence, ["Own.", "App."]);
        assert_eq!(beside(Some(own.clone()), None), Some(own));
        assert_eq!(beside(None, Some(app.clone())), Some(app));
        assert_eq!(beside(None, None), None);
    }

    #[test]
    fn instances_are_what_the_condition_says() {
        let of =
            |system: &str| instances(&found(NAME, vec![Observation::under([("system", system)])]));
        assert!(of("containers").contains("each a container"));
        assert!(of("apps").contains("each a local process"));
    }
}
