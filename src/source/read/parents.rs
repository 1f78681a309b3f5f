//! The ids that a list of lists is asked for by: pixels for their statistics, stores for their reports, split tests that
//! ad groups name.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::error::Result;
use crate::lock::lock;
use crate::source::plan::account::Account;
use crate::source::plan::query::{page_size, query};
use crate::source::plan::{self, Scope};
use crate::streams::{self, Listing, Only, Parent, Read, StreamDef};
use crate::tiktok::authorizations::Answers;
use crate::tiktok::endpoint::Paging;
use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Keyed, PageInfo, RowKey, is_empty};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client, Watch};

/// Ids, in TikTok's order, each once.
type Ids = Arc<[Arc<str>]>;

/// Which list: a stream, where in its rows the ids are, whose, whether with deleted objects, and which rows count.
type Which = (&'static str, &'static [&'static str], Option<Arc<str>>, bool, Only);

/// Lists of ids that a run knows, each read once however many streams need it.
#[derive(Default)]
pub(crate) struct Lists {
    known: Mutex<HashMap<Which, Arc<OnceCell<Ids>>>>,
}

/// Which list of ids is wanted, of whom, and with which settings.
#[derive(Clone, Copy)]
pub(super) struct ListRequest<'a> {
    pub(super) client: &'a Client,
    pub(super) watch: &'a dyn Watch,
    pub(super) scope: &'a Scope,
    pub(super) parent: Parent,
    /// None: the token's own list.
    pub(super) account: Option<&'a Account>,
}

impl Lists {
    /// All ids of an advertiser, or of the token's own list.
    pub(super) async fn ids(&self, request: ListRequest<'_>) -> Result<Ids> {
        let scope =
            Scope { include_deleted: request.scope.include_deleted || request.parent.outlives, ..*request.scope };
        let request = ListRequest { scope: &scope, ..request };
        if let [stream] = request.parent.streams {
            return self.held_by(stream, request).await;
        }
        let (mut ids, mut seen) = (Vec::new(), HashSet::new());
        for stream in request.parent.streams {
            let held = self.held_by(stream, request).await?;
            ids.extend(held.iter().filter(|id| seen.insert((*id).clone())).cloned());
        }
        Ok(ids.into())
    }

    /// The ids that the rows of one stream hold.
    async fn held_by(&self, stream: &'static str, request: ListRequest<'_>) -> Result<Ids> {
        let ListRequest { scope, parent, account, .. } = request;
        let owner = account.map(|account| account.id.clone());
        let cell = {
            let mut known = lock(&self.known);
            known.entry((stream, parent.id, owner, scope.include_deleted, parent.only)).or_default().clone()
        };
        let ids = cell.get_or_try_init(|| Box::pin(load(stream, request))).await?;
        Ok(ids.clone())
    }
}

async fn load(stream: &'static str, request: ListRequest<'_>) -> Result<Ids> {
    let ListRequest { client, account, .. } = request;
    // A parent that is no list fails the tests of `streams`.
    let Some(stream) = streams::find(stream) else { return Ok(Ids::default()) };
    let Read::Listing(listing) = &stream.read else { return Ok(Ids::default()) };
    if account.is_some() {
        return Ok(listed(request, stream, listing).await?.into());
    }
    // The tokens' own lists are those of all tokens; what one may not see, another may.
    let mut answers = Answers::default();
    for client in client.each() {
        answers.take(listed(ListRequest { client: &client, ..request }, stream, listing).await)?;
    }
    let answers = answers.or_refused()?;
    let mut seen = HashSet::new();
    Ok(answers.given.into_iter().flatten().filter(|id| seen.insert(id.clone())).collect())
}

/// The ids that one client sees.
async fn listed(request: ListRequest<'_>, stream: &StreamDef, listing: &Listing) -> Result<Vec<Arc<str>>> {
    let ListRequest { client, watch, scope, parent, account } = request;
    let decode = ReadIds { stream, path: parent.id, only: parent.only };
    let advertiser = account.map(|account| &*account.id);
    let (mut ids, mut seen): (Vec<Arc<str>>, _) = (Vec::new(), HashSet::new());
    for slice in plan::listed(listing, scope, &[]) {
        let query = query(stream, scope, account, &slice, "");
        let call = Call { endpoint: stream.endpoint, advertiser, query: &query, body: Body::None, watch };
        let mut pages = Pages::new(client, call, page_size(stream, &slice), &decode);
        while let Some((page, _)) = pages.next().await? {
            let held = page.rows.into_iter().flat_map(|row| row.ids);
            ids.extend(held.filter(|id| seen.insert(id.clone())));
        }
        for doubt in pages.doubts() {
            tracing::warn!("The list `{}` of {}: {doubt}", stream.name, advertiser.unwrap_or("the token"));
        }
    }
    Ok(ids)
}

/// What is read of a row: its own name, and the ids that it holds.
struct Holder {
    name: Arc<str>,
    ids: Vec<Arc<str>>,
}

/// Reads nothing of a page but ids.
struct ReadIds<'a> {
    stream: &'a StreamDef,
    path: &'static [&'static str],
    only: Only,
}

