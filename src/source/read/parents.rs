//! The ids that a list of lists is asked for by: pixels for their statistics, stores for their reports.

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
use crate::streams::{self, Listing, Parent, Read, StreamDef};
use crate::tiktok::authorizations::Answers;
use crate::tiktok::endpoint::Paging;
use crate::tiktok::envelope::Decode;
use crate::tiktok::page::{Keyed, PageInfo, RowKey, is_empty};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client, Watch};

/// Ids, in TikTok's order, each once.
type Ids = Arc<[Arc<str>]>;

/// Which list: a stream, where in its rows the ids are, whose, and whether with deleted objects.
type Which = (&'static str, &'static [&'static str], Option<Arc<str>>, bool);

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
        let ListRequest { scope, parent, account, .. } = request;
        let owner = account.map(|account| account.id.clone());
        let cell = {
            let mut known = lock(&self.known);
            known.entry((parent.stream, parent.id, owner, scope.include_deleted)).or_default().clone()
        };
        let ids = cell.get_or_try_init(|| load(request)).await?;
        Ok(ids.clone())
    }
}

async fn load(request: ListRequest<'_>) -> Result<Ids> {
    let ListRequest { client, parent, account, .. } = request;
    // A parent that is no list fails the tests of `streams`.
    let Some(stream) = streams::find(parent.stream) else { return Ok(Ids::default()) };
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
    let decode = ReadIds { stream, path: parent.id };
    let advertiser = account.map(|account| &*account.id);
    let (mut ids, mut seen): (Vec<Arc<str>>, _) = (Vec::new(), HashSet::new());
    for slice in plan::listed(listing, scope, &[]) {
        let query = query(stream, scope, account, &slice, "");
        let call = Call { endpoint: stream.endpoint, advertiser, query: &query, body: Body::None, watch };
        let mut pages = Pages::new(client, call, page_size(stream, &slice), &decode);
        while let Some((page, _)) = pages.next().await? {
            ids.extend(page.rows.into_iter().filter(|id| seen.insert(id.clone())));
        }
        for doubt in pages.doubts() {
            tracing::warn!("The list `{}` of {}: {doubt}", stream.name, advertiser.unwrap_or("the token"));
        }
    }
    Ok(ids)
}

/// Reads nothing of a page but ids.
struct ReadIds<'a> {
    stream: &'a StreamDef,
    path: &'static [&'static str],
}

impl Decode for ReadIds<'_> {
    type Out = Keyed<Arc<str>>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
        let mut data = Map::deserialize(data)?;
        let list = self.stream.endpoint.list;
        let info = data.remove("page_info").filter(|_| matches!(self.stream.endpoint.paging, Paging::Counted(_)));
        let info: Option<PageInfo> =
            info.map(|info| serde_json::from_value(info).map_err(D::Error::custom)).transpose()?;
        let rows = data.remove(list).or_else(|| is_empty(info).then(Value::default));
        let rows = rows.ok_or_else(|| D::Error::missing_field(list))?;
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        let ids: Vec<Arc<str>> = rows.iter().filter_map(|row| self.id(row)).collect();
        Ok(Keyed { count: rows.len(), ..Keyed::new(ids, info, key) })
    }
}

impl ReadIds<'_> {
    fn id(&self, row: &Value) -> Option<Arc<str>> {
        match self.path.iter().try_fold(row, |value, name| value.get(name))? {
            Value::String(id) => Some(id.as_str().into()),
            Value::Number(id) => Some(id.to_string().into()),
            _ => None,
        }
    }
}

/// TikTok's ids are numbers.
fn key(id: &Arc<str>) -> RowKey {
    RowKey::of_id(id.parse().unwrap_or_else(|_| {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        hasher.finish()
    }))
}
