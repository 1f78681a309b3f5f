//! The rows of managed objects.

use super::kind::{AD, AD_GROUP, CAMPAIGN, KindDef, SMART_PLUS_AD, SMART_PLUS_AD_GROUP, SMART_PLUS_CAMPAIGN, find};
use super::{Ads, look};
use crate::config::DestinationConfig;
use crate::config::ads::Action;
use crate::destination::objects::def::{FieldNeed, LaneDef, Mode, ObjectDef, Route};
use crate::destination::record::steer::{DELETED_AT, OPERATION};
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::Endpoint;
use crate::words;

static ADS: LaneDef = LaneDef {
    name: "ads",
    open: |opening, routes| Ok(Box::new(Erased::new(Ads::open(opening, routes)?))),
    look: look::look,
    check: |_, _| Ok(()),
};

const ADVERTISER: FieldNeed = FieldNeed {
    any_of: &["advertiser_id"],
    what: "says which advertiser it is for",
    advice: "Set `advertiser_id` in the config, or name the column in `mappings`",
};

macro_rules! objects {
    ($($name:ident $kind:ident $title:literal $keys:expr, $needs:expr, $endpoints:expr;)+) => {
        $(
            pub(crate) static $name: ObjectDef = ObjectDef {
                name: $kind.object,
                modes: &["append", "update", "append_dedup", "soft_delete"],
                matching_keys: $keys,
                schema: $kind.schema,
                called: $kind.object,
                title: $title,
                settings: &[],
                fields: $needs,
                endpoints: $endpoints,
                essential: false,
                wanted: Some(|config| config.ads.allow.contains_key($kind.object)),
                each: None,
                bind,
                lane: &ADS,
            };
        )+
    };
}

const CAMPAIGN_KEY: FieldNeed = FieldNeed {
    any_of: &["campaign_id", "campaign_name"],
    what: "names the campaign",
    advice: "Name the column of its id or its name in `mappings`",
};
const AD_GROUP_KEY: FieldNeed = FieldNeed {
    any_of: &["adgroup_id", "adgroup_name"],
    what: "names the ad group",
    advice: "Name the column of its id or its name in `mappings`",
};
const AD_KEY: FieldNeed = FieldNeed {
    any_of: &["ad_id", "ad_name"],
    what: "names the ad",
    advice: "Name the column of its id or its name in `mappings`",
};
const SMART_PLUS_AD_KEY: FieldNeed = FieldNeed { any_of: &["smart_plus_ad_id", "ad_name"], ..AD_KEY };

const fn calls(kind: &'static KindDef) -> [&'static Endpoint; 4] {
    [kind.list, kind.create, kind.update, kind.status]
}

objects! {
    CAMPAIGNS CAMPAIGN "Campaigns" &[&["campaign_id"], &["campaign_name"]], &[CAMPAIGN_KEY, ADVERTISER], &calls(&CAMPAIGN);
    AD_GROUPS AD_GROUP "Ad Groups" &[&["adgroup_id"], &["campaign_id", "adgroup_name"], &["campaign_name", "adgroup_name"]],
        &[AD_GROUP_KEY, ADVERTISER], &calls(&AD_GROUP);
    ADS_OBJECT AD "Ads" &[&["ad_id"], &["adgroup_id", "ad_name"], &["campaign_name", "adgroup_name", "ad_name"]],
        &[AD_KEY, ADVERTISER], &calls(&AD);
    SMART_PLUS_CAMPAIGNS SMART_PLUS_CAMPAIGN "Smart+ Campaigns" &[&["campaign_id"], &["campaign_name"]],
        &[CAMPAIGN_KEY, ADVERTISER], &calls(&SMART_PLUS_CAMPAIGN);
    SMART_PLUS_AD_GROUPS SMART_PLUS_AD_GROUP "Smart+ Ad Groups"
        &[&["adgroup_id"], &["campaign_id", "adgroup_name"], &["campaign_name", "adgroup_name"]],
        &[AD_GROUP_KEY, ADVERTISER], &calls(&SMART_PLUS_AD_GROUP);
    SMART_PLUS_ADS SMART_PLUS_AD "Smart+ Ads"
        &[&["smart_plus_ad_id"], &["adgroup_id", "ad_name"], &["campaign_name", "adgroup_name", "ad_name"]],
        &[SMART_PLUS_AD_KEY, ADVERTISER], &calls(&SMART_PLUS_AD);
}

