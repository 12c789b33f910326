//! What more instances of the app bring.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::scaling::{self, CONSTANT_EACH, CONSTANT_TOTAL, EACH, TOTAL};
use super::series::{CONVERGED, Case, INSTANCES};
use super::{Experiment, Findings, Lab};
use crate::load::conduct::Conduct;
use crate::load::style::Style;
use crate::load::system::App;
use crate::measure::experiment::{Extent, View};
use crate::measure::{Discipline, Topology};
use crate::subject::Subject;
use crate::workload::{counters, increment};

/// More containers.
#[derive(Debug)]
pub struct OverHttpScaling;

impl Experiment for OverHttpScaling {
    fn name(&self) -> &'static str {
        "over-http-scaling"
    }

    fn question(&self) -> &'static str {
        "Do more containers of the app behind a load balancer bring more goodput?"
    }

    fn claims(&self) -> &'static [&'static str] {
        &["A11"]
    }

    fn version(&self) -> u32 {
        2
    }

    fn seconds(&self, extent: Extent) -> Option<f64> {
        match extent {
            Extent::Quick => None,
            Extent::Short => Some(19.0),
            Extent::Full => Some(320.0),
        }
    }

    fn by_default(&self) -> bool {
        false
    }

    fn over_http(&self) -> bool {
        true
    }

    fn left_out(&self, extent: Extent) -> Vec<String> {
        match extent {
            Extent::Full => Vec::new(),
            Extent::Quick | Extent::Short => vec![
                "Two and eight instances, 2 clients for each instance, and other subjects than sqlite-wal-full.".to_owned(),
                "Everything is repeated three times instead of six.".to_owned(),
            ],
        }
    }

    fn method(&self) -> &'static str {
        "Clients increment one of 1,000 counters in a closed loop, in one statement, through 1, 2, 4 or 8 instances of the app, each in a container, on one database; nginx shares the requests out among them in turn, and stands before a single one, too. First 8 clients in all, then 2 for each instance. Each instance keeps eight connections. \
         Goodput is divided by that of one instance in the same repeat. Instances, load balancer, clients and PostgreSQL share this machine's processors: what more instances bring on machines of their own is not known from it."
    }

    fn scripts(&self) -> BTreeMap<String, Vec<String>> {
        [("increment".to_owned(), vec![counters::INCREMENT.to_owned()])].into()
    }

    fn views(&self) -> Vec<View> {
        scaling::by_instances()
    }

    fn run(&self, lab: &Lab<'_>) -> Result<Findings> {
        let mut findings = Findings::default();
        let postgres = lab.postgres_behind_app().unwrap_or_else(|why| {
            findings.left_out.push(why);
            None
        });
        let repeats = match lab.extent {
            Extent::Full => 6,
            Extent::Quick | Extent::Short => 3,
        };
        let mut cases = Vec::new();
        for subject in lab.sqlite().chain(postgres) {
            for shared_out in [CONSTANT_TOTAL, CONSTANT_EACH] {
                for instances in [1, 2, 4, 8] {
                    let telling = subject.name == "sqlite-wal-full"
                        && shared_out == CONSTANT_TOTAL
                        && [1, INSTANCES].contains(&instances);
                    if lab.extent == Extent::Full || telling {
                        cases.push(case(lab, subject, shared_out, instances));
                    }
                }
            }
        }
        lab.series(&cases, repeats, &mut findings, |_, _, seen| seen)?;
        scaling::by_one(&mut findings.observations);
        Ok(findings)
    }
}

fn case(
    lab: &Lab<'_>,
    subject: &'static Subject,
    shared_out: &'static str,
    instances: u32,
) -> Case {
    let topology: Topology = lab.app();
    let clients = match shared_out {
        CONSTANT_TOTAL => TOTAL,
        _ => EACH * instances,
    };
    let conduct = Conduct::of(Discipline::Careful);
    let case = Case {
        app: App::of(Style::Careful),
        topology,
        instances,
        // Connections are opened when they are first needed.
        warm_up: Duration::from_millis(200),
        ..Case::loops(subject, &increment::SPREAD, clients, conduct, CONVERGED)
    };
    case.named("placement", topology)
        .named("instances", instances)
        .named("clients", clients)
        .named("shared out", shared_out)
}
