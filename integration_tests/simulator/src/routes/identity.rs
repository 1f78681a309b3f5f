//! Identities (`docs/tiktok-api.md` 3.8 [DOC 1740218420781057, 1740218453385217][LIVE 70427355816]).

use super::filtering::Keys;
use super::listing::{Listing, Row};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::options::IdentityPaging;
use crate::state::Shared;
use crate::world::{Collection, IDENTITY_TYPES, Record, World};
use serde_json::{Value, json};

pub(super) static ROUTES: &[Route] = &[get("/identity/get/", list), get("/identity/info/", info)];

const LIST: Listing = Listing { key: "identity_list", sizes: (20, 100), filters: &[] };

/// [?] Without a type the answer has `page_info`, but counts the identities of the first type
/// only: the source says no more than that it is wrong.
const COUNTED_WITHOUT_TYPE: &str = "CUSTOMIZED_USER";

fn list(world: &World, call: &Call, shared: &Shared) -> Outcome {
    call.params.require(&["advertiser_id"])?;
    let kind = asked(call)?;
    let word = Keys::of(call)?.text("keyword")?.unwrap_or_default();
    let page = LIST.page(call)?;
    let cursor = call.params.number("cursor", 0, 0..=u64::MAX)?;
    let records = world.records(call.account(world)?.id, Collection::Identity);
    let keep = |record: &&Record| {
        kind.is_none_or(|kind| text(record, "identity_type") == kind)
            && text(record, "display_name").contains(&word)
            && belongs(call, record)
    };
    let rows: Vec<&Record> = records.iter().filter(keep).collect();
    if kind.is_some() && shared.options.assets.identity_paging == IdentityPaging::Cursor {
        return Ok(by_cursor(&rows, cursor, page.size()));
    }
    if kind.is_none() {
        let counted = rows.iter().filter(|record| text(record, "identity_type") == COUNTED_WITHOUT_TYPE).count();
        let list = rows.get(page.rows(rows.len())).unwrap_or_default();
        return Ok(format!("{{\"identity_list\":{}{}}}", json!(list), page.info(counted)).into_bytes().into());
    }
    let rows: Vec<Row<'_>> = rows.into_iter().map(Row::from).collect();
    Ok(LIST.answer(page, &rows, None))
}

fn by_cursor(rows: &[&Record], cursor: u64, size: u64) -> crate::answer::Answer {
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(rows.len());
    let (from, to) = (place(cursor), place(cursor.saturating_add(size)));
    let list = rows.get(from..to).unwrap_or_default();
    json!({"identity_list": list, "cursor": to, "has_more": to < rows.len()}).into()
}

fn asked(call: &Call) -> Result<Option<&str>, Refusal> {
    let kind = call.params.choice("identity_type", IDENTITY_TYPES)?;
    if kind == Some("BC_AUTH_TT") {
        call.params.require(&["identity_authorized_bc_id"])?;
    }
    Ok(kind)
}

/// Identities of a Business Center are shown for the one that is asked for.
fn belongs(call: &Call, record: &Record) -> bool {
    let business = call.params.text("identity_authorized_bc_id");
    let own = text(record, "identity_authorized_bc_id");
    own.is_empty() || business.is_none_or(|business| business == own)
}

fn text<'r>(record: &'r Record, name: &str) -> &'r str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The same, but the image is called `profile_image_url`.
fn info(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "identity_id", "identity_type"])?;
    let kind = asked(call)?.unwrap_or_default();
    let id = call.params.text("identity_id").unwrap_or_default();
    let all = world.records(call.account(world)?.id, Collection::Identity);
    let found = all.iter().find(|record| text(record, "identity_id") == id && text(record, "identity_type") == kind);
    let mut record = found.cloned().ok_or_else(|| Refusal::param(format!("The identity {id} doesn't exist.")))?;
    if let Some(image) = record.remove("profile_image") {
        record.insert("profile_image_url".to_owned(), image);
    }
    Ok(json!({ "identity_info": record }).into())
}
