//! An actor of a play: a session, on a thread of its own, that does what it is told.

use std::sync::mpsc::{Receiver, Sender};

use anyhow::Result;

use super::dialogue::{Dialogue, Order, Reply};
use super::elsewhere::Elsewhere;
use crate::subject::engine::Target;

/// Connects, says so, and does what it is told until nobody tells it any more.
pub fn act(
    target: &Target,
    entered: &Sender<Result<()>>,
    orders: &Receiver<Order>,
    replies: &Sender<Reply>,
) {
    match Dialogue::open(target) {
        Ok(mut dialogue) => {
            let _ = entered.send(Ok(()));
            for order in orders {
                if replies.send(dialogue.obey(&order)).is_err() {
                    return;
                }
            }
        }
        Err(error) => drop(entered.send(Err(error))),
    }
}

/// The same, but it is another process that does it.
pub fn act_elsewhere(
    elsewhere: &Elsewhere,
    target: &Target,
    entered: &Sender<Result<()>>,
    orders: &Receiver<Order>,
    replies: &Sender<Reply>,
) {
    match elsewhere.enter(target) {
        Ok(mut guest) => {
            let _ = entered.send(Ok(()));
            for order in orders {
                // Without a reply the play says that the actor died.
                let Ok(reply) = guest.ask(order) else { return };
                if replies.send(reply).is_err() {
                    return;
                }
            }
        }
        Err(error) => drop(entered.send(Err(error))),
    }
}
