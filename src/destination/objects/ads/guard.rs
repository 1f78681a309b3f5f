//! What may be done: the control matrix and the fence. All of it is judged before a request leaves. Pure.

use super::change::Change;
use super::kind::{KindDef, Level};
use super::known::Account;
use super::money;
use super::value::Held;
use super::wish::{Intent, Wish};
use crate::config::ads::{Action, AdsOptions, Scope};
use crate::destination::record::fault::Fault;

fn reject(field: Option<&'static str>, reason: &'static str, message: String) -> Fault {
    Fault { field, reason, message: message.into() }
}

/// Refuses what is not allowed whatever is there, before anything is looked up.
pub(crate) fn before_lookup(wish: &Wish, options: &AdsOptions) -> Result<(), Fault> {
    advertiser(&options.scope, &wish.advertiser)?;
    let allows = |action| options.allows(wish.kind.object, action);
    let (may, action) = match wish.intent {
        Intent::Exist => (allows(Action::Create), Action::Create),
        Intent::Pause => (allows(Action::Pause), Action::Pause),
        Intent::Resume => (allows(Action::Resume), Action::Resume),
        Intent::Delete => (allows(Action::Delete), Action::Delete),
        Intent::Change | Intent::ExistAsGiven => return Ok(()),
    };
    if may { Ok(()) } else { Err(not_allowed(wish.kind, action)) }
}

fn not_allowed(kind: &KindDef, action: Action) -> Fault {
    let (object, word) = (kind.object, action.word());
    reject(
        None,
        "not_allowed",
        format!("`ads.allow` does not let the {} be written so: it lacks {word} for `{object}`.", kind.called),
    )
}

fn out_of_scope(message: String) -> Fault {
    reject(None, "out_of_scope", message)
}

/// Judges a change in its account, its money last.
pub(crate) fn judge(change: &Change, account: &Account, options: &AdsOptions) -> Result<(), Fault> {
    for action in change.actions() {
        // A row of a plain stream may meet a Smart+ object: what its own object is allowed counts.
        if !options.allows(change.listed.object, action) {
            return Err(not_allowed(change.listed, action));
        }
    }
    scope(change, account, options)?;
    let now = change.id.as_ref().and_then(|id| account.any(change.kind.level, id));
    money::judge(change, now, account, options)
}

/// Refuses an advertiser outside of the fence.
pub(crate) fn advertiser(scope: &Scope, advertiser: &str) -> Result<(), Fault> {
    let ids = &scope.advertiser_ids;
    if ids.is_empty() || ids.iter().any(|id| id == advertiser) {
        return Ok(());
    }
    Err(out_of_scope(format!("`ads.scope.advertiser_ids` does not name advertiser {advertiser}.")))
}

fn scope(change: &Change, account: &Account, options: &AdsOptions) -> Result<(), Fault> {
    let campaign = account.campaign_of(change);
    let is_campaign = change.kind.level == Level::Campaign;
    let renamed = change.after(change.kind.name).and_then(Held::text).filter(|_| is_campaign);
    let named = campaign.map_or(change.name.as_str(), |campaign| campaign.name.as_str());
    let id = campaign.map(|campaign| campaign.id.as_str());
    fence(&options.scope, id, [Some(named), renamed].into_iter().flatten())
}

/// Refuses what is in a campaign outside of the fence. A campaign that is not made yet has no id.
pub(crate) fn fence<'n>(
    scope: &Scope,
    campaign: Option<&str>,
    mut names: impl Iterator<Item = &'n str>,
) -> Result<(), Fault> {
    if !scope.campaign_ids.is_empty() {
        let Some(campaign) = campaign else {
            return Err(out_of_scope("`ads.scope.campaign_ids` names the campaigns, so none is created.".to_owned()));
        };
        if !scope.campaign_ids.iter().any(|id| id == campaign) {
            return Err(out_of_scope(format!("`ads.scope.campaign_ids` does not name campaign {campaign}.")));
        }
    }
    let prefix = scope.name_prefix.as_deref().unwrap_or_default();
    match names.find(|name| !name.starts_with(prefix)) {
        None => Ok(()),
        Some(_) => Err(out_of_scope(format!(
            "The campaign's name does not begin with {prefix:?}, as `ads.scope.name_prefix` wants."
        ))),
    }
}
