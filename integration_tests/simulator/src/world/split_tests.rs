//! Split tests, and how they stand at a moment (`docs/tiktok-api.md` 7.7 [TS 58009238238][DOC 1742668948278274]).

use super::entity::{Entity, Level, State};
use super::{Account, World};
use crate::assumptions::SPLIT_TEST_HOURS;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// How a split test stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitTestStatus {
    NotStarted,
    InProgress,
    ReportingGenerating,
    Completed,
    Cancelled,
}

impl SplitTestStatus {
    /// TikTok's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SplitTestStatus::NotStarted => "NOT_STARTED",
            SplitTestStatus::InProgress => "IN_PROGRESS",
            SplitTestStatus::ReportingGenerating => "REPORTING_GENERATING",
            SplitTestStatus::Completed => "COMPLETED",
            SplitTestStatus::Cancelled => "CANCELLED",
        }
    }

    /// Whether its objects are still taken.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, SplitTestStatus::NotStarted | SplitTestStatus::InProgress)
    }
}

/// [?] Which rows name the split test of campaigns (`docs/tiktok-api.md` 7.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum CampaignTests {
    #[default]
    NamedNowhere,
    /// The campaigns, by a field that is documented for ad groups alone.
    NamedByCampaigns,
    /// The campaigns' ad groups.
    NamedByAdGroups,
}

/// A split test.
#[derive(Clone, Debug)]
pub struct SplitTest {
    pub id: u64,
    pub advertiser: u64,
    pub level: Level,
    /// The objects of each group.
    pub cells: Vec<Vec<u64>>,
    /// Whether they were given as `cells`.
    pub has_cells: bool,
    pub variable: Option<String>,
    pub metric: Option<String>,
    pub budget: Option<f64>,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// When somebody ended it.
    pub ended: Option<DateTime<Utc>>,
    /// What its key metric will show.
    pub p_value: f64,
    /// How long after its end the results are there.
    pub results_after: TimeDelta,
    /// Which rows name it, if it is one of campaigns.
    pub campaign_tests: CampaignTests,
    /// The winner that was promoted.
    pub promoted: Option<u64>,
    /// What the ad groups show.
    pub(crate) shown: Option<SplitTestStatus>,
}

impl SplitTest {
    /// A test that was made elsewhere, for [`World::begin_test`].
    #[must_use]
    pub fn new(advertiser: u64, level: Level, objects: &[u64], [start, end]: [DateTime<Utc>; 2]) -> Self {
        Self {
            id: 0,
            advertiser,
            level,
            cells: objects.iter().map(|id| vec![*id]).collect(),
            has_cells: false,
            variable: Some("CREATIVE".to_owned()),
            metric: Some("CLICK_THROUGH_RATE".to_owned()),
            budget: None,
            start,
            end,
            ended: None,
            p_value: 0.05,
            results_after: TimeDelta::hours(SPLIT_TEST_HOURS),
            campaign_tests: CampaignTests::default(),
            promoted: None,
            shown: None,
        }
    }

    /// How it stands at a moment.
    #[must_use]
    pub fn status_at(&self, now: DateTime<Utc>) -> SplitTestStatus {
        if self.ended.is_some_and(|ended| ended < self.start) {
            return SplitTestStatus::Cancelled;
        }
        let end = self.ended.unwrap_or(self.end).min(self.end);
        match now {
            now if now < self.start => SplitTestStatus::NotStarted,
            now if now < end => SplitTestStatus::InProgress,
            now if now < end + self.results_after => SplitTestStatus::ReportingGenerating,
            _ => SplitTestStatus::Completed,
        }
    }

    /// All objects.
    #[must_use]
    pub fn objects(&self) -> Vec<u64> {
        self.cells.concat()
    }

