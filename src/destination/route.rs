//! What each stream of a catalogue is to TikTok. Pure.
//!
//! With data activation the platform names the object and the records already have TikTok's field names; without
//! it, `mappings` say both, or the stream is called like an object.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::DestinationConfig;
use crate::config::destination::{Mapping, Operation};
use crate::destination::assign::{self, Assigned};
use crate::destination::objects::event::one_id;
use crate::destination::objects::{Kind, Object};
use crate::destination::record::columns::{Columns, Path};
use crate::destination::shell::ledger::StreamAt;
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Result};

/// What the records of a stream become. A stream that feeds several objects has several routes.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// Where the stream stands in the catalogue.
    pub at: StreamAt,
    pub stream: StreamName,
    /// What tells it from the other routes of its stream; none where it is the only one.
    pub part: Option<String>,
    pub object: Object,
    /// From the stream's field to TikTok's. A field that is not here keeps its name.
    pub fields: BTreeMap<String, String>,
    /// The fields that name a record, as the stream calls them.
    pub key: Vec<Path>,
    /// The audience of a whole stream of members.
    pub audience: Option<Audience>,
    pub operation: Operation,
    /// Every record deletes, whatever it says itself.
    pub soft_delete: bool,
    /// The event that a whole stream is of.
    pub event: Option<String>,
    /// The pixel, app or event set of a whole stream.
    pub event_source_id: Option<String>,
}

/// The audience of a whole stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Audience {
    Id(String),
    Name(String),
}

/// The routes of a ConfiguredAirbyteCatalog, in its order.
pub(crate) fn routes(catalog: &str, config: &DestinationConfig) -> Result<Vec<Route>> {
    let catalog: Value =
        serde_json::from_str(catalog).map_err(|error| fault(format!("The catalog is not JSON: {error}")))?;
    let entries = catalog
        .get("streams")
        .and_then(Value::as_array)
        .ok_or_else(|| fault("The catalog has no list `streams`".to_owned()))?;
    let streams = names(entries)?;
    let Assigned { by_stream, idle } = assign::assign(&streams, &config.mappings)?;
    for mapping in idle {
        tracing::warn!("The mapping of stream `{}` has no use: the catalog holds no such stream", mapping.stream);
    }
    let mut routes = Vec::with_capacity(streams.len());
    for (at, ((json, stream), mappings)) in entries.iter().zip(&streams).zip(&by_stream).enumerate() {
        routes.extend(of_stream(&Entry { at, stream, json }, mappings, config)?);
    }
    check_one_id(&routes, entries, config)?;
    Ok(routes)
}

/// The platform's number of the run, for what is kept beside it; 0 where the catalog tells none.
#[must_use]
pub(crate) fn sync_id(catalog: &str) -> u64 {
    let catalog: Value = serde_json::from_str(catalog).unwrap_or_default();
    catalog.pointer("/streams/0/sync_id").and_then(Value::as_u64).unwrap_or_default()
}

/// A stream of the catalogue as it stands there.
struct Entry<'a> {
    at: StreamAt,
    stream: &'a StreamName,
    json: &'a Value,
}

impl Entry<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

fn names(entries: &[Value]) -> Result<Vec<StreamName>> {
    let mut names: Vec<StreamName> = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        let name = StreamName::of(entry)
            .ok_or_else(|| fault(format!("The catalog's `streams[{at}].stream.name` must be text")))?;
        if names.contains(&name) {
            return Err(fault(format!("The catalog holds the stream `{name}` twice")));
        }
        names.push(name);
    }
    Ok(names)
}

/// One route a mapping. Where the platform names the object, only mappings that fill its fields count.
fn of_stream(entry: &Entry<'_>, mappings: &[&Mapping], config: &DestinationConfig) -> Result<Vec<Route>> {
    let platforms = entry.text("destination_object_name");
    let mut routes = Vec::new();
    for mapping in mappings {
        if platforms.is_none_or(|named| fill_the_same(named, &mapping.object)) {
            routes.push(route(entry, Some(mapping), config)?);
        } else {
            let (stream, object) = (entry.stream, &mapping.object);
            tracing::warn!(
                "The mapping of stream `{stream}` to `{object}` has no use: the platform says what the stream is"
            );
        }
    }
    if routes.is_empty() {
        routes.push(route(entry, None, config)?);
    }
    name_parts(&mut routes);
    Ok(routes)
}

