//! The advertisers of a token: which ones it sees, and what TikTok says about them (docs/tiktok-api.md 2.1, 3.5).

use std::collections::HashSet;

use futures::future::BoxFuture;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::endpoint::{ADVERTISER_INFO, ADVERTISER_LIST};
use super::envelope::Typed;
use super::token::grant::App;
use super::{Body, Call, Client, codes, loose};
use crate::error::{Error, Kind, Result};

/// The most advertisers of one `/advertiser/info/` request.
pub(crate) const INFO_IDS_MAX: usize = 100;

/// `/oauth2/advertiser/get/`
#[derive(Deserialize)]
pub(crate) struct ListResponse {
    #[serde(deserialize_with = "loose::readable")]
    pub list: Vec<ListedAdvertiser>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ListedAdvertiser {
    #[serde(deserialize_with = "loose::id")]
    pub advertiser_id: String,
    #[serde(default, deserialize_with = "loose::text")]
    pub advertiser_name: Option<String>,
    /// Fields that TikTok may add.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl ListedAdvertiser {
    /// Its name, safe to print in one line.
    #[must_use]
    pub(crate) fn shown(&self) -> String {
        printable(self.advertiser_name.as_deref().unwrap_or_default())
    }
}

/// `/advertiser/info/`, as far as a sync needs it.
#[derive(Deserialize)]
pub(crate) struct InfoResponse {
    #[serde(default, deserialize_with = "loose::readable")]
    pub list: Vec<AdvertiserInfo>,
}

/// A field of a wrong type counts as absent.
#[derive(Deserialize)]
pub(crate) struct AdvertiserInfo {
    #[serde(deserialize_with = "loose::id")]
    pub advertiser_id: String,
    #[serde(default, deserialize_with = "loose::text")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    pub status: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    pub currency: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    pub role: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    pub owner_bc_id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    pub rejection_reason: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    pub timezone: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    pub display_timezone: Option<String>,
    /// Epoch seconds (docs/tiktok-api.md 3.5).
    #[serde(default, deserialize_with = "loose::moment")]
    pub create_time: Option<i64>,
}

/// The advertisers that one authorization sees, asked with the app's id and secret.
pub(crate) async fn list(client: &Client, app: &App) -> Result<Vec<ListedAdvertiser>> {
    let query = [("app_id", app.id.expose_secret().to_owned()), ("secret", app.secret.expose_secret().to_owned())];
    let call = Call { endpoint: &ADVERTISER_LIST, advertiser: None, query: &query, body: Body::None, watch: &() };
    let seen = client.call(&call, &Typed::<ListResponse>::default()).await.map_err(explain_list_refusal)?;
    Ok(seen.list)
}

/// Explains a refused request for the app's advertisers, so that the user can fix it.
#[must_use]
pub(crate) fn explain_list_refusal(error: Error) -> Error {
    codes::explain_app_refusal(error, "the access token")
}

/// Lists what each authorization sees, in the order of the config. From then on the client knows which authorization to
/// use for which advertiser.
pub(crate) async fn list_by_authorization(client: &Client, app: &App) -> Vec<(usize, Result<Vec<ListedAdvertiser>>)> {
    let mut all = Vec::new();
    for (number, one) in client.each().enumerate() {
        let seen = list(&one, app).await;
        for advertiser in seen.iter().flatten() {
            client.authorizations().record_listed(&advertiser.advertiser_id, number);
        }
        all.push((number, seen));
    }
    all
}

/// Merges the lists; each advertiser appears once.
#[must_use]
pub(crate) fn union(lists: impl IntoIterator<Item = Vec<ListedAdvertiser>>) -> Vec<ListedAdvertiser> {
    let mut ids = HashSet::new();
    lists.into_iter().flatten().filter(|one| ids.insert(one.advertiser_id.clone())).collect()
}

/// The advertisers that TikTok told about, and the error for each of the others.
#[derive(Default)]
pub(crate) struct InfoLookup {
    pub infos: Vec<AdvertiserInfo>,
    pub refused: Vec<(String, Error)>,
}

impl InfoLookup {
    fn info(&self, id: &str) -> Option<&AdvertiserInfo> {
        self.infos.iter().find(|info| info.advertiser_id == id)
    }

    fn add(&mut self, other: Self) {
        self.infos.extend(other.infos);
        self.refused.extend(other.refused);
    }

