//! The mark of a durability tier, the same in every chart: a shape and a dash, so that nothing
//! depends on colour alone.

use anyhow::Result;

use super::canvas::{At, Canvas, Paint};
use crate::measure::Tier;

/// The dashes of the reference line.
pub const REFERENCE: &[u32] = &[4, 4];

/// Draws the shape of a tier.
pub fn shape(canvas: &Canvas, (x, y): At, tier: Tier, paint: Paint) -> Result<()> {
    match tier {
        Tier::PowerLoss => canvas.dot((x, y), 5, paint),
        Tier::PowerLossButLast => canvas.fill((x - 4, y - 4), (x + 5, y + 5), paint),
        Tier::ProcessCrash => canvas.shape(&[(x - 6, y + 4), (x + 6, y + 4), (x, y - 6)], paint),
        Tier::Nothing => canvas.shape(&[(x - 6, y), (x, y - 6), (x + 6, y), (x, y + 6)], paint),
        Tier::None => canvas.ring((x, y), 4, paint, 2),
    }
}

/// Lengths in pixels of the lines and gaps of a tier's line; none is a whole line.
pub fn dashes(tier: Tier) -> &'static [u32] {
    match tier {
        Tier::PowerLoss => &[],
        Tier::PowerLossButLast => &[10, 5],
        Tier::ProcessCrash => &[3, 4],
        Tier::Nothing => &[10, 4, 3, 4],
        Tier::None => &[1, 5],
    }
}