fn fill_the_same(one: &str, other: &str) -> bool {
    let schema = |name| Object::find(name).map(|object| object.def().schema);
    schema(one) == schema(other)
}

/// Several routes of a stream are told apart by their objects, and those of one object by numbers.
fn name_parts(routes: &mut [Route]) {
    if routes.len() < 2 {
        return;
    }
    let objects: Vec<&str> = routes.iter().map(|route| route.object.def().name).collect();
    let part = |(at, object): (usize, &&str)| {
        let before = objects.iter().take(at).filter(|other| *other == object).count();
        if before == 0 { (*object).to_owned() } else { format!("{object} #{}", before + 1) }
    };
    let parts: Vec<String> = objects.iter().enumerate().map(part).collect();
    for (route, part) in routes.iter_mut().zip(parts) {
        route.part = Some(part);
    }
}

fn route(entry: &Entry<'_>, mapping: Option<&Mapping>, config: &DestinationConfig) -> Result<Route> {
    let Entry { at, stream, json } = *entry;
    let named = entry.text("destination_object_name").or(mapping.map(|mapping| mapping.object.as_str()));
    let named = named.unwrap_or(&stream.name);
    let object = Object::find(named).ok_or_else(|| unknown(stream, named))?;
    let mode = entry.text("destination_sync_mode").unwrap_or("append");
    object.check_mode(stream, mode)?;
    check_generations(stream, json)?;
    check_fields(stream, json, &object, mapping)?;
    let fields = mapping.into_iter().flat_map(|mapping| &mapping.fields).map(|(to, from)| (from.clone(), to.clone()));
    let event_source_id = mapping
        .and_then(|mapping| mapping.event_source_id.as_ref())
        .or_else(|| source_id(config, &object))
        .map(|id| id.trim().to_owned());
    let operation = if mode == "soft_delete" {
        Operation::Delete
    } else {
        mapping.map_or(Operation::Add, |mapping| mapping.operation)
    };
    check_operation(stream, &object, operation)?;
    let route = Route {
        at,
        stream: stream.clone(),
        part: None,
        audience: audience(&object, mapping),
        object,
        fields: fields.collect(),
        key: key(json),
        operation,
        soft_delete: mode == "soft_delete",
        event: mapping.and_then(|mapping| mapping.event.clone()),
        event_source_id,
    };
    check_needs(&route, json, config)?;
    Ok(route)
}

/// The config's pixel, app or event set, if it is of the object's kind of source.
fn source_id<'c>(config: &'c DestinationConfig, object: &Object) -> Option<&'c String> {
    let of = config.events.event_source;
    let id = config.events.event_source_id.as_ref().filter(|id| !id.trim().is_empty());
    id.filter(|_| matches!(object, Object::Event(source) if of.is_none_or(|of| of == *source)))
}

/// The config's one id must not be for streams of several kinds. Rows that have the column may name their own.
fn check_one_id(routes: &[Route], entries: &[Value], config: &DestinationConfig) -> Result<()> {
    const COLUMN: &[&str] = &["event_source_id"];
    let Some(id) = config.events.event_source_id.as_deref().map(str::trim) else { return Ok(()) };
    let takes = |route: &&Route| {
        let columns = entries.get(route.at).map(columns).unwrap_or_default();
        let own = Columns::new(COLUMN, &route.fields, &[]).fill(&columns, COLUMN);
        route.event_source_id.as_deref() == Some(id) && !columns.is_empty() && !own
    };
    let taker = |route: &Route| match route.object {
        Object::Event(source) => Some((route.stream.to_string(), source)),
        _ => None,
    };
    let takers: Vec<_> = routes.iter().filter(takes).filter_map(taker).collect();
    one_id::check(id, &takers)
}