    /// Keeps one error for each advertiser that no authorization could tell about.
    fn tidied(mut self) -> Self {
        let mut refused = std::mem::take(&mut self.refused);
        refused.retain(|(id, _)| self.info(id).is_none());
        refused.sort_by(|one, other| one.0.cmp(&other.0));
        refused.dedup_by(|later, first| later.0 == first.0);
        Self { refused, ..self }
    }
}

/// Asks about up to [`INFO_IDS_MAX`] advertisers, each with an authorization that sees it. A dead authorization does
/// not hide an advertiser that another one sees.
pub(crate) async fn infos(client: &Client, ids: &[String], fields: Option<&str>) -> Result<InfoLookup> {
    let authorizations = client.authorizations();
    let (mut all, mut broken) = (InfoLookup::default(), None);
    let mut left: Vec<String> = ids.to_vec();
    for (number, one) in client.each().enumerate() {
        let (mine, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|id| authorizations.candidates(Some(id)).contains(&number));
        left = others;
        if mine.is_empty() {
            continue;
        }
        match infos_of(&one, &mine, fields).await {
            Ok(found) => {
                found.infos.iter().for_each(|info| authorizations.record_success(&info.advertiser_id, number));
                left.extend(mine.into_iter().filter(|id| found.info(id).is_none()));
                all.add(found);
            }
            Err(error) if error.kind() == Kind::Token && authorizations.count() > 1 => {
                tracing::warn!("One authorization is left out: {error}");
                broken = broken.or(Some(error));
                left.extend(mine);
            }
            Err(error) => return Err(error),
        }
    }
    let all = all.tidied();
    match broken.filter(|_| all.infos.is_empty() && all.refused.is_empty()) {
        Some(error) => Err(error),
        None => Ok(all),
    }
}

/// Asks with one authorization. A single forbidden advertiser fails the whole request, so a refused request is halved
/// until that advertiser stands alone.
fn infos_of<'a>(client: &'a Client, ids: &'a [String], fields: Option<&'a str>) -> BoxFuture<'a, Result<InfoLookup>> {
    Box::pin(async move {
        let mut query = vec![("advertiser_ids", serde_json::json!(ids).to_string())];
        query.extend(fields.map(|fields| ("fields", fields.to_owned())));
        let call = Call { endpoint: &ADVERTISER_INFO, advertiser: None, query: &query, body: Body::None, watch: &() };
        let error = match client.call(&call, &Typed::<InfoResponse>::default()).await {
            Ok(infos) => return Ok(InfoLookup { infos: infos.list, refused: Vec::new() }),
            Err(error) if !may_be_one_advertiser(&error) => return Err(error),
            Err(error) => error,
        };
        match ids {
            [] => Ok(InfoLookup::default()),
            [id] => Ok(InfoLookup { infos: Vec::new(), refused: vec![(id.clone(), error)] }),
            _ => {
                let (left, right) = ids.split_at(ids.len() / 2);
                let mut all = infos_of(client, left, fields).await?;
                all.add(infos_of(client, right, fields).await?);
                Ok(all)
            }
        }
    })
}

/// The list does not tell which cause applies, so the advice names both.
#[must_use]
pub(crate) fn none_found() -> Error {
    Error::new(Kind::Config, "No advertiser accounts found: the access token sees none").advise(
        "Either the app was authorized with a personal TikTok account: log in to TikTok for Business instead; or the \
         user has no role on any advertiser in the Business Center: ask its admin for one. Then authorize the app again.",
    )
}

