//! How much of a report TikTok gives an advertiser at once, as this run has learnt it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::ReportSlice;
use crate::lock::lock;

/// Parts into which a list of metrics is cut at most.
const PARTS_MAX: usize = 16;
/// Campaigns of one condition, as TikTok advises (docs/tiktok-api.md 4.1).
const CAMPAIGNS_AT_ONCE: usize = 30;
/// Campaigns that are cut although they stand alone, with nothing that was whole, after which asking by campaign is
/// given up: then TikTok counts ads that a condition leaves out. [?]
const CUT_ALONE_MAX: usize = 3;

/// What was too much once is not asked for again.
#[derive(Default)]
pub(crate) struct LearnedLimits {
    learnt: Mutex<Learnt>,
}

#[derive(Default)]
struct Learnt {
    /// Days of a window, per advertiser.
    days: HashMap<Arc<str>, u64>,
    /// Parts of the metrics, per advertiser and stream.
    parts: HashMap<(Arc<str>, Arc<str>), usize>,
    /// Which campaigns are asked for together, per advertiser.
    groups: HashMap<Arc<str>, Groups>,
}

/// All campaigns of an advertiser in groups.
#[derive(Default)]
struct Groups {
    groups: Vec<Vec<Arc<str>>>,
    /// Whether any group ever came whole.
    any_whole: bool,
    cut_alone: usize,
}

impl Groups {
    fn help(&self) -> bool {
        self.any_whole || self.cut_alone < CUT_ALONE_MAX
    }
}

impl LearnedLimits {
    /// A slice in pieces that are not too much, as far as is known; the first one last. `by_campaign` says whether
    /// campaigns may be asked for apart.
    #[must_use]
    pub(crate) fn pieces(&self, advertiser: &str, slice: &ReportSlice, by_campaign: bool) -> Vec<ReportSlice> {
        let learnt = self.lock();
        let windows = match (slice.window, learnt.days.get(advertiser)) {
            (Some(window), Some(days)) => window.pieces(*days).into_iter().map(Some).collect(),
            (window, _) => vec![window],
        };
        let known = learnt.groups.get(advertiser).filter(|known| by_campaign && known.help());
        let groups = match known {
            Some(known) if slice.campaigns.is_empty() => known.groups.clone(),
            _ => vec![slice.campaigns.clone()],
        };
        let part = |window, campaigns: &Vec<_>| ReportSlice { window, campaigns: campaigns.clone(), ..slice.clone() };
        let of = |window| groups.iter().rev().map(move |group| part(window, group));
        windows.into_iter().rev().flat_map(of).collect()
    }

    /// Halves of a slice that was too much, the first one last; none when it is one day.
    pub(crate) fn halve(&self, advertiser: &Arc<str>, slice: &ReportSlice) -> Option<Vec<ReportSlice>> {
        let window = slice.window.filter(|window| window.days() >= 2)?;
        let half = window.days().div_ceil(2);
        let mut learnt = self.lock();
        let days = learnt.days.entry(advertiser.clone()).or_insert(half);
        *days = half.min(*days);
        drop(learnt);
        Some(self.pieces(advertiser, slice, false))
    }

    /// Forgets what was learnt from what cannot be had in any size.
    pub(crate) fn forget(&self, advertiser: &Arc<str>, stream: &Arc<str>) {
        let mut learnt = self.lock();
        learnt.days.remove(advertiser);
        learnt.groups.remove(advertiser);
        learnt.parts.remove(&(advertiser.clone(), stream.clone()));
    }

    /// How many parts the metrics are asked for in.
    #[must_use]
    pub(crate) fn parts(&self, advertiser: &Arc<str>, stream: &Arc<str>) -> usize {
        self.lock().parts.get(&(advertiser.clone(), stream.clone())).copied().unwrap_or(1)
    }

    /// The metrics in `asked_in` parts were too much: from now on in more; whether that is possible. Several slices
    /// may find it out at once.
    pub(crate) fn part(&self, advertiser: &Arc<str>, stream: &Arc<str>, asked_in: usize) -> bool {
        let mut learnt = self.lock();
        let parts = learnt.parts.entry((advertiser.clone(), stream.clone())).or_insert(1);
        *parts = (asked_in * 2).min(PARTS_MAX).max(*parts);
        *parts > asked_in
    }

    /// A slice by its campaigns, some of them at a time, the first one last; none when that is not possible. `all` are
    /// the advertiser's.
    pub(crate) fn split(&self, advertiser: &Arc<str>, slice: &ReportSlice, all: &[Arc<str>]) -> Vec<ReportSlice> {
        let mut learnt = self.lock();
        let known = learnt.groups.entry(advertiser.clone()).or_default();
        if known.groups.is_empty() {
            known.groups = all.chunks(CAMPAIGNS_AT_ONCE).map(<[_]>::to_vec).collect();
        }
        let groups = match slice.campaigns.as_slice() {
            [] => known.groups.clone(),
            [_] => Vec::new(),
            some => {
                let halves: Vec<_> = some.chunks(some.len().div_ceil(2)).map(<[_]>::to_vec).collect();
                if let Some(at) = known.groups.iter().position(|group| group == some) {
                    known.groups.splice(at..=at, halves.iter().cloned());
                }
                halves
            }
        };
        groups.into_iter().rev().map(|campaigns| ReportSlice { campaigns, ..slice.clone() }).collect()
    }

