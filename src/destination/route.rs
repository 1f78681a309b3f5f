//! What each stream of a catalogue is to TikTok. Pure.
//!
//! With data activation the platform names the object and the records already have TikTok's field names; without
//! it, `mappings` say both, or the stream is called like an object.

use serde_json::Value;

use super::assign::{self, Assigned};
use super::objects::def::{Generation, Mode, Route};
use super::objects::{self, Named};
use super::record::columns::{Columns, Path};
use super::shell::ledger::StreamAt;
use super::shell::streams::StreamName;
use crate::config::DestinationConfig;
use crate::config::destination::Mapping;
use crate::error::{Error, Result};

/// The routes of a ConfiguredAirbyteCatalog, in its order.
pub(crate) fn routes(catalog: &str, config: &DestinationConfig) -> Result<Vec<Route>> {
    let catalog: Value =
        serde_json::from_str(catalog).map_err(|error| Error::mapping(format!("The catalog is not JSON: {error}")))?;
    let entries = catalog
        .get("streams")
        .and_then(Value::as_array)
        .ok_or_else(|| Error::mapping("The catalog has no list `streams`".to_owned()))?;
    let streams = names(entries)?;
    let Assigned { by_stream, idle } = assign::assign(&streams, &config.mappings)?;
    for mapping in idle {
        let name = StreamName { name: mapping.stream.clone(), namespace: mapping.namespace.clone() };
        tracing::warn!("The mapping of stream `{name}` has no use: the catalog holds no such stream");
    }
    let mut routes = Vec::with_capacity(streams.len());
    for (at, ((json, stream), mappings)) in entries.iter().zip(&streams).zip(&by_stream).enumerate() {
        routes.extend(of_stream(&Entry { at, stream, json }, mappings, config)?);
    }
    check_together(&routes, config)?;
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
            .ok_or_else(|| Error::mapping(format!("The catalog's `streams[{at}].stream.name` must be text")))?;
        if names.contains(&name) {
            return Err(Error::mapping(format!("The catalog holds the stream `{name}` twice")));
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
    let schema = |name| objects::find(name).map(|object| object.def.schema);
    schema(one) == schema(other)
}

/// Several routes of a stream are told apart by their objects, and those of one object by numbers.
fn name_parts(routes: &mut [Route]) {
    if routes.len() < 2 {
        return;
    }
    let objects: Vec<&str> = routes.iter().map(|route| route.object.name).collect();
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
    let Named { def, id } = objects::find(named).ok_or_else(|| unknown(stream, named))?;
    let mode = entry.text("destination_sync_mode").unwrap_or("append");
    def.check_mode(stream, mode)?;
    let route = Route {
        at,
        mode: Mode::of(mode),
        generation: check_generations(stream, json)?,
        key: key(json),
        columns: columns(json),
        ..of_object(stream.clone(), Named { def, id }, mapping)
    };
    check_fields(&route)?;
    let mut filled = (def.bind)(&route, config)?;
    filled.extend(config.target().map(|_| "advertiser_id"));
    check_needs(&route, &filled)?;
    Ok(route)
}

/// A route as far as a mapping alone says it.
fn of_object(stream: StreamName, object: Named, mapping: Option<&Mapping>) -> Route {
    let fields = mapping.into_iter().flat_map(|mapping| &mapping.fields);
    Route {
        at: 0,
        stream,
        part: None,
        object: object.def,
        object_id: object.id,
        columns: Vec::new(),
        fields: fields.map(|(to, from)| (from.clone(), to.clone())).collect(),
        key: Vec::new(),
        mode: Mode::Append,
        generation: Generation::default(),
        mapping: mapping.cloned(),
    }
}

/// Refuses what no stream alone shows to be wrong.
fn check_together(routes: &[Route], config: &DestinationConfig) -> Result<()> {
    let mut checked: Vec<&str> = Vec::new();
    for lane in routes.iter().map(|route| route.object.lane) {
        if !checked.contains(&lane.name) {
            checked.push(lane.name);
            let own: Vec<&Route> = routes.iter().filter(|route| route.object.lane.name == lane.name).collect();
            (lane.check)(&own, config)?;
        }
    }
    Ok(())
}

/// What a mapping alone says, as far as it can be looked at without a catalogue.
pub(crate) fn of_mapping(mapping: &Mapping, config: &DestinationConfig) -> Result<Route> {
    let stream = StreamName::from(mapping);
    let object = objects::find(&mapping.object).ok_or_else(|| unknown(&stream, &mapping.object))?;
    let route = of_object(stream, object, Some(mapping));
    check_fields(&route)?;
    (route.object.bind)(&route, config)?;
    Ok(route)
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

/// Numbers alone remove nobody; they only say which generation a mirror's rows belong to.
fn check_generations(stream: &StreamName, entry: &Value) -> Result<Generation> {
    let number = |name: &str| entry.get(name).and_then(Value::as_u64).unwrap_or_default();
    let (least, now) = (number("minimum_generation_id"), number("generation_id"));
    if least != 0 && least != now {
        return Err(Error::mapping(format!(
            "Stream `{stream}` has minimum_generation_id {least} and generation_id {now}, which is neither keeping nor replacing"
        )));
    }
    Ok(Generation { id: now, keeps: least < now })
}

/// A mapping to a field that the stream does not have would send nothing, silently.
fn check_fields(route: &Route) -> Result<()> {
    let Route { stream, object, columns, .. } = route;
    let schema: Value = serde_json::from_str(object.schema).unwrap_or_default();
    for (to, from) in route.mapping.iter().flat_map(|mapping| &mapping.fields) {
        if schema.pointer("/properties").is_none_or(|fields| fields.get(to).is_none()) {
            let called = object.called;
            return Err(Error::mapping(format!(
                "The mapping of stream `{stream}` fills `{to}`, which is no field of {called}"
            )));
        }
        if !columns.is_empty() && !columns.contains(from) {
            return Err(Error::mapping(format!(
                "The mapping of stream `{stream}` takes `{to}` from `{from}`, which the stream does not have"
            )));
        }
    }
    Ok(())
}

/// The stream's columns; none where the catalogue does not tell them.
fn columns(entry: &Value) -> Vec<String> {
    let columns = entry.pointer("/stream/json_schema/properties").and_then(Value::as_object);
    columns.into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

/// Without what the object needs, every row would be rejected. `filled` are the fields that no column needs to fill.
fn check_needs(route: &Route, filled: &[&str]) -> Result<()> {
    let columns: Vec<&str> = route.columns.iter().map(String::as_str).collect();
    if columns.is_empty() {
        return Ok(());
    }
    for need in route.object.fields {
        let of_columns = Columns::new(need.any_of, &route.fields, &[]).fill(&columns, need.any_of);
        if of_columns || need.any_of.iter().any(|field| filled.contains(field)) {
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
    let objects: Vec<String> = objects::of_every_account().map(|object| format!("`{}`", object.name)).collect();
    Error::config(format!("Stream `{stream}` {what}")).advise(format!(
        "Add a mapping to the config, such as {example}. The objects are {}, and `audience: NAME (ID)` for each streaming audience.",
        objects.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::config::destination::Operation;
    use crate::destination::objects::audience::bound::{Audience, Bound};
    use crate::destination::objects::audience::object::{AUDIENCE, AUDIENCE_MEMBERS};

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
        assert_eq!(route.object, &AUDIENCE);
        let bound = Bound::of(&route);
        assert_eq!(bound.audience, Some(Audience::Id("123".into())));
        assert_eq!((bound.operation, route.key), (Operation::Delete, vec![vec!["email".to_owned()]]));
    }

    #[test]
    fn mappings_and_names_serve_plain_platforms() {
        let mapping = json!([{"stream": "customers", "object": "audience_members", "fields": {"email": "mail"}, "audience_name": "C", "operation": "delete"}]);
        let route = of(stream("customers"), mapping).unwrap();
        assert_eq!(route.fields, BTreeMap::from([("mail".to_owned(), "email".to_owned())]));
        let bound = Bound::of(&route);
        assert_eq!((bound.audience, bound.operation), (Some(Audience::Name("C".into())), Operation::Delete));
        assert_eq!(of(stream("audience_members"), json!([])).unwrap().object, &AUDIENCE_MEMBERS);
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
            routes.iter().map(|route| (route.at, route.part.as_deref(), Bound::of(route).audience)).collect();
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
        assert_eq!((Bound::of(route).audience, route.fields.len()), (Some(Audience::Id("123".into())), 1));
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
