//! Files of members, and audiences that they fill (`docs/tiktok-api.md` 5.2 [DOC 1739940567842818, 1747012327159809]
//! [SDK dmp_custom_audience_file_upload.yml, dmp_custom_audience_create.yml, dmp_custom_audience_update.yml]).

use super::super::form::Form;
use super::super::order::{Order, serve, serve_body};
use super::form_data;
use super::table;
use crate::answer::{Answer, Outcome, Refusal};
use crate::assumptions::FILE_NOT_EDITABLE;
use crate::call::Call;
use crate::rng;
use crate::state::Shared;
use crate::world::{
    Audience, AudienceKind, Content, FileAction, MATCHES_NEEDED, MAX_AUDIENCES, MemberFile, Members, Work, World,
};
use serde_json::{Value, json};

const UPLOAD: Form = Form(include_str!("../forms/members_upload.txt"));
const CREATE: Form = Form(include_str!("../forms/members_create.txt"));
const UPDATE: Form = Form(include_str!("../forms/members_update.txt"));

pub(super) fn upload(shared: &Shared, call: &Call) -> Outcome {
    let form = form_data::read(call)?;
    let most = shared.options.audiences.file_bytes;
    serve_body(shared, call, &UPLOAD, form.texts.clone(), |world, order| {
        let (name, bytes) = form.file("file").ok_or_else(|| Refusal::missing(&["file"]))?;
        if ![".csv", ".txt"].iter().any(|end| name.ends_with(end)) {
            return Err(Refusal::new(40904, "file: The file must be .csv or .txt."));
        }
        if bytes.is_empty() {
            return Err(Refusal::new(40906, "file: The file is empty."));
        }
        if bytes.len() > most {
            return Err(Refusal::new(40907, "file: The file is too large."));
        }
        let signed = order.text("file_signature").unwrap_or_default();
        if signed != Content::of(bytes).signature {
            return Err(Refusal::new(40900, "file_signature: The MD5 of the file does not match."));
        }
        let (rows, members) = table::read(bytes, order.text("calculate_type").unwrap_or_default())?;
        let path = format!("{:016x}", rng::mix(world.new_id(), 0xf11e));
        let answer = json!({ "file_path": path });
        world.member_files.push(MemberFile { path, advertiser: order.advertiser, bytes: bytes.len(), rows, members });
        Ok(answer.into())
    })
}

fn paths<'o>(order: &'o Order<'_>) -> Vec<&'o str> {
    let list = order.body.get("file_paths").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn files<'w>(world: &'w World, order: &Order<'_>) -> Result<Vec<&'w Members>, Refusal> {
    let found = world.members_in(order.advertiser, &paths(order));
    found.map_err(|path| Refusal::param(format!("file_paths: The file {path} doesn't exist.")))
}

pub(super) fn create(shared: &Shared, call: &Call) -> Outcome {
    let work = work(shared, call);
    serve(shared, call, &CREATE, |world, order| {
        if world.audiences_of(order.advertiser).len() >= MAX_AUDIENCES {
            let text = format!("The number of audiences has reached the upper limit {MAX_AUDIENCES}.");
            return Err(Refusal::param(text));
        }
        let id = world.create_audience(order.advertiser, order.text("custom_audience_name").unwrap_or_default());
        let made = world.audience(id).cloned();
        let members = files(world, order).map(|files| made.map(|made| made.with_files(FileAction::Append, &files)));
        match members {
            Ok(Some(made)) => {
                let days = order.body.get("retention_in_days").and_then(Value::as_i64);
                world.fill(id, made.members, days, work);
                Ok(json!({ "custom_audience_id": id.to_string() }).into())
            }
            Ok(None) => Err(Refusal::new(50000, "System error.")),
            Err(refusal) => {
                world.delete_audience(id);
                Err(refusal)
            }
        }
    })
}

fn work(shared: &Shared, call: &Call) -> Work {
    let options = &shared.options.audiences;
    Work { until: call.now + options.file_time, looks: options.file_looks }
}

pub(super) fn update(shared: &Shared, call: &Call) -> Outcome {
    let work = work(shared, call);
    let borrowed = shared.options.audiences.borrowed;
    serve(shared, call, &UPDATE, |world, order| {
        let id = order.id("custom_audience_id")?;
        let rate = world.match_rate;
        let audience = own(world, order, id, borrowed)?;
        let paths = paths(order);
        if paths.is_empty() {
            let name = order.text("custom_audience_name").ok_or_else(|| Refusal::missing(&["file_paths"]))?;
            name.clone_into(&mut audience.name);
            return Ok(Answer::nothing());
        }
        if !audience.takes_files(rate, call.now) {
            return Err(Refusal::param(FILE_NOT_EDITABLE));
        }
        let before = audience.clone();
        let after = before.with_files(action(order), &files(world, order)?);
        if after.cover_num(rate) < MATCHES_NEEDED {
            let text = format!("The audience size can't be less than {MATCHES_NEEDED} after the update.");
            return Err(Refusal::param(text));
        }
        if let Some(audience) = world.audience_mut(id) {
            *audience = Audience { work: Some(work), ..after };
            audience.note(action(order).name(), "0".to_owned(), call.now);
        }
        Ok(Answer::nothing())
    })
}

/// Whoever says nothing replaces.
fn action(order: &Order<'_>) -> FileAction {
    match order.text("action") {
        Some("APPEND") => FileAction::Append,
        Some("REMOVE") => FileAction::Remove,
        _ => FileAction::Replace,
    }
}

/// An audience of files of the account itself; one that another account shares may be used, not changed.
fn own<'w>(
    world: &'w mut World,
    order: &Order<'_>,
    id: u64,
    borrowed: Option<&str>,
) -> Result<&'w mut Audience, Refusal> {
    let found = world.audience_mut(id).filter(|audience| audience.advertiser == order.advertiser);
    let found = found.ok_or_else(|| Refusal::param(format!("The audience {id} doesn't exist or has been deleted.")))?;
    if borrowed == Some(found.name.as_str()) {
        return Err(Refusal::param("A shared audience can only be changed by its owner."));
    }
    if found.kind != AudienceKind::CustomerFile {
        return Err(Refusal::param("custom_audience_id: The audience was not made of files."));
    }
    Ok(found)
}
