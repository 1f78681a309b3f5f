use std::time::Duration;

use super::model::{COUNTINGS, Counting, Outcome, Scenario, run};
use super::*;

const SEEDS: u64 = 10;

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn average(outcomes: &[Outcome], of: impl Fn(&Outcome) -> f64) -> f64 {
    outcomes.iter().map(of).sum::<f64>() / outcomes.len() as f64
}

fn all(scenario: impl Fn(u64) -> Scenario) -> Vec<Outcome> {
    (0..SEEDS).map(|seed| run(scenario(seed))).collect()
}

#[test]
fn table() {
    for counting in COUNTINGS {
        for seconds in [60, 120] {
        for runs in [1, 2, 4, 8, 16, 32] {
            let outcomes = all(|seed| Scenario { seconds, ..Scenario::of(runs, counting, seed) });
            println!(
                "{counting:?} {seconds:3} {runs:2}: used {:.3} refused {:.3} fair {:.3}",
                average(&outcomes, Outcome::used),
                average(&outcomes, Outcome::refused_share),
                average(&outcomes, Outcome::fairness),
            );
        }
        }
    }
    let _ = (Counting::Fixed, at(1.0), Refusals::Suspend);
}