/// The audience that a mapping alone names, as far as it can be looked at without a catalogue.
pub(crate) fn of_mapping(mapping: &Mapping) -> Result<Option<Audience>> {
    let stream = StreamName::from(mapping);
    let object = Object::find(&mapping.object).ok_or_else(|| unknown(&stream, &mapping.object))?;
    check_fields(&stream, &Value::Null, &object, Some(mapping))?;
    Ok(audience(&object, Some(mapping)))
}

fn audience(object: &Object, mapping: Option<&Mapping>) -> Option<Audience> {
    match object {
        Object::Audience { id } => Some(Audience::Id(id.clone())),
        Object::AudienceMembers => {
            let mapping = mapping?;
            let set = |text: &Option<String>| {
                text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            set(&mapping.audience_id).map(Audience::Id).or_else(|| set(&mapping.audience_name).map(Audience::Name))
        }
        Object::Event(_) => None,
    }
}

/// The paths of the primary key; a field of the top may stand alone.
fn key(entry: &Value) -> Vec<Path> {
    let paths = entry.get("primary_key").and_then(Value::as_array);
    let names = |path: &Value| -> Path {
        let names = path.as_array().map_or(std::slice::from_ref(path), Vec::as_slice);
        names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    paths.into_iter().flatten().map(names).filter(|path| !path.is_empty()).collect()
}

/// What happened is not taken back.
fn check_operation(stream: &StreamName, object: &Object, operation: Operation) -> Result<()> {
    match (object.kind(), operation) {
        (Kind::Event, Operation::Delete) => Err(fault(format!(
            "The mapping of stream `{stream}` deletes, and `{}` can only be added to",
            object.def().name
        ))),
        _ => Ok(()),
    }
}

/// A truncate refresh would have to empty an audience, and nothing here does that by accident.
fn check_generations(stream: &StreamName, entry: &Value) -> Result<()> {
    let number = |name: &str| entry.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (least, now) = (number("minimum_generation_id"), number("generation_id"));
    if least != 0 && least != now {
        return Err(fault(format!(
            "Stream `{stream}` has minimum_generation_id {least} and generation_id {now}, which is neither keeping nor replacing"
        )));
    }
    Ok(())
}

/// A mapping to a field that the stream does not have would send nothing, silently.
fn check_fields(stream: &StreamName, entry: &Value, object: &Object, mapping: Option<&Mapping>) -> Result<()> {
    let schema: Value = serde_json::from_str(object.def().schema).unwrap_or_default();
    let known = columns(entry);
    for (to, from) in mapping.into_iter().flat_map(|mapping| &mapping.fields) {
        if schema.pointer("/properties").is_none_or(|fields| fields.get(to).is_none()) {
            let what = match object.kind() {
                Kind::Member => "members",
                Kind::Event => object.def().name,
            };
            return Err(fault(format!("The mapping of stream `{stream}` fills `{to}`, which is no field of {what}")));
        }
        if !known.is_empty() && !known.contains(&from.as_str()) {
            return Err(fault(format!(
                "The mapping of stream `{stream}` takes `{to}` from `{from}`, which the stream does not have"
            )));
        }
    }
    Ok(())
}

/// The stream's columns; none where the catalogue does not tell them.
fn columns(entry: &Value) -> Vec<&str> {
    let columns = entry.pointer("/stream/json_schema/properties").and_then(Value::as_object);
    columns.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

/// Without what the object needs, every row would be rejected.
fn check_needs(route: &Route, entry: &Value, config: &DestinationConfig) -> Result<()> {
    let columns = columns(entry);
    if columns.is_empty() {
        return Ok(());
    }
    let set = [
        ("event", route.event.is_some()),
        ("event_source_id", route.event_source_id.is_some()),
        ("audience_name", route.audience.is_some()),
        ("advertiser_id", config.target().is_some()),
    ];
    let set: Vec<&str> = set.into_iter().filter(|(_, is_set)| *is_set).map(|(field, _)| field).collect();
    for need in route.object.def().needs {
        let filled = Columns::new(need.any_of, &route.fields, &[]).fill(&columns, need.any_of);
        if filled || need.any_of.iter().any(|field| set.contains(field)) {
            continue;
        }
        let field = need.any_of.first().copied().unwrap_or_default();
        return Err(Error::config(format!(
            "Stream `{}` has no column that {}; it has {}",
            route.stream,
            need.what,
            columns.join(", ")
        ))
        .advise(format!("{}, as in {{\"fields\": {{\"{field}\": \"your_{field}_column\"}}}}.", need.advice)));
    }
    Ok(())
}

fn unknown(stream: &StreamName, named: &str) -> Error {
    let example = format!(
        "{{\"stream\": \"{}\", \"object\": \"audience_members\", \"fields\": {{\"email\": \"your_email_column\"}}, \"audience_name\": \"Customers\"}}",
        stream.name
    );
    let what = if stream.name == named {
        "does not say what it is to TikTok".to_owned()
    } else {
        format!("is to be `{named}`, which is no object")
    };
    let objects: Vec<String> = Object::GENERIC.iter().map(|object| format!("`{}`", object.def().name)).collect();
    Error::config(format!("Stream `{stream}` {what}")).advise(format!(
        "Add a mapping to the config, such as {example}. The objects are {}, and `audience: NAME (ID)` for each streaming audience.",
        objects.join(", ")
    ))
}

fn fault(message: String) -> Error {
    Error::config(message).advise("Mend the catalog or the `mappings` of the config, and run the command again.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// With or without an advertiser.
    fn config_for(advertiser: Option<&str>, mappings: &Value) -> DestinationConfig {
        let credentials = json!({"auth_type": "oauth2.0", "access_token": "t"});
        let config = json!({"credentials": credentials, "mappings": mappings, "advertiser_id": advertiser});
        DestinationConfig::parse(&config.to_string()).unwrap()
    }

    fn config(mappings: Value) -> DestinationConfig {
        config_for(Some("7"), &mappings)
    }

    fn of(stream: Value, mappings: Value) -> Result<Route> {
        let catalog = json!({"streams": [stream]}).to_string();
        routes(&catalog, &config(mappings)).map(|mut routes| routes.remove(0))
    }

    fn stream(name: &str) -> Value {
        json!({"stream": {"name": name, "json_schema": {"properties": {"mail": {}, "phone": {}, "audience_name": {}}}}, "sync_mode": "incremental", "destination_sync_mode": "append"})
    }

    #[test]
    fn data_activation_names_object_mode_and_key() {
        let mut one = stream("customers");
        one["destination_object_name"] = json!("audience: VIP (123)");
        one["destination_sync_mode"] = json!("soft_delete");
        one["primary_key"] = json!([["email"]]);
        let route = of(one, json!([])).unwrap();
        assert_eq!(route.object, Object::Audience { id: "123".into() });
        assert_eq!(route.audience, Some(Audience::Id("123".into())));
        assert_eq!((route.operation, route.key), (Operation::Delete, vec![vec!["email".to_owned()]]));
    }

    #[test]
    fn mappings_and_names_serve_plain_platforms() {
        let mapping = json!([{"stream": "customers", "object": "audience_members", "fields": {"email": "mail"}, "audience_name": "C", "operation": "delete"}]);
        let route = of(stream("customers"), mapping).unwrap();
        assert_eq!(route.fields, BTreeMap::from([("mail".to_owned(), "email".to_owned())]));
        assert_eq!((route.audience, route.operation), (Some(Audience::Name("C".into())), Operation::Delete));
        assert_eq!(of(stream("audience_members"), json!([])).unwrap().object, Object::AudienceMembers);
    }

    #[test]
    fn a_stream_feeds_every_object_that_a_mapping_names() {
        let mapping = |object: &str, name: &str| json!({"stream": "customers", "object": object, "fields": {"email": "mail"}, "audience_name": name});
        let three = json!([
            mapping("audience_members", "A"),
            mapping("audience_members", "B"),
            mapping("audience: VIP (1)", "")
        ]);
        let catalog = json!({"streams": [stream("audience_members"), stream("customers")]}).to_string();
        let routes = routes(&catalog, &config(three)).unwrap();
        let told: Vec<_> =
            routes.iter().map(|route| (route.at, route.part.as_deref(), route.audience.clone())).collect();
        let name = |name: &str| Some(Audience::Name(name.into()));
        assert_eq!(
            told,
            [
                (0, None, None),
                (1, Some("audience_members"), name("A")),
                (1, Some("audience_members #2"), name("B")),
                (1, Some("audience: …"), Some(Audience::Id("1".into()))),
            ]
        );
    }

    #[test]
    fn the_platforms_word_goes_before_mappings() {
        let mut one = stream("customers");
        one["destination_object_name"] = json!("audience: VIP (123)");
        let mappings = json!([
            {"stream": "customers", "object": "event_web"},
            {"stream": "customers", "object": "audience_members", "fields": {"email": "mail"}, "audience_name": "C"},
        ]);
        let routes = routes(&json!({"streams": [one]}).to_string(), &config(mappings)).unwrap();
        let [route] = &routes[..] else { panic!("{routes:?}") };
        assert_eq!((&route.audience, route.fields.len()), (&Some(Audience::Id("123".into())), 1));
    }

    #[test]
    fn streams_of_one_name_in_two_namespaces_are_two() {
        let of = |namespace: &str, object: &str| {
            let mut entry = stream("customers");
            entry["stream"]["namespace"] = json!(namespace);
            entry["destination_object_name"] = json!(object);
            entry
        };
        let told = |entries: Value| {
            let catalog = json!({"streams": entries}).to_string();
            routes(&catalog, &config(json!([])))
                .map(|all| all.iter().map(|one| one.stream.to_string()).collect::<Vec<_>>())
        };
        let (a, b) = (of("a", "audience: A (1)"), of("b", "audience: B (2)"));
        assert_eq!(told(json!([a, b])).unwrap(), ["a.customers", "b.customers"]);
        let twice = told(json!([a, a])).unwrap_err();
        assert_eq!(twice.message(), "The catalog holds the stream `a.customers` twice");
    }

    #[test]
    fn what_no_row_can_say_is_told_before_the_first() {
        let mut members = stream("audience_members");
        members["stream"]["json_schema"] = json!({"properties": {"mail": {}, "phone": {}}});
        let told = |stream: &Value, advertiser, mappings| {
            let catalog = json!({"streams": [stream]}).to_string();
            routes(&catalog, &config_for(advertiser, &mappings)).unwrap_err().to_string()
        };
        insta::assert_snapshot!(told(&members, Some("7"), json!([])));
        members["destination_object_name"] = json!("audience: VIP (123)");
        insta::assert_snapshot!(told(&members, None, json!([])));
        let deletes = json!([{"stream": "orders", "object": "event_web", "operation": "delete"}]);
        insta::assert_snapshot!(told(&stream("orders"), None, deletes));
    }

    #[test]
    fn each_fault_has_its_sentence() {
        let told = |stream, mappings| of(stream, mappings).unwrap_err().to_string();
        insta::assert_snapshot!(told(stream("customers"), json!([])));
        insta::assert_snapshot!(told(stream("customers"), json!([{"stream": "customers", "object": "audience"}])));
        insta::assert_snapshot!(told(
            stream("customers"),
            json!([{"stream": "customers", "object": "audience_members", "fields": {"email": "e_mail"}}])
        ));
        insta::assert_snapshot!(told(
            stream("customers"),
            json!([{"stream": "customers", "object": "audience_members", "fields": {"e_mail": "mail"}}])
        ));
        let mut nobody = stream("audience_members");
        nobody["stream"]["json_schema"] = json!({"properties": {"id": {}, "country": {}}});
        insta::assert_snapshot!(told(nobody, json!([])));
        let mut overwrite = stream("audience_members");
        overwrite["destination_sync_mode"] = json!("overwrite");
        insta::assert_snapshot!(told(overwrite, json!([])));
        let mut half = stream("audience_members");
        half["generation_id"] = json!(5);
        half["minimum_generation_id"] = json!(3);
        insta::assert_snapshot!(told(half, json!([])));
    }
}