impl Decode for ReadIds<'_> {
    type Out = Keyed<Holder>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
        let mut data = Map::deserialize(data)?;
        let list = self.stream.endpoint.list;
        let info = data.remove("page_info").filter(|_| matches!(self.stream.endpoint.paging, Paging::Counted(_)));
        let info: Option<PageInfo> =
            info.map(|info| serde_json::from_value(info).map_err(D::Error::custom)).transpose()?;
        let rows = data.remove(list).or_else(|| is_empty(info).then(Value::default));
        let rows = rows.ok_or_else(|| D::Error::missing_field(list))?;
        let rows = match &rows {
            Value::Array(rows) => rows.as_slice(),
            Value::Null if is_empty(info) => &[],
            _ => return Err(D::Error::custom(format_args!("`{list}` is no list"))),
        };
        let holders: Vec<Holder> = rows.iter().filter_map(|row| self.holder(row)).collect();
        Ok(Keyed { count: rows.len(), ..Keyed::new(holders, info, |row| key(&row.name)) })
    }
}

impl ReadIds<'_> {
    fn holder(&self, row: &Value) -> Option<Holder> {
        let mut held = ids(row, self.path);
        // Where the id is another object's, many rows may hold it.
        let is_own = self.path.last().is_some_and(|name| self.stream.primary_key.contains(name));
        let path = if is_own { self.path } else { &*self.stream.primary_key };
        let name = ids(row, path).into_iter().next()?;
        let counts = counts(row, self.only);
        held.retain(|id| !is_none(id) && counts);
        Some(Holder { name, ids: held })
    }
}

/// Whether a row is one of those that are wanted.
fn counts(row: &Value, only: Only) -> bool {
    match only {
        Only::All => true,
        Only::Own => row.get("is_creator") != Some(&Value::Bool(false)),
        Only::Ios => {
            let platform = row.get("platform").and_then(Value::as_str).filter(|platform| !is_none(platform));
            platform.is_none_or(|platform| platform.eq_ignore_ascii_case("IOS"))
        }
    }
}

/// The ids at a path; a list on the way holds several.
fn ids(row: &Value, path: &[&str]) -> Vec<Arc<str>> {
    match (row, path) {
        (Value::Array(items), path) => items.iter().flat_map(|item| ids(item, path)).collect(),
        (row, [name, rest @ ..]) => row.get(name).map(|value| ids(value, rest)).unwrap_or_default(),
        (Value::String(id), []) => vec![id.as_str().into()],
        (Value::Number(id), []) => vec![id.to_string().into()],
        _ => Vec::new(),
    }
}

/// How TikTok may write that an object has none.
fn is_none(id: &str) -> bool {
    matches!(id, "" | "0" | "-")
}