/// Makes a name safe to print in one line: it replaces characters that break or reverse lines by spaces, and cuts long
/// names.
#[must_use]
pub(crate) fn printable(name: &str) -> String {
    const CHARS_MAX: usize = 60;
    let breaks = |c: char| {
        c.is_control()
            || c.is_whitespace()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let words: Vec<&str> = name.split(breaks).filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() > CHARS_MAX { line.chars().take(CHARS_MAX).chain(['…']).collect() } else { line }
}

/// Whether the error may concern one of the requested advertisers rather than the request itself.
#[must_use]
pub(crate) fn may_be_one_advertiser(error: &Error) -> bool {
    matches!(error.kind(), Kind::Permission | Kind::Config | Kind::Gone | Kind::Request)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::tiktok::authorizations::Authorizations;
    use crate::tiktok::endpoint::CAMPAIGNS;
    use crate::tiktok::scripted::Ruled;
    use crate::tiktok::token::expiry::Times;
    use crate::tiktok::token::{Authorization, Tokens};
    use crate::tiktok::transport::Request;

    /// Anna sees 1 and 2, Ben 2 and 3, Carla's token is revoked, and nobody sees 4.
    fn answer(request: &Request<'_>) -> String {
        let sees: &[&str] = match request.token.map(|token| token.expose_secret()) {
            Some("anna") => &["1", "2"],
            Some("ben") => &["2", "3"],
            _ => return r#"{"code": 40105, "message": "revoked"}"#.to_owned(),
        };
        let asked: Vec<String> = request.query.iter().find(|(name, _)| *name == "advertiser_ids").map_or_else(
            || sees.iter().map(|id| (*id).to_owned()).collect(),
            |(_, ids)| serde_json::from_str(ids).unwrap(),
        );
        if asked.iter().any(|id| !sees.contains(&id.as_str())) {
            return r#"{"code": 40001, "message": "No permission"}"#.to_owned();
        }
        let list: Vec<_> = asked.iter().map(|id| serde_json::json!({"advertiser_id": id})).collect();
        serde_json::json!({"code": 0, "data": {"list": list}}).to_string()
    }

    fn team(tokens: &[&str], transport: &Ruled) -> Client {
        let one = |(number, token): (usize, &&str)| {
            let tokens = Tokens { access: (*token).into(), refresh: None, times: Times::default() };
            Authorization::new(number, tokens, None)
        };
        let all = Authorizations::new(tokens.iter().enumerate().map(one).collect());
        let many = NonZeroU32::new(100).unwrap();
        Client::authorized(Box::new(transport.clone()), all, many, many)
    }

    #[test]
    fn names_break_no_line() {
        for (name, line) in [
            ("New York\nOutfitters", "New York Outfitters"),
            ("London Tea\u{2028}House 🫖", "London Tea House 🫖"),
            ("a\u{1b}[31mb\u{202e}c\t", "a [31mb c"),
            ("", ""),
        ] {
            assert_eq!(printable(name), line);
        }
        assert_eq!(printable(&"x".repeat(100)).chars().count(), 61);
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn each_advertiser_is_read_with_a_token_that_sees_it() {
        for tokens in [["anna", "ben"], ["ben", "carla"], ["carla", "anna"], ["anna", "carla"]] {
            let tiktok = Ruled::new(answer);
            let client = team(&tokens, &tiktok);
            let InfoLookup { infos, refused: failed } =
                infos(&client, &ids(&["1", "2", "3", "4"]), None).await.unwrap();
            let expected = match tokens {
                ["anna", "ben"] => vec!["1", "2", "3"],
                ["ben", ..] => vec!["2", "3"],
                _ => vec!["1", "2"],
            };
            let mut found: Vec<_> = infos.iter().map(|info| info.advertiser_id.as_str()).collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{tokens:?}");
            assert_eq!(failed.len(), 4 - expected.len(), "{tokens:?}");
            // From now on everybody is asked with the right token at once.
            let before = tiktok.asked().len();
            for (client, group) in client.by_authorization(&ids(&expected)) {
                infos_of(&client, &group, None).await.unwrap();
            }
            let first = tiktok.asked().len() - before;
            assert!(first <= 2, "{tokens:?}: {:?}", tiktok.asked());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_authorization_hides_nobody() {
        let tiktok = Ruled::new(answer);
        let client = team(&["carla", "anna", "ben"], &tiktok);
        let app = App { id: "app".into(), secret: "secret".into() };
        let all = list_by_authorization(&client, &app).await;
        let counts: Vec<_> = all.iter().map(|(_, seen)| seen.as_ref().map(Vec::len).map_err(Error::kind)).collect();
        assert_eq!(counts, [Err(Kind::Token), Ok(2), Ok(2)]);
        for (advertiser, token) in [("1", "anna"), ("2", "anna"), ("3", "ben")] {
            let call =
                Call { endpoint: &CAMPAIGNS, advertiser: Some(advertiser), query: &[], body: Body::None, watch: &() };
            client.call(&call, &crate::tiktok::envelope::Accepted).await.unwrap();
            assert_eq!(tiktok.asked().last().unwrap(), &format!("/campaign/get/ {token}"));
        }
        let alone = team(&["carla"], &tiktok);
        assert!(infos(&alone, &ids(&["1"]), None).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_known_to_see_it_is_tried_one_after_the_other() {
        let tiktok = Ruled::new(|request| {
            let ben = request.token.is_some_and(|token| token.expose_secret() == "ben");
            if ben { r#"{"code":0,"data":{}}"#.into() } else { r#"{"code":40001,"message":"m"}"#.into() }
        });
        let client = team(&["anna", "ben"], &tiktok);
        let call = Call { endpoint: &CAMPAIGNS, advertiser: Some("3"), query: &[], body: Body::None, watch: &() };
        for _ in 0..2 {
            client.call(&call, &crate::tiktok::envelope::Accepted).await.unwrap();
        }
        assert_eq!(tiktok.asked(), ["/campaign/get/ anna", "/campaign/get/ ben", "/campaign/get/ ben"]);
        let in_body = client.for_target("9");
        let call = Call { advertiser: None, ..call };
        in_body.call(&call, &crate::tiktok::envelope::Accepted).await.unwrap();
        assert_eq!(tiktok.asked().last().unwrap(), "/campaign/get/ ben");
    }
}
