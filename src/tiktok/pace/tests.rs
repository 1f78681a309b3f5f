use std::time::Duration;

use super::model::{COUNTINGS, Counting, Outcome, Scenario, run};
use super::*;

/// How often each scenario is played, with other chances.
const SEEDS: u64 = 20;

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn all(scenario: impl Fn(u64) -> Scenario) -> Vec<Outcome> {
    (0..SEEDS).map(|seed| run(scenario(seed))).collect()
}

fn average(outcomes: &[Outcome], of: impl Fn(&Outcome) -> f64) -> f64 {
    outcomes.iter().map(of).sum::<f64>() / outcomes.len() as f64
}

/// What a scenario must reach: the least used, the most refused, the least fairness.
struct Aim(f64, f64, f64);

impl Aim {
    fn hold(&self, outcomes: &[Outcome], case: &str) {
        let used = average(outcomes, Outcome::used);
        let refused = average(outcomes, Outcome::refused_share);
        let fairness = average(outcomes, Outcome::fairness);
        assert!(
            used >= self.0 && refused <= self.1 && fairness >= self.2,
            "{case}: {used:.3} {refused:.3} {fairness:.3}"
        );
    }
}

#[test]
fn runs_share_a_quota_without_a_word() {
    use Counting::{Bucket, Fixed, Sliding};
    let cases = [
        (Fixed, 1, Aim(0.96, 0.01, 1.0)),
        (Fixed, 2, Aim(0.87, 0.03, 0.92)),
        (Fixed, 4, Aim(0.90, 0.04, 0.93)),
        (Fixed, 8, Aim(0.88, 0.07, 0.85)),
        (Fixed, 16, Aim(0.85, 0.10, 0.75)),
        (Fixed, 32, Aim(0.80, 0.20, 0.7)),
        (Sliding, 1, Aim(0.95, 0.01, 1.0)),
        (Sliding, 4, Aim(0.83, 0.04, 0.9)),
        (Sliding, 16, Aim(0.72, 0.12, 0.7)),
        (Bucket, 1, Aim(0.96, 0.01, 1.0)),
        (Bucket, 4, Aim(0.95, 0.04, 0.9)),
        (Bucket, 16, Aim(0.95, 0.10, 0.7)),
    ];
    for (counting, runs, aim) in cases {
        aim.hold(&all(|seed| Scenario::of(runs, counting, seed)), &format!("{runs} runs, {counting:?}"));
    }
}

/// What a user sees is one run of each, not the average of many.
#[test]
fn nearly_every_time_that_four_runs_meet_they_share_alike() {
    for counting in [Counting::Fixed, Counting::Bucket] {
        let outcomes = all(|seed| Scenario::of(4, counting, seed));
        let good =
            |outcome: &&Outcome| outcome.used() >= 0.85 && outcome.refused_share() <= 0.05 && outcome.fairness() >= 0.9;
        let share = outcomes.iter().filter(good).count() as f64 / outcomes.len() as f64;
        assert!(share >= 0.8, "{counting:?}: {share}");
    }
}

#[test]
fn late_answers_do_not_shake_it() {
    for (milliseconds, aim) in [(20, Aim(0.8, 0.05, 0.85)), (1_000, Aim(0.8, 0.08, 0.8)), (3_000, Aim(0.6, 0.12, 0.7))]
    {
        let takes = Duration::from_millis(milliseconds);
        let outcomes = all(|seed| Scenario { takes, ..Scenario::of(4, Counting::Fixed, seed) });
        aim.hold(&outcomes, &format!("{milliseconds} ms"));
    }
}

#[test]
fn a_run_that_comes_finds_its_share_and_leaves_it_when_it_goes() {
    let comes = (40.0, 160.0);
    let outcomes = all(|seed| Scenario {
        runs: vec![(0.0, f64::MAX), comes],
        seconds: 240,
        ..Scenario::of(2, Counting::Fixed, seed)
    });
    let share = |run: usize, from: usize, to: usize| {
        average(&outcomes, |outcome| f64::from(outcome.answers(run, from..to)) / (10.0 * (to - from) as f64))
    };
    let told = [share(0, 10, 40), share(0, 80, 160), share(1, 80, 160), share(0, 200, 240)];
    assert!(told[0] > 0.95 && told[1] > 0.3 && told[2] > 0.3 && told[3] > 0.9, "{told:?}");
}

/// The setting is the most that is tried; nobody need know the quota.
#[test]
fn a_quota_far_below_the_setting_is_found() {
    for (most, refused) in [(50, 0.08), (1_000, 0.25)] {
        let outcomes = all(|seed| Scenario { most: Some(most), ..Scenario::of(1, Counting::Fixed, seed) });
        Aim(0.8, refused, 1.0).hold(&outcomes, &format!("{most} a second tried"));
    }
}

#[test]
fn a_stray_refusal_is_made_up_for_in_seconds() {
    let mut pace = warm();
    pace.refused(at(1.0), at(0.9));
    let mut now = at(1.0);
    while pace.rate < pace.most && now < at(60.0) {
        now = now.max(pace.next());
        pace.left(now);
        pace.passed(now);
    }
    assert!(now < at(15.0), "{now:?}");
}

