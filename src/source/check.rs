//! `check`: whether a sync would work, the first thing to mend when not, and all that was found in a table.

use std::borrow::Cow;

use super::read::advertisers_of;
use super::{ledger, results, webhooks};
use crate::access::permission::{self, ProbeContext};
use crate::access::{CheckReport, Need, survey};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::streams::{self, Read};
use crate::tiktok::Client;
use crate::words::counted;

/// Without these nothing useful can be read.
const ESSENTIAL: [&str; 2] = ["campaigns", "ads_reports_daily"];

/// Asks TikTok for a little of everything that a sync cannot do without.
pub(crate) async fn check(client: &Client, config: &SourceConfig) -> Result<()> {
    let mut report = CheckReport::default();
    let mut named = config.named_advertisers();
    if !config.bc_ids.is_empty() {
        match advertisers_of(client, &config.bc_ids).await {
            Ok(more) => {
                report.ok("bc_ids", counted(more.len(), "advertiser"));
                // Where the app's own list can be had, it says which of them the app was let into.
                named.extend(more.into_iter().filter(|_| config.credentials.app().is_none()));
            }
            Err(error) => report.fail("bc_ids", error),
        }
    }
    let survey = survey(client, &config.credentials, &named, &mut report).await;
    if let Some(advertiser) = &survey.askable {
        let granted = config.credentials.scope();
        let sandbox = config.credentials.is_sandbox();
        let context =
            ProbeContext { client, advertiser, granted: granted.as_deref(), sandbox, verb: "read", answered: &[] };
        permission::check(&context, &needs(), &mut report).await;
    }
    webhooks::check(client, config, &mut report).await;
    ledger::check(config, &mut report).await;
    results::check(config, &mut report).await;
    report.finish()
}

/// Every stream with its path, those without which nothing works first. The accounts are looked at before.
#[must_use]
pub fn needs() -> Vec<Need> {
    // The list of the app's advertisers needs no permission; whether it can be had was found out with the app.
    let listed = streams::all().iter().filter(|stream| !matches!(stream.read, Read::AdvertiserList | Read::Files(_)));
    let mut needs: Vec<Need> = listed
        .map(|stream| Need {
            name: Cow::Owned(stream.name.to_string()),
            endpoint: stream.endpoint,
            essential: ESSENTIAL.contains(&&*stream.name),
        })
        .collect();
    needs.sort_by_key(|need| !need.essential);
    needs
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use futures::future::BoxFuture;
    use tokio::time::Instant;

    use super::*;
    use crate::access::ASKING_TIME_MAX;
    use crate::error::Error;
    use crate::tiktok::authorizations::Authorizations;
    use crate::tiktok::token::expiry::Times;
    use crate::tiktok::token::{Authorization, Tokens};
    use crate::tiktok::transport::{Request, Response, Transport};

    const CONFIG: &str = r#"{"credentials": {"auth_type": "oauth2.0", "app_id": "7000000000000000001",
        "secret": "9876543210987654321098765432109876543210", "access_token": "0123456789012345678901234567890123456789"}}"#;

    /// A TikTok that never answers one path, or any, and is well otherwise.
    struct Hanging(&'static str);

    impl Transport for Hanging {
        fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response>> {
            let path = request.endpoint.path;
            Box::pin(async move {
                if path.contains(self.0) {
                    tokio::time::sleep(request.patience).await;
                    return Err(Error::new(crate::error::Kind::Timeout, "TikTok did not answer"));
                }
                let data = match path {
                    "/oauth2/advertiser/get/" => r#"{"list": [{"advertiser_id": "7", "advertiser_name": "Shop"}]}"#,
                    "/advertiser/info/" => {
                        r#"{"list": [{"advertiser_id": "7", "name": "Shop", "status": "STATUS_ENABLE"}]}"#
                    }
                    _ => "{}",
                };
                let body = format!(r#"{{"code": 0, "message": "OK", "data": {data}}}"#).into();
                Ok(Response { status: 200, body, cut: false, retry_after: None })
            })
        }
    }

    async fn checked(hanging: &'static str) -> (Result<()>, Duration) {
        let config = SourceConfig::parse(CONFIG).unwrap();
        let tokens = Tokens {
            access: config.credentials.authorizations()[0].access_token.clone(),
            refresh: None,
            times: Times::default(),
        };
        let ten = NonZeroU32::new(10).unwrap();
        let authorizations = Authorizations::new(vec![Authorization::new(0, tokens, None)]);
        let client = Client::authorized(Box::new(Hanging(hanging)), authorizations, ten, ten);
        let start = Instant::now();
        let checked = check(&client.watched().within(ASKING_TIME_MAX), &config).await;
        (checked, start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_ends_in_time_with_what_it_knows() {
        let mut all = String::new();
        for hanging in
            ["/", "/user/info/", "/oauth2/advertiser/get/", "/advertiser/info/", "/campaign/get/", "/ad/get/"]
        {
            let (checked, took) = checked(hanging).await;
            assert!(took <= ASKING_TIME_MAX + Duration::from_secs(1), "{hanging}: {took:?}");
            let said = checked.map_or_else(|error| error.to_string(), |()| "succeeded".to_owned());
            all += &format!("{hanging} hangs\n  {said}\n");
        }
        insta::assert_snapshot!(all);
    }
}
