//! Values of options: names from a list, numbers within sense. Each error says what would do.

use std::fmt::Display;
use std::str::FromStr;

use crate::compare::Basis;
use crate::experiment::{self, Experiment};
use crate::measure::{Discipline, Topology};
use crate::report::adr::Template;
use crate::subject::{self, Subject};
use crate::workload::{self, Benchmark};

/// Values separated by commas, none given twice.
#[derive(Clone)]
pub struct List<T>(pub Vec<T>);

/// Subjects by name, in the order of the catalog.
pub fn subjects(text: &str) -> Result<List<&'static Subject>, String> {
    named(text, "subject", subject::catalog::ALL, |subject| {
        subject.name
    })
}

/// Copies of subjects that are made worse on purpose, by name, in the order given.
#[cfg(feature = "gate-trial")]
pub fn worse(text: &str) -> Result<List<&'static Subject>, String> {
    let copy = |name: &str| {
        let found = subject::worse::find(name);
        found.ok_or_else(|| format!("there is no {name}: try sqlite-wal-normal+slow-20"))
    };
    let names = parts(text)?;
    if let Some(twice) = names
        .iter()
        .enumerate()
        .find(|(at, name)| names[..*at].contains(name))
    {
        return Err(format!("\"{}\" is given twice", twice.1));
    }
    names
        .into_iter()
        .map(copy)
        .collect::<Result<_, _>>()
        .map(List)
}

/// Workloads by name, in the order of the list.
pub fn workloads(text: &str) -> Result<List<&'static dyn Benchmark>, String> {
    named(text, "workload", workload::ALL, |workload| workload.name())
}

/// Experiments by name, in the order of the list; `all` are all, and `none` is none.
pub fn experiments(text: &str) -> Result<List<&'static dyn Experiment>, String> {
    match text.trim() {
        "all" => return Ok(List(experiment::ALL.to_vec())),
        "none" => return Ok(List(Vec::new())),
        _ => {}
    }
    named(text, "experiment", experiment::ALL, |experiment| {
        experiment.name()
    })
}

/// Numbers of clients, in ascending order.
pub fn clients(text: &str) -> Result<List<u32>, String> {
    let parse = |part: &str| number(part, 1, 1_000, "clients");
    let mut numbers = parts(text)?
        .into_iter()
        .map(parse)
        .collect::<Result<Vec<_>, _>>()?;
    numbers.sort_unstable();
    match numbers.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} is given twice", pair[0])),
        None => Ok(List(numbers)),
    }
}

/// Disciplines by name, in the order of reports.
pub fn disciplines(text: &str) -> Result<List<Discipline>, String> {
    named(text, "discipline", &Discipline::ALL, Discipline::name)
}

/// Topologies by name, in the order of reports.
pub fn topologies(text: &str) -> Result<List<Topology>, String> {
    named(text, "topology", &Topology::ALL, Topology::name)
}

/// The format of a decision record, by name.
pub fn template(text: &str) -> Result<Template, String> {
    let found = named(text, "template", &Template::ALL, Template::name)?;
    match found.0[..] {
        [one] => Ok(one),
        _ => Err("give one template".to_owned()),
    }
}

/// What figures of a comparison stand on, by name, the firmest first.
pub fn bases(text: &str) -> Result<List<Basis>, String> {
    named(text, "basis", &Basis::ALL, Basis::plural)
}

/// The smallest change that counts, in per cent.
pub fn floor(text: &str) -> Result<f64, String> {
    number(text, 0.0, 1_000.0, "per cent")
}

/// How long a transaction is held open, in milliseconds.
pub fn hold(text: &str) -> Result<u32, String> {
    number(text, 1, 5_000, "milliseconds")
}

/// A number of instances.
pub fn instances(text: &str) -> Result<u32, String> {
    number(text, 1, 64, "instances")
}