    /// Takes note of what came of a slice that was asked for by campaign.
    pub(crate) fn came(&self, advertiser: &str, slice: &ReportSlice, whole: bool) {
        if let Some(known) = self.lock().groups.get_mut(advertiser).filter(|_| !slice.campaigns.is_empty()) {
            known.any_whole |= whole;
            known.cut_alone += usize::from(!whole && slice.campaigns.len() == 1);
        }
    }

    /// Whether a slice that was cut may be whole by campaign.
    #[must_use]
    pub(crate) fn can_split(&self, advertiser: &str, slice: &ReportSlice) -> bool {
        slice.campaigns.len() != 1 && self.lock().groups.get(advertiser).is_none_or(Groups::help)
    }

    fn lock(&self) -> MutexGuard<'_, Learnt> {
        lock(&self.learnt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::plan::window::Window;
    use crate::streams::report::{Kind, Level, Report};

    fn slice(start: &str, end: &str) -> ReportSlice {
        let window = Window { start: start.parse().unwrap(), end: end.parse().unwrap() };
        let report = Report::new(Kind::Basic(Level::Ad), &["ad_id", "stat_time_day"]);
        ReportSlice::of(report.into(), Some(window), Vec::new())
    }

    fn told(slices: &[ReportSlice]) -> Vec<String> {
        let told = |window: Window| format!("{}..{}", window.start, window.end);
        slices.iter().rev().filter_map(|slice| slice.window).map(told).collect()
    }

    fn campaigns(slices: &[ReportSlice]) -> Vec<String> {
        slices.iter().rev().map(|slice| slice.campaigns.join(" ")).collect()
    }

    #[test]
    fn what_was_too_much_is_halved_and_remembered() {
        let limits = LearnedLimits::default();
        let (one, two) = (Arc::from("1"), Arc::from("2"));
        let week = slice("2026-01-01", "2026-01-07");
        assert_eq!(told(&limits.halve(&one, &week).unwrap()), ["2026-01-01..2026-01-04", "2026-01-05..2026-01-07"]);
        assert_eq!(told(&limits.pieces(&one, &week, true)).len(), 2);
        assert_eq!(told(&limits.pieces(&two, &week, true)).len(), 1);
        assert!(limits.halve(&one, &slice("2026-01-01", "2026-01-01")).is_none());
    }

    #[test]
    fn metrics_are_asked_for_in_more_parts_once_however_many_find_out() {
        let limits = LearnedLimits::default();
        let (one, two, stream) = (Arc::from("1"), Arc::from("2"), Arc::from("ads"));
        assert_eq!(limits.parts(&one, &stream), 1);
        assert!((0..9).all(|_| limits.part(&one, &stream, 1)));
        assert_eq!((limits.parts(&one, &stream), limits.parts(&two, &stream)), (2, 1));
        assert!((0..9).any(|_| !limits.part(&one, &stream, limits.parts(&one, &stream))));
        assert_eq!(limits.parts(&one, &stream), PARTS_MAX);
    }

    #[test]
    fn campaigns_that_were_too_much_together_are_asked_for_apart_from_then_on() {
        let limits = LearnedLimits::default();
        let one: Arc<str> = "1".into();
        let all: Vec<Arc<str>> = ["a", "b", "c"].map(Arc::from).into();
        let week = slice("2026-01-01", "2026-01-07");
        let parts = limits.split(&one, &week, &all);
        assert_eq!(campaigns(&parts), ["a b c"]);
        let halves = limits.split(&one, &parts[0], &all);
        assert_eq!(campaigns(&halves), ["a b", "c"]);
        assert_eq!(campaigns(&limits.split(&one, &parts[0], &all)), ["a b", "c"], "a second slice finds it out, too");
        limits.halve(&one, &week).unwrap();
        assert_eq!(campaigns(&limits.pieces(&one, &week, true)), ["a b", "c", "a b", "c"], "for each half of the week");
        assert_eq!(campaigns(&limits.pieces(&one, &week, false)), ["", ""]);
        assert!(limits.split(&one, &halves[0], &all).is_empty(), "one campaign alone");
    }

    #[test]
    fn asking_by_campaign_is_given_up_when_it_never_helps() {
        let limits = LearnedLimits::default();
        let (one, whole): (Arc<str>, _) = ("1".into(), slice("2026-01-01", "2026-01-07"));
        let all: Vec<Arc<str>> = (0..9).map(|id| id.to_string().into()).collect();
        limits.split(&one, &whole, &all);
        let alone = |id: usize| ReportSlice { campaigns: vec![all[id].clone()], ..whole.clone() };
        (0..CUT_ALONE_MAX).for_each(|id| limits.came(&one, &alone(id), false));
        assert!(!limits.can_split(&one, &whole) && campaigns(&limits.pieces(&one, &whole, true)) == [""]);
        limits.came(&one, &alone(8), true);
        assert!(limits.can_split(&one, &whole), "it did help once");
    }
}
