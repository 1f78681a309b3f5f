//! One request that makes or changes something.

use serde_json::Value;

use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::Endpoint;
use crate::tiktok::envelope::{Decode, Typed};
use crate::tiktok::{Body, Call};

/// Whether a refusal speaks of the object and not of the account, the token or the network.
pub(crate) fn is_the_rows(error: &Error) -> bool {
    matches!(error.kind(), Kind::Request | Kind::TooLarge | Kind::Gone | Kind::Partial)
}

/// Posts to an account.
pub(crate) async fn post_to(post: &Post, advertiser: &str, endpoint: &'static Endpoint, body: &Value) -> Result<Value> {
    let body = body.to_string();
    let call = Call { endpoint, advertiser: None, query: &[], body: Body::Json(body.as_bytes()), watch: &post.traffic };
    let answer = post.client.for_target(advertiser).call(&call, &Optional).await;
    answer.map_err(|error| error.with("advertiser_id", advertiser))
}

/// `data`, which some calls leave out.
struct Optional;

impl Decode for Optional {
    type Out = Value;

    fn decode<'de, D: serde::Deserializer<'de>>(&self, data: D) -> Result<Value, D::Error> {
        Typed::<Value>::default().decode(data)
    }

    fn absent(&self) -> Option<Value> {
        Some(Value::Null)
    }
}
