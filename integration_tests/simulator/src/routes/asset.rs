//! What a Business Center has (`tiktok-api.md` 3.5 [YML bc_asset_get.yml]): here its accounts, and
//! what the token's user may do in each. Of the other types it has none.

use super::page::Page;
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::NO_SUCH_BUSINESS_CODE;
use crate::call::Call;
use crate::server::Shared;
use crate::world::{Account, Token, World};
use serde_json::{Map, Value, json};

pub(super) static ROUTES: &[Route] = &[get("/bc/asset/get/", list)];

const TYPES: &[&str] = &["ADVERTISER", "CATALOG", "DOMAIN", "LEAD", "PIXEL", "STOREFRONT", "TIKTOK_SHOP", "TT_ACCOUNT"];
/// Assets a page may have.
const MAX: u64 = 50;

fn list(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["bc_id", "asset_type"])?;
    let kind = call.params.choice("asset_type", TYPES)?.unwrap_or_default();
    let id = call.params.id("bc_id")?.unwrap_or_default();
    call.params.id("child_bc_id")?;
    let word = keyword(call.params.object("filtering")?.unwrap_or_default())?;
    let page = Page::of(call, MAX)?;
    let token = call.token(world)?;
    let own: Vec<&Account> = accounts(world, token).filter(|account| account.business == id).collect();
    if own.is_empty() {
        let text = format!("No permission to operate Business Center: {id}");
        return Err(Refusal::new(NO_SUCH_BUSINESS_CODE, text));
    }
    let named = |account: &&Account| account.name.contains(&word) || account.id.to_string() == word;
    let found: Vec<&Account> = own.into_iter().filter(|account| kind == "ADVERTISER" && named(account)).collect();
    let rows = found.get(page.rows(found.len())).unwrap_or_default();
    let rows: Vec<Value> = rows.iter().map(|account| record(account, token)).collect();
    Ok(format!("{{\"list\":{}{}}}", Value::Array(rows), page.info(found.len())).into_bytes().into())
}

fn accounts<'w>(world: &'w World, token: &'w Token) -> impl Iterator<Item = &'w Account> {
    token.lists.iter().filter_map(|id| world.account(*id))
}

/// The user filters are checked, but everybody here is one user.
fn keyword(filtering: Map<String, Value>) -> Result<String, Refusal> {
    let mut word = String::new();
    for (name, value) in filtering {
        match (name.as_str(), value) {
            ("keyword", Value::String(text)) => word = text,
            ("user_email" | "user_id", Value::String(_)) => {}
            ("keyword" | "user_email" | "user_id", _) => {
                return Err(Refusal::param(format!("filtering.{name}: Not a valid string")));
            }
            _ => {}
        }
    }
    Ok(word)
}

fn record(account: &Account, token: &Token) -> Value {
    json!({
        "asset_type": "ADVERTISER",
        "asset_id": account.id.to_string(),
        "asset_name": account.name,
        "advertiser_status": account.status,
        "advertiser_account_type": "AUCTION",
        "advertiser_role": token.role(account.id).name(),
        "catalog_role": null,
        "store_role": null,
        "tt_account_roles": null,
        "ad_creation_eligible": null,
        "owner_bc_name": "Brightfold Media",
    })
}
