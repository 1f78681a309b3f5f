//! The wire of audiences that files fill (docs/tiktok-api.md 5.2).

use serde::Deserialize;
use serde_json::{Value, json};

use super::spill::Part;
use crate::destination::objects::audience::known::Known;
use crate::error::{Error, Kind, Result};
use crate::tiktok::body::{FilePart, Form};
use crate::tiktok::endpoint::{AUDIENCE_FILE_CREATE, AUDIENCE_FILE_UPDATE, AUDIENCE_FILE_UPLOAD, Endpoint};
use crate::tiktok::envelope::{Accepted, Typed};
use crate::tiktok::{Body, Call, Client};

/// Says that a file's header names the types of its columns.
const CALCULATE_TYPE: &str = "MULTIPLE_TYPES";

/// What files do to who is in an audience. It is always said: TikTok replaces where nothing is said, and that destroys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Append,
    Remove,
    Replace,
}

impl Action {
    #[must_use]
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Append => "APPEND",
            Self::Remove => "REMOVE",
            Self::Replace => "REPLACE",
        }
    }
}

#[derive(Deserialize)]
struct Uploaded {
    file_path: String,
}

/// Uploads a file; its path, which is of no use to other advertisers.
pub(super) async fn upload(client: &Client, advertiser: &str, part: &Part) -> Result<String> {
    let fields = vec![
        ("advertiser_id", advertiser.to_owned()),
        ("file_signature", part.signature.clone()),
        ("calculate_type", CALCULATE_TYPE.to_owned()),
    ];
    let file = FilePart { field: "file", file_name: "members.csv".to_owned(), content: part.content.clone() };
    let form = Form { fields, file };
    let call = call(&AUDIENCE_FILE_UPLOAD, Body::Form(&form));
    let uploaded = client.for_target(advertiser).call(&call, &Typed::<Uploaded>::default()).await?;
    if uploaded.file_path.is_empty() {
        return Err(Error::new(Kind::Malformed, "TikTok's answer to an upload has no file_path"));
    }
    Ok(uploaded.file_path)
}

#[derive(Deserialize)]
struct Created {
    custom_audience_id: String,
}

/// Makes an audience of files; each call may make one more.
pub(super) async fn create(
    client: &Client,
    advertiser: &str,
    name: &str,
    paths: &[String],
    days: Option<u32>,
) -> Result<String> {
    let mut body = json!({
        "advertiser_id": advertiser,
        "custom_audience_name": name,
        "file_paths": paths,
        "calculate_type": CALCULATE_TYPE,
    });
    if let (Some(days), Some(body)) = (days, body.as_object_mut()) {
        body.insert("retention_in_days".to_owned(), days.into());
    }
    let body = body.to_string();
    let call = call(&AUDIENCE_FILE_CREATE, Body::Json(body.as_bytes()));
    let created = client.for_target(advertiser).call(&call, &Typed::<Created>::default()).await?;
    Ok(created.custom_audience_id)
}

/// Changes who is in an audience.
pub(super) async fn update(client: &Client, known: &Known, action: Action, paths: &[String]) -> Result<()> {
    let Known { advertiser, id, .. } = known;
    let body: Value = json!({
        "advertiser_id": advertiser,
        "custom_audience_id": id,
        "action": action.word(),
        "file_paths": paths,
    });
    let body = body.to_string();
    client.for_target(advertiser).call(&call(&AUDIENCE_FILE_UPDATE, Body::Json(body.as_bytes())), &Accepted).await
}

fn call<'a>(endpoint: &'static Endpoint, body: Body<'a>) -> Call<'a> {
    Call { endpoint, advertiser: None, query: &[], body, watch: &() }
}
