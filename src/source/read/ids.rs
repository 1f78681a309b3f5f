//! Ids in the rows of a list that is asked for nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::lock::lock;
use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Keyed, PageData, RowKey};

/// Ids, in TikTok's order.
pub(super) type Ids = Arc<[Arc<str>]>;

/// An advertiser, its store, and what campaigns promote there.
type Store = (Arc<str>, Arc<str>, &'static str);

/// The GMV Max campaigns of an advertiser's stores, by what they promote; each list is read once a run.
#[derive(Default)]
pub(super) struct Campaigns {
    known: Mutex<HashMap<Store, Arc<OnceCell<Ids>>>>,
}

impl Campaigns {
    /// The list of a store, filled by whoever asks first.
    pub(super) fn of(&self, advertiser: &Arc<str>, store: &Arc<str>, promotes: &'static str) -> Arc<OnceCell<Ids>> {
        lock(&self.known).entry((advertiser.clone(), store.clone(), promotes)).or_default().clone()
    }
}

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