/// How many operations arrive in a second.
pub fn rate(text: &str) -> Result<u32, String> {
    number(text, 1, 1_000_000, "operations per second")
}

/// A number of rounds.
pub fn rounds(text: &str) -> Result<u32, String> {
    number(text, 1, 1_000, "rounds")
}

/// The length of a trial's measured stretch.
pub fn seconds(text: &str) -> Result<f64, String> {
    // Below, a tenth of the stretch is too short for a single commit to a slow disk.
    number(text, 0.05, 3_600.0, "seconds")
}

/// Lengths of trials, in ascending order.
pub fn lengths(text: &str) -> Result<List<f64>, String> {
    let mut lengths = parts(text)?
        .into_iter()
        .map(seconds)
        .collect::<Result<Vec<_>, _>>()?;
    lengths.sort_by(f64::total_cmp);
    match lengths.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} is given twice", pair[0])),
        None => Ok(List(lengths)),
    }
}

fn parts(text: &str) -> Result<Vec<&str>, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if parts.contains(&"") {
        return Err("a value between the commas is missing".to_owned());
    }
    Ok(parts)
}

fn number<T>(text: &str, least: T, most: T, what: &str) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display,
{
    match text.parse::<T>() {
        // A number that compares with neither bound is none.
        Ok(number) if least <= number && number <= most => Ok(number),
        _ => Err(format!("give a number of {what} from {least} to {most}")),
    }
}

fn named<T: Copy>(
    text: &str,
    kind: &str,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<List<T>, String> {
    let parts = parts(text)?;
    let names = || all.iter().map(|item| name(*item)).collect::<Vec<_>>();
    for (index, part) in parts.iter().enumerate() {
        if !names().contains(part) {
            let valid = names().join(", ");
            let kinds = match (kind.strip_suffix('y'), kind.strip_suffix("is")) {
                (Some(stem), _) => format!("{stem}ies"),
                (_, Some(stem)) => format!("{stem}es"),
                _ => format!("{kind}s"),
            };
            return Err(format!(
                "there is no {kind} \"{part}\"; the {kinds} are {valid}"
            ));
        }
        if parts[..index].contains(part) {
            return Err(format!("\"{part}\" is given twice"));
        }
    }
    Ok(List(
        all.iter()
            .copied()
            .filter(|item| parts.contains(&name(*item)))
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_typo_lists_the_valid_names() {
        let error = subjects("sqlite-wal-ful").err().unwrap();
        assert!(error.contains("no subject \"sqlite-wal-ful\""), "{error}");
        for subject in subject::catalog::ALL {
            assert!(error.contains(subject.name), "{error}");
        }
        assert!(
            workloads("increment")
                .err()
                .unwrap()
                .contains("increment-hot")
        );
    }

    #[test]
    fn names_come_in_the_order_of_the_catalog() {
        let List(chosen) = subjects("postgres, sqlite-delete-full").unwrap();
        assert_eq!(
            chosen.iter().map(|s| s.name).collect::<Vec<_>>(),
            ["sqlite-delete-full", "postgres"]
        );
    }

    #[test]
    fn numbers_that_make_no_sense_are_refused() {
        for text in [
            "0",
            "-1",
            "1e3",
            "NaN",
            "",
            "1,,2",
            "4,4",
            "1000000",
            "99999999999999999999",
        ] {
            assert!(clients(text).is_err(), "{text}");
        }
        for text in ["0", "NaN", "inf", "-inf", "-0.5", "1e9", "ten", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
        assert_eq!(clients("16,1,4").unwrap().0, [1, 4, 16]);
        assert_eq!(seconds("0.5"), Ok(0.5));
    }

    #[test]
    fn a_name_given_twice_is_refused() {
        assert!(subjects("noop,noop").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in ".*") {
            let _ = (subjects(&text), workloads(&text), clients(&text), seconds(&text));
            let _ = (instances(&text), rounds(&text));
        }
    }
}
