//! The `filtering` object of the entity gets. Unknown keys are ignored [LIVE 70427355816].

use crate::answer::Refusal;
use crate::assumptions::NAME_FILTER_IS_CONTAINS;
use crate::call::Call;
use crate::params;
use crate::world::status::{PRIMARY, passes_primary, passes_secondary, secondary_names};
use crate::world::{Account, Buying, Entity, Level, SPLIT_TEST};
use chrono::NaiveDateTime;
use serde_json::{Map, Value};

const IDS_PER_FILTER: usize = 100;

const AUTOMATION: &[&str] = &["MANUAL", "SMART_PLUS", "UPGRADED_SMART_PLUS"];
const ORIGINS: &[&str] = &["PROMOTE", "TT_ADS_PLATFORM"];
const BUYING: &[&str] = &["AUCTION", "RESERVATION_RF", "RESERVATION_TOP_VIEW"];

/// Keys that are compared with the record's field of the same name, and their valid values
/// (none listed: any text).
const EQUAL: &[(&str, &[&str])] = &[
    ("campaign_automation_type", AUTOMATION),
    ("sales_destination", &["TIKTOK_SHOP", "WEBSITE", "APP", "WEB_AND_APP"]),
    ("campaign_product_source", &["CATALOG", "STORE"]),
    ("campaign_type", &["REGULAR_CAMPAIGN", "IOS14_CAMPAIGN"]),
    ("optimization_goal", &[]),
    ("promotion_type", &[]),
    ("creative_material_mode", &["CUSTOM", "DYNAMIC", "SMART_CREATIVE"]),
];

/// A checked filter.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    ids: Vec<(&'static str, Vec<u64>)>,
    name: Option<String>,
    primary: Option<String>,
    secondary: Option<String>,
    buying: Vec<String>,
    platform: bool,
    equal: Vec<(&'static str, String)>,
    objective: Option<String>,
    split_test: Option<bool>,
    smart_performance: Option<bool>,
    billing: Option<Vec<String>>,
    created_from: Option<NaiveDateTime>,
    created_to: Option<NaiveDateTime>,
    modified_after: Option<NaiveDateTime>,
}

impl Filter {
    pub(super) fn of(call: &Call, level: Level) -> Result<Self, Refusal> {
        let keys = Keys::of(call)?;
        let name_key = format!("{}_name", level.stem());
        let secondary = secondary_names(level);
        let secondary: Vec<&str> = secondary.iter().map(String::as_str).collect();
        let origins = keys.choices("campaign_system_origins", ORIGINS)?;
        let mut filter = Self {
            ids: ids(&keys, level)?,
            name: keys.text(&name_key)?,
            primary: keys.choice("primary_status", PRIMARY)?,
            secondary: keys.choice("secondary_status", &secondary)?,
            buying: buying(&keys)?,
            platform: origins.is_none_or(|all| all.iter().any(|one| one == "TT_ADS_PLATFORM")),
            objective: keys.text("objective_type")?,
            // What a level does not know is one more unknown key.
            split_test: keys.flag("split_test_enabled")?.filter(|_| level != Level::Ad),
            smart_performance: keys.flag("is_smart_performance_campaign")?.filter(|_| level == Level::Campaign),
            billing: keys.strings("billing_events")?.filter(|_| level == Level::AdGroup),
            created_from: keys.moment("creation_filter_start_time")?,
            created_to: keys.moment("creation_filter_end_time")?,
            // Only ads know it; elsewhere it is one more unknown key.
            modified_after: match level {
                Level::Ad => keys.moment("modified_after")?,
                _ => None,
            },
            equal: Vec::new(),
        };
        for (name, valid) in EQUAL {
            let value = if valid.is_empty() { keys.text(name) } else { keys.choice(name, valid) };
            filter.equal.extend(value?.map(|value| (*name, value)));
        }
        Ok(filter)
    }

    pub(super) fn top_view(&self) -> bool {
        self.buying.iter().any(|one| one == Buying::TopView.wire())
    }

    pub(super) fn passes(&self, account: &Account, entity: &Entity) -> bool {
        self.platform
            && self.buying.iter().any(|one| one == entity.buying.wire())
            && self.status(account.secondary_status(entity))
            && self.ids.iter().all(|(name, ids)| ids.contains(&own_id(entity, name)))
            && self.name.as_deref().is_none_or(|wanted| name_matches(&entity.name, wanted))
            && self.split_test.is_none_or(|wanted| entity.extra.contains_key(SPLIT_TEST) == wanted)
            && self.times(entity)
            && self.fields(account, entity)
    }

    /// Deleted objects are hidden unless a status is asked for.
    fn status(&self, status: &str) -> bool {
        let default = if self.secondary.is_some() { "STATUS_ALL" } else { "STATUS_NOT_DELETE" };
        passes_primary(status, self.primary.as_deref().unwrap_or(default))
            && self.secondary.as_deref().is_none_or(|wanted| passes_secondary(status, wanted))
    }

    fn times(&self, entity: &Entity) -> bool {
        let created = entity.created.naive_utc();
        let modified = entity.modified.map(|moment| moment.naive_utc());
        self.created_from.is_none_or(|from| created >= from)
            && self.created_to.is_none_or(|to| created <= to)
            && self.modified_after.is_none_or(|after| modified.is_some_and(|at| at >= after))
    }