    /// Lets an account's objects show how it stands.
    fn show(&self, account: &mut Account, status: SplitTestStatus) {
        let set = |entity: &mut Entity, name: &str| {
            entity.extra.insert(name.to_owned(), json!(self.id.to_string()));
            entity.extra.insert("split_test_status".to_owned(), json!(status.name()));
        };
        let objects = self.objects();
        for id in &objects {
            if let Some(entity) = account.find_mut(self.level, *id) {
                set(entity, GROUP);
                if self.level == Level::Campaign && self.campaign_tests == CampaignTests::NamedByCampaigns {
                    set(entity, GROUP_OF_CAMPAIGN);
                }
            }
        }
        if self.level == Level::Campaign && self.campaign_tests == CampaignTests::NamedByAdGroups {
            let below = account.all_mut(Level::AdGroup).iter_mut().filter(|group| objects.contains(&group.campaign));
            below.for_each(|group| set(group, GROUP));
        }
    }
}

impl World {
    /// The split tests of an account, oldest first.
    #[must_use]
    pub fn split_tests_of(&self, advertiser: u64) -> Vec<&SplitTest> {
        self.split_tests.iter().filter(|test| test.advertiser == advertiser).collect()
    }

    /// The split test of an id, to change it.
    pub fn split_test_mut(&mut self, id: u64) -> Option<&mut SplitTest> {
        self.split_tests.iter_mut().find(|test| test.id == id)
    }

    /// Begins a test; its id.
    pub fn begin_test(&mut self, test: SplitTest) -> u64 {
        let id = self.new_id();
        self.split_tests.push(SplitTest { id, ..test });
        id
    }

    /// Whether an object is in a test that is not over.
    pub(crate) fn is_in_test(&self, level: Level, object: u64, now: DateTime<Utc>) -> bool {
        let mut tests = self.split_tests.iter().filter(|test| test.level == level && test.status_at(now).is_open());
        tests.any(|test| test.objects().contains(&object))
    }

    /// Whether objects show another status than their test has.
    pub(crate) fn has_stale_tests(&self, now: DateTime<Utc>) -> bool {
        self.split_tests.iter().any(|test| test.shown != Some(test.status_at(now)))
    }

    /// Lets objects show how their tests stand.
    pub(crate) fn show_tests(&mut self, now: DateTime<Utc>) {
        let mut tests = std::mem::take(&mut self.split_tests);
        for test in tests.iter_mut().filter(|test| test.shown != Some(test.status_at(now))) {
            let status = test.status_at(now);
            test.shown = Some(status);
            let Some(account) = self.account_mut(test.advertiser) else { continue };
            test.show(account, status);
            account.forget_rendered();
        }
        self.split_tests = tests;
    }

    /// Pauses the ad groups of a test.
    pub(crate) fn pause_all(&mut self, advertiser: u64, objects: &[u64], now: DateTime<Utc>) {
        for object in objects {
            self.edit(advertiser, (Level::AdGroup, *object), now, |entity| entity.state = State::Disabled);
        }
    }
}

/// Where an object keeps its test; campaigns do not show it.
pub(crate) const GROUP: &str = "split_test_group_id";
/// Where a campaign keeps it that shows it.
pub(super) const GROUP_OF_CAMPAIGN: &str = "split_test_group_id of a campaign";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_goes_on_by_itself() {
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        let test = SplitTest::new(1, Level::AdGroup, &[1, 2], [at(10), at(20)]);
        for (hours, ended, status) in [
            (9, None, SplitTestStatus::NotStarted),
            (10, None, SplitTestStatus::InProgress),
            (20, None, SplitTestStatus::ReportingGenerating),
            (44, None, SplitTestStatus::Completed),
            (13, Some(12), SplitTestStatus::ReportingGenerating),
            (36, Some(12), SplitTestStatus::Completed),
            (36, Some(5), SplitTestStatus::Cancelled),
        ] {
            let test = SplitTest { ended: ended.map(at), ..test.clone() };
            assert_eq!(test.status_at(at(hours)), status, "{hours} {ended:?}");
        }
    }
}
