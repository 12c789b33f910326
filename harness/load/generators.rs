//! What a client draws at random, from the seed of its trial and its number alone.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The generators of one client. Whoever makes them from the same seed and number has a client that
/// draws the same operations, be it in another process.
#[derive(Debug)]
pub struct Generators {
    /// The seed of the jitter between its attempts.
    pub retry: u64,
    /// What its operations come from.
    pub operations: StdRng,
    /// What else is random about it.
    pub rest: StdRng,
}

impl Generators {
    /// Those of the client with this number.
    pub fn of(seed: u64, number: u32) -> Generators {
        // The generators mix their seed, so neighbouring numbers give unrelated streams.
        let mut rest = StdRng::seed_from_u64(seed.wrapping_add(u64::from(number)));
        Generators {
            retry: rest.random(),
            operations: StdRng::from_rng(&mut rest),
            rest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_client_draws_the_same_and_its_neighbour_something_else() {
        let draw = |seed, number| -> u64 { Generators::of(seed, number).operations.random() };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }
}