    fn fields(&self, account: &Account, entity: &Entity) -> bool {
        if self.equal.is_empty()
            && self.objective.is_none()
            && self.smart_performance.is_none()
            && self.billing.is_none()
        {
            return true;
        }
        let record = account.record(entity);
        let campaign = account.find(Level::Campaign, entity.campaign).map(|c| account.record(c));
        let objective = campaign.as_ref().and_then(|campaign| campaign.get("objective_type"));
        let smart = record.get("is_smart_performance_campaign") == Some(&Value::Bool(true));
        let billing = record.get("billing_event").and_then(Value::as_str).unwrap_or_default();
        self.smart_performance.is_none_or(|wanted| smart == wanted)
            && self.billing.as_ref().is_none_or(|wanted| wanted.iter().any(|one| one == billing))
            && self.equal.iter().all(|(name, wanted)| record.get(*name).is_some_and(|v| v == wanted))
            && self.objective.as_deref().is_none_or(|wanted| objective.is_some_and(|v| v == wanted))
    }
}

pub(super) fn name_matches(name: &str, wanted: &str) -> bool {
    if NAME_FILTER_IS_CONTAINS { name.to_lowercase().contains(&wanted.to_lowercase()) } else { name == wanted }
}

fn own_id(entity: &Entity, name: &str) -> u64 {
    match name {
        "campaign_ids" => entity.campaign,
        "adgroup_ids" => entity.adgroup,
        "ad_ids_v2" => entity.ad_v2(),
        _ => entity.id,
    }
}

fn ids(keys: &Keys, level: Level) -> Result<Vec<(&'static str, Vec<u64>)>, Refusal> {
    let mut all = Vec::new();
    // A level knows the ids of its parents and its own.
    let known = match level {
        Level::Campaign => 1,
        Level::AdGroup => 2,
        Level::Ad => 4,
    };
    for name in ["campaign_ids", "adgroup_ids", "ad_ids", "ad_ids_v2"].into_iter().take(known) {
        let Some(texts) = keys.ids(name, IDS_PER_FILTER)? else {
            continue;
        };
        let path = format!("filtering.{name}");
        let ids = texts.iter().map(|text| params::id(&path, text));
        all.push((name, ids.collect::<Result<_, _>>()?));
    }
    Ok(all)
}

fn buying(keys: &Keys) -> Result<Vec<String>, Refusal> {
    let default = || vec!["AUCTION".to_owned(), "RESERVATION_RF".to_owned()];
    let all = keys.choices("buying_types", BUYING)?.filter(|all| !all.is_empty());
    let all = all.unwrap_or_else(default);
    if all.len() > 1 && all.iter().any(|one| one == Buying::TopView.wire()) {
        let text = "filtering.buying_types: RESERVATION_TOP_VIEW cannot be used with other values";
        return Err(Refusal::param(text));
    }
    Ok(all)
}

/// The object, read as strictly as the query around it.
pub(super) struct Keys(Map<String, Value>);

impl Keys {
    pub(super) fn of(call: &Call) -> Result<Self, Refusal> {
        Ok(Self(call.params.object("filtering")?.unwrap_or_default()))
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn number(&self, name: &str) -> Result<Option<f64>, Refusal> {
        let wrong = || Refusal::param(format!("filtering.{name}: Not a valid number"));
        self.get(name).map(|value| value.as_f64().ok_or_else(wrong)).transpose()
    }

    pub(super) fn numbers(&self, name: &str) -> Result<Option<Vec<f64>>, Refusal> {
        let wrong = || Refusal::param(format!("filtering.{name}: Not a valid list of numbers"));
        let all = |value: &Value| -> Option<Vec<f64>> { value.as_array()?.iter().map(Value::as_f64).collect() };
        self.get(name).map(|value| all(value).ok_or_else(wrong)).transpose()
    }

    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Refusal> {
        let wrong = || Refusal::param(format!("filtering.{name}: Not a valid boolean"));
        self.get(name).map(|value| value.as_bool().ok_or_else(wrong)).transpose()
    }

    /// A list of at most so many.
    pub(super) fn ids(&self, name: &str, most: usize) -> Result<Option<Vec<String>>, Refusal> {
        let list = self.strings(name)?;
        if list.as_ref().is_some_and(|list| list.len() > most) {
            return Err(Refusal::param(format!("filtering.{name}: Length must be between 1 and {most}")));
        }
        Ok(list)
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::param(format!("filtering.{name}: Not a valid string"))),
        }
    }

    pub(super) fn choice(&self, name: &str, valid: &[&str]) -> Result<Option<String>, Refusal> {
        match self.text(name)? {
            Some(value) if !valid.contains(&value.as_str()) => {
                Err(Refusal::choice(&format!("filtering.{name}"), valid, &value))
            }
            other => Ok(other),
        }
    }

    pub(super) fn strings(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        self.get(name).map(|value| params::strings(&format!("filtering.{name}"), value)).transpose()
    }

    pub(super) fn choices(&self, name: &str, valid: &[&str]) -> Result<Option<Vec<String>>, Refusal> {
        let list = self.strings(name)?;
        let wrong = list.iter().flatten().enumerate();
        match wrong.into_iter().find(|(_, value)| !valid.contains(&value.as_str())) {
            Some((at, value)) => Err(Refusal::choice(&format!("filtering.{name}.{at}"), valid, value)),
            None => Ok(list),
        }
    }

    pub(super) fn moment(&self, name: &str) -> Result<Option<NaiveDateTime>, Refusal> {
        let text = self.text(name)?;
        text.map(|text| params::moment(&format!("filtering.{name}"), &text)).transpose()
    }
}
