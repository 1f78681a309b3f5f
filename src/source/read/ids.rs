//! Ids in the rows of a list that is asked for nothing else.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::{Map, Value};

use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Keyed, PageData, RowKey};

/// Reads nothing of a page but the ids at a path.
pub(super) struct ReadIds(pub(super) &'static [&'static str]);

impl Decode for ReadIds {
    type Out = Keyed<Arc<str>>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
        let wire = PageData::<Map<String, Value>>::deserialize(data)?;
        let count = wire.list.len();
        let ids: Vec<Arc<str>> = wire.list.into_iter().filter_map(|row| id(&Value::Object(row), self.0)).collect();
        Ok(Keyed { count, ..Keyed::new(ids, wire.page_info, |id| RowKey::of(std::iter::once(id.as_bytes()), b"")) })
    }
}

fn id(row: &Value, path: &[&str]) -> Option<Arc<str>> {
    match path.iter().try_fold(row, |value, name| value.get(name))? {
        Value::String(id) => Some(id.as_str().into()),
        Value::Number(id) => Some(id.to_string().into()),
        _ => None,
    }
}
