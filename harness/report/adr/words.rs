//! The evidence of a decision record in words, as Markdown.

use serde::Serialize;

use super::choice::Choice;
use super::evidence::{Audited, Driver, Favours, Finding};
use super::figures::{audit, brief, careless, cited, named};
use crate::measure::SubjectInfo;
use crate::measure::statistics::ROUNDS_FOR_INTERVAL;
use crate::report::basis::Section;
use crate::report::careless;
use crate::report::markdown::escape;
use crate::report::numbers::{NOTHING, count, list, plural, span_kind};

/// A finding with its number in the record.
pub struct Numbered<'a> {
    number: usize,
    finding: Finding<'a>,
}

impl<'a> Numbered<'a> {
    /// Numbers findings from 1.
    pub fn all(findings: Vec<Finding<'a>>) -> Vec<Numbered<'a>> {
        (1..)
            .zip(findings)
            .map(|(number, finding)| Numbered { number, finding })
            .collect()
    }
}

/// What a record is made of.
pub struct Record<'r> {
    /// Where its report is.
    pub page: &'r str,
    /// What it favours.
    pub findings: &'r [Numbered<'r>],
    /// What its audits found.
    pub audits: &'r [Audited<'r>],
    /// What was chosen.
    pub choice: Option<&'r Choice>,
    /// Who starved in a long trial.
    pub starvation: Option<String>,
}

/// An option with what the data says for and against it.
#[derive(Serialize)]
pub struct Opinion {
    name: String,
    summary: String,
    points: Vec<String>,
}