/// A stream that could only do what is not allowed would reject each of its rows.
fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    let object = route.object.name;
    if let Some(kind) = find(object) {
        misspelt(kind, route).iter().for_each(|told| tracing::warn!("{told}"));
    }
    let needs: &[Action] = match route.mode {
        // A row's own `_op` may ask for something else.
        _ if has_operations(route) => &Action::ALL,
        Mode::Append => &[Action::Create],
        Mode::Update => &[Action::Update, Action::Pause, Action::Resume],
        Mode::AppendDedup | Mode::Overwrite => &[Action::Create, Action::Update, Action::Pause, Action::Resume],
        Mode::SoftDelete => &[Action::Delete],
    };
    if find(object).is_some() && !needs.iter().any(|action| config.ads.allows(object, *action)) {
        let word = needs.first().map_or("create", |action| action.word());
        return Err(Error::config(format!(
            "Stream `{}` is written as {}, and `ads.allow` lets no `{object}` be written so",
            route.stream,
            route.mode.word()
        ))
        .advise(format!(
            "Set `ads.allow`, such as {{\"{object}\": [\"{word}\"]}}, with the bounds that docs/ads.md tells of."
        )));
    }
    Ok(Vec::new())
}

/// Whether rows may say themselves what is done with them.
fn has_operations(route: &Route) -> bool {
    let says = |name: &String| name == OPERATION || name == DELETED_AT;
    route.columns.iter().any(says) || route.fields.values().any(says)
}

/// Columns that are nearly a field: nothing would come of them, and nobody would notice.
fn misspelt(kind: &KindDef, route: &Route) -> Vec<String> {
    let names = kind.fields().names;
    let filled = |field: &str| route.columns.iter().any(|column| route.field(column) == field);
    let odd = route.columns.iter().filter(|column| !names.contains(&route.field(column)) && !column.starts_with('_'));
    let near = odd.filter_map(|column| Some((column, near(column, names)?)));
    let told = |(column, field): (&String, &str)| {
        let (stream, called) = (&route.stream, kind.called);
        format!(
            "Column `{column}` of stream `{stream}` is no field of a {called} and is not written; if `{field}` is meant, rename it or name it in `mappings`."
        )
    };
    near.filter(|(_, field)| !filled(field)).map(told).collect()
}

/// The field that a column's name is like, or ends with.
fn near<'n>(column: &str, names: &[&'n str]) -> Option<&'n str> {
    let folded = words::folded(column);
    let ends = |name: &&&str| name.len() >= ENDING_MIN && folded.ends_with(&words::folded(name));
    words::nearest(column, names.iter().copied())
        .or_else(|| names.iter().filter(ends).max_by_key(|name| name.len()).copied())
}

/// Letters of a field's name that a column's name ends with: `daily_budget` is like `budget`.
const ENDING_MIN: usize = 6;

#[cfg(test)]
mod tests {
    use super::super::kind::{AD_GROUP, CAMPAIGN};
    use super::*;

    #[test]
    fn columns_that_are_nearly_fields_are_known() {
        let near = |kind: &KindDef, column: &str| near(column, kind.fields().names).unwrap_or_default();
        for (column, field) in [
            ("budgett", "budget"),
            ("Budget", "budget"),
            ("daily_budget", "budget"),
            ("campaignName", "campaign_name"),
            ("owner", ""),
            ("updated_at", ""),
            ("notes", ""),
        ] {
            assert_eq!(near(&CAMPAIGN, column), field, "{column}");
        }
        assert_eq!(near(&AD_GROUP, "bidprice"), "bid_price");
    }
}
