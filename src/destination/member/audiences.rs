//! The audiences of a run: found by id or exact name over all pages, created when missing, never twice.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::json;

use super::flush::AudienceAt;
use crate::destination::route::Audience;
use crate::error::{Error, Kind, Result};
use crate::tiktok::client::may_be_done;
use crate::tiktok::endpoint::{AUDIENCE_DETAILS, AUDIENCES, SEGMENT_AUDIENCE};
use crate::tiktok::envelope::{Decode, Typed};
use crate::tiktok::paging::{Keyed, PageInfo, Pages};
use crate::tiktok::{Call, Client};

/// Audiences a page, TikTok's maximum.
const PAGE_SIZE: u32 = 100;
/// Audiences of one details request.
const DETAILS_MAX: usize = 100;
/// TikTok cuts a longer name to 67 characters and three dots (tiktok-api.md 5.1).
const NAME_CHARS_MAX: usize = 70;
/// Kinds of audience that take no members by streaming, as TikTok calls them (tiktok-api.md 3.7). Others may.
const OTHER_KINDS: [&str; 10] = [
    "customer file",
    "engagement",
    "app activity",
    "website",
    "lookalike",
    "lead generation",
    "rule business account",
    "rule ad shop",
    "challenge",
    "preferred population",
];
/// Times that an audience is created while no answer comes and the list does not hold it.
const CREATES_MAX: usize = 5;
/// Stands in for the id of an audience that a dry run does not create.
const NOT_CREATED: &str = "0";

/// What TikTok lists of an audience.
#[derive(Debug, Clone, Deserialize)]
pub struct Listed {
    pub audience_id: String,
    pub name: String,
    /// `audience_type` in the list, `type` in the details.
    #[serde(default, alias = "type")]
    pub audience_type: Option<String>,
    #[serde(default)]
    pub is_valid: Option<bool>,
    #[serde(default)]
    pub cover_num: Option<i64>,
    #[serde(default)]
    pub error_msg: Option<String>,
}

impl Listed {
    /// Whether members can be streamed to it.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        let kind = self.audience_type.as_deref().unwrap_or_default().to_lowercase().replace('_', " ");
        !OTHER_KINDS.iter().any(|other| kind.starts_with(other))
    }
}

#[derive(Deserialize)]
struct ListPage {
    list: Vec<Listed>,
    page_info: PageInfo,
}

struct ReadPage;

impl Decode for ReadPage {
    type Out = Keyed<Listed>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Keyed<Listed>, D::Error> {
        let page = ListPage::deserialize(data)?;
        Ok(Keyed::new(page.list, Some(page.page_info), |one| one.audience_id.parse().unwrap_or_default()))
    }
}

/// All audiences of an advertiser.
pub async fn list(client: &Client, advertiser: &str) -> Result<Vec<Listed>> {
    let query = [("advertiser_id", advertiser.to_owned())];
    let call = Call { endpoint: &AUDIENCES, advertiser: Some(advertiser), query: &query, body: &[], watch: &() };
    let mut pages = Pages::new(client, call, PAGE_SIZE, &ReadPage);
    let mut all = Vec::new();
    while let Some((page, fresh)) = pages.next().await? {
        all.extend(page.fresh(fresh));
    }
    Ok(all)
}

/// An audience that members of this run go to.
#[derive(Debug, Clone)]
pub struct Known {
    pub advertiser: String,
    pub id: String,
    pub name: String,
}

/// The audiences of this run.
pub struct Directory {
    create_missing: bool,
    dry_run: bool,
    listed: HashMap<String, Vec<Listed>>,
    refused: HashMap<String, (Kind, String)>,
    /// An audience's place, or why a record that names it must be rejected.
    found: HashMap<(String, Audience), Result<AudienceAt, String>>,
    pub known: Vec<Known>,
    ids: Arc<[String]>,
}

impl Directory {
    #[must_use]
    pub fn new(create_missing: bool, dry_run: bool) -> Self {
        Self {
            create_missing,
            dry_run,
            listed: HashMap::new(),
            refused: HashMap::new(),
            found: HashMap::new(),
            known: Vec::new(),
            ids: Arc::default(),
        }
    }

    /// What was found out of an audience before.
    #[must_use]
    pub fn get(&self, advertiser: &str, audience: &Audience) -> Option<Result<AudienceAt, &str>> {
        // The key is owned because a borrowed pair cannot be looked up.
        let found = self.found.get(&(advertiser.to_owned(), audience.clone()))?;
        Some(found.as_ref().copied().map_err(String::as_str))
    }

    /// Remembers that there is no such audience.
    pub fn refuse(&mut self, advertiser: String, audience: Audience, message: String) {
        self.found.insert((advertiser, audience), Err(message));
    }

