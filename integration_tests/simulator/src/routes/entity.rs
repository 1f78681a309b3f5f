//! `/campaign/get/`, `/adgroup/get/`, `/ad/get/` (`tiktok-api.md` 3.0–3.3
//! [DOC 1739315828649986, 1739314558673922][TS 58029020030]).

use super::filtering::Filter;
use super::page::Page;
use super::{Route, get};
use crate::answer::Outcome;
use crate::call::Call;
use crate::server::Shared;
use crate::world::{Account, Entity, Level, World, template};
use serde_json::Value;

pub(super) static ROUTES: &[Route] = &[
    get("/campaign/get/", |world, call, _: &Shared| list(world, call, Level::Campaign)),
    get("/adgroup/get/", |world, call, _: &Shared| list(world, call, Level::AdGroup)),
    get("/ad/get/", |world, call, _: &Shared| list(world, call, Level::Ad)),
];

/// Rows a page may have.
const MAX: u64 = 1_000;
/// Ad groups a page may have when they are TopView.
const MAX_TOP_VIEW: u64 = 100;

fn list(world: &World, call: &Call, level: Level) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let valid: Vec<&str> = template(level).keys().map(String::as_str).collect();
    let fields = call.params.choices("fields", &valid)?;
    let bare = call.params.choices("exclude_field_types_in_response", &["NULL_FIELD"])?.is_some();
    let filter = Filter::of(call, level)?;
    let max = if level == Level::AdGroup && filter.top_view() { MAX_TOP_VIEW } else { MAX };
    let page = Page::of(call, max)?;
    let account = call.account(world)?;
    let found = matching(account, level, &filter);
    let rows = found.get(page.rows(found.len())).unwrap_or_default();
    let mut data = b"{\"list\":[".to_vec();
    for (count, at) in rows.iter().enumerate() {
        if count > 0 {
            data.push(b',');
        }
        write(account, level, *at, fields.as_deref(), bare, &mut data);
    }
    data.push(b']');
    data.extend_from_slice(page.info(found.len()).as_bytes());
    data.push(b'}');
    Ok(data.into())
}

/// Where the matching objects are, newest first: ids grow with time.
fn matching(account: &Account, level: Level, filter: &Filter) -> Vec<usize> {
    let all = account.all(level).iter().enumerate().rev();
    all.filter(|(_, entity): &(usize, &Entity)| filter.passes(account, entity)).map(|(at, _)| at).collect()
}

fn write(account: &Account, level: Level, at: usize, fields: Option<&[String]>, bare: bool, out: &mut Vec<u8>) {
    if fields.is_none() && !bare {
        let text = account.rendered(level).get(at);
        out.extend_from_slice(text.map_or("{}", |text| text).as_bytes());
        return;
    }
    let Some(entity) = account.all(level).get(at) else {
        return;
    };
    let mut record = account.record(entity);
    record.retain(|name, value| fields.is_none_or(|fields| fields.contains(name)) && !(bare && value.is_null()));
    out.extend_from_slice(Value::Object(record).to_string().as_bytes());
}
