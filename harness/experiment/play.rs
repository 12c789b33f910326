//! Hand-stepped interleavings: actors, each a session on a thread of its own, do one step after the
//! other in the order of a script. A step that blocks may be left waiting while others act.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::actor;
use super::dialogue::{Order, Reply};
use super::elsewhere::Elsewhere;
use crate::measure::experiment::{Answer, Step, Timeline};
use crate::measure::{Audit, Check};
use crate::subject::engine::{Store, Target};

/// How long a step that is expected to block is watched before the next begins. One that does not
/// block has ended by then on any machine that can run the suite, and if not, it is waited for anyway.
const SETTLE: Duration = Duration::from_millis(100);

/// No step takes longer: the longest wait for a lock is 5 s.
const PATIENCE: Duration = Duration::from_secs(30);

/// A play: its actors, and what they have done so far.
pub struct Play {
    actors: BTreeMap<&'static str, Actor>,
    began: Option<Instant>,
    steps: Vec<Step>,
}

struct Actor {
    orders: Sender<Order>,
    replies: Receiver<Reply>,
    /// The step whose reply has not come yet.
    waiting: Option<usize>,
}

impl Play {
    /// A play without actors.
    pub fn new() -> Play {
        Play {
            actors: BTreeMap::new(),
            began: None,
            steps: Vec::new(),
        }
    }

    /// Lets an actor enter: connects, and waits until it is connected.
    ///
    /// # Errors
    /// If it cannot connect.
    pub fn enter(&mut self, name: &'static str, target: &Target) -> Result<()> {
        let target = target.clone();
        self.enter_as(name, move |entered, orders, replies| {
            actor::act(&target, &entered, &orders, &replies);
        })
    }

    /// The same, but the actor is another process.
    ///
    /// # Errors
    /// If it cannot connect.
    pub fn enter_elsewhere(
        &mut self,
        name: &'static str,
        elsewhere: &Elsewhere,
        target: &Target,
    ) -> Result<()> {
        let (elsewhere, target) = (elsewhere.clone(), target.clone());
        self.enter_as(name, move |entered, orders, replies| {
            actor::act_elsewhere(&elsewhere, &target, &entered, &orders, &replies);
        })
    }

    fn enter_as(
        &mut self,
        name: &'static str,
        act: impl FnOnce(Sender<Result<()>>, Receiver<Order>, Sender<Reply>) + Send + 'static,
    ) -> Result<()> {
        let (orders, from_us) = mpsc::channel();
        let (to_us, replies) = mpsc::channel();
        let (entered, ready) = mpsc::channel();
        std::thread::Builder::new()
            .name(format!("actor-{name}"))
            .spawn(move || act(entered, from_us, to_us))
            .context("Cannot start a thread for an actor")?;
        ready
            .recv_timeout(PATIENCE)
            .with_context(|| format!("{name} did not connect"))??;
        self.actors.insert(
            name,
            Actor {
                orders,
                replies,
                waiting: None,
            },
        );
        Ok(())
    }

    /// An actor does something, and its answer is waited for.
    pub fn does(&mut self, actor: &'static str, order: impl Into<Order>) -> Result<Answer> {
        self.labelled("", actor, order)
    }

    /// The same, with a label by which claims find the step.
    pub fn labelled(
        &mut self,
        label: &str,
        actor: &'static str,
        order: impl Into<Order>,
    ) -> Result<Answer> {
        self.order(label, actor, order.into())?;
        self.answered(actor)
    }

    /// An actor begins something that is expected to block. Returns whether it does.
    pub fn begins(
        &mut self,
        label: &str,
        actor: &'static str,
        order: impl Into<Order>,
    ) -> Result<bool> {
        self.order(label, actor, order.into())?;
        Ok(self.hear(actor, SETTLE)?.is_none())
    }

    /// What an actor's step came to in the end.
    pub fn answered(&mut self, actor: &'static str) -> Result<Answer> {
        if let Some(index) = self.hear(actor, PATIENCE)? {
            return Ok(self.steps[index].answer.clone());
        }
        bail!("{actor} had no answer within {} s", PATIENCE.as_secs())
    }

    /// The same, also for a step that had its answer before.
    pub fn answered_or_told(&mut self, actor: &'static str) -> Result<Answer> {
        let waits = self
            .actors
            .get(actor)
            .is_some_and(|actor| actor.waiting.is_some());
        if waits {
            return self.answered(actor);
        }
        let last = self.steps.iter().rev().find(|step| step.actor == actor);
        last.map(|step| step.answer.clone())
            .with_context(|| format!("{actor} was not asked anything"))
    }

    fn order(&mut self, label: &str, name: &'static str, order: Order) -> Result<()> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let actor = self
            .actors
            .get_mut(name)
            .with_context(|| format!("{name} has not entered"))?;
        if actor.waiting.is_some() {
            bail!("{name} cannot act while it waits for an answer");
        }
        actor.waiting = Some(self.steps.len());
        self.steps.push(Step {
            label: label.to_owned(),
            actor: name.to_owned(),
            does: order.to_string(),
            began_us: began.elapsed().as_secs_f64() * 1e6,
            took_us: 0.0,
            answer: Answer::Done { value: None },
        });
        actor
            .orders
            .send(order)
            .with_context(|| format!("{name} is gone"))
    }

    /// Waits so long for the answer of an actor; the index of its step, if there was one to wait for
    /// and it came.
    fn hear(&mut self, name: &'static str, within: Duration) -> Result<Option<usize>> {
        let actor = self
            .actors
            .get_mut(name)
            .with_context(|| format!("{name} has not entered"))?;
        let index = actor
            .waiting
            .with_context(|| format!("{name} was not asked anything"))?;
        match actor.replies.recv_timeout(within) {
            Ok(reply) => {
                actor.waiting = None;
                self.steps[index].took_us = reply.took.as_secs_f64() * 1e6;
                self.steps[index].answer = reply.answer;
                Ok(Some(index))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => bail!("{name} died"),
        }
    }

    /// Ends the play: all actors leave, and a connection of its own asks what the database holds,
    /// query by query against what was acknowledged.
    pub fn timeline(
        mut self,
        name: &str,
        title: &str,
        subject: &str,
        conditions: &[(&str, String)],
        store: &mut dyn Store,
        expected: &[(&str, i64, &str)],
    ) -> Result<Timeline> {
        let waiting: Vec<&'static str> = self
            .actors
            .iter()
            .filter(|(_, actor)| actor.waiting.is_some())
            .map(|(name, _)| *name)
            .collect();
        for name in waiting {
            self.answered(name)?;
        }
        // Hanging up has each actor roll back and close.
        self.actors.clear();
        let mut checks = store.integrity()?;
        for (what, number, sql) in expected {
            checks.push(Check::number(what, *number, store.number(sql)?));
        }
        Ok(Timeline {
            name: name.to_owned(),
            title: title.to_owned(),
            subject: subject.to_owned(),
            conditions: conditions
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            steps: self.steps,
            ending: Audit { checks },
        })
    }
}