    /// The ids of [`Self::known`], in its order.
    #[must_use]
    pub fn ids(&self) -> Arc<[String]> {
        self.ids.clone()
    }

    /// Finds an audience, or creates it.
    pub async fn find(&mut self, client: &Client, advertiser: &str, audience: &Audience) -> Result<AudienceAt> {
        self.learn(client, advertiser).await?;
        let (id, name) = match self.look_up(advertiser, audience)? {
            Some(listed) => (listed.audience_id.clone(), listed.name.clone()),
            None => self.create(client, advertiser, audience).await?,
        };
        let at = match self.known.iter().position(|known| known.advertiser == advertiser && known.id == id) {
            Some(at) => at,
            None => {
                self.known.push(Known { advertiser: advertiser.to_owned(), id, name });
                self.ids = self.known.iter().map(|known| known.id.clone()).collect();
                self.known.len() - 1
            }
        };
        let at = AudienceAt::try_from(at).unwrap_or(AudienceAt::MAX);
        self.found.insert((advertiser.to_owned(), audience.clone()), Ok(at));
        Ok(at)
    }

    /// Lists an advertiser's audiences once; a refusal is remembered, too.
    async fn learn(&mut self, client: &Client, advertiser: &str) -> Result<()> {
        if let Some((kind, message)) = self.refused.get(advertiser) {
            return Err(Error::new(*kind, message.clone()));
        }
        if self.listed.contains_key(advertiser) {
            return Ok(());
        }
        match list(client, advertiser).await {
            Ok(listed) => {
                self.listed.insert(advertiser.to_owned(), listed);
                Ok(())
            }
            Err(error) => {
                self.refused.insert(advertiser.to_owned(), (error.kind(), error.to_string()));
                Err(error)
            }
        }
    }

    fn look_up(&self, advertiser: &str, audience: &Audience) -> Result<Option<&Listed>> {
        let listed = self.listed.get(advertiser).map(Vec::as_slice).unwrap_or_default();
        match audience {
            Audience::Id(id) => by_id(listed, advertiser, id).map(Some),
            Audience::Name(name) => by_name(listed, advertiser, name),
        }
    }

    async fn create(&mut self, client: &Client, advertiser: &str, audience: &Audience) -> Result<(String, String)> {
        let Audience::Name(name) = audience else {
            return Err(Error::config("An audience without a name cannot be created"));
        };
        if !self.create_missing {
            return Err(Error::config(format!("Advertiser {advertiser} has no audience called {name:?}"))
                .advise("Create it, or set `audience.create_missing` to true."));
        }
        if self.dry_run {
            tracing::info!("Dry run: the audience {name:?} would be created");
            return Ok((NOT_CREATED.to_owned(), name.clone()));
        }
        for _ in 1..CREATES_MAX {
            match create(client, advertiser, name).await {
                // The answer was lost: the audience may be there now, and asking again would make a twin.
                Err(error) if may_be_done(&error) => {
                    let listed = list(client, advertiser).await?;
                    if let Some(found) = by_name(&listed, advertiser, name)? {
                        return Ok((found.audience_id.clone(), name.clone()));
                    }
                }
                created => return Ok((created?, name.clone())),
            }
        }
        Ok((create(client, advertiser, name).await?, name.clone()))
    }
}

fn by_id<'a>(listed: &'a [Listed], advertiser: &str, id: &str) -> Result<&'a Listed> {
    let found = listed.iter().find(|one| one.audience_id == id).ok_or_else(|| {
        Error::config(format!("Advertiser {advertiser} has no audience {id}"))
            .advise("Check the id; `tiktok-ads destination discover` lists the audiences there are.")
    })?;
    if found.is_streaming() { Ok(found) } else { Err(other_kind(found)) }
}

/// The one streaming audience of that name. A name that two audiences share is no name.
fn by_name<'a>(listed: &'a [Listed], advertiser: &str, name: &str) -> Result<Option<&'a Listed>> {
    let kept = as_kept(name);
    let named: Vec<&Listed> = listed.iter().filter(|one| one.name == name || one.name == kept).collect();
    let streaming: Vec<&Listed> = named.iter().copied().filter(|one| one.is_streaming()).collect();
    match (streaming.as_slice(), named.first()) {
        ([one], _) => Ok(Some(one)),
        ([], None) => Ok(None),
        ([], Some(other)) => Err(other_kind(other)),
        (several, _) => {
            let ids: Vec<&str> = several.iter().map(|one| one.audience_id.as_str()).collect();
            Err(Error::config(format!(
                "Advertiser {advertiser} has {} audiences called {name:?}: {}",
                ids.len(),
                ids.join(", ")
            ))
            .advise("Name the one you mean by `audience_id`, or rename the others."))
        }
    }
}

