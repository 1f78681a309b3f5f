//! Business Centers, their assets and balances (`docs/tiktok-api.md` 3.5 [SDK bc_get.yml, bc_asset_get.yml]
//! [DOC 1739939106470913, 1775752357139457]).

use super::filtering::Keys;
use super::listing::{Listing, Row, chosen};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::NO_SUCH_BUSINESS_CODE;
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Business, Collection, Record, Token, World};
use serde_json::{Value, json};
use std::borrow::Cow;

pub(super) static ROUTES: &[Route] = &[
    get("/bc/get/", list),
    get("/bc/asset/get/", assets),
    get("/bc/member/get/", members),
    get("/advertiser/balance/get/", balances),
    get("/bc/advertiser/attribute/", attributes),
];

/// Of all lists here.
const SIZES: (u64, u64) = (10, 50);
const LIST: Listing = Listing { key: "list", sizes: SIZES, filters: &[] };
const BALANCES: Listing = Listing { key: "advertiser_account_list", sizes: SIZES, filters: &[] };

const ASSETS: &[&str] =
    &["ADVERTISER", "CATALOG", "DOMAIN", "LEAD", "PIXEL", "STOREFRONT", "TIKTOK_SHOP", "TT_ACCOUNT"];

/// The Business Center of `bc_id`, if the token reaches it.
pub(super) fn reached<'w>(world: &'w World, call: &Call) -> Result<&'w Business, Refusal> {
    let token = call.token(world)?;
    let id = call.params.id("bc_id")?.ok_or_else(|| Refusal::missing(&["bc_id"]))?;
    let refuse = |code| Refusal::new(code, format!("No permission to operate Business Center: {id}"));
    let found = world.businesses.iter().find(|business| business.id == id);
    let found = found.ok_or_else(|| refuse(NO_SUCH_BUSINESS_CODE))?;
    token.businesses.contains(&id).then_some(found).ok_or_else(|| refuse(40001))
}

fn list(world: &World, call: &Call, _: &Shared) -> Outcome {
    let token = call.token(world)?;
    let tiered = call.params.choice("scene", &["SINGLE_ACCOUNT", "TIERED_ACCOUNT"])? == Some("TIERED_ACCOUNT");
    if tiered {
        call.params.require(&["bc_id"])?;
    }
    let keys = Keys::of(call)?;
    let word = keys.text("keyword")?.unwrap_or_default();
    keys.choice("keyword_type", &["ASSET", "MEMBER", "PARTNER", "TIER"])?;
    keys.choice("relation_type", &["CHILD", "PARENT"])?;
    let page = LIST.page(call)?;
    let one = match call.params.text("bc_id") {
        Some(_) => Some(reached(world, call)?.id),
        None => None,
    };
    let all = world.businesses.iter().filter(|business| token.businesses.contains(&business.id));
    let all = all.filter(|business| one.is_none_or(|one| business.id == one) && business.name.contains(&word));
    // Nobody here has tiers.
    let all = all.filter(|_| !tiered);
    let rows: Vec<Row<'_>> = all.map(|business| Row::owned(record(business))).collect();
    Ok(LIST.answer(page, &rows, None))
}

fn record(business: &Business) -> Value {
    json!({
        "bc_info": {
            "bc_id": business.id.to_string(),
            "name": business.name,
            "company": "Brightfold Media",
            "currency": "USD",
            "registered_area": business.country,
            "status": "ENABLE",
            "timezone": "America/New_York",
            "type": "NORMAL",
            "organization_type": "DIRECT",
        },
        "user_role": "ADMIN",
        "ext_user_role": {"finance_role": "MANAGER"},
    })
}

fn assets(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["bc_id", "asset_type"])?;
    let kind = call.params.choice("asset_type", ASSETS)?.unwrap_or_default();
    call.params.id("child_bc_id")?;
    let keys = Keys::of(call)?;
    let word = keys.text("keyword")?.unwrap_or_default();
    // Checked, but everybody here is one user.
    keys.text("user_email")?;
    keys.text("user_id")?;
    let page = LIST.page(call)?;
    let token = call.token(world)?;
    let all = world.records(reached(world, call)?.id, Collection::BcAsset).iter();
    let keep = |record: &&Record| {
        text(record, "asset_type") == kind
            && (text(record, "asset_name").contains(&word) || text(record, "asset_id") == word)
    };
    let rows: Vec<Row<'_>> = all.filter(keep).map(|record| asset(record, token)).collect();
    Ok(LIST.answer(page, &rows, None))
}

