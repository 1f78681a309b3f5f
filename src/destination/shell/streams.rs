//! The streams of a catalogue, by namespace and name. Pure.

use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;
use serde::Serialize;
use serde_json::Value;

use super::ledger::StreamAt;
use crate::config::destination::Mapping;
use crate::error::{Error, Kind};
use crate::protocol::input::NamedStream;

/// A stream of the catalogue. Streams of one name in two namespaces are two streams.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct StreamName {
    #[serde(rename = "stream")]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

impl StreamName {
    /// Reads an entry of a catalogue; `None` if it names no stream.
    #[must_use]
    pub(crate) fn of(entry: &Value) -> Option<Self> {
        let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
        let namespace = text("/stream/namespace").filter(|text| !text.is_empty());
        Some(Self { name: text("/stream/name")?.to_owned(), namespace: namespace.map(str::to_owned) })
    }
}

impl From<&Mapping> for StreamName {
    fn from(mapping: &Mapping) -> Self {
        let namespace = mapping.namespace.clone().filter(|text| !text.is_empty());
        Self { name: mapping.stream.clone(), namespace }
    }
}

impl From<&NamedStream<'_>> for StreamName {
    fn from(named: &NamedStream<'_>) -> Self {
        Self { name: named.name.clone().into_owned(), namespace: named.namespace().map(str::to_owned) }
    }
}

/// `name`, or `namespace.name`.
impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}.")?;
        }
        f.write_str(&self.name)
    }
}

/// Finds streams again.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    by_name: HashMap<String, Vec<(Option<String>, StreamAt)>, RandomState>,
}

impl Streams {
    pub(crate) fn add(&mut self, at: StreamAt, stream: &StreamName) {
        let same = self.by_name.entry(stream.name.clone()).or_default();
        if !same.iter().any(|(_, known)| *known == at) {
            same.push((stream.namespace.clone(), at));
        }
    }

    /// A record of a stream that is none of them.
    #[must_use]
    pub(crate) fn unknown(&self, stream: &StreamName) -> Error {
        let like: Vec<String> = self.like(&stream.name).iter().map(|name| format!("`{name}`")).collect();
        let holds = if like.is_empty() { String::new() } else { format!("; it holds {}", like.join(", ")) };
        Error::new(
            Kind::Unexpected,
            format!("A record came of stream `{stream}`, which the catalog does not hold{holds}"),
        )
        .advise("Run the command with the catalog that the records were read with.")
    }

    /// The stream that a message names.
    #[must_use]
    pub(crate) fn find(&self, named: &NamedStream<'_>) -> Option<StreamAt> {
        let same = self.by_name.get(&*named.name)?;
        same.iter().find(|(namespace, _)| namespace.as_deref() == named.namespace()).map(|(_, at)| *at)
    }

    /// The streams of one name, as people read them.
    #[must_use]
    pub(crate) fn like(&self, name: &str) -> Vec<String> {
        let same = self.by_name.get(name).into_iter().flatten();
        same.map(|(namespace, _)| StreamName { name: name.to_owned(), namespace: namespace.clone() }.to_string())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_namespace_is_a_part_of_the_name() {
        let mut streams = Streams::default();
        let entry = |name: &str, namespace: Value| json!({"stream": {"name": name, "namespace": namespace}});
        let entries = [entry("users", json!("a")), entry("users", json!("")), entry("orders", json!("b"))];
        for (at, entry) in entries.iter().enumerate() {
            streams.add(at, &StreamName::of(entry).unwrap());
        }
        let find = |named: Value| streams.find(&serde_json::from_str(&named.to_string()).unwrap());
        assert_eq!(find(json!({"name": "users", "namespace": "a"})), Some(0));
        assert_eq!(find(json!({"name": "users"})), Some(1));
        assert_eq!(find(json!({"name": "users", "namespace": ""})), Some(1));
        for other in [json!({"name": "users", "namespace": "b"}), json!({"name": "orders"}), json!({"name": "x"})] {
            assert_eq!(find(other.clone()), None, "{other}");
        }
        assert_eq!(streams.like("users"), ["a.users", "users"]);
    }
}
