//! The rows of conversion events.

use futures::future::{BoxFuture, FutureExt};

use super::Events;
use super::bound::{self, Bound};
use super::check as event_check;
use super::name;
use super::one_id;
use crate::config::DestinationConfig;
use crate::config::destination::Operation;
use crate::destination::objects::def::{FieldNeed, LaneDef, Looked, Looking, ObjectDef, Route, schema};
use crate::destination::record::columns::Columns;
use crate::destination::shell::any_lane::Erased;
use crate::error::{Error, Result};
use crate::tiktok::endpoint::EVENT_TRACK;

const EVENT: FieldNeed = FieldNeed {
    any_of: &["event"],
    what: "names the event",
    advice: "Name the column, or the event itself, in `mappings`",
};
const TIME: FieldNeed =
    FieldNeed { any_of: &["event_time"], what: "tells when it happened", advice: "Name the column in `mappings`" };
const SOURCE_ID: FieldNeed = FieldNeed {
    any_of: &["event_source_id"],
    what: "says which pixel, app or event set it is for",
    advice: "Set `events.event_source_id`, or name the column in `mappings`",
};
const PAGE: FieldNeed =
    FieldNeed { any_of: &["page_url"], what: "holds the page's address", advice: "Name the column in `mappings`" };
const APP: FieldNeed =
    FieldNeed { any_of: &["app_id"], what: "holds the app's id", advice: "Name the column in `mappings`" };
const DEVICE: FieldNeed =
    FieldNeed { any_of: &["idfa", "idfv", "gaid"], what: "holds a device id", advice: "Name the column in `mappings`" };
const BUYER: FieldNeed = FieldNeed {
    any_of: &["email", "email_sha256", "phone", "phone_sha256"],
    what: "holds an e-mail address or a phone number",
    advice: "Name the column in `mappings`",
};
const LEAD: FieldNeed =
    FieldNeed { any_of: &["lead_id"], what: "holds the lead's id", advice: "Name the column in `mappings`" };

static EVENTS: LaneDef = LaneDef {
    name: "events",
    open: |opening, routes| Ok(Box::new(Erased::new(Events::open(opening.config, routes)?))),
    look,
    check,
};

pub(crate) static EVENT_WEB: ObjectDef = ObjectDef {
    name: "event_web",
    modes: &["append"],
    matching_keys: &[],
    schema: schema!("event_web"),
    called: "event_web",
    title: "Web Events",
    settings: &["event", "event_source_id"],
    fields: &[EVENT, TIME, SOURCE_ID, PAGE],
    endpoints: &[&EVENT_TRACK],
    essential: false,
    wanted: None,
    each: None,
    bind,
    lane: &EVENTS,
};
pub(crate) static EVENT_APP: ObjectDef = ObjectDef {
    name: "event_app",
    called: "event_app",
    title: "App Events",
    schema: schema!("event_app"),
    fields: &[EVENT, TIME, SOURCE_ID, APP, DEVICE],
    ..EVENT_WEB
};
pub(crate) static EVENT_OFFLINE: ObjectDef = ObjectDef {
    name: "event_offline",
    called: "event_offline",
    title: "Offline Events",
    schema: schema!("event_offline"),
    fields: &[EVENT, TIME, SOURCE_ID, BUYER],
    ..EVENT_WEB
};
pub(crate) static EVENT_CRM: ObjectDef = ObjectDef {
    name: "event_crm",
    called: "event_crm",
    title: "CRM Events",
    schema: schema!("event_crm"),
    fields: &[EVENT, TIME, SOURCE_ID, LEAD],
    ..EVENT_WEB
};

fn look<'a>(looking: &'a Looking<'a>) -> BoxFuture<'a, Looked> {
    async move {
        let mut looked = Looked::default();
        event_check::check(looking.client, looking.config, looking.advertiser, &mut looked.report).await;
        looked
    }
    .boxed()
}

/// What happened is not taken back.
fn bind(route: &Route, config: &DestinationConfig) -> Result<Vec<&'static str>> {
    if route.mapping.as_ref().is_some_and(|mapping| mapping.operation == Operation::Delete) {
        let (stream, object) = (&route.stream, route.object.name);
        let message = format!("The mapping of stream `{stream}` deletes, and `{object}` can only be added to");
        return Err(Error::mapping(message));
    }
    let Bound { event, source_id, source } = Bound::of(route, &config.events);
    if let Some(fault) = event.as_deref().and_then(|event| name::check(event, source).err()) {
        let message = format!("The mapping of stream `{}` names an event that cannot be sent", route.stream);
        return Err(Error::config(message).advise(fault.message.into_owned()));
    }
    let filled = [("event", event.is_some()), ("event_source_id", source_id.is_some())];
    Ok(filled.into_iter().filter(|(_, is_filled)| *is_filled).map(|(field, _)| field).collect())
}

/// The config's one id must not be for streams of several kinds. Rows that have the column may name their own.
fn check(routes: &[&Route], config: &DestinationConfig) -> Result<()> {
    const COLUMN: &[&str] = &["event_source_id"];
    let Some(id) = config.events.event_source_id.as_deref().map(str::trim) else { return Ok(()) };
    let takes = |route: &&&Route| {
        let columns: Vec<&str> = route.columns.iter().map(String::as_str).collect();
        let own = Columns::new(COLUMN, &route.fields, &[]).fill(&columns, COLUMN);
        Bound::of(route, &config.events).source_id.as_deref() == Some(id) && !columns.is_empty() && !own
    };
    let taker = |route: &&Route| Some((route.stream.to_string(), bound::source_of(route.object.name)?));
    let takers: Vec<_> = routes.iter().filter(takes).filter_map(taker).collect();
    one_id::check(id, &takers)
}
