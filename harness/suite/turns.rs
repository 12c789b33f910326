//! Two variants in turns: each round makes every point of both, the two of a point right after each
//! other, in an order that chance decides.

use std::vec::IntoIter;

use anyhow::Result;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use super::main_job::MainJob;
use super::progress::Progress;
use crate::measure::{Point, Run};

/// Makes every trial of every round of all variants; after each round, `save` gets each run so far. Their
/// plans have the same seed and rounds, and as many points, in the same order.
///
/// # Errors
/// As [`MainJob::all_rounds`].
pub fn all_rounds(
    jobs: &mut [MainJob<'_>],
    progress: &mut Progress,
    mut save: impl FnMut(&mut Run),
) -> Result<()> {
    progress.start();
    let Some((rounds, seed)) = jobs.first_mut().map(|job| {
        let plan = &job.run().plan;
        (plan.rounds, plan.seed)
    }) else {
        return Ok(());
    };
    for round in 1..=rounds {
        let result = one_round(jobs, round, seed, progress);
        for job in &mut *jobs {
            job.end(round);
        }
        result?;
        for job in &mut *jobs {
            save(job.run());
        }
    }
    Ok(())
}

fn one_round(
    jobs: &mut [MainJob<'_>],
    round: u32,
    seed: u64,
    progress: &mut Progress,
) -> Result<()> {
    let mut points: Vec<IntoIter<Point>> = jobs
        .iter()
        .map(|job| job.points(round).into_iter())
        .collect();
    let mut random = StdRng::seed_from_u64(!seed ^ u64::from(round));
    while let Some(variants) = points
        .iter_mut()
        .map(Iterator::next)
        .collect::<Option<Vec<_>>>()
    {
        for variant in turns(jobs.len(), &mut random) {
            jobs[variant].point(&variants[variant], round, progress)?;
        }
    }
    Ok(())
}

/// In which order the variants of a point are measured.
fn turns(variants: usize, random: &mut StdRng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..variants).collect();
    order.shuffle(random);
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_comes_first_about_as_often() {
        let mut random = StdRng::seed_from_u64(7);
        let orders: Vec<Vec<usize>> = (0..1_000).map(|_| turns(2, &mut random)).collect();
        let firsts = orders.iter().filter(|order| order[0] == 0).count();
        assert!((430..570).contains(&firsts), "{firsts}");
        assert!(orders.iter().all(|order| order[0] + order[1] == 1));
    }
}