fn text<'r>(record: &'r Record, name: &str) -> &'r str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// An asset as a user sees it. [?] In an account of another user he has no role.
fn asset<'w>(record: &'w Record, token: &Token) -> Row<'w> {
    let mut row = Row::from(record);
    if record.contains_key(ROLE) {
        let own = text(record, "asset_id").parse().ok().filter(|id| token.lists.contains(id));
        let role = own.map_or(Value::Null, |id| token.role(id).name().into());
        row.record.to_mut().insert(ROLE.to_owned(), role);
    }
    row
}

/// The key of an account's asset that depends on who asks.
const ROLE: &str = "advertiser_role";

/// Returned only when asked for.
const ON_REQUEST: &[&str] = &[
    "budget_remaining",
    "budget_frequency_restriction",
    "budget_amount_restriction",
    "min_transferable_amount",
    "max_transferable_amount",
    "balance_info",
];

const STATUSES: &[&str] = &[
    "SHOW_ACCOUNT_STATUS_NOT_APPROVED",
    "SHOW_ACCOUNT_STATUS_APPROVED",
    "SHOW_ACCOUNT_STATUS_IN_REVIEW",
    "SHOW_ACCOUNT_STATUS_PUNISHED",
];

fn balances(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["bc_id"])?;
    let more = call.params.choices("fields", ON_REQUEST)?.unwrap_or_default();
    let keys = Keys::of(call)?;
    let word = keys.text("keyword")?.unwrap_or_default();
    let statuses = keys.choices("advertiser_status", STATUSES)?;
    keys.text("payment_portfolio_id")?;
    let page = BALANCES.page(call)?;
    let all = world.records(reached(world, call)?.id, Collection::Balance).iter();
    let text = |row: &Row<'_>, name: &str| row.record.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let keep = |row: &Row<'_>| {
        statuses.as_ref().is_none_or(|all| all.contains(&text(row, "advertiser_status")))
            && (text(row, "advertiser_name").contains(&word) || text(row, "advertiser_id") == word)
    };
    let mut rows: Vec<Row<'_>> = all.map(Row::from).filter(keep).collect();
    for row in &mut rows {
        let names = row.record.keys().filter(|name| !ON_REQUEST.contains(&name.as_str()) || more.contains(name));
        let names: Vec<String> = names.cloned().collect();
        row.record = Cow::Owned(chosen(&row.record, Some(&names)).into_owned());
    }
    Ok(BALANCES.answer(page, &rows, None))
}

/// A page of members is smaller than those of other lists [GO model/bc].
const MEMBERS: Listing = Listing { key: "list", sizes: (10, 20), filters: &[] };
/// Members of each Business Center: more than a page.
const PEOPLE: u64 = 23;

fn members(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["bc_id"])?;
    let keys = Keys::of(call)?;
    let word = keys.text("keyword")?.unwrap_or_default();
    let status = keys.choice("relation_status", &["BOUND", "PENDING", "REJECTED", "UNBOUND"])?;
    let role = keys.choice("user_role", &["ADMIN", "STANDARD"])?;
    let page = MEMBERS.page(call)?;
    let business = reached(world, call)?;
    let all = (1..=PEOPLE).map(|number| member(business, number));
    let is = |row: &Value, name: &str, wanted: &Option<String>| {
        wanted.as_ref().is_none_or(|wanted| row.get(name).and_then(Value::as_str) == Some(wanted))
    };
    let keep = |row: &Value| {
        is(row, "relation_status", &status) && is(row, "user_role", &role) && row.to_string().contains(&word)
    };
    let rows: Vec<Row<'_>> = all.filter(keep).map(Row::owned).collect();
    Ok(MEMBERS.answer(page, &rows, None))
}

/// A person who does not exist.
fn member(business: &Business, number: u64) -> Value {
    let admin = number % 5 == 1;
    json!({
        "user_id": (business.id + number).to_string(),
        "user_name": format!("Person {number}"),
        "user_email": format!("p***{number}@example.invalid"),
        "user_role": if admin { "ADMIN" } else { "STANDARD" },
        "relation_status": if number.is_multiple_of(7) { "PENDING" } else { "BOUND" },
        "ext_user_role": {"finance_role": if admin { "MANAGER" } else { "ANALYST" }},
    })
}

/// What accounts may be made with.
fn attributes(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["bc_id"])?;
    reached(world, call)?;
    Ok(json!({"currencies": ["USD", "EUR", "GBP", "JPY"], "region_codes": ["US", "DE", "GB", "JP"]}).into())
}
