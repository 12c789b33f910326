//! Every figure that is compared, one file for each family of them.

mod claims;
pub mod experiments;
mod losses;
mod missing;
mod overall;
mod shares;
mod speed;
mod trials;
mod waits;
mod work;

use super::figure::Figure;
use super::pair::Pair;

/// The figures of one family that two runs have in common.
type Family = fn(&Pair) -> Vec<Figure>;

/// Every family; a new one is one file of code and one line here.
const FAMILIES: &[Family] = &[
    trials::of,
    losses::of,
    experiments::of,
    claims::of,
    work::of,
    shares::of,
    overall::of,
    speed::of,
    waits::of,
];

/// Every figure that two runs have in common.
pub fn of(pair: &Pair) -> Vec<Figure> {
    FAMILIES.iter().flat_map(|family| family(pair)).collect()
}
