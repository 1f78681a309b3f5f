//! `/file/image/ad/upload/` and `/file/video/ad/upload/` (`docs/tiktok-api.md` 7.6
//! [DOC 1739067433456642, 1737587322856449]).

use super::super::form::Form;
use super::super::order::{Order, serve_body};
use super::form_data::{self, FormData};
use super::{content, names};
use crate::answer::{Outcome, Refusal};
use crate::assumptions::{VIDEO_NAMES_ARE_UNIQUE, VIDEO_SECONDS, VIDEO_SIZE};
use crate::body;
use crate::call::Call;
use crate::rng;
use crate::state::{Shared, lock};
use crate::world::{Collection, Content, Record, World, time};
use serde_json::{Value, json};

const IMAGE: Form = Form(include_str!("../forms/image_upload.txt"));
const VIDEO: Form = Form(include_str!("../forms/video_upload.txt"));

/// Pixels an image may have.
const PIXELS: u64 = 3_686_400;
/// Bytes of a body without a file.
const BODY: usize = 1 << 20;

/// What is stored, and the name that it came with.
struct Sent {
    content: Content,
    name: String,
    /// TikTok fetched it: the simulator has not seen it.
    unseen: bool,
}

/// A form, or JSON where no file travels.
fn read(call: &Call) -> Result<FormData, Refusal> {
    let json = call.content_type.as_deref().is_some_and(|kind| kind.starts_with("application/json"));
    if json { Ok(FormData::of(body::object(call, BODY)?)) } else { form_data::read(call) }
}

pub(super) fn image(shared: &Shared, call: &Call) -> Outcome {
    let form = read(call)?;
    serve_body(shared, call, &IMAGE, form.texts.clone(), |world, order| {
        let sent = sent(world, order, &form, "image")?;
        let shape = shape(order, &sent)?;
        let id = world.new_id();
        let name = named(world, order, Collection::Image, &sent.name, id)?;
        let record = picture(order, (id, &name), shape, &sent.content);
        keep(world, order, Collection::Image, &record);
        Ok(record.into())
    })
}

/// The format and the pixels of an image that is not too large.
fn shape(order: &Order<'_>, sent: &Sent) -> Result<(&'static str, u64, u64), Refusal> {
    let (format, width, height) = match content::image(&sent.content.head) {
        Some(known) => known,
        None if sent.unseen => ("jpeg", 640, 640),
        None => return Err(Refusal::new(40904, "image_file: The image must be JPG, JPEG or PNG.")),
    };
    if sent.content.size > order.files.image_bytes {
        return Err(Refusal::new(40907, "image_file: The file is too large."));
    }
    if width * height > PIXELS {
        return Err(Refusal::new(40915, format!("image_file: {width} x {height} are too many pixels.")));
    }
    Ok((format, width, height))
}

fn picture(
    order: &Order<'_>,
    (id, name): (u64, &str),
    (format, width, height): (&str, u64, u64),
    content: &Content,
) -> Value {
    let now = iso(order);
    json!({
        "image_id": format!("ad-site-i18n-sg/{}5d0d{id:016x}", order.call.now.format("%Y%m%d")),
        "material_id": id.to_string(),
        "is_carousel_usable": width == height,
        "width": width,
        "format": format,
        "image_url": format!("https://p16-ad.example.invalid/{id:016x}~tplv.image?x-expires=3600"),
        "height": height,
        "signature": content.signature,
        "size": content.size,
        "file_name": name,
        "create_time": now,
        "modify_time": now,
        "displayable": true,
    })
}

