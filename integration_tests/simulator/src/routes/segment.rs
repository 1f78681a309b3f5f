//! The streaming API: audiences and who is in them (`docs/tiktok-api.md` 5.1
//! [GO model/dmp/segment_*.go][TS 57949158155][SEG]).

use super::{Route, own};
use crate::answer::{Answer, Outcome, Refusal};
use crate::assumptions::{CLOSED_MAY_WRITE, NAME_CUT, NAME_MAX};
use crate::body;
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Account, Action, AudienceKind, IdType, MAX_AUDIENCES, Mapping, World};
use batch::{Batch, Reader};
use refusals::{NOT_EDITABLE, gone};
use serde_json::value::RawValue;
use serde_json::{Value, json};

mod batch;
mod refusals;

pub(super) static ROUTES: &[Route] = &[own("/segment/audience/", audience), own("/segment/mapping/", mapping)];

fn audience(shared: &Shared, call: &Call) -> Outcome {
    let body = body::object(call, shared.options.audiences.max_body)?;
    let advertiser = params::id("advertiser_id", body::text(&body, "advertiser_id")?)?;
    shared.amend(|world| {
        let id = writable(world, call, advertiser)?.id;
        let action = if body.contains_key("action") { body::text(&body, "action")? } else { "create" };
        match action {
            "create" => create(world, id, body::text(&body, "custom_audience_name")?),
            "delete" => delete(world, id, body::text(&body, "delete_audience_id")?),
            other => Err(Refusal::choice("action", &["create", "delete"], other)),
        }
    })
}

/// The account, if the token may write to it.
fn writable<'w>(world: &'w World, call: &Call, advertiser: u64) -> Result<&'w Account, Refusal> {
    let account = call.write_to(world, advertiser)?;
    let closed = matches!(account.status.as_str(), "STATUS_LIMIT" | "STATUS_DISABLE");
    if closed && !CLOSED_MAY_WRITE { Err(Refusal::forbidden(advertiser)) } else { Ok(account) }
}

/// A second call with the same name makes a second audience.
fn create(world: &mut World, advertiser: u64, name: &str) -> Outcome {
    if world.audiences_of(advertiser).len() >= MAX_AUDIENCES {
        let text = format!("The number of audiences has reached the upper limit {MAX_AUDIENCES}.");
        return Err(Refusal::param(text));
    }
    let id = world.create_audience(advertiser, &cut(name));
    Ok(json!({"audience_id": id.to_string()}).into())
}

fn cut(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    let start: String = name.chars().take(NAME_CUT).collect();
    format!("{start}...")
}

fn delete(world: &mut World, advertiser: u64, id: &str) -> Outcome {
    let number = params::id("delete_audience_id", id)?;
    let found = world.audience(number).filter(|audience| audience.advertiser == advertiser);
    let found = found.ok_or_else(|| Refusal::param(gone(id)))?;
    if found.kind != AudienceKind::Partner {
        return Err(Refusal::param(NOT_EDITABLE));
    }
    world.delete_audience(number);
    Ok(json!({ "audience_id": id }).into())
}

/// The parts of a mapping, unread: `batch_data` can be understood only with `id_schema`, which
/// may come after it.
#[derive(serde::Deserialize)]
struct Parts<'b> {
    #[serde(borrow)]
    advertiser_ids: Option<&'b RawValue>,
    #[serde(borrow)]
    action: Option<&'b RawValue>,
    #[serde(borrow)]
    id_schema: Option<&'b RawValue>,
    #[serde(borrow)]
    batch_data: Option<Batch<'b>>,
}

