//! The role that a token's user has on an advertiser: only operators and admins may write.

use serde::Deserialize;
use serde_json::json;

use super::CheckReport;
use crate::error::{Error, Kind, Result};
use crate::tiktok::advertisers::AdvertiserInfo;
use crate::tiktok::endpoint::BC_ASSETS;
use crate::tiktok::envelope::Typed;
use crate::tiktok::{Body, Call, Client};

/// The roles that differ in what their user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UserRole {
    Admin,
    Operator,
    Analyst,
}

/// [?] The values of `advertiser_role`. The field `role` of an advertiser mostly tells the kind of account, not the
/// user's role.
fn role(word: &str) -> Option<UserRole> {
    let word = word.to_ascii_uppercase();
    let known = [("ANALYST", UserRole::Analyst), ("OPERATOR", UserRole::Operator), ("ADMIN", UserRole::Admin)];
    known.into_iter().find(|(name, _)| word.split('_').any(|part| part == *name)).map(|(_, role)| role)
}

#[derive(Deserialize)]
struct Assets {
    #[serde(default)]
    list: Vec<Asset>,
}

#[derive(Deserialize)]
struct Asset {
    #[serde(default)]
    asset_id: String,
    #[serde(default)]
    advertiser_role: Option<String>,
}

/// Checks that the user's role may write, as far as TikTok tells the role.
pub(crate) async fn check_writer(client: &Client, info: &AdvertiserInfo, report: &mut CheckReport) {
    let topic = "role";
    let told = info.role.as_deref().and_then(role);
    let found = match told {
        Some(role) => Ok(Some(role)),
        None => in_business_center(client, info).await,
    };
    match found {
        Ok(Some(UserRole::Admin)) => report.ok(topic, "admin, who may write"),
        Ok(Some(UserRole::Operator)) => report.ok(topic, "operator, who may write"),
        Ok(Some(UserRole::Analyst)) => report.fail(
            topic,
            Error::new(
                Kind::Permission,
                format!("The token's user is only an analyst of advertiser {}, who may not write", info.advertiser_id),
            )
            .advise("Ask an admin of the Business Center for the role operator or admin on it."),
        ),
        Ok(None) | Err(_) => report.note(
            topic,
            "TikTok does not tell it to this token; to write, the token's user must be operator or admin of the advertiser",
        ),
    }
}

/// Asks the advertiser's Business Center, which lists the user's role on each account (docs/tiktok-api.md 3.5). [?] The
/// keyword also finds ids.
async fn in_business_center(client: &Client, info: &AdvertiserInfo) -> Result<Option<UserRole>> {
    let Some(center) = info.owner_bc_id.clone().filter(|id| !id.is_empty()) else { return Ok(None) };
    let query = [
        ("bc_id", center),
        ("asset_type", "ADVERTISER".to_owned()),
        ("filtering", json!({"keyword": info.advertiser_id}).to_string()),
        ("page", "1".to_owned()),
        ("page_size", "50".to_owned()),
    ];
    let call = Call { endpoint: &BC_ASSETS, advertiser: None, query: &query, body: Body::None, watch: &() };
    let assets = client.for_target(&info.advertiser_id).call(&call, &Typed::<Assets>::default()).await?;
    let own = assets.list.into_iter().find(|asset| asset.asset_id == info.advertiser_id);
    Ok(own.and_then(|asset| asset.advertiser_role).as_deref().and_then(role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_by_their_words() {
        for (word, expected) in [
            ("ADMIN", Some(UserRole::Admin)),
            ("OPERATOR", Some(UserRole::Operator)),
            ("ROLE_ANALYST", Some(UserRole::Analyst)),
            ("ROLE_ADVERTISER", None),
            ("ROLE_CHILD_AGENCY", None),
            ("", None),
        ] {
            assert_eq!(role(word), expected, "{word}");
        }
    }
}
