//! Rows of several requests that ask for different metrics of the same things, joined by their dimensions.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::{Map, Value, json};

use super::plan::{Partition, Slice};
use super::query;
use super::reader::{Noticing, Reader};
use crate::error::{Error, Kind, Result};
use crate::tiktok::Call;
use crate::tiktok::envelope::Decode;
use crate::tiktok::paging::{Key, Page, PageInfo, Pages};

/// A row as it came.
#[derive(Deserialize)]
struct Row {
    dimensions: Map<String, Value>,
    metrics: Map<String, Value>,
}

#[derive(Deserialize)]
struct Wire {
    list: Vec<Row>,
    page_info: Option<PageInfo>,
}

struct Loose {
    rows: Vec<Row>,
    keys: Vec<Key>,
    info: Option<PageInfo>,
}

impl Page for Loose {
    fn info(&self) -> Option<PageInfo> {
        self.info
    }

    fn keys(&self) -> &[Key] {
        &self.keys
    }
}

struct ReadLoose;

impl Decode for ReadLoose {
    type Out = Loose;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Loose, D::Error> {
        let wire = Wire::deserialize(data)?;
        Ok(Loose {
            keys: wire.list.iter().map(|row| key(&row.dimensions)).collect(),
            rows: wire.list,
            info: wire.page_info,
        })
    }
}

/// Dimensions as a number wide enough never to meet another.
fn key(dimensions: &Map<String, Value>) -> Key {
    let half = |salt: u64| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        Value::Object(dimensions.clone()).to_string().hash(&mut hasher);
        Key::from(hasher.finish())
    };
    (half(0) << 64) | half(1)
}

/// Rows by their dimensions, in the order in which they came first.
#[derive(Default)]
struct Joined {
    rows: Vec<Row>,
    places: HashMap<Key, usize>,
}

impl Joined {
    fn add(&mut self, key: Key, row: Row) {
        match self.places.get(&key).and_then(|place| self.rows.get_mut(*place)) {
            Some(known) => known.metrics.extend(row.metrics),
            None => {
                self.places.insert(key, self.rows.len());
                self.rows.push(row);
            }
        }
    }
}

impl Reader {
    /// Reads a slice once per list of metrics and passes the joined rows on; whether TikTok left something out and the
    /// caller `can_part`.
    pub(super) async fn joined(
        &self,
        partition: &Partition,
        slice: &Slice,
        metrics: &[String],
        (seen, can_part): (&mut HashSet<Key>, bool),
    ) -> Result<bool> {
        let account = partition.account.as_ref();
        let advertiser = account.map(|account| &*account.id);
        let watch = Noticing::new(&*self.emitter);
        let mut joined = Joined::default();
        for some in metrics {
            let query = query::query(&self.stream, &self.scope, account, slice, some);
            let call = Call { endpoint: self.stream.endpoint, advertiser, query: &query, body: &[], watch: &watch };
            let size = query::page_size(&self.stream, slice);
            let mut pages = Pages::new(&self.run.client, call, size, &ReadLoose);
            while let Some((page, _)) = pages.next().await? {
                if watch.was_cut() && can_part {
                    return Ok(true);
                }
                page.keys.into_iter().zip(page.rows).for_each(|(key, row)| joined.add(key, row));
            }
        }
        let rows: Vec<Value> =
            joined.rows.into_iter().map(|row| json!({"dimensions": row.dimensions, "metrics": row.metrics})).collect();
        let text = json!({"list": rows}).to_string();
        let lines = self.lines(partition, slice);
        let rows = lines.decode(&mut serde_json::Deserializer::from_str(&text));
        let rows =
            rows.map_err(|error| Error::new(Kind::Unexpected, "Rows that were joined are broken").because(error))?;
        let fresh = vec![true; rows.marks.len()];
        self.pass_on(partition, rows, &fresh, seen).await;
        Ok(watch.was_cut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_joined_by_their_dimensions() {
        let row = |ad: &str, metric: &str| Row {
            dimensions: json!({"ad_id": ad}).as_object().unwrap().clone(),
            metrics: json!({metric: ad}).as_object().unwrap().clone(),
        };
        let mut joined = Joined::default();
        for row in [row("1", "a"), row("2", "a"), row("2", "b"), row("3", "b"), row("1", "b")] {
            joined.add(key(&row.dimensions), row);
        }
        let told: Vec<String> =
            joined.rows.iter().map(|row| format!("{}", Value::Object(row.metrics.clone()))).collect();
        assert_eq!(told, [r#"{"a":"1","b":"1"}"#, r#"{"a":"2","b":"2"}"#, r#"{"b":"3"}"#]);
    }
}
