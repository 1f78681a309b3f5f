//! What each stream of a catalogue is to TikTok. Pure.
//!
//! With data activation the platform names the object and the records already have TikTok's field names; without
//! it, `mappings` say both, or the stream is called like an object (contract 5 and 6).

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Columns;
use super::object::{AUDIENCE_MEMBERS, Object};
use crate::config::DestinationConfig;
use crate::config::destination::{Mapping, Operation};
use crate::error::{Error, Result};

/// A stream and what its records become.
#[derive(Debug, Clone)]
pub struct Route {
    pub stream: String,
    pub object: Object,
    /// From the stream's field to TikTok's. A field that is not here keeps its name.
    pub fields: BTreeMap<String, String>,
    /// The fields that name a record, as the stream calls them.
    pub key: Vec<String>,
    pub audience: Option<Audience>,
    pub operation: Operation,
    /// Every record deletes, whatever it says itself.
    pub soft_delete: bool,
}

/// The audience of a whole stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Audience {
    Id(String),
    Name(String),
}

/// The routes of a ConfiguredAirbyteCatalog, in its order.
pub fn routes(catalog: &str, config: &DestinationConfig) -> Result<Vec<Route>> {
    let catalog: Value =
        serde_json::from_str(catalog).map_err(|error| fault(format!("The catalog is not JSON: {error}")))?;
    let streams = catalog
        .get("streams")
        .and_then(Value::as_array)
        .ok_or_else(|| fault("The catalog has no list `streams`".to_owned()))?;
    let names: Vec<&str> = streams.iter().filter_map(|stream| stream.pointer("/stream/name")?.as_str()).collect();
    if let Some(mapping) = config.mappings.iter().find(|mapping| !names.contains(&mapping.stream.as_str())) {
        tracing::warn!("The mapping of stream `{}` has no use: the catalog holds no such stream", mapping.stream);
    }
    streams.iter().enumerate().map(|(at, stream)| route(at, stream, config)).collect()
}

/// The platform's number of the run, for what is kept beside it; 0 where the catalog tells none.
#[must_use]
pub fn sync_id(catalog: &str) -> u64 {
    let catalog: Value = serde_json::from_str(catalog).unwrap_or_default();
    catalog.pointer("/streams/0/sync_id").and_then(Value::as_u64).unwrap_or_default()
}

fn route(at: usize, entry: &Value, config: &DestinationConfig) -> Result<Route> {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
    let stream =
        text("/stream/name").ok_or_else(|| fault(format!("The catalog's `streams[{at}].stream.name` must be text")))?;
    let mapping = config.mappings.iter().find(|mapping| mapping.stream == stream);
    let named = text("/destination_object_name").or(mapping.map(|mapping| mapping.object.as_str())).unwrap_or(stream);
    let object = Object::find(named).ok_or_else(|| unknown(stream, named))?;
    let mode = text("/destination_sync_mode").unwrap_or("append");
    object.check_mode(stream, mode)?;
    check_generations(stream, entry)?;
    check_fields(stream, entry, mapping)?;
    let fields = mapping.into_iter().flat_map(|mapping| &mapping.fields).map(|(to, from)| (from.clone(), to.clone()));
    let fields: BTreeMap<String, String> = fields.collect();
    check_identifiers(stream, entry, &fields)?;
    let operation = if mode == "soft_delete" {
        Operation::Delete
    } else {
        mapping.map_or(Operation::Add, |mapping| mapping.operation)
    };
    Ok(Route {
        stream: stream.to_owned(),
        audience: audience(&object, mapping),
        object,
        fields,
        key: key(entry),
        operation,
        soft_delete: mode == "soft_delete",
    })
}

fn audience(object: &Object, mapping: Option<&Mapping>) -> Option<Audience> {
    match object {
        Object::Audience { id } => Some(Audience::Id(id.clone())),
        Object::AudienceMembers => {
            let mapping = mapping?;
            let id = mapping.audience_id.clone().map(Audience::Id);
            id.or_else(|| mapping.audience_name.clone().map(Audience::Name))
        }
    }
}

