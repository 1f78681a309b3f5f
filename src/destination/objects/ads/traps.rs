//! What TikTok takes and nobody means: refused before it is sent (docs/ads.md). Pure.

use chrono::NaiveDateTime;

use super::change::{Change, SCHEDULED};
use super::kind::Level;
use super::known::{Account, Found, Thing};
use super::money::INFINITE;
use super::read::TIME;
use super::value::Held;
use crate::config::ads::Action;
use crate::destination::record::fault::Fault;

fn reject(field: &'static str, reason: &'static str, message: &str) -> Fault {
    Fault { field: Some(field), reason, message: message.to_owned().into() }
}

/// Refuses a change that would do something else than it says. `now` is the time in UTC.
pub(crate) fn check(change: &Change, account: &Account, now: NaiveDateTime) -> Result<(), Fault> {
    let thing = change.id.as_deref().and_then(|id| account.one(change.listed, id));
    let of = Of { change, thing };
    of.schedule(now)?;
    of.audiences()?;
    of.toggles()?;
    of.budget_of_mode()?;
    of.budget_of_parent(account)
}

struct Of<'a> {
    change: &'a Change,
    thing: Option<&'a Thing>,
}

impl Of<'_> {
    fn after(&self, field: &str) -> Option<&Held> {
        self.change.after(field).or_else(|| self.thing?.fields.get(field))
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.after(field)?.text()
    }

    fn is_set(&self, field: &str) -> bool {
        self.change.after(field).is_some()
    }

    fn schedule(&self, now: NaiveDateTime) -> Result<(), Fault> {
        let time = |field: &str| NaiveDateTime::parse_from_str(self.text(field)?, TIME).ok();
        let (start, end) = (time("schedule_start_time"), time("schedule_end_time"));
        let is_ahead = |time: Option<NaiveDateTime>| time.is_none_or(|time| time >= now);
        if self.is_set("schedule_start_time") && self.change.action == Action::Create && !is_ahead(start) {
            return Err(reject(
                "schedule_start_time",
                "time_past",
                "`schedule_start_time` is past; schedules are in UTC.",
            ));
        }
        if self.is_set("schedule_end_time") && !is_ahead(end) {
            return Err(reject("schedule_end_time", "time_past", "`schedule_end_time` is past; schedules are in UTC."));
        }
        if let (Some(start), Some(end)) = (start, end)
            && end <= start
            && (self.is_set("schedule_start_time") || self.is_set("schedule_end_time"))
        {
            let what = "`schedule_end_time` is not after `schedule_start_time`.";
            return Err(reject("schedule_end_time", "invalid_time", what));
        }
        let ends = self.text("schedule_type") == Some("SCHEDULE_START_END") && end.is_some();
        if self.change.kind.level == Level::AdGroup
            && self.is_set("budget_mode")
            && self.text("budget_mode") == Some("BUDGET_MODE_TOTAL")
            && !ends
        {
            let what = "A lifetime budget needs `schedule_type` SCHEDULE_START_END and a `schedule_end_time`.";
            return Err(reject("schedule_end_time", "field_missing", what));
        }
        Ok(())
    }

    fn audiences(&self) -> Result<(), Fault> {
        if !self.is_set("audience_ids") && !self.is_set("excluded_audience_ids") {
            return Ok(());
        }
        let texts = |field: &str| self.after(field).map(Held::texts).unwrap_or_default();
        match texts("audience_ids").iter().any(|id| texts("excluded_audience_ids").contains(id)) {
            false => Ok(()),
            true => Err(reject(
                "excluded_audience_ids",
                "contradiction",
                "One audience is included and excluded at once, so nobody would be reached by it.",
            )),
        }
    }

    /// What a Smart+ ad leaves out is switched to TikTok's own choice.
    fn toggles(&self) -> Result<(), Fault> {
        const TOGGLES: [&str; 2] = ["creative_auto_add_toggle", "creative_auto_enhancement_strategy_list"];
        let is_smart_ad = self.change.kind.is_smart() && self.change.kind.level == Level::Ad;
        let configured = self.is_set("ad_configuration");
        if !is_smart_ad || (self.change.action != Action::Create && !configured) {
            return Ok(());
        }
        let given = self.after("ad_configuration").map(Held::json).unwrap_or_default();
        match TOGGLES.iter().find(|toggle| given.get(**toggle).is_none()) {
            None => Ok(()),
            Some(toggle) => Err(reject(
                "ad_configuration",
                "field_missing",
                &format!("`ad_configuration` must say `{toggle}`: left out, TikTok changes creatives as it likes."),
            )),
        }
    }

    /// A mode other than infinite needs its budget with it.
    fn budget_of_mode(&self) -> Result<(), Fault> {
        let mode = self.change.after("budget_mode").and_then(Held::text).filter(|mode| *mode != INFINITE);
        let has_budget = self.after("budget").and_then(Held::number).is_some_and(|budget| !budget.is_zero());
        match mode {
            Some(mode) if self.change.kind.level != Level::Ad && !has_budget => {
                Err(reject("budget", "field_missing", &format!("{mode} needs a `budget`.")))
            }
            _ => Ok(()),
        }
    }

    /// A budget of a campaign and those of its ad groups exclude each other.
    fn budget_of_parent(&self, account: &Account) -> Result<(), Fault> {
        let (Level::AdGroup, Some(above), Some(parent)) =
            (self.change.kind.level, self.change.kind.parent(), &self.change.parent)
        else {
            return Ok(());
        };
        let Found::One(campaign) = account.of(above).by_id(parent) else { return Ok(()) };
        let optimises = campaign.fields.get("budget_optimize_on").and_then(Held::flag) == Some(true);
        let mode = self.text("budget_mode");
        let has_budget =
            self.is_set("budget") || self.is_set(SCHEDULED) || (self.is_set("budget_mode") && mode != Some(INFINITE));
        if optimises && has_budget {
            let what = "The campaign distributes its own budget (`budget_optimize_on`), so its ad groups have none.";
            return Err(reject("budget", "contradiction", what));
        }
        let is_daily = campaign.text("budget_mode") == Some("BUDGET_MODE_DAY");
        if is_daily && self.is_set("budget_mode") && mode == Some("BUDGET_MODE_TOTAL") {
            let what =
                "The campaign has a daily budget, and the ad group a lifetime budget: TikTok takes no such pair.";
            return Err(reject("budget_mode", "contradiction", what));
        }
        if self.change.action == Action::Create && !optimises {
            for field in ["budget_mode", "budget"] {
                if !self.is_set(field) {
                    let what = format!("A new ad group needs `{field}`, for its campaign does not distribute one.");
                    return Err(reject(
                        if field == "budget" { "budget" } else { "budget_mode" },
                        "field_missing",
                        &what,
                    ));
                }
            }
        }
        Ok(())
    }
}