fn other_kind(listed: &Listed) -> Error {
    let kind = listed.audience_type.as_deref().unwrap_or("of another kind");
    Error::config(format!(
        "The audience {:?} ({}) is a {kind}, which takes no single members",
        listed.name, listed.audience_id
    ))
    .advise("Choose a streaming (“Partner”) audience, or a new name that this connector may create.")
}

/// A name as TikTok keeps it.
fn as_kept(name: &str) -> String {
    if name.chars().count() <= NAME_CHARS_MAX {
        return name.to_owned();
    }
    name.chars().take(NAME_CHARS_MAX - 3).chain("...".chars()).collect()
}

#[derive(Deserialize)]
struct Created {
    audience_id: String,
}

async fn create(client: &Client, advertiser: &str, name: &str) -> Result<String> {
    let body = json!({"advertiser_id": advertiser, "action": "create", "custom_audience_name": name}).to_string();
    let call = Call { endpoint: &SEGMENT_AUDIENCE, advertiser: None, query: &[], body: body.as_bytes(), watch: &() };
    let created = client.for_target(advertiser).call(&call, &Typed::<Created>::default()).await;
    let created = created.map_err(|error| told_of_limit(advertiser, error))?;
    tracing::info!("Created the audience {name:?} ({}) of advertiser {advertiser}", created.audience_id);
    Ok(created.audience_id)
}

/// TikTok allows so many audiences an advertiser (destinations.md 1d); which code it refuses one more with is not said.
fn told_of_limit(advertiser: &str, error: Error) -> Error {
    let told = error.message().to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| told.contains(word));
    if error.kind() != Kind::Request
        || !says(&["limit", "maximum", "exceed"])
        || !says(&["audience", "number", "quota"])
    {
        return error;
    }
    Error::config(format!("Advertiser {advertiser} has as many audiences as TikTok allows: {}", error.message()))
        .advise("Delete some in TikTok Ads Manager, or send the members to an audience that is there.")
        .because(error)
}

#[derive(Deserialize)]
struct Details {
    list: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    audience_details: Listed,
}

/// What TikTok itself says of audiences now.
pub async fn details(client: &Client, known: &[Known]) -> Result<Vec<Listed>> {
    let mut by_advertiser: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in known.iter().filter(|one| one.id != NOT_CREATED) {
        by_advertiser.entry(&one.advertiser).or_default().push(&one.id);
    }
    let mut all = Vec::new();
    for (advertiser, ids) in by_advertiser {
        for chunk in ids.chunks(DETAILS_MAX) {
            let query = [("advertiser_id", advertiser.to_owned()), ("custom_audience_ids", json!(chunk).to_string())];
            let call = Call {
                endpoint: &AUDIENCE_DETAILS,
                advertiser: Some(advertiser),
                query: &query,
                body: &[],
                watch: &(),
            };
            let details = client.call(&call, &Typed::<Details>::default()).await?;
            all.extend(details.list.into_iter().map(|detail| detail.audience_details));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(id: &str, name: &str, kind: &str) -> Listed {
        serde_json::from_value(json!({"audience_id": id, "name": name, "audience_type": kind})).unwrap()
    }

    #[test]
    fn an_audience_is_found_by_its_exact_name() {
        let all = [
            listed("1", "VIP", "Partner"),
            listed("2", "vip", "Partner"),
            listed("3", "File", "Customer File Audience"),
        ];
        assert_eq!(by_name(&all, "7", "VIP").unwrap().unwrap().audience_id, "1");
        assert!(by_name(&all, "7", "VI").unwrap().is_none());
        assert_eq!(
            by_name(&all, "7", "File").unwrap_err().to_string(),
            "The audience \"File\" (3) is a Customer File Audience, which takes no single members. \
             Choose a streaming (“Partner”) audience, or a new name that this connector may create."
        );
        assert!(by_id(&all, "7", "3").is_err() && by_id(&all, "7", "9").is_err());
    }

    #[test]
    fn a_name_that_two_share_is_none() {
        let all = [listed("1", "VIP", "Partner"), listed("2", "VIP", "Partner")];
        let error = by_name(&all, "7", "VIP").unwrap_err();
        assert!(error.to_string().starts_with("Advertiser 7 has 2 audiences called \"VIP\": 1, 2."), "{error}");
        let mixed = [listed("1", "VIP", "Partner"), listed("2", "VIP", "Lookalike Audience")];
        assert_eq!(by_name(&mixed, "7", "VIP").unwrap().unwrap().audience_id, "1");
    }

    #[test]
    fn a_long_name_is_known_by_what_tiktok_keeps_of_it() {
        let long = "é".repeat(80);
        let kept = format!("{}...", "é".repeat(67));
        let all = [listed("1", &kept, "Partner")];
        assert_eq!(by_name(&all, "7", &long).unwrap().unwrap().audience_id, "1");
        assert_eq!(as_kept(&"x".repeat(70)), "x".repeat(70));
    }
}
