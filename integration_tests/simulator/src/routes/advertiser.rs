//! `/advertiser/info/` (`docs/tiktok-api.md` 3.5 [SDK advertiser_info.yml]).

use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::MAX_ADVERTISERS_PER_INFO;
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Account, World};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[get("/advertiser/info/", info)];

const FIELDS: &[&str] = &[
    "advertiser_id",
    "can_use_custom_identity",
    "ads_only_mode",
    "owner_bc_id",
    "status",
    "role",
    "rejection_reason",
    "name",
    "timezone",
    "display_timezone",
    "company",
    "company_name_editable",
    "industry",
    "address",
    "country",
    "advertiser_account_type",
    "currency",
    "contacter",
    "email",
    "cellphone_number",
    "telephone_number",
    "language",
    "license_no",
    "license_url",
    "description",
    "balance",
    "create_time",
];

/// Returned only when asked for.
const ON_REQUEST: &[&str] = &["company_name_editable", "can_use_custom_identity", "ads_only_mode"];

fn info(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_ids"])?;
    let ids = call.params.strings("advertiser_ids")?.unwrap_or_default();
    if ids.is_empty() || ids.len() > MAX_ADVERTISERS_PER_INFO {
        let text = format!("advertiser_ids: Length must be between 1 and {MAX_ADVERTISERS_PER_INFO}");
        return Err(Refusal::param(text));
    }
    let fields = call.params.choices("fields", FIELDS)?;
    let mut list = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        let account = call.reach(world, params::id(&format!("advertiser_ids.{at}"), id)?)?;
        list.push(Value::Object(select(record(account), fields.as_deref())));
    }
    Ok(json!({ "list": list }).into())
}

fn select(record: Map<String, Value>, fields: Option<&[String]>) -> Map<String, Value> {
    let keep = |name: &str| match fields {
        Some(fields) => fields.iter().any(|field| field == name),
        None => !ON_REQUEST.contains(&name),
    };
    record.into_iter().filter(|(name, _)| keep(name)).collect()
}

/// All fields; contact data come masked [AB], `create_time` in epoch seconds.
fn record(account: &Account) -> Map<String, Value> {
    let record = json!({
        "advertiser_id": account.id.to_string(),
        "can_use_custom_identity": false,
        "ads_only_mode": false,
        "owner_bc_id": account.business.to_string(),
        "status": account.status,
        "role": "ROLE_ADVERTISER",
        "rejection_reason": "",
        "name": account.name,
        "timezone": account.zone_name,
        "display_timezone": account.zone_shown.as_deref().unwrap_or(account.zone.name()),
        "company": "Brightfold Media",
        "company_name_editable": false,
        "industry": "291801",
        "address": "",
        "country": account.country,
        "advertiser_account_type": "AUCTION",
        "currency": account.currency,
        "contacter": "B***d",
        "email": "m***a@example.invalid",
        "cellphone_number": "+00******00",
        "telephone_number": "",
        "language": "en",
        "license_no": "",
        "license_url": null,
        "description": "",
        "balance": (account.id % 100_000) as f64 / 100.0,
        "create_time": account.created.timestamp(),
    });
    match record {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
