//! Ids in the rows of a list that is asked for nothing else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
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

/// Reads nothing of a page but the ids at a path. Null is an object without one; a row without the name is an answer that
/// nobody understands, and what it is about would be left out.
pub(super) struct ReadIds(pub(super) &'static [&'static str]);

impl Decode for ReadIds {
    type Out = Keyed<Arc<str>>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
        let wire = PageData::<Map<String, Value>>::deserialize(data)?;
        let count = wire.list.len();
        let ids = wire.list.into_iter().map(|row| id(&Value::Object(row), self.0));
        let ids: Option<Vec<Option<Arc<str>>>> = ids.collect();
        let ids = ids.ok_or_else(|| D::Error::custom(format_args!("a row has no `{}`", self.0.join("."))))?;
        let ids: Vec<Arc<str>> = ids.into_iter().flatten().collect();
        Ok(Keyed { count, ..Keyed::new(ids, wire.page_info, |id| RowKey::of(std::iter::once(id.as_bytes()), b"")) })
    }
}

/// None where nothing of the name is there; the id is none where there is no object.
fn id(row: &Value, path: &[&str]) -> Option<Option<Arc<str>>> {
    match path.iter().try_fold(row, |value, name| value.get(name))? {
        Value::String(id) => Some(Some(id.as_str().into())),
        Value::Number(id) => Some(Some(id.to_string().into())),
        Value::Null => Some(None),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_that_names_no_id_is_not_left_out() {
        let read = |row: Value| {
            let data = json!({"list": [{"dimensions": {"item_group_id": 7}}, row], "page_info": {"total_number": 2}});
            ReadIds(&["dimensions", "item_group_id"]).decode(data).map(|page| page.rows.len()).ok()
        };
        assert_eq!(read(json!({"dimensions": {"item_group_id": "8"}})), Some(2));
        assert_eq!(read(json!({"dimensions": {"item_group_id": null}})), Some(1));
        for odd in [json!({}), json!({"dimensions": {}}), json!({"dimensions": {"item_group_id": {}}})] {
            assert_eq!(read(odd.clone()), None, "{odd}");
        }
    }
}