impl Record<'_> {
    /// What drives the decision, as far as the run can tell.
    pub fn drivers(&self) -> Vec<String> {
        let correctness = "**Correctness with careful clients**: after each trial the database holds exactly what was \
                           acknowledged"
            .to_owned();
        let others =
            Driver::ALL.map(|driver| format!("**{}**: {}", capital(driver.name()), driver.means()));
        [correctness].into_iter().chain(others).collect()
    }

    /// What the data favours under each driver, correctness first.
    pub fn by_driver(&self) -> Vec<String> {
        let drivers = Driver::ALL.map(|driver| {
            let own: Vec<&Numbered> = self
                .findings
                .iter()
                .filter(|numbered| numbered.finding.driver == driver)
                .collect();
            let said = match own.is_empty() {
                true => "not measured of two options that promise the same durability".to_owned(),
                false => self.grouped(&own).join("; "),
            };
            let starvation = self.starvation.iter().filter(|_| driver == Driver::GivenUp);
            let starvation: String = starvation.map(|it| format!(" {it}")).collect();
            format!("**{}**: {said}.{starvation}", capital(driver.name()))
        });
        [format!(
            "**Correctness with careful clients**: {}.",
            self.correctness()
        )]
        .into_iter()
        .chain(drivers)
        .collect()
    }

    /// What the audits favour.
    fn correctness(&self) -> String {
        let audited = || self.audits.iter().filter(|a| a.trials > a.failed);
        let names = |wanted: &dyn Fn(&&Audited) -> bool| -> Vec<String> {
            audited()
                .filter(|a| wanted(a))
                .map(|a| escape(&a.subject.name))
                .collect()
        };
        let (kept, lost) = (names(&|a| a.void == 0), names(&|a| a.void > 0));
        let link = self.link("audits", "audits");
        match (kept.is_empty(), lost.is_empty()) {
            (true, true) => "not measured".to_owned(),
            (false, true) => format!(
                "the data favours none: every audit of {} found exactly what was acknowledged ({link})",
                list(&kept)
            ),
            (true, false) => format!(
                "the data favours none: audits failed with each of {} ({link})",
                list(&lost)
            ),
            (false, false) => format!(
                "the data favours {}, of which every audit found exactly what was acknowledged, over {}, of which \
                 not every one did ({link})",
                list(&kept),
                list(&lost)
            ),
        }
    }

    /// The findings of one driver, those that favour the same together.
    fn grouped(&self, findings: &[&Numbered]) -> Vec<String> {
        let said = findings.iter().map(|numbered| {
            let finding = &numbered.finding;
            let [first, second] = finding.subjects.map(|subject| escape(&subject.name));
            let words = match (finding.favoured(), finding.favours) {
                (Some((one, other)), _) => format!(
                    "the data favours {} over {} in",
                    escape(&one.name),
                    escape(&other.name)
                ),
                (_, Favours::Same) => {
                    format!("no difference is to be seen between {first} and {second} in")
                }
                (_, Favours::Neither) => format!("neither {first} nor {second} had any in"),
                (_, Favours::Untold(_)) => format!(
                    "nothing is favoured between {first} and {second}, for fewer than {ROUNDS_FOR_INTERVAL} rounds \
                     have a ratio, in"
                ),
                (_, _) => format!("not measured of both {first} and {second}:"),
            };
            (words, self.place(numbered))
        });
        together(said)
            .into_iter()
            .map(|(words, places)| format!("{words} {}", list(&places)))
            .collect()
    }

    /// What was decided, or that nothing was.
    pub fn outcome(&self) -> Vec<String> {
        let favours = format!(
            "“Favours” means: of two options with the same durability tier, under the same workload and load, the \
             interval of the ratio of their figures, taken round by round, lies on one side of 1. That takes \
             {ROUNDS_FOR_INTERVAL} rounds; each such interval misses with up to 5 %. No driver outweighs another \
             here, and there is no overall score."
        );
        let decided = match self.choice {
            None => "Undecided. What the data of this run favours, driver by driver, is below; which driver counts \
                     for more is for people to decide."
                .to_owned(),
            Some(choice) => format!(
                "Chosen option: “{}”, because (for you to add: what the data of this run favours is below).",
                self.chosen(choice)
            ),
        };
        vec![decided, favours]
    }

    /// What was chosen, in words.
    fn chosen(&self, choice: &Choice) -> String {
        let own: Vec<String> = self
            .audits
            .iter()
            .filter(|audited| choice.has(audited.subject))
            .map(|audited| named(audited.subject))
            .collect();
        match choice {
            Choice::Subject(_) => list(&own),
            Choice::Engine(engine) => format!("{engine}, measured as {}", list(&own)),
        }
    }

    /// Where the data favours another option than the chosen one, driver by driver; then what it says
    /// for the choice. Empty without a choice.
    pub fn against(&self) -> Vec<String> {
        let Some(choice) = self.choice else {
            return Vec::new();
        };
        let mut sentences = Vec::new();
        for driver in Driver::ALL {
            let against =
                |one: &SubjectInfo, other: &SubjectInfo| !choice.has(one) && choice.has(other);
            for ([one, other], places) in self.favoured(driver, against) {
                sentences.push(format!(
                    "The data of this run favours {one} over {other} on {} in {places}; the choice stands against it \
                     there: the reasons are for you to add.",
                    driver.name()
                ));
            }
        }
        for audited in self
            .audits
            .iter()
            .filter(|a| a.void > 0 && choice.has(a.subject))
        {
            sentences.push(format!(
                "Not every audit of {} found exactly what was acknowledged ({} of {}); the choice stands against that: \
                 the reasons are for you to add.",
                escape(&audited.subject.name),
                audited.void,
                plural(audited.trials - audited.failed, "trial", "trials")
            ));
        }
        let decides = self.findings.iter().any(|numbered| {
            let pair = numbered.finding.subjects;
            numbered.finding.favoured().is_some() && pair.iter().any(|s| choice.has(s))
        });
        if sentences.is_empty() {
            sentences.push(match decides {
                true => "On no driver that was measured does the data of this run favour another option.".to_owned(),
                false => "The data of this run favours neither this choice nor another one over it: the reasons are \
                          for you to add."
                    .to_owned(),
            });
        }
        let failed = self.audits.iter();
        let failed = failed.filter(|a| a.failed > 0 && choice.has(a.subject));
        sentences.extend(failed.map(|audited| {
            format!(
                "Of {} of {}, {} could not be made and are in no figure: find out why before you rely on the choice.",
                plural(audited.trials, "trial", "trials"),
                escape(&audited.subject.name),
                count(audited.failed as u64),
            )
        }));
        sentences
    }

    /// Where the data favours one over another in this driver, pair by pair.
    fn favoured(
        &self,
        driver: Driver,
        wanted: impl Fn(&SubjectInfo, &SubjectInfo) -> bool,
    ) -> Vec<([String; 2], String)> {
        let own = self.findings.iter().filter(|n| n.finding.driver == driver);
        let found = own.filter_map(|numbered| {
            let favoured = numbered.finding.favoured();
            let (one, other) = favoured.filter(|(one, other)| wanted(one, other))?;
            let pair = [one, other].map(|subject| escape(&subject.name));
            Some((pair, self.place(numbered)))
        });
        together(found)
            .into_iter()
            .map(|(pair, places)| (pair, list(&places)))
            .collect()
    }

    /// Where a finding was made, with its number.
    fn place(&self, numbered: &Numbered) -> String {
        let place = escape(&numbered.finding.place());
        format!("{place} ({})", self.number(numbered))
    }

    /// What follows, as far as the data shows it.
    pub fn consequences(&self) -> Vec<String> {
        let Some(choice) = self.choice else {
            return vec![
                "They depend on the option; what the data shows for and against each stands below."
                    .to_owned(),
            ];
        };
        let mut consequences = Vec::new();
        for (word, chosen) in [("Good", true), ("Bad", false)] {
            for driver in Driver::ALL {
                let places = self.favoured(driver, |one, other| {
                    choice.has(one) == chosen && choice.has(other) != chosen
                });
                consequences.extend(places.into_iter().map(|([one, other], places)| {
                    format!(
                        "{word}, because {one} does better than {other} on {} in {places}",
                        driver.name()
                    )
                }));
            }
        }
        consequences.push(
            "Neutral, because what was not measured, below, may weigh more than any of it"
                .to_owned(),
        );
        consequences
    }

    /// Every option with what the data says for and against it.
    pub fn options(&self, sections: &[Section]) -> Vec<Opinion> {
        let costs = careless::costs(sections);
        self.audits
            .iter()
            .map(|audited| {
                let subject = audited.subject;
                let mut points = vec![audit(audited)];
                for word in ["Good", "Bad", "Neutral"] {
                    points.extend(self.points(subject, word));
                }
                points.extend(careless(subject, &costs));
                if !self.findings.iter().any(|n| n.finding.other_than(&subject.name).is_some()) {
                    points.push(
                        "Neutral, because no other option was measured beside it that promises the same durability, \
                         and engines are compared within a durability tier only"
                            .to_owned(),
                    );
                }
                Opinion {
                    name: named(subject),
                    summary: escape(&subject.summary),
                    points,
                }
            })
            .collect()
    }

    /// What the data says of a subject beside others: for it, against it, or neither.
    fn points(&self, subject: &SubjectInfo, word: &str) -> Vec<String> {
        let points = self.findings.iter().filter_map(|numbered| {
            let finding = &numbered.finding;
            let other = finding.other_than(&subject.name)?;
            let other = escape(&other.name);
            let driver = finding.driver.name();
            let for_it = finding.favoured().map(|(one, _)| one.name == subject.name);
            let (own_word, words) = match (for_it, finding.favours) {
                (Some(true), _) => (
                    "Good",
                    format!("because it does better than {other} on {driver}"),
                ),
                (Some(false), _) => ("Bad", format!("because {other} does better on {driver}")),
                (_, Favours::Same | Favours::Neither) => (
                    "Neutral",
                    format!("because no difference from {other} is to be seen on {driver}"),
                ),
                (_, _) => (
                    "Neutral",
                    format!("because the data does not tell it from {other} on {driver}"),
                ),
            };
            let words = (own_word == word).then(|| format!("{word}, {words}"))?;
            let place = format!(
                "{}: {} ({})",
                escape(&finding.place()),
                brief(finding, &subject.name),
                self.number(numbered)
            );
            Some((words, place))
        });
        together(points)
            .into_iter()
            .map(|(words, places)| format!("{words}: {}", places.join("; ")))
            .collect()
    }

    /// What the brackets of the options' figures hold; empty without any.
    pub fn brackets(&self) -> String {
        let estimates = self.findings.iter().flat_map(|n| n.finding.values);
        let most = estimates.flatten().max_by_key(|estimate| estimate.rounds);
        most.map_or_else(String::new, |estimate| {
            format!(
                "Figures are medians of the rounds, that of the option itself first; in brackets the {}, unless the \
                 evidence below says otherwise.",
                span_kind(estimate.rounds, estimate.confidence)
            )
        })
    }

    /// Every finding as a row of a table.
    pub fn evidence(&self) -> Vec<String> {
        self.findings
            .iter()
            .map(|numbered| {
                let finding = &numbered.finding;
                let value = |at: usize| {
                    let figure = finding.values[at];
                    let figure =
                        figure.map_or_else(|| NOTHING.to_owned(), |e| cited(finding.driver, &e));
                    format!(
                        "{}: {}",
                        escape(&finding.subjects[at].name),
                        escape(&figure)
                    )
                };
                let favours = match (finding.favoured(), finding.favours) {
                    (Some((one, _)), _) => escape(&one.name),
                    (_, Favours::Same) => "none: no difference to be seen".to_owned(),
                    (_, Favours::Neither) => "none: with neither".to_owned(),
                    (_, Favours::Untold(rounds)) => format!(
                        "none: {} with a ratio, fewer than {ROUNDS_FOR_INTERVAL}",
                        plural(rounds, "round", "rounds")
                    ),
                    (_, _) => "none: not measured".to_owned(),
                };
                let cells = [
                    self.number(numbered),
                    finding.driver.name().to_owned(),
                    escape(&finding.place()),
                    finding.tier.to_string(),
                    value(0),
                    value(1),
                    match finding.values.iter().any(Option::is_none) {
                        // Rounds that have it would stand for those that have none.
                        true => NOTHING.to_owned(),
                        false => escape(&finding.ratio()),
                    },
                    favours,
                ];
                format!("| {} |", cells.join(" | "))
            })
            .collect()
    }

    /// The number of a finding, with a link to the figure that shows it.
    fn number(&self, numbered: &Numbered) -> String {
        self.link(&numbered.finding.anchor, &format!("E{}", numbered.number))
    }

    fn link(&self, anchor: &str, words: &str) -> String {
        format!("[{words}]({}#{anchor})", self.page)
    }
}

/// Places by what is said of them, in the order in which it is first said.
fn together<T: PartialEq>(said: impl Iterator<Item = (T, String)>) -> Vec<(T, Vec<String>)> {
    let mut all: Vec<(T, Vec<String>)> = Vec::new();
    for (what, place) in said {
        match all.iter_mut().find(|(known, _)| *known == what) {
            Some((_, places)) => places.push(place),
            None => all.push((what, vec![place])),
        }
    }
    all
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