/// All or nothing: everything is checked before anything changes.
fn mapping(shared: &Shared, call: &Call) -> Outcome {
    body::check(call, shared.options.audiences.max_body)?;
    let parts: Parts<'_> = serde_json::from_slice(&call.body).map_err(|_| body::malformed())?;
    let (Some(advertisers), Some(schema), Some(batch)) = (parts.advertiser_ids, parts.id_schema, &parts.batch_data)
    else {
        return Err(missing(&parts));
    };
    let mapping = shared.read(|world| {
        let advertisers = business(world, call, &value(advertisers))?;
        let action = action(parts.action)?;
        let schema = columns(&value(schema))?;
        let rows = batch.rows(shared.options.audiences.max_rows)?;
        let reader = Reader::new(world, &advertisers, &schema, &shared.options.audiences);
        let (lists, cells) = reader.read(rows)?;
        Ok(Mapping { action, advertisers, schema, count: rows.len(), lists, cells })
    })?;
    shared.amend(|world| world.apply(mapping));
    Ok(Answer::nothing())
}

fn missing(parts: &Parts<'_>) -> Refusal {
    let there = [
        ("advertiser_ids", parts.advertiser_ids.is_some()),
        ("id_schema", parts.id_schema.is_some()),
        ("batch_data", parts.batch_data.is_some()),
    ];
    let missing: Vec<&str> = there.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    Refusal::missing(&missing)
}

fn value(raw: &RawValue) -> Value {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

/// Accounts that the token may write to, all of one Business Center.
fn business(world: &World, call: &Call, value: &Value) -> Result<Vec<u64>, Refusal> {
    let ids = some("advertiser_ids", value)?;
    let mut accounts = Vec::new();
    for (at, id) in ids.iter().enumerate() {
        accounts.push(writable(world, call, params::id(&format!("advertiser_ids.{at}"), id)?)?);
    }
    let one = accounts.iter().all(|account| accounts.first().is_some_and(|first| first.business == account.business));
    if !one {
        return Err(Refusal::param("advertiser_ids: All advertisers must belong to the same business account."));
    }
    Ok(accounts.iter().map(|account| account.id).collect())
}

fn some(name: &str, value: &Value) -> Result<Vec<String>, Refusal> {
    let list = params::strings(name, value)?;
    if list.is_empty() { Err(Refusal::param(format!("{name}: Length must be at least 1"))) } else { Ok(list) }
}

fn action(raw: Option<&RawValue>) -> Result<Action, Refusal> {
    match raw.map(value) {
        None => Ok(Action::Add),
        Some(Value::String(text)) => match text.as_str() {
            "add" => Ok(Action::Add),
            "delete" => Ok(Action::Delete),
            other => Err(Refusal::choice("action", &["add", "delete"], other)),
        },
        Some(_) => Err(Refusal::param("action: Not a valid string")),
    }
}

/// The columns of `id_schema`: known, in any letter case, none twice.
fn columns(value: &Value) -> Result<Vec<IdType>, Refusal> {
    let mut columns = Vec::new();
    for (at, name) in some("id_schema", value)?.iter().enumerate() {
        let place = format!("id_schema.{at}");
        let column =
            IdType::named(name).ok_or_else(|| Refusal::choice(&place, &IdType::ALL.map(IdType::name), name))?;
        if columns.contains(&column) {
            return Err(Refusal::param(format!("{place}: Duplicate value {name}")));
        }
        columns.push(column);
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_by_characters() {
        assert_eq!(cut(&"ü".repeat(70)), "ü".repeat(70));
        assert_eq!(cut(&"ü".repeat(71)), format!("{}...", "ü".repeat(67)));
    }

    #[test]
    fn schemas_have_known_columns_once() {
        let columns = |text: &str| columns(&serde_json::from_str(text).unwrap());
        assert_eq!(columns(r#"["phone_sha256","IDFA_MD5"]"#), Ok(vec![IdType::PhoneSha256, IdType::IdfaMd5]));
        let wrong = [
            ("[]", "id_schema: Length must be at least 1"),
            ("{}", "id_schema: Field must be set to array"),
            ("[1]", "id_schema.0: Not a valid string"),
            (r#"["EMAIL_SHA256","email_sha256"]"#, "id_schema.1: Duplicate value email_sha256"),
        ];
        for (text, message) in wrong {
            assert_eq!(columns(text).unwrap_err().message, message);
        }
        let refusal = columns(r#"["EMAIL_SHA256","EMAIL"]"#).unwrap_err();
        assert!(refusal.message.starts_with("id_schema.1: one or more value"), "{}", refusal.message);
    }
}
