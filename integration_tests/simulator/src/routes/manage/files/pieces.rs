//! Uploads in pieces (`docs/tiktok-api.md` 7.6 [DOC 1737721229896705, 1737721489945601, 1737721642924033]).

use super::super::form::Form;
use super::super::order::{Order, serve, serve_body};
use super::form_data;
use crate::answer::{Outcome, Refusal};
use crate::assumptions::PIECES_ARE_WHOLE;
use crate::call::Call;
use crate::params;
use crate::state::Shared;
use crate::world::{Content, Summing, Upload, World, time};
use serde_json::{Value, json};

const START: Form = Form(include_str!("../forms/upload_start.txt"));
const TRANSFER: Form = Form(include_str!("../forms/upload_transfer.txt"));
const FINISH: Form = Form(include_str!("../forms/upload_finish.txt"));

/// A number that is a number, or digits in a form.
fn number(order: &Order<'_>, name: &str) -> u64 {
    let value = order.body.get(name);
    value.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok())).unwrap_or_default()
}

pub(super) fn start(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &START, |world, order| {
        let size = number(order, "size");
        let kind = order.text("content_type").unwrap_or_default();
        let most = if kind == "image" { order.files.image_bytes } else { order.files.video_bytes };
        match size {
            0 => return Err(Refusal::new(40906, "size: The file is empty.")),
            size if size > most => {
                return Err(Refusal::new(40907, format!("size: The file is too large, at most {most}.")));
            }
            _ => {}
        }
        let id = world.new_id();
        let name = order.text("name").map_or_else(|| id.to_string(), str::to_owned);
        let end = size.min(order.files.piece);
        let answer = json!({"upload_id": id.to_string(), "file_name": name, "start_offset": 0, "end_offset": end});
        world.uploads.push(Upload {
            id,
            advertiser: order.advertiser,
            content_type: kind.to_owned(),
            name,
            size,
            received: 0,
            pieces: 0,
            file: None,
            sum: Summing::default(),
        });
        Ok(answer.into())
    })
}

/// A piece is summed up; its bytes end with the call.
pub(super) fn transfer(shared: &Shared, call: &Call) -> Outcome {
    let form = form_data::read(call)?;
    serve_body(shared, call, &TRANSFER, form.texts.clone(), |world, order| {
        let (_, piece) = form.file("file").ok_or_else(|| Refusal::missing(&["file"]))?;
        let start = number(order, "start_offset");
        let longest = order.files.piece;
        let upload = upload(world, order)?;
        if start < upload.received && order.files.repeated_pieces_are_taken {
            return Ok(place(upload, longest).into());
        }
        if start != upload.received || upload.received == upload.size {
            return Err(Refusal::param(format!("start_offset: Must be {}", upload.received)));
        }
        let wanted = (upload.size - start).min(longest);
        let length = piece.len() as u64;
        if length == 0 || length > wanted || (PIECES_ARE_WHOLE && length < wanted) {
            return Err(Refusal::param(format!("file: The piece has {length} bytes, not {wanted}")));
        }
        if !order.text("signature").is_some_and(|signed| signed.eq_ignore_ascii_case(&Content::of(piece).signature)) {
            return Err(Refusal::new(40900, "signature: The MD5 of the file does not match."));
        }
        upload.sum.take(piece);
        upload.received += length;
        upload.pieces += 1;
        Ok(place(upload, longest).into())
    })
}

/// Where an upload goes on; both ends are the same when it is whole.
fn place(upload: &Upload, longest: u64) -> Value {
    let end = upload.size.min(upload.received + longest);
    json!({"start_offset": upload.received, "end_offset": end})
}

fn upload<'w>(world: &'w mut World, order: &Order<'_>) -> Result<&'w mut Upload, Refusal> {
    let id = params::id("upload_id", order.text("upload_id").unwrap_or_default())?;
    let gone = || Refusal::new(40905, format!("upload_id: The upload {id} doesn't exist."));
    world.upload_mut(order.advertiser, id).filter(|upload| upload.file.is_none()).ok_or_else(gone)
}

pub(super) fn finish(shared: &Shared, call: &Call) -> Outcome {
    serve(shared, call, &FINISH, |world, order| {
        let file = world.new_id();
        let end = order.call.now + order.files.file_life;
        let upload = upload(world, order)?;
        if upload.received < upload.size {
            return Err(Refusal::param(format!("upload_id: {} of {} bytes are there", upload.received, upload.size)));
        }
        upload.file = Some((file, end));
        let (name, size) = (upload.name.clone(), upload.size);
        let made = time(order.call.now);
        Ok(json!({"file_id": file.to_string(), "file_name": name, "create_time": made, "size": size}).into())
    })
}
