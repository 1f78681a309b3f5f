//! Some items of a batch → one call.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::lane::Items;
use super::targets::Targets;
use crate::clock::now_ms;
use crate::error::{Kind, Result};
use crate::progress::Gauge;
use crate::tiktok::envelope::{Accepted, Typed};
use crate::tiktok::{Body, Call, Client, Watch};

/// Times that an item standing alone is sent while TikTok says "partially successful" of it.
const PARTIAL_ALONE_MAX: u32 = 3;

/// Counts what requests go through.
pub(crate) struct Traffic(pub Arc<Gauge>);

impl Watch for Traffic {
    fn sent(&self) {
        self.0.request();
    }

    fn held_back(&self, wait: Duration) {
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        self.0.waits_until(now_ms().saturating_add(wait));
    }
}

/// What a run sends with.
pub(crate) struct Post {
    pub client: Client,
    pub traffic: Traffic,
    pub dry_run: bool,
    pub targets: Targets,
}

impl Post {
    #[must_use]
    pub(crate) fn new(client: Client, gauge: Arc<Gauge>, dry_run: bool) -> Self {
        Self { client, traffic: Traffic(gauge), dry_run, targets: Targets::default() }
    }

    /// Sends some items in one call; gives the `data` of the answer where the items read it.
    pub(super) async fn call(&self, items: &dyn Items, range: &Range<usize>) -> Result<Value> {
        if self.dry_run {
            return Ok(Value::Null);
        }
        let body = items.body(range.clone());
        let call = Call {
            endpoint: items.endpoint(),
            advertiser: None,
            query: &[],
            body: Body::Json(&body),
            watch: &self.traffic,
        };
        let client = self.client.for_target(items.target());
        let times = if range.len() == 1 { PARTIAL_ALONE_MAX } else { 1 };
        let reads = items.made().is_some();
        for _ in 1..times {
            match answer(&client, &call, reads).await {
                Err(error) if error.kind() == Kind::Partial => {}
                other => return other.map_err(|error| items.tell_where(error)),
            }
        }
        answer(&client, &call, reads).await.map_err(|error| items.tell_where(error))
    }
}

async fn answer(client: &Client, call: &Call<'_>, reads: bool) -> Result<Value> {
    if reads {
        client.call(call, &Typed::<Value>::default()).await
    } else {
        client.call(call, &Accepted).await.map(|()| Value::Null)
    }
}
