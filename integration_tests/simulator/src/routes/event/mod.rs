//! `/event/track/`, Events API 2.0 (`docs/tiktok-api.md` 6.1 [DOC 1771101303285761][GO model/event]).

mod forms;
mod reader;
mod rules;
mod schema;

use super::{Handler, Route};
use crate::answer::{Answer, Outcome, Refusal};
use crate::body;
use crate::call::{Call, Partial};
use crate::options::{EventOptions, PoisonedEvents};
use crate::rng::{mix, text};
use crate::state::Shared;
use crate::world::{Accepted, EventSource, Target, World};
use reader::Reader;
use rules::Rules;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) static ROUTES: &[Route] =
    &[Route { method: "POST", path: "/event/track/", open: false, handler: Handler::Own(track) }];

const NAMES: &[&str] = &["event_source", "event_source_id", "data", "test_event_code", "partner_name"];

/// The app may not send app events: an allowlist feature.
const NOT_ALLOWED: i64 = 40118;
const WRONG_SIZE: i64 = 40061;

/// An event that is not stored while others of its call are.
struct Failed {
    index: usize,
    error: String,
}

/// The parts of a body.
struct Parts<'b> {
    source: EventSource,
    id: String,
    test_code: Option<String>,
    events: Vec<&'b RawValue>,
}

fn track(shared: &Shared, call: &Call) -> Outcome {
    let options = &shared.options.events;
    body::check(call, options.max_body)?;
    let parts = parts(call, options)?;
    let (mut accepted, mut failed, now) = shared.read(|world| {
        permitted(world, call, options, &parts)?;
        let now = shared.clock(world).timestamp();
        let rules = Rules { source: parts.source, options, now };
        let (accepted, failed) = check(world, &rules, &parts.events)?;
        Ok((accepted, failed, now))
    })?;
    if call.partial.is_some() {
        fail_some(&mut accepted, &mut failed);
    }
    let stored: Vec<Accepted<'_>> = accepted.into_iter().map(|(_, event)| event).collect();
    let target = Target { source_id: &parts.id, test_code: parts.test_code.as_deref(), now };
    shared.amend(|world| world.tracked.add(target, &stored));
    let listed = call.partial == Some(Partial::Listed) || options.poisoned == PoisonedEvents::Listed;
    Ok(answer(&failed, listed))
}

/// [?] The form of the list; that there is one at all is not sure.
fn answer(failed: &[Failed], listed: bool) -> Answer {
    if failed.is_empty() {
        return json!({}).into();
    }
    let one = |failed: &Failed| json!({"index": failed.index, "error": failed.error});
    let list: Vec<Value> = failed.iter().map(one).collect();
    Answer::partial(if listed { json!({ "failed_events": list }) } else { json!({}) })
}

fn parts<'b>(call: &'b Call, options: &EventOptions) -> Result<Parts<'b>, Refusal> {
    let mut body: BTreeMap<String, &RawValue> = serde_json::from_slice(&call.body).map_err(|_| body::malformed())?;
    body.retain(|_, value| value.get() != "null");
    let unknown = body.keys().find(|name| !NAMES.contains(&name.as_str())).filter(|_| !options.unknown_fields);
    if let Some(name) = unknown {
        return Err(Refusal::param(format!("{name}: Unknown field")));
    }
    let missing: Vec<&str> = NAMES.iter().take(3).copied().filter(|name| !body.contains_key(*name)).collect();
    if !missing.is_empty() {
        return Err(Refusal::missing(&missing));
    }
    string(&body, "partner_name")?;
    let name = string(&body, "event_source")?.unwrap_or_default();
    let source = EventSource::ALL.into_iter().find(|source| source.name() == name);
    let choice = || Refusal::choice("event_source", &EventSource::ALL.map(EventSource::name), &name);
    Ok(Parts {
        source: source.ok_or_else(choice)?,
        id: string(&body, "event_source_id")?.ok_or_else(|| Refusal::missing(&["event_source_id"]))?,
        test_code: string(&body, "test_event_code")?,
        events: events(body.get("data").copied(), options.max_events)?,
    })
}

/// A string; an empty one is as good as none.
fn string(body: &BTreeMap<String, &RawValue>, name: &str) -> Result<Option<String>, Refusal> {
    let text = body.get(name).map(|raw| serde_json::from_str::<String>(raw.get())).transpose();
    let text = text.map_err(|_| Refusal::param(format!("{name}: Not a valid string")))?;
    Ok(text.filter(|text| !text.is_empty()))
}

fn events(raw: Option<&RawValue>, max: usize) -> Result<Vec<&RawValue>, Refusal> {
    let list = raw.map(|raw| serde_json::from_str::<Vec<&RawValue>>(raw.get()));
    match list {
        Some(Ok(list)) if (1..=max).contains(&list.len()) => Ok(list),
        Some(Ok(_)) => Err(Refusal::new(WRONG_SIZE, format!("data: Length must be between 1 and {max}"))),
        _ => Err(Refusal::param("data: Field must be set to array")),
    }
}

fn permitted(world: &World, call: &Call, options: &EventOptions, parts: &Parts<'_>) -> Result<(), Refusal> {
    let token = call.token(world)?;
    if parts.source == EventSource::App && !options.app_allowed {
        return Err(Refusal::new(NOT_ALLOWED, "The app is not in the allowlist of this feature."));
    }
    if world.sources.is_usable(parts.source, &parts.id, &token.writes_to()) {
        return Ok(());
    }
    if let Some((code, text)) = options.wrong_source {
        return Err(Refusal::new(code, text));
    }
    // The text is known for pixels only [RUD][AE].
    let text = format!(
        "No permission to operate {}: {}. You must be an admin or operator of this advertiser account.",
        parts.source.id_name(),
        parts.id
    );
    Err(Refusal::new(40001, text))
}

type Checked<'b> = (Vec<(usize, Accepted<'b>)>, Vec<Failed>);

/// All or nothing, but for poison that is to be dropped.
fn check<'b>(world: &World, rules: &Rules<'_>, events: &[&'b RawValue]) -> Result<Checked<'b>, Refusal> {
    let mut reader = Reader::new(world, rules.options);
    let mut accepted = Vec::with_capacity(events.len());
    let mut failed = Vec::new();
    for (index, raw) in events.iter().enumerate() {
        let facts = reader.read(index, raw.get())?;
        rules.check(&reader, &facts)?;
        match facts.poison {
            Some(refusal) if rules.options.poisoned == PoisonedEvents::Refused => return Err(refusal),
            Some(refusal) => failed.push(Failed { index, error: refusal.message }),
            None => accepted.push((index, facts.accept(raw.get()))),
        }
    }
    Ok((accepted, failed))
}

/// About a third, at least one: always the same ones of the same events.
fn fail_some(accepted: &mut Vec<(usize, Accepted<'_>)>, failed: &mut Vec<Failed>) {
    let unlucky = |event: &Accepted<'_>| mix(text(event.content), 0xfa11).is_multiple_of(3);
    let last = accepted.len().wrapping_sub(1);
    let any = accepted.iter().any(|(_, event)| unlucky(event));
    let mut at = 0;
    accepted.retain(|(index, event)| {
        let fails = unlucky(event) || (!any && at == last);
        at += 1;
        if fails {
            failed.push(Failed { index: *index, error: "The event could not be processed".to_owned() });
        }
        !fails
    });
    failed.sort_by_key(|failed| failed.index);
}
