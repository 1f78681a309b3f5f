//! Rows of several requests that ask for different metrics of the same things, joined by their dimensions.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::{Map, Value, json};

use super::notice::Noticing;
use super::reader::{Reader, Reread};
use crate::error::{Error, Kind, Result};
use crate::source::plan::query;
use crate::source::plan::{Partition, Slice};
use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Keyed, Page, PageData, RowKey, RowKeys};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call};

/// A row as it came.
#[derive(Deserialize)]
struct Row {
    dimensions: Map<String, Value>,
    metrics: Map<String, Value>,
}

struct ReadLoose;

impl Decode for ReadLoose {
    type Out = Keyed<Row>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
        let wire = PageData::<Row>::deserialize(data)?;
        Ok(Keyed::new(wire.list, wire.page_info, key))
    }
}

/// A row is named by its dimensions.
fn key(row: &Row) -> RowKey {
    let sorted: BTreeMap<&String, String> =
        row.dimensions.iter().map(|(name, value)| (name, value.to_string())).collect();
    let parts = sorted.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    RowKey::of(parts, json!(row.metrics).to_string().as_bytes())
}

/// A row until all lists have brought their metrics of it.
struct Waiting {
    row: Row,
    /// The lists that have.
    brought: Vec<usize>,
}

/// Rows by their dimensions. Lists that bring rows in one order leave few waiting.
struct Joined {
    /// Lists that bring metrics.
    lists: usize,
    waiting: Vec<Option<Waiting>>,
    /// Rows that say different things may have the same dimensions: they wait side by side, told apart by a number.
    places: HashMap<(RowKey, u32), usize>,
    /// The highest of those numbers.
    twins: u32,
}

impl Joined {
    fn of(lists: usize) -> Self {
        Self { lists, waiting: Vec::new(), places: HashMap::new(), twins: 0 }
    }

    /// Adds a row of a list to the first that waits for this list, or begins another.
    fn add(&mut self, list: usize, key: RowKey, row: Row) {
        let Self { waiting, places, twins, .. } = self;
        let waits = |place: &usize| {
            let one = waiting.get(*place).and_then(Option::as_ref);
            one.is_some_and(|one| !one.brought.contains(&list))
        };
        let place = (0..=*twins).filter_map(|twin| places.get(&(key, twin)).copied()).find(waits);
        match place.and_then(|place| waiting.get_mut(place)).and_then(Option::as_mut) {
            Some(known) => {
                known.row.metrics.extend(row.metrics);
                known.brought.push(list);
            }
            None => {
                let free = (0..=*twins).find(|twin| !places.contains_key(&(key, *twin))).unwrap_or(*twins + 1);
                *twins = free.max(*twins);
                places.insert((key, free), waiting.len());
                waiting.push(Some(Waiting { row, brought: vec![list] }));
            }
        }
    }

    /// Takes out what all lists have brought, or whatever there is.
    fn take(&mut self, whatever: bool) -> Vec<Row> {
        let lists = self.lists;
        let ready = self.waiting.iter_mut().filter_map(|one| one.take_if(|one| whatever || one.brought.len() >= lists));
        let ready: Vec<Row> = ready.map(|one| one.row).collect();
        if !ready.is_empty() {
            let left = std::mem::take(&mut self.waiting);
            let places = std::mem::take(&mut self.places);
            let mut keys: Vec<(usize, (RowKey, u32))> = places.into_iter().map(|(key, place)| (place, key)).collect();
            keys.sort_unstable_by_key(|(place, _)| *place);
            for ((_, key), one) in keys.into_iter().zip(left).filter(|(_, one)| one.is_some()) {
                self.places.insert(key, self.waiting.len());
                self.waiting.push(one);
            }
        }
        ready
    }
}

impl Reader {
    /// Reads a slice once per list of metrics, page by page side by side, and passes the joined rows on; whether TikTok
    /// left something out. When it did and the slice may be split, the rest is not passed on.
    pub(super) async fn joined(
        &self,
        partition: &Partition,
        slice: &Slice,
        metrics: &[String],
        reread: Reread<'_>,
    ) -> Result<bool> {
        let Reread { seen, may_split } = reread;
        let account = partition.account.as_ref();
        let advertiser = account.map(|account| &*account.id);
        let watch = Noticing::new(&*self.emitter);
        let size = query::page_size(&self.stream, slice);
        let queries: Vec<_> =
            metrics.iter().map(|some| query::query(&self.stream, &self.scope, account, slice, some)).collect();
        let list = |query| {
            let call = Call { endpoint: self.stream.endpoint, advertiser, query, body: Body::None, watch: &watch };
            Pages::new(&self.run.client, call, size, &ReadLoose)
        };
        let mut lists: Vec<_> = queries.iter().map(|query| list(query)).collect();
        let (mut joined, mut share) = (Joined::of(lists.len()), None);
        loop {
            let mut total = None;
            for (at, list) in lists.iter_mut().enumerate() {
                let Some((page, fresh)) = list.next().await? else { continue };
                if watch.was_cut() && may_split {
                    return Ok(true);
                }
                total = total.max(Some(page.info.map_or(0, |info| info.total_number)));
                let rows = page.keys.into_iter().zip(page.rows).zip(fresh).filter(|(_, fresh)| *fresh);
                rows.for_each(|((key, row), _)| joined.add(at, key, row));
            }
            self.pass_joined(partition, slice, joined.take(total.is_none()), seen).await?;
            let Some(total) = total else {
                // The lists are of the same rows: what is odd about one is about all.
                let doubts = lists.iter().map(Pages::doubts).find(|doubts| !doubts.is_empty());
                self.tell_doubts(account, slice, doubts.unwrap_or_default());
                return Ok(watch.was_cut());
            };
            if share.is_none() {
                self.announce(partition, total);
                share = self.run.share(total).await;
            }
        }
    }

