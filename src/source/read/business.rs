//! The advertisers of Business Centers, which a config may name instead of them.

use std::collections::HashSet;
use std::sync::Arc;

use super::ids::ReadIds;
use super::outcome::Broken;
use crate::error::{Error, Kind, Result};
use crate::tiktok::authorizations::Answers;
use crate::tiktok::endpoint::BC_ASSETS;
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client};

/// The advertisers of all these Business Centers, each once, as any authorization sees them.
pub(crate) async fn advertisers(client: &Client, businesses: &[String]) -> Result<Vec<String>> {
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    let mut named = HashSet::new();
    for business in businesses.iter().filter(|business| named.insert(business.as_str())) {
        let mut answers = Answers::default();
        for client in client.each() {
            answers.take(seen_by(&client, business).await)?;
        }
        let answers = answers.or_refused().map_err(|error| refused(error, business))?;
        let own: Vec<Arc<str>> = answers.given.into_iter().flatten().collect();
        if own.is_empty() {
            return Err(none_in(business));
        }
        all.extend(own.into_iter().filter(|id| seen.insert(id.clone())).map(|id| id.to_string()));
    }
    Ok(all)
}

/// The advertisers of a Business Center that one authorization sees.
async fn seen_by(client: &Client, business: &str) -> Result<Vec<Arc<str>>> {
    let query = [("bc_id", business.to_owned()), ("asset_type", "ADVERTISER".to_owned())];
    let call = Call { endpoint: &BC_ASSETS, advertiser: None, query: &query, body: Body::None, watch: &() };
    let decode = ReadIds(&["asset_id"]);
    let mut pages = Pages::new(client, call, BC_ASSETS.paging.page_size(), &decode);
    let mut ids = Vec::new();
    while let Some((page, fresh)) = pages.next().await? {
        ids.extend(page.fresh(fresh));
    }
    Ok(ids)
}

/// Names the setting; TikTok's own words are about no setting.
fn refused(error: Error, business: &str) -> Error {
    let is_about_it = matches!(error.kind(), Kind::Permission | Kind::Gone | Kind::Request);
    let error = error.about(format!("Business Center {business} of `bc_ids`")).with("bc_id", business);
    if !is_about_it {
        return error;
    }
    error.advise("Give the user who authorized the app a role in this Business Center, or take it out of `bc_ids`.")
}

/// Names the Business Center whose list was refused; another one may answer.
pub(super) fn list_refused(error: Error, business: &str) -> Broken {
    if !matches!(error.kind(), Kind::Permission | Kind::Gone | Kind::Request) {
        return error.with("bc_id", business).into();
    }
    let error = error.about(format!("Business Center {business}")).with("bc_id", business).advise(
        "Give the user who authorized the app the role of an admin in this Business Center, and the app the permission; or \
         leave the stream out.",
    );
    Broken { goes_on: true, ..Broken::from(error) }
}

/// To read nothing is no success.
fn none_in(business: &str) -> Error {
    Error::config(format!("Business Center {business} has no advertisers that the access token sees"))
        .advise("Look in the Business Center which accounts the user who authorized the app may use, or take it out of `bc_ids`.")
}
