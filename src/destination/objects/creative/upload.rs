//! Uploads: whole where it is small, in pieces from disk where it is not (docs/tiktok-api.md 7.6).

use serde_json::{Value, json};

use super::content::Content;
use super::inspect::Inspected;
use super::wish::{Source, Wish};
use crate::destination::engines::library::Kind;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind as ErrorKind, Result};
use crate::tiktok::body::{FilePart, Form};
use crate::tiktok::endpoint::{Endpoint, FILE_FINISH, FILE_START, FILE_TRANSFER};
use crate::tiktok::envelope::Typed;
use crate::tiktok::requester::may_be_done;
use crate::tiktok::{Body, Call};

/// Bytes of a file that leaves in one request.
const WHOLE_MAX: u64 = 20 << 20;
/// Times that a piece whose answer was lost is sent.
const PIECE_TIMES_MAX: u32 = 4;
/// Times that a file whose pieces broke is begun.
const FILE_TIMES_MAX: u32 = 3;
/// The most pieces of a file, as a bound for a server that never ends.
const PIECES_MAX: u32 = 10_000;

/// Content that is here, and not at an address that TikTok fetches.
pub(crate) type Here<'a> = Option<(&'a Content, &'a Inspected)>;

/// Sends a file that is too large for one request; its temporary id. The library has nothing of it yet, so whenever an
/// answer is lost the file is sent from its beginning again.
pub(crate) async fn prepare(post: &Post, wish: &Wish, content: Here<'_>) -> Result<Option<String>> {
    let Some((content, inspected)) = content else { return Ok(None) };
    if wish.kind == Kind::Image && inspected.bytes <= WHOLE_MAX {
        return Ok(None);
    }
    for _ in 1..FILE_TIMES_MAX {
        match in_pieces(post, wish, content, inspected).await {
            Err(error) if may_be_done(&error) => {
                tracing::debug!("A creative is sent from its beginning again. {error}")
            }
            other => return other.map(Some),
        }
    }
    in_pieces(post, wish, content, inspected).await.map(Some)
}

/// Puts a file into the library; its id. `prepared` is the temporary id of one that was sent in pieces.
pub(crate) async fn upload(post: &Post, wish: &Wish, content: Here<'_>, prepared: Option<&str>) -> Result<String> {
    let data = match (&wish.source, prepared, content) {
        (Source::Url(url), ..) => by(post, wish, "UPLOAD_BY_URL", wish.kind.url_field(), url).await?,
        (_, Some(id), _) => by(post, wish, "UPLOAD_BY_FILE_ID", "file_id", id).await?,
        (_, None, Some((content, inspected))) => whole(post, wish, content, inspected).await?,
        (_, None, None) => return Err(Error::new(ErrorKind::Unexpected, "A creative without content")),
    };
    // Videos are answered in a list.
    let one = data.get(0).unwrap_or(&data);
    let id = one.get(wish.kind.id_field()).and_then(Value::as_str).map(str::to_owned);
    id.ok_or_else(|| Error::new(ErrorKind::Malformed, "TikTok's answer to an upload has no id"))
}

async fn call(post: &Post, wish: &Wish, endpoint: &'static Endpoint, body: Body<'_>) -> Result<Value> {
    let call = Call { endpoint, advertiser: None, query: &[], body, watch: &post.traffic };
    let answer = post.client.for_target(&wish.advertiser).call(&call, &Typed::<Value>::default()).await;
    answer.map_err(|error| error.with("advertiser_id", &wish.advertiser))
}

async fn by(post: &Post, wish: &Wish, kind: &str, field: &str, value: &str) -> Result<Value> {
    let mut body = json!({"advertiser_id": wish.advertiser, "file_name": wish.name, "upload_type": kind});
    if let Some(body) = body.as_object_mut() {
        body.insert(field.to_owned(), value.into());
    }
    let body = body.to_string();
    call(post, wish, wish.kind.upload(), Body::Json(body.as_bytes())).await
}

/// An image in one request.
async fn whole(post: &Post, wish: &Wish, content: &Content, inspected: &Inspected) -> Result<Value> {
    let fields = vec![
        ("advertiser_id", wish.advertiser.clone()),
        ("file_name", wish.name.clone()),
        ("upload_type", "UPLOAD_BY_FILE".to_owned()),
        ("image_signature", inspected.signature.clone()),
    ];
    let form = Form {
        fields,
        file: FilePart {
            field: "image_file",
            file_name: wish.name.clone(),
            content: content.piece(0, inspected.bytes),
        },
    };
    call(post, wish, wish.kind.upload(), Body::Form(&form)).await
}

/// A file piece by piece; its temporary id.
async fn in_pieces(post: &Post, wish: &Wish, content: &Content, inspected: &Inspected) -> Result<String> {
    let body = json!({"advertiser_id": wish.advertiser, "size": inspected.bytes, "content_type": wish.kind.word(), "name": wish.name});
    let started = call(post, wish, &FILE_START, Body::Json(body.to_string().as_bytes())).await?;
    let upload = started.get("upload_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut next = offsets(&started);
    for _ in 0..PIECES_MAX {
        let Some((start, end)) = next.filter(|(start, end)| start < end) else { break };
        next = offsets(&piece(post, wish, content, &upload, (start, end)).await?);
    }
    let body = json!({"advertiser_id": wish.advertiser, "upload_id": upload});
    let finished = call(post, wish, &FILE_FINISH, Body::Json(body.to_string().as_bytes())).await?;
    let id = finished.get("file_id").and_then(Value::as_str).map(str::to_owned);
    id.ok_or_else(|| Error::new(ErrorKind::Malformed, "TikTok's answer to a finished upload has no file_id"))
}

fn offsets(data: &Value) -> Option<(u64, u64)> {
    Some((data.get("start_offset")?.as_u64()?, data.get("end_offset")?.as_u64()?))
}

/// Sends one piece; again where its answer was lost, for the same piece at the same place does no harm. Where TikTok
/// refuses it the second time [?], the first may have come: the lost answer is told.
async fn piece(post: &Post, wish: &Wish, content: &Content, upload: &str, (start, end): (u64, u64)) -> Result<Value> {
    let signature = signature(content, start, end - start).await?;
    let fields = vec![
        ("advertiser_id", wish.advertiser.clone()),
        ("upload_id", upload.to_owned()),
        ("signature", signature),
        ("start_offset", start.to_string()),
    ];
    let content = content.piece(start, end - start);
    let form = Form { fields, file: FilePart { field: "file", file_name: wish.name.clone(), content } };
    let mut lost = None;
    for _ in 0..PIECE_TIMES_MAX {
        match call(post, wish, &FILE_TRANSFER, Body::Form(&form)).await {
            Err(error) if may_be_done(&error) => {
                tracing::debug!("The answer to a piece of a creative is lost. {error}");
                lost = Some(error);
            }
            Err(error) if error.kind() == ErrorKind::Request => return Err(lost.unwrap_or(error)),
            other => return other,
        }
    }
    Err(lost.unwrap_or_else(|| Error::new(ErrorKind::Unexpected, "A piece of a creative was not sent")))
}

/// Reads a piece beside everything else: the disk may hang.
async fn signature(content: &Content, start: u64, length: u64) -> Result<String> {
    let content = content.clone();
    let read = tokio::task::spawn_blocking(move || content.signature(start, length)).await;
    let read =
        read.map_err(|panic| Error::new(ErrorKind::Unexpected, "A part of the connector stopped").because(panic))?;
    read.map_err(|error| Error::new(ErrorKind::Local, format!("A creative cannot be read: {error}")))
}
