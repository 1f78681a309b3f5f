//! `/campaign/get/`, `/adgroup/get/`, `/ad/get/` (`docs/tiktok-api.md` 3.0–3.3
//! [DOC 1739315828649986, 1739314558673922][TS 58029020030]).

use super::filtering::Filter;
use super::page::Page;
use super::{Route, get};
use crate::answer::Outcome;
use crate::call::Call;
use crate::state::{Shared, lock};
use crate::world::{Account, Entity, Level, World, template};
use serde_json::Value;

pub(super) static ROUTES: &[Route] = &[
    get("/campaign/get/", |world, call, shared| list(world, call, shared, Level::Campaign)),
    get("/adgroup/get/", |world, call, shared| list(world, call, shared, Level::AdGroup)),
    get("/ad/get/", |world, call, shared| list(world, call, shared, Level::Ad)),
];

/// Rows a page may have.
const MAX: u64 = 1_000;
/// Ad groups a page may have when they are TopView.
const MAX_TOP_VIEW: u64 = 100;

fn list(world: &World, call: &Call, shared: &Shared, level: Level) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let valid: Vec<&str> = template(level).keys().map(String::as_str).collect();
    let fields = call.params.choices("fields", &valid)?;
    let bare = call.params.choices("exclude_field_types_in_response", &["NULL_FIELD"])?.is_some();
    let filter = Filter::of(call, level)?;
    let max = if level == Level::AdGroup && filter.top_view() { MAX_TOP_VIEW } else { MAX };
    let page = Page::of(call, max)?;
    let account = call.account(world)?;
    let mut found = matching(account, level, &filter);
    shown(call, shared, (account, level), &mut found);
    if page.is_first() {
        lock(&shared.lags).looked((account.id, level.stem()));
    }
    let rows = found.get(page.rows(found.len())).unwrap_or_default();
    let shape = Shape { fields: fields.as_deref(), bare, sandbox: world.sandbox };
    let mut data = b"{\"list\":[".to_vec();
    for (count, at) in rows.iter().enumerate() {
        if count > 0 {
            data.push(b',');
        }
        write(account, level, *at, shape, &mut data);
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

/// Leaves out what the index does not have yet.
fn shown(call: &Call, shared: &Shared, (account, level): (&Account, Level), found: &mut Vec<usize>) {
    let lags = lock(&shared.lags);
    let waits = |at: &usize| {
        let entity = account.all(level).get(*at);
        entity.is_some_and(|entity| lags.waits((account.id, level.stem()), &entity.id.to_string(), call.now))
    };
    if !lags.is_empty() {
        found.retain(|at| !waits(at));
    }
}

/// What of a record is shown.
#[derive(Clone, Copy)]
struct Shape<'f> {
    fields: Option<&'f [String]>,
    /// Without `null`.
    bare: bool,
    /// Without `secondary_status`: nothing is delivered there [DOC 1739315828649986].
    sandbox: bool,
}

impl Shape<'_> {
    fn is_whole(self) -> bool {
        self.fields.is_none() && !self.bare && !self.sandbox
    }

    fn shows(self, name: &str, value: &Value) -> bool {
        self.fields.is_none_or(|fields| fields.iter().any(|field| field == name))
            && !(self.bare && value.is_null())
            && !(self.sandbox && name == "secondary_status")
    }
}

fn write(account: &Account, level: Level, at: usize, shape: Shape<'_>, out: &mut Vec<u8>) {
    if shape.is_whole() {
        let text = account.rendered(level).get(at);
        out.extend_from_slice(text.map_or("{}", |text| text).as_bytes());
        return;
    }
    let Some(entity) = account.all(level).get(at) else {
        return;
    };
    let mut record = account.record(entity);
    record.retain(|name, value| shape.shows(name, value));
    out.extend_from_slice(Value::Object(record).to_string().as_bytes());
}
