//! One request that makes or changes something.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::codes;
use crate::tiktok::endpoint::Endpoint;
use crate::tiktok::envelope::{Decode, Typed};
use crate::tiktok::{Body, Call};
use crate::waits::{self, State};

/// Whether a refusal speaks of the object and not of the account, the token or the network.
pub(crate) fn is_the_rows(error: &Error) -> bool {
    matches!(error.kind(), Kind::Request | Kind::TooLarge | Kind::Gone | Kind::Partial)
}

/// How long an ad waits for a fresh video.
const VIDEO_TIME_MAX: Duration = Duration::from_secs(10 * 60);
/// Waits between two attempts: the first, and the longest.
const VIDEO_WAITS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(30));

/// Posts to an account. What needs a video that TikTok still works on waits for it.
pub(crate) async fn post_to(post: &Post, advertiser: &str, endpoint: &'static Endpoint, body: &Value) -> Result<Value> {
    let (start, (mut wait, longest)) = (Instant::now(), VIDEO_WAITS);
    let mut waiting = None;
    loop {
        let error = match post_once(post, advertiser, endpoint, body).await {
            Err(error) if codes::is_video_in_work(&error) => error,
            other => return other,
        };
        if start.elapsed() + wait > VIDEO_TIME_MAX {
            let minutes = VIDEO_TIME_MAX.as_secs() / 60;
            let said = error.said().unwrap_or_default();
            let what =
                format!("TikTok still works on its video after {minutes} minutes ({said}); send the row again later");
            return Err(Error::new(Kind::Request, what).because(error));
        }
        let waiting = waiting.get_or_insert_with(|| {
            waits::told_piece(format!("the video of an ad of advertiser {advertiser}"), VIDEO_TIME_MAX)
        });
        waiting.because(error.message());
        waiting.sleep(State::TikTok, wait).await;
        wait = (wait * 2).min(longest);
    }
}

async fn post_once(post: &Post, advertiser: &str, endpoint: &'static Endpoint, body: &Value) -> Result<Value> {
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
