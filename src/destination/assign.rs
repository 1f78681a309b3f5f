//! Which mappings of the config serve which stream. Pure.
//!
//! A stream may have several, and then each of its records feeds several objects. A mapping without a namespace
//! means the stream without one, else the only one of its name: which of two is never guessed.

use crate::config::destination::Mapping;
use crate::destination::shell::ledger::StreamAt;
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Result};

/// The mappings of each stream, in the config's order, and those that serve none.
#[derive(Debug)]
pub(crate) struct Assigned<'c> {
    pub by_stream: Vec<Vec<&'c Mapping>>,
    pub idle: Vec<&'c Mapping>,
}

/// Gives each mapping to its stream.
pub(crate) fn assign<'c>(streams: &[StreamName], mappings: &'c [Mapping]) -> Result<Assigned<'c>> {
    let mut assigned = Assigned { by_stream: vec![Vec::new(); streams.len()], idle: Vec::new() };
    for mapping in mappings {
        match meant(streams, mapping)?.and_then(|at| assigned.by_stream.get_mut(at)) {
            Some(own) => own.push(mapping),
            None => assigned.idle.push(mapping),
        }
    }
    Ok(assigned)
}

fn meant(streams: &[StreamName], mapping: &Mapping) -> Result<Option<StreamAt>> {
    let exact = |namespace| {
        streams.iter().position(|stream| stream.name == mapping.stream && stream.namespace.as_deref() == namespace)
    };
    let named = mapping.namespace.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let found = exact(named);
    if named.is_some() || found.is_some() {
        return Ok(found);
    }
    let of_name = streams.iter().enumerate().filter(|(_, stream)| stream.name == mapping.stream);
    match of_name.collect::<Vec<_>>()[..] {
        [] => Ok(None),
        [(only, _)] => Ok(Some(only)),
        ref several => Err(ambiguous(mapping, several)),
    }
}

fn ambiguous(mapping: &Mapping, several: &[(StreamAt, &StreamName)]) -> Error {
    let names: Vec<String> = several.iter().map(|(_, stream)| format!("`{stream}`")).collect();
    Error::config(format!(
        "The mapping of stream `{}` may mean {}, for the catalog holds all of them",
        mapping.stream,
        names.join(" or ")
    ))
    .advise("Add the stream's `namespace` to the mapping; a mapping for each of them if all are meant.")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn streams(names: &[(&str, Option<&str>)]) -> Vec<StreamName> {
        let own = |(name, namespace): &(&str, Option<&str>)| StreamName {
            name: (*name).to_owned(),
            namespace: namespace.map(str::to_owned),
        };
        names.iter().map(own).collect()
    }

    /// Where a mapping goes: the stream's place, `idle` or the sentence.
    fn told(names: &[(&str, Option<&str>)], namespace: Option<&str>) -> String {
        let mapping = json!({"stream": "users", "object": "audience_members", "namespace": namespace});
        let mappings: [Mapping; 1] = [serde_json::from_value(mapping).unwrap()];
        match assign(&streams(names), &mappings) {
            Err(error) => error.message().to_owned(),
            Ok(assigned) => {
                let at = assigned.by_stream.iter().position(|own| !own.is_empty());
                at.map_or("idle".to_owned(), |at| at.to_string())
            }
        }
    }

    #[test]
    fn a_mapping_goes_to_the_stream_that_it_means() {
        let (a, b, none) = (("users", Some("a")), ("users", Some("b")), ("users", None));
        for (names, namespace, expected) in [
            (&[a, b][..], Some("b"), "1"),
            (&[a, b], Some("c"), "idle"),
            (&[a, none], None, "1"),
            (&[a, none], Some(" "), "1"),
            (&[("x", None), b], None, "1"),
            (&[("x", None)], None, "idle"),
            (&[none], Some("a"), "idle"),
            (
                &[a, b],
                None,
                "The mapping of stream `users` may mean `a.users` or `b.users`, for the catalog holds all of them",
            ),
        ] {
            assert_eq!(told(names, namespace), expected, "{names:?} {namespace:?}");
        }
    }

    #[test]
    fn a_stream_may_have_several() {
        let mapping = |object: &str| json!({"stream": "users", "object": object});
        let mappings: Vec<Mapping> =
            serde_json::from_value(json!([mapping("audience_members"), mapping("event_web")])).unwrap();
        let assigned = assign(&streams(&[("users", None)]), &mappings).unwrap();
        let objects: Vec<&str> = assigned.by_stream[0].iter().map(|mapping| &*mapping.object).collect();
        assert_eq!(objects, ["audience_members", "event_web"]);
    }
}
