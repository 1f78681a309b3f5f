//! Checks each token by itself: whether TikTok accepts it, when it ends, and what may be wrong with it.

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde::de::IgnoredAny;

use super::report::CheckReport;
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::USER_INFO;
use crate::tiktok::envelope::Typed;
use crate::tiktok::token::expiry::WARN_BEFORE;
use crate::tiktok::{Body, Call, Client};
use crate::words::counted;

/// A larger difference between TikTok's clock and ours deserves a warning: report days and token expiries depend on the
/// clock.
const CLOCK_SKEW_MAX: TimeDelta = TimeDelta::minutes(5);
/// [?] The length of TikTok's tokens. A shorter one was probably cut off when it was copied.
const TOKEN_CHARS: usize = 40;

/// Whether any token is valid, by the cheapest request there is. It does not read who the user is.
pub(super) async fn check(client: &Client, report: &mut CheckReport) -> bool {
    let (mut any, mut dead) = (false, Vec::new());
    for (number, one) in client.each().enumerate() {
        let topic = topic("access token", number);
        match user_info(&one).await {
            Ok(()) => {
                any = true;
                match expiry_warning(client, number) {
                    Some(warning) => report.warn(&topic, warning),
                    None => report.ok(&topic, valid(client, number)),
                }
            }
            Err(error) if error.kind() == Kind::Token => {
                let error = explain_token(&one, number, error).await;
                dead.push((topic, error));
            }
            Err(error) if matches!(error.kind(), Kind::Permission | Kind::Request | Kind::Unexpected) => {
                any = true;
                report.note(&topic, format!("not told by /user/info/: {}", error.message()));
            }
            Err(error) => {
                report.fail(&topic, error);
                return false;
            }
        }
    }
    for (topic, error) in dead {
        if any {
            report.warn(&topic, format!("{error} The advertisers that only this user sees are left out."));
        } else {
            report.fail(&topic, error);
        }
    }
    any
}

async fn user_info(client: &Client) -> Result<()> {
    let call = Call { endpoint: &USER_INFO, advertiser: None, query: &[], body: Body::None, watch: &() };
    client.call(&call, &Typed::<Option<IgnoredAny>>::default()).await.map(drop)
}

/// The report's topic for an authorization, numbered from the second one on.
pub(super) fn topic(name: &str, number: usize) -> String {
    if number == 0 { name.to_owned() } else { format!("{name} {}", number + 1) }
}

fn valid(client: &Client, number: usize) -> String {
    let Some(authorization) = client.authorizations().get(number) else { return "valid".to_owned() };
    let held = authorization.held();
    let ends = match held.tokens.times.access_ends {
        Some(ends) => format!("valid until {}", ends.format("%Y-%m-%d %H:%M UTC")),
        None => "valid, without a known end".to_owned(),
    };
    let renewal = if authorization.can_renew() { "renewed with its refresh token" } else { "not renewed" };
    format!("{ends}; {renewal}")
}

/// The warning about a token that ends soon and is not renewed.
fn expiry_warning(client: &Client, number: usize) -> Option<String> {
    let authorization = client.authorizations().get(number)?;
    let times = authorization.held().tokens.times;
    let renewed = authorization.can_renew();
    let (what, ends) = if renewed {
        ("its refresh token", times.refresh_ends)
    } else {
        ("it has no refresh token and", times.access_ends)
    };
    let ends = ends.filter(|ends| *ends - clock::now() < WARN_BEFORE)?;
    let ends = ends.format("%Y-%m-%d %H:%M UTC");
    Some(format!("valid, but not for long: {what} ends at {ends}. Reconnect before: authorize the app again"))
}

/// Explains a refused token if the cause is visible: it was cut off, or the two tokens were swapped.
async fn explain_token(client: &Client, number: usize, error: Error) -> Error {
    let Some(held) = client.authorizations().get(number).map(|one| one.held()) else { return error };
    let length = held.tokens.access.expose_secret().chars().count();
    if length < TOKEN_CHARS {
        let length = counted(length, "character");
        let what = format!("{}. It has {length} where TikTok's have {TOKEN_CHARS}", error.message());
        return Error::new(error.kind(), what)
            .advise(
                "It was probably cut off: paste the whole token again. Otherwise reconnect: authorize the app again.",
            )
            .because(error);
    }
    if let Some(refresh) = &held.tokens.refresh {
        let call = Call { endpoint: &USER_INFO, advertiser: None, query: &[], body: Body::None, watch: &() };
        if client.call_with_token(&call, &Typed::<Option<IgnoredAny>>::default(), refresh).await.is_ok() {
            return Error::new(Kind::Token, "`access_token` and `refresh_token` are swapped")
                .advise("Swap them.")
                .because(error);
        }
    }
    error
}

/// Warns if this machine's clock differs much from TikTok's.
pub(super) fn check_clock(client: &Client, report: &mut CheckReport) {
    let Some(skew) = client.clock_skew().filter(|skew| skew.abs() > CLOCK_SKEW_MAX) else { return };
    let way = if skew > TimeDelta::zero() { "behind" } else { "ahead of" };
    report.warn(
        "clock",
        format!(
            "This machine's clock is {} minutes {way} TikTok's; set it, because report days and token expiries depend on it.",
            // The `Date` header has whole seconds, so this rounds.
            (skew.abs() + TimeDelta::seconds(30)).num_minutes()
        ),
    );
}
