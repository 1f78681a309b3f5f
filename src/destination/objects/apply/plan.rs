//! A row and what the account has → what is to be sent, or why not. Pure.

use chrono::NaiveDateTime;

use super::state::{State, connected};
use super::wish::{Usage, Wish};
use crate::config::ads::{Action, AdsOptions};
use crate::destination::objects::ads::kind::{AD_GROUP, CAMPAIGN};
use crate::destination::objects::ads::known::{Found, Thing};
use crate::destination::objects::audience::listed::Listed;
use crate::destination::objects::link::{self, Named};
use crate::destination::record::fault::Fault;

/// What results and `ads.allow` call them.
pub(super) const OBJECT: &str = "audience_apply";

/// What is to be done.
pub(super) enum Plan {
    /// All is as the row wants it; the audience's id, if it is known.
    Nothing(Option<String>),
    Send(Change),
}

/// A change of one of an ad group's two lists.
pub(super) struct Change {
    pub audience: String,
    pub group: String,
    /// The list as it is afterwards.
    pub after: Vec<String>,
    /// Whether the audience has too few people yet.
    pub is_early: bool,
}

fn fault(field: Option<&'static str>, reason: &'static str, message: impl Into<String>) -> Fault {
    Fault { field, reason, message: message.into().into() }
}

pub(super) fn plan(wish: &Wish, state: &State, options: &AdsOptions, now: NaiveDateTime) -> Result<Plan, Fault> {
    let Some(group) = group(wish, state)? else { return Ok(Plan::Nothing(wish.row.id.clone())) };
    scope(group, state, options)?;
    if group.is_smart {
        let what = format!("The ad group {} is of Smart+: `smart_plus_adgroup` writes its targeting.", group.id);
        return Err(fault(None, "smart_plus_object", what));
    }
    let id = link::audience(&wish.audience, wish.action, &wish.row.advertiser, &state.audiences)?;
    let has = connected(group, wish.usage).contains(&id);
    match (wish.action, has) {
        (Action::Delete, false) | (Action::Create, true) => Ok(Plan::Nothing(Some(id))),
        (Action::Delete, true) => disconnect(wish, group, id, options).map(Plan::Send),
        _ => connect(wish, group, id, (state, now)).map(Plan::Send),
    }
}

/// The ad group that the row names. None: it was deleted, and with it all that a row could disconnect.
fn group<'s>(wish: &Wish, state: &'s State) -> Result<Option<&'s Thing>, Fault> {
    let listing = state.account.of(&AD_GROUP);
    let (found, field) = match &wish.ad_group {
        Named::Id(id) => (listing.by_id(id), "adgroup_id"),
        Named::Name(name) => (listing.by_name(name, campaign(wish, state)?.as_deref()), "adgroup_name"),
    };
    let none = |what: &str| {
        let what = format!("Advertiser {} {what} of this id or name.", wish.row.advertiser);
        fault(Some(field), "adgroup_not_found", what)
    };
    match found {
        Found::One(group) => Ok(Some(group)),
        Found::Several(count) => {
            let what = format!("{count} ad groups have the name: name its campaign, or the one by its id.");
            Err(fault(Some(field), "ambiguous", what))
        }
        Found::Gone if wish.action == Action::Delete => Ok(None),
        Found::Gone => Err(none("has deleted the ad group")),
        Found::None => Err(none("has no ad group")),
    }
}

/// The id of the campaign that the row names.
fn campaign(wish: &Wish, state: &State) -> Result<Option<String>, Fault> {
    let name = match &wish.campaign {
        None => return Ok(None),
        Some(Named::Id(id)) => return Ok(Some(id.clone())),
        Some(Named::Name(name)) => name,
    };
    let field = Some("campaign_name");
    match state.account.of(&CAMPAIGN).by_name(name, None) {
        Found::One(campaign) => Ok(Some(campaign.id.clone())),
        Found::Several(count) => {
            Err(fault(field, "ambiguous", format!("{count} campaigns have the name: name the one by its id.")))
        }
        Found::Gone | Found::None => {
            let what = format!("Advertiser {} has no campaign of this name.", wish.row.advertiser);
            Err(fault(field, "parent_missing", what))
        }
    }
}

/// TikTok detaches an expired audience, and an ad group of its own would reach everybody then.
fn connect(
    wish: &Wish,
    group: &Thing,
    audience: String,
    (state, now): (&State, NaiveDateTime),
) -> Result<Change, Fault> {
    if connected(group, wish.usage.other()).contains(&audience) {
        let what = format!(
            "`{}` of the ad group {} has the audience {audience} already: disconnect it from there first.",
            wish.usage.other().field(),
            group.id
        );
        return Err(fault(Some("usage_mode"), "audience_contradiction", what));
    }
    let found = state.audiences.iter().find(|one| one.audience_id == audience);
    if let Some(why) = found.and_then(|one| unusable(one, now)) {
        let what = format!("The audience {audience} cannot be used: {why}.");
        return Err(fault(None, "audience_not_usable", what));
    }
    let mut after = connected(group, wish.usage).to_vec();
    after.push(audience.clone());
    let is_early = found.is_some_and(|one| one.is_valid == Some(false));
    Ok(Change { audience, group: group.id.clone(), after, is_early })
}

fn unusable(one: &Listed, now: NaiveDateTime) -> Option<String> {
    let error = one.error_msg.as_deref().map(|said| said.trim().trim_end_matches('.')).filter(|said| !said.is_empty());
    match (one.expired(now), error) {
        (Some(day), _) => Some(format!("it expired on {}", day.date())),
        (None, Some(said)) if one.is_valid == Some(false) => Some(format!("TikTok says {said:?}")),
        _ => None,
    }
}

/// An ad group without an audience that it includes reaches everybody.
fn disconnect(wish: &Wish, group: &Thing, audience: String, options: &AdsOptions) -> Result<Change, Fault> {
    let all = connected(group, wish.usage).iter();
    let after: Vec<String> = all.filter(|id| **id != audience).cloned().collect();
    let broadens = wish.usage == Usage::Include && after.is_empty();
    if broadens && !options.allows(OBJECT, Action::Broaden) {
        let what = format!(
            "The audience {audience} is the last that the ad group {} includes, which would reach everybody without it: if that is meant, add broaden to `ads.allow.{OBJECT}`.",
            group.id
        );
        return Err(fault(None, "would_broaden", what));
    }
    Ok(Change { audience, group: group.id.clone(), after, is_early: false })
}

/// The fence of campaigns holds for what is in them.
fn scope(group: &Thing, state: &State, options: &AdsOptions) -> Result<(), Fault> {
    let campaign = group.parent.as_deref().unwrap_or_default();
    let (ids, prefix) = (&options.scope.campaign_ids, options.scope.name_prefix.as_deref().unwrap_or_default());
    if !ids.is_empty() && !ids.iter().any(|id| id == campaign) {
        let what = format!("`ads.scope.campaign_ids` does not name campaign {campaign}.");
        return Err(fault(None, "out_of_scope", what));
    }
    let named = state.account.of(&CAMPAIGN).get(campaign).map_or("", |campaign| campaign.name.as_str());
    if !named.starts_with(prefix) {
        let what = format!("The campaign's name does not begin with {prefix:?}, as `ads.scope.name_prefix` wants.");
        return Err(fault(None, "out_of_scope", what));
    }
    Ok(())
}