/// The moment of the call as files have it.
fn iso(order: &Order<'_>) -> String {
    order.call.now.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The answer is a list; while the video is in work it has the id only.
pub(super) fn video(shared: &Shared, call: &Call) -> Outcome {
    let form = read(call)?;
    serve_body(shared, call, &VIDEO, form.texts.clone(), |world, order| {
        if order.text("upload_type") == Some("UPLOAD_BY_VIDEO_ID") {
            return again(world, order);
        }
        let Sent { content, name, unseen } = sent(world, order, &form, "video")?;
        let format = content::video(&content.head).or(unseen.then_some("mp4"));
        let format =
            format.ok_or_else(|| Refusal::new(40908, "video_file: The video must be MP4, MOV, MPEG or AVI."))?;
        if content.size > order.files.video_bytes {
            return Err(Refusal::new(40907, "video_file: The file is too large."));
        }
        let id = world.new_id();
        let name = named(world, order, Collection::Video, &name, id)?;
        let record = record(order, (id, &name), format, &content);
        keep(world, order, Collection::Video, &record);
        let (looks, span) = (order.files.video_looks, order.files.video_time);
        if looks == 0 && span.is_zero() {
            return Ok(json!([record]).into());
        }
        let video = record.get("video_id").and_then(Value::as_str).unwrap_or_default();
        lock(&shared.lags).wait((order.advertiser, "video"), video, looks, order.call.now + span);
        Ok(json!([{ "video_id": video }]).into())
    })
}

fn record(order: &Order<'_>, (id, name): (u64, &str), format: &str, content: &Content) -> Value {
    let video = format!("v10033g5{:08x}{id:016x}", rng::mix(id, 0x71de) >> 32);
    let now = iso(order);
    let expires = order.call.now + chrono::TimeDelta::hours(6);
    json!({
        "video_id": video,
        "video_cover_url": format!("https://p16-ad.example.invalid/{video}~noop.image"),
        "format": format,
        "preview_url": format!("https://v16.example.invalid/{video}/"),
        "preview_url_expire_time": time(expires),
        "duration": VIDEO_SECONDS,
        "height": VIDEO_SIZE.1,
        "width": VIDEO_SIZE.0,
        "bit_rate": 1_000_000,
        "signature": content.signature,
        "size": content.size,
        "material_id": id.to_string(),
        "allowed_placements": ["PLACEMENT_TIKTOK", "PLACEMENT_PANGLE"],
        "allow_download": true,
        "file_name": name,
        "create_time": now,
        "modify_time": now,
        "displayable": true,
    })
}

fn keep(world: &mut World, order: &Order<'_>, kind: Collection, record: &Value) {
    let record: Record = record.as_object().cloned().unwrap_or_default();
    world.records_mut(order.advertiser, kind).push(record);
}

/// A video that the account has already.
fn again(world: &World, order: &Order<'_>) -> Outcome {
    let id = order.text("video_id").ok_or_else(|| Refusal::missing(&["video_id"]))?;
    let mut all = world.records(order.advertiser, Collection::Video).iter();
    let found = all.find(|record| record.get("video_id").is_some_and(|known| known == id));
    found
        .map(|record| json!([record]).into())
        .ok_or_else(|| Refusal::new(40053, format!("video_id: {id} doesn't exist.")))
}

/// The name that a file gets: its own must be free, one that nobody gave is made so.
fn named(world: &World, order: &Order<'_>, kind: Collection, came: &str, id: u64) -> Result<String, Refusal> {
    let unique = kind == Collection::Image || VIDEO_NAMES_ARE_UNIQUE;
    if let Some(name) = order.text("file_name").filter(|name| !name.is_empty()) {
        return if unique {
            names::free(world, order, kind, name).map(|()| name.to_owned())
        } else {
            Ok(name.to_owned())
        };
    }
    let taken = came.is_empty() || names::holder(world, order.advertiser, kind, came).is_some();
    Ok(if taken { format!("{id}_{came}") } else { came.to_owned() })
}

/// The file of a call, by whichever way it comes.
fn sent(world: &World, order: &Order<'_>, form: &FormData, kind: &str) -> Result<Sent, Refusal> {
    match order.text("upload_type").unwrap_or("UPLOAD_BY_FILE") {
        "UPLOAD_BY_URL" => by_url(order, kind),
        "UPLOAD_BY_FILE_ID" => by_id(world, order, kind),
        _ => whole(order, form, kind),
    }
}

fn whole(order: &Order<'_>, form: &FormData, kind: &str) -> Result<Sent, Refusal> {
    let (file, signature) = (format!("{kind}_file"), format!("{kind}_signature"));
    let found = form.file(&file);
    let signed = order.text(&signature).filter(|text| !text.is_empty());
    let (Some((name, bytes)), Some(signed)) = (found, signed) else {
        let missing = [(file.as_str(), found.is_none()), (signature.as_str(), signed.is_none())];
        return Err(Refusal::missing(
            &missing.iter().filter(|(_, absent)| *absent).map(|(name, _)| *name).collect::<Vec<_>>(),
        ));
    };
    if bytes.is_empty() {
        return Err(Refusal::new(40906, format!("{file}: The file is empty.")));
    }
    let content = Content::of(bytes);
    if !signed.eq_ignore_ascii_case(&content.signature) {
        return Err(Refusal::new(40900, format!("{signature}: The MD5 of the file does not match.")));
    }
    Ok(Sent { content, name: name.to_owned(), unseen: false })
}

/// What a URL holds is made up from it, so that the same URL is the same file.
fn by_url(order: &Order<'_>, kind: &str) -> Result<Sent, Refusal> {
    let field = format!("{kind}_url");
    let url = order.text(&field).filter(|url| !url.is_empty()).ok_or_else(|| Refusal::missing(&[&field]))?;
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Refusal::param(format!("{field}: Not a valid URL")));
    }
    if order.files.dead_urls.iter().any(|dead| url.contains(dead)) {
        return Err(Refusal::new(40902, format!("{field}: The URL cannot be fetched.")));
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let content = Content { size: 10_000 + rng::text(url) % 1_000_000, ..Content::of(url.as_bytes()) };
    Ok(Sent { content, name, unseen: true })
}

/// What was uploaded in pieces.
fn by_id(world: &World, order: &Order<'_>, kind: &str) -> Result<Sent, Refusal> {
    let id = order.id("file_id")?;
    let uploads = world.uploads(order.advertiser);
    let found =
        uploads.iter().find_map(|upload| upload.file.filter(|(file, _)| *file == id).map(|(_, end)| (upload, end)));
    let (upload, end) = found.ok_or_else(|| Refusal::new(40905, format!("file_id: The file {id} doesn't exist.")))?;
    if end <= order.call.now {
        return Err(Refusal::new(40910, format!("file_id: The file {id} has expired.")));
    }
    if upload.content_type != kind {
        return Err(Refusal::new(40908, format!("file_id: The file {id} is {}, not {kind}.", upload.content_type)));
    }
    Ok(Sent { content: upload.sum.content(), name: upload.name.clone(), unseen: false })
}
