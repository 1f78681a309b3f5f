//! Comments below the ads of an ad group (`docs/tiktok-api.md` 3.8 [SDK comment_list.yml][GO model/comment]).

use super::listing::{Listing, Row};
use super::{Route, get};
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::Shared;
use crate::world::{Collection, Record, World};
use serde_json::Value;

pub(super) static ROUTES: &[Route] = &[get("/comment/list/", list)];

const LIST: Listing = Listing { key: "comments", sizes: (10, 100), filters: &[] };

/// Of one ad group, made on these UTC days, both included.
fn list(world: &World, call: &Call, _: &Shared) -> Outcome {
    call.params.require(&["advertiser_id", "search_field", "search_value", "start_time", "end_time"])?;
    call.params.choice("search_field", &["ADGROUP_ID"])?;
    let adgroup = call.params.id("search_value")?.unwrap_or(0).to_string();
    let sort = call.params.choice("sort_field", &["CREATE_TIME", "LIKES", "REPLIES", "SMART"])?;
    let ascending = call.params.choice("sort_type", &["ASC", "DESC"])? == Some("ASC");
    let types = call.params.choices("comment_type", &["ALL", "COMMENT", "REPLY"])?;
    let states = call.params.choices("comment_status", &["ALL", "HIDDEN", "PUBLIC"])?;
    let (from, to) = (call.params.date("start_time")?, call.params.date("end_time")?);
    if from > to {
        return Err(Refusal::param("start_time: start_time must not be later than end_time"));
    }
    let day = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    let (from, to) = (day(from), day(to));
    let page = LIST.page(call)?;
    let all = world.records(call.account(world)?.id, Collection::Comment);
    let keep = |record: &&Record| {
        let made = text(record, "create_time").get(..10).unwrap_or_default().to_owned();
        text(record, "adgroup_id") == adgroup
            && (from.as_str()..=to.as_str()).contains(&made.as_str())
            && among(types.as_deref(), text(record, "comment_type"))
            && among(states.as_deref(), text(record, "comment_status"))
    };
    let mut found: Vec<&Record> = all.iter().filter(keep).collect();
    let field = match sort {
        Some("LIKES") => "likes",
        Some("REPLIES") => "replies",
        _ => "create_time",
    };
    found.sort_by_cached_key(|record| {
        (
            record.get(field).and_then(Value::as_u64),
            text(record, field).to_owned(),
            text(record, "comment_id").to_owned(),
        )
    });
    if !ascending {
        found.reverse();
    }
    let rows: Vec<Row<'_>> = found.into_iter().map(Row::from).collect();
    Ok(LIST.answer(page, &rows, None))
}

fn among(wanted: Option<&[String]>, found: &str) -> bool {
    wanted.is_none_or(|wanted| wanted.iter().any(|one| one == "ALL" || one == found))
}

fn text<'r>(record: &'r Record, name: &str) -> &'r str {
    record.get(name).and_then(Value::as_str).unwrap_or_default()
}