/// TikTok's ids are numbers.
fn key(id: &Arc<str>) -> RowKey {
    RowKey::of_id(id.parse().unwrap_or_else(|_| {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        hasher.finish()
    }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn held(stream: &str, path: &'static [&'static str], rows: &Value) -> (Vec<Option<String>>, usize) {
        let stream = streams::find(stream).unwrap();
        let info = json!({"page": 1, "page_size": 10, "total_number": 9, "total_page": 1});
        let data = json!({stream.endpoint.list: rows, "page_info": info});
        let page = ReadIds { stream, path, only: Only::Own }.decode(&data).unwrap();
        let keys: HashSet<_> = page.keys.iter().map(|key| key.name()).collect();
        (page.rows.into_iter().map(|row| row.ids.first().map(ToString::to_string)).collect(), keys.len())
    }

    #[test]
    fn rows_that_hold_the_same_id_are_rows_of_their_own() {
        let rows = json!([
            {"adgroup_id": "1", "split_test_group_id": "7"},
            {"adgroup_id": "2", "split_test_group_id": 7},
            {"adgroup_id": "3", "split_test_group_id": null},
            {"adgroup_id": "4", "split_test_group_id": ""},
            {"adgroup_id": "5", "split_test_group_id": "0"},
            {"adgroup_id": "6"},
        ]);
        let seven = Some("7".to_owned());
        let expected = vec![seven.clone(), seven, None, None, None, None];
        assert_eq!(held("ad_groups", &["split_test_group_id"], &rows), (expected, 6));
    }

    #[test]
    fn what_others_made_is_left_out_where_only_own_ones_count() {
        let rows = json!([
            {"audience_id": "1", "is_creator": true},
            {"audience_id": "2", "is_creator": false},
            {"audience_id": "3"},
        ]);
        let expected = vec![Some("1".to_owned()), None, Some("3".to_owned())];
        assert_eq!(held("audiences", &["audience_id"], &rows), (expected, 3));
    }

    #[test]
    fn apps_of_another_platform_have_no_quota() {
        let platforms = [json!("IOS"), json!("iOS"), json!("ANDROID"), json!("UNKNOWN"), json!(null), json!("")];
        let counted: Vec<bool> = platforms.map(|platform| counts(&json!({"platform": platform}), Only::Ios)).into();
        assert_eq!(counted, [true, true, false, false, true, true]);
        assert!(counts(&json!({}), Only::Ios), "nobody knows, so TikTok is asked");
    }

    #[test]
    fn a_row_may_hold_many_ids() {
        let rows = json!([
            {"smart_plus_ad_id": "1", "creative_list": [{"ad_material_id": "7"}, {"ad_material_id": "0"}, {"ad_material_id": 8}]},
            {"smart_plus_ad_id": "2", "creative_list": null},
        ]);
        let stream = streams::find("smart_plus_ads").unwrap();
        let decode = ReadIds { stream, path: &["creative_list", "ad_material_id"], only: Only::All };
        let info = json!({"page": 1, "page_size": 10, "total_number": 2, "total_page": 1});
        let page = decode.decode(&json!({"list": rows, "page_info": info})).unwrap();
        let held: Vec<Vec<String>> =
            page.rows.iter().map(|row| row.ids.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(held, [vec!["7".to_owned(), "8".to_owned()], Vec::new()]);
    }

    #[test]
    fn what_is_no_list_is_not_taken_for_an_empty_one() {
        let stream = streams::find("pixels").unwrap();
        let decode = |list: Value, total: u64| {
            let info = json!({"page": 1, "page_size": 10, "total_number": total, "total_page": 1});
            let data = json!({stream.endpoint.list: list, "page_info": info});
            ReadIds { stream, path: &["pixel_id"], only: Only::All }.decode(&data).map(|page| page.rows.len())
        };
        for (list, total) in [(json!({}), 0), (json!("later"), 0), (json!(0), 0), (json!(null), 3)] {
            assert!(decode(list.clone(), total).is_err(), "{list}");
        }
        assert_eq!((decode(json!(null), 0).ok(), decode(json!([]), 0).ok()), (Some(0), Some(0)));
    }

    #[test]
    fn rows_of_an_id_go_by_it() {
        let rows = json!([{"bc_info": {"bc_id": "1"}}, {"bc_info": {"bc_id": "2"}}, {"bc_info": {}}]);
        let expected = vec![Some("1".to_owned()), Some("2".to_owned())];
        assert_eq!(held("business_centers", &["bc_info", "bc_id"], &rows), (expected, 2));
    }
}
