//! Assets and balances of Business Centers (`docs/tiktok-api.md` 3.5).

use super::{Record, id, record};
use crate::world::businesses::Business;
use crate::world::{Account, time};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// More accounts of a large Business Center than a page of 50 has; nobody's token reaches them.
const CLOSED: u64 = 60;

/// Accounts, shops, and a few of the other kinds.
pub(super) fn assets(business: &Business, accounts: &[&Account], stores: &[Record], large: bool) -> Vec<Record> {
    let mut all: Vec<Record> = accounts.iter().map(|account| advertiser(business, account)).collect();
    all.extend((0..if large { CLOSED } else { 0 }).map(|number| {
        let (closed, name) = (id(business.id, 0xc105, number), format!("Closed account {number}"));
        asset(business, "ADVERTISER", &closed.to_string(), &name, json!({"advertiser_status": "STATUS_DISABLE"}))
    }));
    for store in stores {
        let text = |name: &str| store.get(name).and_then(Value::as_str).unwrap_or_default();
        let more = json!({"store_role": "AD_PROMOTION"});
        all.push(asset(business, "TIKTOK_SHOP", text("store_id"), text("store_name"), more));
    }
    let others = [
        ("CATALOG", json!({"catalog_role": "ADMIN", "ad_creation_eligible": "AVAILABLE"})),
        ("PIXEL", json!({"pixel_code": "C4A1B2C3D4E5F6071829"})),
        ("TT_ACCOUNT", json!({"tt_account_roles": ["POST_MANAGEMENT"], "tt_asset_handle": "brightfold"})),
        ("STOREFRONT", json!({"store_role": "MANAGER"})),
        ("DOMAIN", json!({})),
        ("LEAD", json!({})),
    ];
    let count = if accounts.is_empty() { 0 } else { 2 };
    for (kind, more) in others {
        for number in 0..count {
            let id = id(business.id, kind.len() as u64, number).to_string();
            all.push(asset(business, kind, &id, &format!("{kind} {number}"), more.clone()));
        }
    }
    all
}

fn advertiser(business: &Business, account: &Account) -> Record {
    let more = json!({
        "advertiser_status": account.status,
        "advertiser_account_type": "AUCTION",
        "advertiser_role": "ADMIN",
    });
    asset(business, "ADVERTISER", &account.id.to_string(), &account.name, more)
}

fn asset(business: &Business, kind: &str, id: &str, name: &str, more: Value) -> Record {
    let mut all = record(json!({
        "asset_type": kind,
        "asset_id": id,
        "asset_name": name,
        "relation_type": "OWNER",
        "relation_status": "BOUND",
        "owner_bc_name": business.name,
    }));
    all.append(&mut record(more));
    all
}

pub(super) fn balances(business: &Business, accounts: &[&Account], now: DateTime<Utc>, large: bool) -> Vec<Record> {
    let mut all: Vec<Record> = accounts.iter().map(|account| balance(account, now)).collect();
    let closed = accounts.first().filter(|_| large);
    all.extend(closed.into_iter().flat_map(|account| (0..CLOSED).map(move |number| (account, number))).map(
        |(account, number)| {
            let mut record = balance(account, now);
            record.insert("advertiser_id".to_owned(), json!(id(business.id, 0xc105, number).to_string()));
            record.insert("advertiser_name".to_owned(), json!(format!("Closed account {number}")));
            record.insert("advertiser_status".to_owned(), json!("SHOW_ACCOUNT_STATUS_PUNISHED"));
            record
        },
    ));
    all
}

fn status(account: &Account) -> &'static str {
    match account.status.as_str() {
        "STATUS_ENABLE" => "SHOW_ACCOUNT_STATUS_APPROVED",
        "STATUS_PENDING_CONFIRM" => "SHOW_ACCOUNT_STATUS_IN_REVIEW",
        "STATUS_LIMIT" | "STATUS_DISABLE" => "SHOW_ACCOUNT_STATUS_PUNISHED",
        _ => "SHOW_ACCOUNT_STATUS_NOT_APPROVED",
    }
}

/// All fields; `/advertiser/balance/get/` shows some only when they are asked for.
fn balance(account: &Account, now: DateTime<Utc>) -> Record {
    let (cash, grant) = ((account.id % 90_000) as f64 / 100.0, (account.id % 7_000) as f64 / 100.0);
    let sum = (cash * 100.0 + grant * 100.0).round() / 100.0;
    record(json!({
        "advertiser_id": account.id.to_string(),
        "advertiser_name": account.name,
        "advertiser_status": status(account),
        "advertiser_type": "AUCTION",
        "timezone": account.zone_name,
        "currency": account.currency,
        "account_open_days": (now - account.created).num_days(),
        "balance_reminder": false,
        "company": "Brightfold Media",
        "contact_name": "B***d",
        "contact_email": "m***a@example.invalid",
        "create_time": time(account.created),
        "account_balance": sum,
        "valid_account_balance": sum,
        "frozen_balance": 0,
        "tax": 0,
        "cash_balance": cash,
        "valid_cash_balance": cash,
        "grant_balance": grant,
        "valid_grant_balance": grant,
        "payment_portfolio_id": null,
        "payment_portfolio_name": null,
        "payment_portfolio_type": null,
        "transferable_amount": cash,
        "max_transferable_amount": {"cash_amount": cash, "grant_amount": grant},
        "balance_info": {
            "account_balance": sum, "frozen_balance": 0, "valid_account_balance": sum, "tax": 0,
            "cash_balance": cash, "frozen_cash_balance": 0, "cash_tax": 0, "valid_cash_balance": cash,
            "grant_balance": grant, "valid_grant_balance": grant, "frozen_grant_balance": 0,
            "credit_balance": 0, "valid_credit_balance": 0, "frozen_credit_balance": 0,
        },
        "budget_mode": "UNLIMITED",
        "budget": 0.0,
        "budget_cost": 0.0,
        "budget_remaining": 0.0,
        "budget_frequency_restriction": {
            "total_count": 25, "used_count": 1, "remaining_count": 24,
            "effective_start_time": time(now), "effective_end_time": time(now + chrono::TimeDelta::days(1)),
        },
        "budget_amount_restriction": {"minimum_amount": "50.00"},
        "min_transferable_amount": {"cash_amount": "0.01", "grant_amount": "0.01", "credit_amount": "0.01"},
    }))
}