/// The primary key's top-level fields.
fn key(entry: &Value) -> Vec<String> {
    let paths = entry.get("primary_key").and_then(Value::as_array);
    let first = |path: &Value| path.as_array()?.first()?.as_str().map(str::to_owned);
    paths.into_iter().flatten().filter_map(first).collect()
}

/// A truncate refresh would have to empty an audience, and nothing here does that by accident (airbyte.md 2.6).
fn check_generations(stream: &str, entry: &Value) -> Result<()> {
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
fn check_fields(stream: &str, entry: &Value, mapping: Option<&Mapping>) -> Result<()> {
    let schema: Value = serde_json::from_str(AUDIENCE_MEMBERS.schema).unwrap_or_default();
    let known = entry.pointer("/stream/json_schema/properties").and_then(Value::as_object);
    for (to, from) in mapping.into_iter().flat_map(|mapping| &mapping.fields) {
        if schema.pointer("/properties").is_none_or(|fields| fields.get(to).is_none()) {
            return Err(fault(format!("The mapping of stream `{stream}` fills `{to}`, which is no field of members")));
        }
        if known.is_some_and(|known| !known.is_empty() && !known.contains_key(from)) {
            return Err(fault(format!(
                "The mapping of stream `{stream}` takes `{to}` from `{from}`, which the stream does not have"
            )));
        }
    }
    Ok(())
}

/// Without a column that can identify a person every row would be rejected.
fn check_identifiers(stream: &str, entry: &Value, fields: &BTreeMap<String, String>) -> Result<()> {
    let columns = entry.pointer("/stream/json_schema/properties").and_then(Value::as_object);
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else { return Ok(()) };
    let columns: Vec<String> = columns.keys().cloned().collect();
    if Columns::new(fields, &[]).identify(&columns) {
        return Ok(());
    }
    Err(Error::config(format!(
        "Stream `{stream}` has no column that identifies a person; it has {}",
        columns.join(", ")
    ))
    .advise(
        "Name the columns of e-mail addresses, phone numbers or device ids in `mappings`, as in \
         {\"fields\": {\"email\": \"your_email_column\"}}.",
    ))
}

fn unknown(stream: &str, named: &str) -> Error {
    let example = format!(
        "{{\"stream\": \"{stream}\", \"object\": \"audience_members\", \"fields\": {{\"email\": \"your_email_column\"}}, \"audience_name\": \"Customers\"}}"
    );
    let what = if stream == named {
        "does not say what it is to TikTok".to_owned()
    } else {
        format!("is to be `{named}`, which is no object")
    };
    Error::config(format!("Stream `{stream}` {what}")).advise(format!(
        "Add a mapping to the config, such as {example}. The objects are `{}` and `audience: NAME (ID)` for each streaming audience.",
        AUDIENCE_MEMBERS.name
    ))
}

fn fault(message: String) -> Error {
    Error::config(message).advise("Mend the catalog or the `mappings` of the config, and run the command again.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(mappings: Value) -> DestinationConfig {
        let config = json!({"credentials": {"auth_type": "oauth2.0", "access_token": "t"}, "mappings": mappings});
        DestinationConfig::parse(&config.to_string()).unwrap()
    }

    fn of(stream: Value, mappings: Value) -> Result<Route> {
        let catalog = json!({"streams": [stream]}).to_string();
        routes(&catalog, &config(mappings)).map(|mut routes| routes.remove(0))
    }

    fn stream(name: &str) -> Value {
        json!({"stream": {"name": name, "json_schema": {"properties": {"mail": {}, "phone": {}}}}, "sync_mode": "incremental", "destination_sync_mode": "append"})
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
        assert_eq!((route.operation, route.key), (Operation::Delete, vec!["email".to_owned()]));
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