#[test]
fn what_a_selfish_program_leaves_is_used() {
    for counting in COUNTINGS {
        let outcomes = all(|seed| Scenario { selfish: Some(5.0), ..Scenario::of(2, counting, seed) });
        Aim(0.32, 0.07, 0.75).hold(&outcomes, &format!("beside a selfish program, {counting:?}"));
    }
}

#[test]
fn a_limit_of_a_minute_is_waited_out_with_few_refusals() {
    for suspension in [Duration::ZERO, Duration::from_secs(300)] {
        let outcomes = all(|seed| Scenario {
            minute: Some((300, suspension)),
            seconds: 1_800,
            ..Scenario::of(2, Counting::Fixed, seed)
        });
        // A quota of a minute is half of what the seconds allow.
        let least = if suspension.is_zero() { 0.25 } else { 0.07 };
        Aim(least, 0.07, 0.85).hold(&outcomes, &format!("a limit of a minute, suspended for {suspension:?}"));
    }
}

/// A pace that found its most.
fn warm() -> Pace {
    Pace::full(10.0, Refusals::Slow, 1)
}

#[test]
fn one_round_trip_is_one_fall() {
    let mut pace = warm();
    for _ in 0..10 {
        assert_eq!(pace.refused(at(1.0), at(0.9)), Span::Second);
    }
    assert!((5.0..8.0).contains(&pace.rate), "{}", pace.rate);
    pace.passed(at(0.95));
    assert_eq!(pace.row, 1, "an answer from before the fall is no news");
    pace.refused(at(1.4), at(1.2));
    assert!(pace.rate < 5.0, "{}", pace.rate);
}

#[test]
fn it_waits_no_seconds_for_a_limit_of_a_second() {
    let mut pace = warm();
    pace.left(at(0.0));
    pace.refused(at(0.2), at(0.0));
    assert!(pace.next() <= at(0.2) + BREATH, "{:?}", pace.next());
    assert_eq!(pace.rests_until(), None);
}

/// All that leaves is refused; the spans that are told, and when.
fn refused_for(seconds: f64) -> Vec<(u64, Span)> {
    let (mut pace, mut now, mut told) = (warm(), Duration::ZERO, Vec::new());
    while now < at(seconds) {
        now = now.max(pace.next());
        pace.left(now);
        let span = pace.refused(now + at(0.2), now);
        if told.last().is_none_or(|(_, last)| *last != span) {
            told.push((now.as_secs(), span));
        }
        now += at(0.2);
    }
    told
}

#[test]
fn a_longer_limit_shows_by_repetition() {
    let told = refused_for(3_600.0);
    let spans: Vec<_> = told.iter().map(|(_, span)| *span).collect();
    assert_eq!(spans, [Span::Second, Span::Minute, Span::Day], "{told:?}");
    assert!((15..60).contains(&told[1].0), "{told:?}");
    assert!((360..1_000).contains(&told[2].0), "{told:?}");
}

#[test]
fn a_rest_is_bounded_whatever_is_asked() {
    let mut pace = warm();
    pace.asked_to_wait(at(1.0), at(86_400.0));
    assert_eq!(pace.next(), at(1.0) + REST_MAX);
    assert_eq!(pace.rests_until(), Some(at(1.0) + REST_MAX));
}

#[test]
fn after_a_longer_limit_it_starts_again_with_care() {
    let (mut pace, mut now) = (warm(), Duration::ZERO);
    while pace.rests_until().is_none() {
        now = now.max(pace.next());
        pace.left(now);
        pace.refused(now + at(0.2), now);
        now += at(0.2);
    }
    assert!(pace.rate < 0.3, "{}", pace.rate);
    now = pace.next();
    let mut answers = 0;
    while pace.rate < 3.0 && answers < 1_000 {
        now = now.max(pace.next());
        pace.left(now);
        pace.passed(now);
        answers += 1;
    }
    assert!((4..50).contains(&answers), "{answers}");
}

#[test]
fn suspensions_are_waited_out_each_longer_than_the_last() {
    let mut pace = Pace::full(20.0, Refusals::Suspend, 1);
    let mut now = Duration::ZERO;
    let mut rests = Vec::new();
    for _ in 0..11 {
        assert_eq!(pace.refused(now, now), Span::Suspension);
        rests.push((pace.next() - now).as_secs());
        now = pace.next();
    }
    assert!(rests[0] == 1 && rests.last() >= Some(&300), "{rests:?}");
}

proptest::proptest! {
    /// Whatever TikTok says and whenever, the pace stays within its bounds and always goes on.
    #[test]
    fn it_stays_within_bounds(most in 1.0..1_000_f64, seed: u64, said in proptest::collection::vec((0..4_u8, 0..40_u8), 0..200)) {
        let mut pace = Pace::learning(most, seed);
        let mut now = Duration::ZERO;
        for (what, later) in said {
            now += Duration::from_millis(u64::from(later) * 50);
            match what {
                0 => pace.passed(now),
                1 => {
                    pace.refused(now, now);
                }
                2 => pace.asked_to_wait(now, at(f64::from(later))),
                _ => {
                    now = now.max(pace.next());
                    pace.left(now);
                }
            }
            let full = most * (1.0 - SLACK);
            proptest::prop_assert!(pace.rate <= full && pace.rate >= (full * FLOOR).min(FLOOR_MAX));
            proptest::prop_assert!(pace.next() <= now + REST_MAX * 2 + at(400.0 / most));
        }
    }
}