    /// Passes rows on as if they had come so.
    async fn pass_joined(
        &self,
        partition: &Partition,
        slice: &Slice,
        rows: Vec<Row>,
        seen: &mut RowKeys,
    ) -> Result<()> {
        let rows: Vec<Value> =
            rows.into_iter().map(|row| json!({"dimensions": row.dimensions, "metrics": row.metrics})).collect();
        let info = json!({"total_number": rows.len(), "total_page": 1});
        let text = json!({self.stream.endpoint.list: rows, "page_info": info}).to_string();
        let lines = self.lines(partition, slice);
        let rows = lines.decode(&mut serde_json::Deserializer::from_str(&text));
        let rows =
            rows.map_err(|error| Error::new(Kind::Unexpected, "Rows that were joined are broken").because(error))?;
        let (fresh, keys) = (vec![true; rows.marks.len()], rows.keys().to_vec());
        self.pass_on(partition, rows, &fresh, seen).await;
        seen.extend(keys);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ad: &str, metrics: Value) -> Row {
        Row {
            dimensions: json!({"ad_id": ad}).as_object().unwrap().clone(),
            metrics: metrics.as_object().unwrap().clone(),
        }
    }

    /// Rows of the lists `a` and `b`, each with its one metric.
    fn add(joined: &mut Joined, rows: &[(&str, &str)]) {
        for (ad, metric) in rows {
            let row = row(ad, json!({*metric: ad}));
            joined.add(usize::from(*metric == "b"), key(&row), row);
        }
    }

    fn told(rows: Vec<Row>) -> Vec<String> {
        rows.into_iter().map(|row| Value::Object(row.metrics).to_string()).collect()
    }

    #[test]
    fn rows_are_joined_by_their_dimensions_and_leave_when_they_are_whole() {
        let mut joined = Joined::of(2);
        add(&mut joined, &[("1", "a"), ("2", "a"), ("2", "b"), ("3", "b")]);
        assert_eq!(told(joined.take(false)), [r#"{"a":"2","b":"2"}"#]);
        add(&mut joined, &[("4", "a"), ("3", "a"), ("1", "b")]);
        assert_eq!(told(joined.take(false)), [r#"{"a":"1","b":"1"}"#, r#"{"b":"3","a":"3"}"#]);
        assert_eq!(told(joined.take(false)).len(), 0);
        assert_eq!(told(joined.take(true)), [r#"{"a":"4"}"#], "what only one list knows");
        assert!(joined.waiting.is_empty() && joined.places.is_empty());
    }

    #[test]
    fn rows_of_the_same_dimensions_have_the_metrics_of_all_lists() {
        let rows = [(0, json!({"a": 1})), (0, json!({"a": 2})), (1, json!({"b": 1})), (1, json!({"b": 2}))];
        for order in [[0, 1, 2, 3], [0, 2, 1, 3], [2, 0, 1, 3], [2, 3, 0, 1]] {
            let mut joined = Joined::of(2);
            let mut out = Vec::new();
            for at in order {
                let (list, metrics) = &rows[at];
                let row = row("1", metrics.clone());
                joined.add(*list, key(&row), row);
                out.extend(told(joined.take(false)));
            }
            let mut out: Vec<Value> = out.iter().map(|row| serde_json::from_str(row).unwrap()).collect();
            out.sort_by_key(|row| row["a"].as_u64());
            assert_eq!(out, [json!({"a": 1, "b": 1}), json!({"a": 2, "b": 2})], "{order:?}");
            assert!(joined.waiting.is_empty() && joined.places.is_empty());
        }
    }

    #[test]
    fn the_order_of_dimensions_does_not_matter() {
        let of = |text: &str| key(&Row { dimensions: serde_json::from_str(text).unwrap(), metrics: Map::new() });
        assert_eq!(of(r#"{"a":"1","b":"2"}"#), of(r#"{"b":"2","a":"1"}"#));
        assert_ne!(of(r#"{"a":"1","b":"2"}"#), of(r#"{"a":"2","b":"1"}"#));
    }
}
