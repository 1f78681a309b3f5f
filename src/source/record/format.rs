//! How the records of a stream are written: compiled from its schema once a run.

use std::borrow::Cow;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::projection::Projection;
use super::shape::{Fields, Shape, write_scalar};
use super::template::Template;
use crate::protocol::Output;
use crate::streams::{Origin, Read, StreamDef};
use crate::tiktok::endpoint::Paging;

/// How the records of one stream are written. Made once a run.
pub(crate) struct Format {
    pub(super) row: Fields,
    /// `{"type":"RECORD","record":{"stream":…,"data":{`
    pub(super) prefix: Vec<u8>,
    /// The first slots hold the primary key, as far as rows have it.
    pub(super) keys: usize,
    /// What the primary key's fields are called.
    pub(super) names: Arc<[&'static str]>,
    pub(super) cursor: Option<usize>,
    /// Fields that are written again on top of the record: the slot and `"name":`.
    pub(super) lifts: Vec<(usize, Vec<u8>)>,
    /// Fields that say whose a row is: the slot, where the value comes from, `"name":` and its type.
    pub(super) origins: Vec<(usize, Origin, Vec<u8>, Shape)>,
    /// The record that takes the row's place, if one does.
    pub(super) projection: Option<Projection>,
    /// Values of a row that are wanted again.
    pub(super) slots: usize,
    pub(super) list: &'static str,
    pub(super) counted: bool,
    /// Bytes of the longest page so far: the next one is given as many at once.
    pub(super) longest: AtomicUsize,
    /// The form of the last row that had another form than the row before.
    pub(super) template: Mutex<Option<Arc<Template>>>,
}

impl Format {
    #[must_use]
    pub(crate) fn new(stream: &StreamDef) -> Self {
        // A schema that is no JSON fails the tests of `streams`.
        let schema = serde_json::from_str(&stream.row_schema()).unwrap_or_default();
        let dimensions = match &stream.read {
            Read::Report(report) => &*report.dimensions,
            _ => &[],
        };
        let beside = beside(stream, &schema);
        let mut slots = Slots { row: Fields::compile(&schema, stream.flattened), names: Vec::new(), beside };
        let in_row =
            |name: &str| dimensions.contains(&name) || stream.origin.iter().all(|origin| origin.field() != name);
        for name in stream.row_key().iter().filter(|name| in_row(name)) {
            slots.watch(name, stream, dimensions);
        }
        let keys = slots.names.len();
        let cursor = stream.row_cursor().filter(|name| !dimensions.contains(name));
        let cursor = cursor.map(|name| slots.watch(name, stream, dimensions));
        let lifted = stream.lifted.iter().map(|(_, name)| *name);
        let nested = dimensions.iter().copied().filter(|_| stream.flattened.is_empty());
        let lifts: Vec<_> = lifted
            .chain(nested)
            .chain(slots.beside.clone())
            .map(|name| (slots.watch(name, stream, dimensions), key(name)))
            .collect();
        let origins = stream.origin.iter().map(|origin| {
            let name = origin.field();
            let shape = if is_integer(&schema, name) { Shape::Integer } else { Shape::Text };
            (slots.watch(name, stream, dimensions), *origin, key(name), shape)
        });
        let origins = origins.collect();
        let projection =
            stream.view.as_ref().map(|view| Projection::new(view, |path| slots.watch_at(path, stream, dimensions)));
        let name = serde_json::Value::from(&*stream.name);
        Self {
            prefix: format!("{{\"type\":\"RECORD\",\"record\":{{\"stream\":{name},\"data\":{{").into_bytes(),
            keys,
            names: stream.primary_key.iter().copied().collect(),
            cursor,
            lifts,
            origins,
            projection,
            slots: slots.names.len(),
            row: slots.row,
            list: stream.endpoint.list,
            counted: matches!(stream.endpoint.paging, Paging::Counted(_)),
            longest: AtomicUsize::new(0),
            template: Mutex::default(),
        }
    }
}

/// Which values of a row are remembered.
struct Slots {
    row: Fields,
    /// What is remembered: a field of the record, or the path of one that stands deeper.
    names: Vec<Cow<'static, str>>,
    beside: Vec<&'static str>,
}

impl Slots {
    /// The slot of a field at a path of TikTok's row.
    fn watch_at(&mut self, path: &[&'static str], stream: &StreamDef, dimensions: &[&str]) -> usize {
        if let [name] = path {
            return self.watch(name, stream, dimensions);
        }
        let slot = self.names.len();
        self.names.push(path.join(".").into());
        self.row.watch(path, slot);
        slot
    }

    /// The slot of a field of the record, wherever in TikTok's row it stands.
    fn watch(&mut self, name: &'static str, stream: &StreamDef, dimensions: &[&str]) -> usize {
        if let Some(slot) = self.names.iter().position(|known| *known == name) {
            return slot;
        }
        let slot = self.names.len();
        self.names.push(name.into());
        match stream.lifted.iter().find(|(_, lifted)| *lifted == name) {
            Some((path, _)) => self.row.watch(path, slot),
            None if dimensions.contains(&name) => self.row.watch(&["dimensions", name], slot),
            None if self.beside.contains(&name) => self.row.watch(&["metrics", name], slot),
            None => {
                self.row.watch(&[name], slot);
                stream.flattened.iter().for_each(|object| self.row.watch(&[object, name], slot));
            }
        }
        slot
    }
}

/// The metrics of a nested report that its schema has on top as well: an ad's campaign and ad group.
fn beside(stream: &StreamDef, schema: &Value) -> Vec<&'static str> {
    let Read::Report(report) = &stream.read else { return Vec::new() };
    let on_top = schema.get("properties").and_then(Value::as_object).filter(|_| stream.flattened.is_empty());
    let names = report.metrics().map(|metric| metric.name).filter(|name| !report.dimensions.contains(name));
    names.filter(|name| on_top.is_some_and(|fields| fields.contains_key(*name))).collect()
}

fn key(name: &str) -> Vec<u8> {
    format!("\"{name}\":").into_bytes()
}

fn is_integer(schema: &serde_json::Value, name: &str) -> bool {
    let kind = schema.pointer(&format!("/properties/{name}/type"));
    kind.is_some_and(|kind| {
        kind == "integer" || kind.as_array().is_some_and(|all| all.iter().any(|one| one == "integer"))
    })
}

/// Decodes `data` of one page into lines.
pub(crate) struct Lines<'a> {
    pub format: &'a Format,
    /// The advertiser that was asked about, whom most rows leave out.
    pub advertiser: Option<&'a str>,
    /// The parent, if it was one.
    pub parent: Option<&'a str>,
    /// Where the lines will go, for a buffer that went there before.
    pub output: Option<&'a Output>,
}

impl Lines<'_> {
    /// What each row gets that leaves it out: the slot, and the field as it is written. `map_key` is the row's, if
    /// it stands in a map.
    pub(super) fn origins(&self, map_key: Option<&str>) -> Vec<(usize, Vec<u8>)> {
        let origins = self.format.origins.iter().filter_map(|(slot, origin, key, shape)| {
            let id = match origin {
                Origin::Advertiser => self.advertiser?,
                Origin::Parent(_) => self.parent?,
                Origin::MapKey(_) => map_key?,
            };
            let mut field = key.clone();
            write_scalar(shape, &serde_json::Value::from(id).to_string(), &mut field);
            Some((*slot, field))
        });
        origins.collect()
    }
}
