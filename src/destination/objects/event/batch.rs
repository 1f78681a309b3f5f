//! Events that leave together: one source, one POST of up to 1,000.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::ops::Range;

use foldhash::fast::RandomState;
use futures::future::{BoxFuture, FutureExt};
use serde_json::json;

use super::prepare::{Event, Target};
use super::sources::kind_of;

use crate::destination::engines::waiting::BatchLimits;
use crate::destination::shell::bisect::named;
use crate::destination::shell::lane::{Batch, RecordRef};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::posts::{Items, Posts};
use crate::destination::shell::send;
use crate::destination::shell::sending;
use crate::destination::shell::targets::Part;
use crate::error::{Error, Kind};
use crate::tiktok::endpoint::{EVENT_TRACK, Endpoint};

/// Events of one request; TikTok refuses a longer one whole (docs/tiktok-api.md 6.1).
pub(crate) const EVENTS_MAX: usize = 1_000;
/// Bytes of one request, a cautious guess beforehand [?].
pub(crate) const BYTES_MAX: usize = 4 << 20;

/// What TikTok calls the target of events when it does not call it by its id.
const TARGET_WORDS: [&str; 6] = ["event_source", "event source", "event_set", "event set", "pixel", "tiktok_app_id"];

/// Events of one target that wait to be sent.
#[derive(Default)]
pub(crate) struct EventBatch {
    pub records: Vec<RecordRef>,
    events: Vec<Vec<u8>>,
    bytes: usize,
    /// The last event by a hash of its name and id.
    last_by_id: HashMap<u64, usize, RandomState>,
    names: RandomState,
    /// Whether some events have their target from the config, so that a wrong one is not the rows' fault.
    from_config: bool,
    /// Events that share name and id with another that says something else.
    pub clashes: u64,
}

impl EventBatch {
    pub(crate) fn push(&mut self, sender: RecordRef, event: Event<'_>) {
        let twin = self.last_by_id.insert(self.names.hash_one((&event.name, &event.id)), self.events.len());
        let other = twin.and_then(|twin| self.events.get(twin)).is_some_and(|said| *said != event.body);
        self.clashes += u64::from(other);
        self.from_config |= !event.own_target;
        self.bytes += event.body.len();
        self.events.push(event.body);
        self.records.push(sender);
    }
}

impl BatchLimits for EventBatch {
    fn is_full(&self) -> bool {
        self.events.len() >= EVENTS_MAX || self.bytes >= BYTES_MAX
    }

    fn records(&self) -> usize {
        self.records.len()
    }
}

/// A batch with where it goes.
pub(crate) struct Addressed {
    pub batch: EventBatch,
    pub target: Target,
    /// Whether the rows name a target that the account does not list.
    pub unlisted: bool,
}

impl Batch for Addressed {
    fn records(&self) -> &[RecordRef] {
        &self.batch.records
    }

    fn send<'a>(&'a self, post: &'a send::Post) -> BoxFuture<'a, Outcome> {
        sending::send(post, self).boxed()
    }
}

impl Posts for Addressed {
    fn posts(&self) -> Vec<Box<dyn Items + '_>> {
        vec![Box::new(Post(self))]
    }

    /// A pixel that the rows made up is theirs to mend; one that exists and is forbidden is the token's.
    fn is_to_blame(&self, error: &Error) -> bool {
        // TikTok refuses a bad source like any other bad parameter; only its words tell which.
        let says_source = error.said().is_some_and(|said| said.contains("event_source_id"));
        let names_the_source = error.kind() == Kind::Request && says_source;
        let is_rows = self.unlisted && !self.batch.from_config;
        is_rows && (matches!(error.kind(), Kind::Permission | Kind::Config | Kind::Gone) || names_the_source)
    }
}

struct Post<'a>(&'a Addressed);

impl Items for Post<'_> {
    fn endpoint(&self) -> &'static Endpoint {
        &EVENT_TRACK
    }

    fn count(&self) -> usize {
        self.0.batch.events.len()
    }

    fn body(&self, range: Range<usize>) -> Vec<u8> {
        let events = self.0.batch.events.get(range).unwrap_or_default();
        let target = &self.0.target;
        let mut body = Vec::with_capacity(256 + events.iter().map(|event| event.len() + 1).sum::<usize>());
        let quoted = |text: &str| json!(text).to_string();
        body.extend_from_slice(
            format!("{{\"event_source\":\"{}\",\"event_source_id\":{}", target.source.name(), quoted(&target.id))
                .as_bytes(),
        );
        if let Some(code) = &target.test_event_code {
            body.extend_from_slice(format!(",\"test_event_code\":{}", quoted(code)).as_bytes());
        }
        body.extend_from_slice(b",\"data\":[");
        for (at, event) in events.iter().enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.extend_from_slice(event);
        }
        body.extend_from_slice(b"]}");
        body
    }

    fn record(&self, item: usize) -> usize {
        item
    }

    fn target(&self) -> &str {
        &self.0.target.id
    }

    fn whole(&self) -> String {
        let Target { source, id, .. } = &self.0.target;
        format!("{} {id}", source.name())
    }

    fn part(&self, _item: usize) -> Part {
        0
    }

    fn tell_where(&self, error: Error) -> Error {
        let Target { source, id, .. } = &self.0.target;
        error.with("event_source", source.name()).with("event_source_id", id)
    }

    /// An event has no field that is called like its target, so a message that names no event speaks of the latter.
    fn is_about_target(&self, _part: Part, message: &str) -> bool {
        let lower = message.to_ascii_lowercase();
        let names = message.contains(&*self.0.target.id) || TARGET_WORDS.iter().any(|word| lower.contains(word));
        names && named(message).is_none()
    }

    /// It may be the wrong one.
    fn blame(&self, _part: Option<Part>, error: Error) -> Error {
        if !matches!(
            error.kind(),
            Kind::Permission | Kind::Config | Kind::Gone | Kind::Request | Kind::Partial | Kind::TooLarge
        ) {
            return error;
        }
        let Target { source, id, .. } = &self.0.target;
        // What the account refuses is the user's to mend; advice for a fault of the connector would mislead.
        let (kind, advice) = match error.kind() {
            Kind::Request => (Kind::Config, String::new()),
            kind => (kind, format!(" {}", error.advice().unwrap_or_default())),
        };
        error
            .of(kind)
            .about(format!("The {} {id:?} takes no events", kind_of(*source)))
            .advise(format!("Look whether `event_source_id` is right; the command check knows the account's.{advice}"))
    }

    fn known(&self) -> Vec<&str> {
        vec![&self.0.target.id]
    }
}
