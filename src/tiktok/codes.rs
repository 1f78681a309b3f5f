//! The table of TikTok's return codes: what each code means for the caller, and what the user should do.
//!
//! Only this file knows these numbers (docs/tiktok-api.md 1.5). The code decides, whatever the HTTP status says. A code
//! that is not in the table is [`Kind::Unexpected`] and never a success.

use std::ops::RangeInclusive;

use crate::error::{Error, Kind, LimitScope};

/// Success.
pub const OK: i64 = 0;
/// The only code that a token renewal fixes.
pub const ACCESS_TOKEN_EXPIRED: i64 = 40102;
/// A renewal fails with these codes when only a new authorization by a person helps.
pub const REFRESH_TOKEN_OVER: [i64; 2] = [40103, 40107];
/// An exchange fails with this code when the authorization code is no longer valid.
pub const AUTHORIZATION_CODE_OVER: i64 = 40110;
/// An exchange fails with this code when the authorization code is of another kind.
pub const AUTHORIZATION_TOO_OLD: i64 = 40115;
/// An exchange fails with this code when the account's authorization failed.
pub const ACCOUNT_NOT_AUTHORIZED: i64 = 40131;
/// TikTok found nothing to change.
const NO_UPDATE: i64 = 40012;
/// TikTok had a request of the same `request_id`.
const DUPLICATED_REQUEST: i64 = 40050;
/// Most refusals have this code; the words say what for.
const PARAMETER: i64 = 40002;
const FILE_NAME_TAKEN: i64 = 40911;
const VIDEO_IN_WORK: i64 = 40901;
const FILE_UNFETCHED: [i64; 4] = [40902, 40903, 40912, 40913];
/// The sandbox answers with these codes to paths that it does not serve (docs/tiktok-api.md 1.7).
pub const NOT_IN_SANDBOX: [i64; 3] = [40008, 40009, 40014];
/// These codes mean a wrong app id or secret when the request holds nothing else that could be wrong
/// (docs/tiktok-api.md 1.4).
pub const OF_APP: [i64; 4] = [40000, 40002, 40101, 40113];

/// One code, or a range of codes with the same meaning.
#[derive(Debug)]
pub struct CodeRow {
    pub codes: RangeInclusive<i64>,
    /// TikTok's name for it, as words in lower case.
    pub name: &'static str,
    pub kind: Kind,
    /// What the user should do.
    pub advice: &'static str,
}

const fn row(code: i64, name: &'static str, kind: Kind, advice: &'static str) -> CodeRow {
    CodeRow { codes: code..=code, name, kind, advice }
}

const fn rows(first: i64, last: i64, name: &'static str, kind: Kind, advice: &'static str) -> CodeRow {
    CodeRow { codes: first..=last, name, kind, advice }
}

// Users read these sentences in a sync, in a check, at a code exchange and in `whoami`, so no sentence mentions one of
// these.
const RECONNECT: &str =
    "Reconnect: authorize the app again (`tiktok-ads auth login`) and put the new access token into the config.";
const APP: &str = "If the config holds `app_id` and `secret`, copy both from the page of the app that issued the access token; \
                   else authorize this app again.";
const GRANT: &str =
    "Give the user who authorized the app a role on this advertiser, and give the app the permission; then reconnect.";
const PERMIT: &str =
    "Add the permission to the app in TikTok's portal for developers, have the app reviewed, and authorize it again.";
const ACCOUNT: &str =
    "Authorize with an account that this app is for: see the app's page in TikTok's portal for developers.";
const PROFILE: &str = "Have the developer profile approved in TikTok's portal for developers.";
const PARTNER: &str = "Connect the brand-safety partner in TikTok Ads Manager, or leave out what needs it.";
const REPORT_BUG: &str =
    "This is a fault of the connector or a change at TikTok; please report it with the request id.";
const SMALLER: &str =
    "This was the smallest part to ask for; a custom report with fewer metrics or dimensions may pass.";
const BATCH: &str = "Fewer rows at once may pass; if one alone does not, please report it with the request id.";
const WAIT: &str = "TikTok limits how often an app may ask: wait some minutes; if it stays so, lower `requests_per_second` or see \
                    what else uses the app.";
const AGAIN: &str = "The problem is on TikTok's side and temporary; try again later.";
const OVER: &str = "TikTok announces maintenance; try again when it is over.";
const SANDBOX: &str = "TikTok's sandbox lacks this endpoint; leave the stream out, or use a production token.";
const ADVERTISER: &str = "Check the advertiser id; leave the advertiser out if it was closed.";
const GONE: &str = "Take the advertiser out of the config or correct its id; with `app_id` and `secret` in the config, the command \
                    check lists those there are.";
const ABSENT: &str =
    "Check whether the ids in the config and in the rows are right, and whether their objects still exist.";
const APPLY: &str = "Ask TikTok for access to this feature, or leave out what needs it.";
const FILE: &str = "Replace the file with one that TikTok accepts.";
const PRODUCT: &str = "TikTok no longer offers this; update the connector.";
const COUNTRY: &str = "Run the connector from a country that TikTok serves.";

/// The first matching row counts, so a single code may stand before a range that contains it.
pub static TABLE: &[CodeRow] = &[
    row(20001, "partially successful", Kind::Partial, "Part of the request was refused; the message says which."),
    row(40000, "invalid parameters", Kind::Request, REPORT_BUG),
    row(40001, "no permission", Kind::Permission, GRANT),
    row(40002, "parameter error", Kind::Request, REPORT_BUG),
    row(40003, "forbidden", Kind::Permission, GRANT),
    row(40006, "wrong version", Kind::Request, PRODUCT),
    row(40007, "does not exist", Kind::Request, ABSENT),
    row(40008, "not implemented", Kind::Permission, SANDBOX),
    row(40009, "unsupported in the sandbox", Kind::Permission, SANDBOX),
    row(40010, "unsupported domain", Kind::Request, REPORT_BUG),
    row(40011, "too many ids", Kind::TooLarge, BATCH),
    row(40012, "nothing changed", Kind::Request, REPORT_BUG),
    row(40013, "the sandbox advertiser does not exist", Kind::Config, ADVERTISER),
    row(40014, "unsupported in the sandbox", Kind::Permission, SANDBOX),
    row(40016, "the app's limit for this endpoint is reached", Kind::Throttled(LimitScope::Path), WAIT),
    row(40050, "duplicated request", Kind::Request, REPORT_BUG),
    row(40051, "invalid API version", Kind::Request, PRODUCT),
    row(40052, "the material exists", Kind::Request, FILE),
    row(40053, "invalid video id", Kind::Request, FILE),
    row(40061, "invalid batch size", Kind::TooLarge, BATCH),
    row(40062, "an identifier is not hashed", Kind::Request, REPORT_BUG),
    row(40063, "invalid partner name", Kind::Request, REPORT_BUG),
    row(40064, "messaging is restricted", Kind::Permission, APPLY),
    row(40065, "targeting of minors is restricted", Kind::Permission, APPLY),
    row(40067, "the query is too large", Kind::TooLarge, SMALLER),
    row(40100, "too many requests of this app", Kind::Throttled(LimitScope::App), WAIT),
    row(40101, "app id, secret or code do not fit", Kind::Config, APP),
    row(ACCESS_TOKEN_EXPIRED, "the access token has expired", Kind::Token, RECONNECT),
    row(40103, "the refresh token has expired", Kind::Token, RECONNECT),
    row(40104, "the access token is empty", Kind::Token, RECONNECT),
    row(40105, "the access token is incorrect or revoked", Kind::Token, RECONNECT),
    row(40106, "the access token does not fit the advertiser", Kind::Permission, GRANT),
    row(40107, "the refresh token is invalid", Kind::Token, RECONNECT),
    row(40108, "invalid grant type", Kind::Request, REPORT_BUG),
    row(40109, "decryption failed", Kind::Token, RECONNECT),
    row(AUTHORIZATION_CODE_OVER, "the authorization code was used, cancelled or is too old", Kind::Token, RECONNECT),
    row(40112, "wrong password", Kind::Token, RECONNECT),
    row(40113, "the app may not do this", Kind::Config, APP),
    row(40114, "the advertiser is logged out", Kind::Token, RECONNECT),
    row(AUTHORIZATION_TOO_OLD, "the authorization is too old", Kind::Token, RECONNECT),
    row(40116, "wrong signature", Kind::Request, REPORT_BUG),
    row(40117, "the app may not call this", Kind::Permission, PERMIT),
    row(40118, "not on the allowlist", Kind::Permission, APPLY),
    rows(40119, 40122, "the account does not fit the app", Kind::Permission, ACCOUNT),
    row(40124, "the developer profile is not approved", Kind::Permission, PROFILE),
    row(40125, "the developer lacks the permission", Kind::Permission, PERMIT),
    rows(40126, 40129, "brand-safety partner authorization failed", Kind::Permission, PARTNER),
    row(40130, "the permission was not granted to the app", Kind::Permission, PERMIT),
    row(ACCOUNT_NOT_AUTHORIZED, "the TikTok account's authorization failed", Kind::Permission, RECONNECT),
    row(40132, "too many requests for this pixel or advertiser", Kind::Throttled(LimitScope::AdvertiserPath), WAIT),
    row(40133, "too many requests for this advertiser", Kind::Throttled(LimitScope::AdvertiserPath), WAIT),
    row(40200, "the task failed", Kind::Request, REPORT_BUG),
    row(40201, "the task is not ready", Kind::Unavailable, AGAIN),
    row(40202, "two writes met", Kind::Unavailable, AGAIN),
    row(40300, "the advertiser does not exist", Kind::Gone, GONE),
    row(40301, "the advertiser's role does not fit", Kind::Permission, GRANT),
    row(40302, "advertiser error", Kind::Config, ADVERTISER),
    row(40309, "login required", Kind::Token, RECONNECT),
    row(40400, "no such path", Kind::Request, PRODUCT),
    row(40502, "too many ads", Kind::Request, REPORT_BUG),
    row(40700, "validation failed", Kind::Request, REPORT_BUG),
    row(40900, "wrong file signature", Kind::Request, FILE),
    row(40901, "the video is still being converted", Kind::Unavailable, AGAIN),
    rows(40902, 40903, "the file cannot be fetched", Kind::Unavailable, AGAIN),
    rows(40904, 40908, "the file was refused", Kind::Request, FILE),
    row(40909, "wrong calculate_type", Kind::Request, REPORT_BUG),
    row(40910, "the file is too old", Kind::Request, FILE),
    row(40911, "the file name exists", Kind::Request, FILE),
    row(40912, "the image cannot be fetched", Kind::Request, FILE),
    row(40913, "the image cannot be fetched", Kind::Unavailable, AGAIN),
    rows(40914, 40916, "the file was refused", Kind::Request, FILE),
    row(41000, "blocked in the caller's country", Kind::Permission, COUNTRY),
    rows(41001, 41002, "no longer offered", Kind::Request, PRODUCT),
    row(50000, "system error", Kind::Unavailable, AGAIN),
    row(50002, "system time-out", Kind::Unavailable, AGAIN),
    rows(51000, 51099, "an internal service failed", Kind::Unavailable, AGAIN),
    row(51305, "the satellite service failed", Kind::Unavailable, AGAIN),
    rows(52000, 52204, "the storage failed", Kind::Unavailable, AGAIN),
    rows(53102, 53103, "the storage failed", Kind::Unavailable, AGAIN),
    // TikTok does not list these codes one by one. Airbyte's connector retries all of them in production.
    rows(50001, 59999, "a service failed", Kind::Unavailable, AGAIN),
    row(60001, "maintenance", Kind::Maintenance, OVER),
    row(61000, "too many requests", Kind::Throttled(LimitScope::App), WAIT),
    // [?] TikTok lists this code without a meaning (docs/tiktok-api.md 1.5).
    row(70001, "undocumented", Kind::Unexpected, REPORT_BUG),
];

/// Turns TikTok's `code` and `message` into an error. `code` must not be [`OK`].
#[must_use]
pub fn error(code: i64, message: &str) -> Error {
    let told = message.trim().trim_end_matches('.');
    let row = TABLE.iter().find(|row| row.codes.contains(&code));
    let error = match row {
        Some(row) => {
            let kind = refine_kind(row.kind, told);
            Error::new(kind, sentence(row.name, told)).advise(advice(row, kind))
        }
        None => Error::new(Kind::Unexpected, sentence(&format!("unknown code {code}"), told)).advise(REPORT_BUG),
    };
    error.coded(code).quoting(told)
}

/// Whether the advice asks the user to report the request id.
#[must_use]
pub fn asks_for_request_id(advice: &str) -> bool {
    [REPORT_BUG, BATCH].contains(&advice)
}

/// Whether TikTok says that nothing would change.
#[must_use]
pub fn is_unchanged(error: &Error) -> bool {
    error.code() == Some(NO_UPDATE)
}

/// Whether TikTok still works on an audience, or has it for too small, so that its members cannot be changed now
/// (docs/tiktok-api.md 5.2). It has no code of its own.
#[must_use]
pub fn is_not_editable(error: &Error) -> bool {
    error.code() == Some(PARAMETER) && error.said().is_some_and(|said| said.to_lowercase().contains("not editable"))
}

/// Whether too few people would be left in an audience of files (docs/tiktok-api.md 5.2). It has no code of its own.
#[must_use]
pub fn leaves_too_few(error: &Error) -> bool {
    let says = |said: &str| said.contains("audience size") && said.contains("less than");
    error.code() == Some(PARAMETER) && error.said().is_some_and(|said| says(&said.to_lowercase()))
}

/// Whether TikTok says that it had the same request already (docs/tiktok-api.md 7.1).
#[must_use]
pub fn is_duplicate(error: &Error) -> bool {
    error.code() == Some(DUPLICATED_REQUEST)
}

/// Whether another file of the library has the name (docs/tiktok-api.md 7.6).
#[must_use]
pub fn is_file_name_taken(error: &Error) -> bool {
    error.code() == Some(FILE_NAME_TAKEN)
}

/// Whether TikTok still works on the video of an ad, so that the ad was not made (docs/tiktok-api.md 7.6).
#[must_use]
pub fn is_video_in_work(error: &Error) -> bool {
    error.code() == Some(VIDEO_IN_WORK)
}

/// Whether TikTok says that it could not fetch a file, so that nothing came of it (docs/tiktok-api.md 7.6).
#[must_use]
pub fn is_file_unfetched(error: &Error) -> bool {
    error.code().is_some_and(|code| FILE_UNFETCHED.contains(&code))
}

/// Explains a refused request that holds the app's id and secret besides a token, so that the user can fix it.
#[must_use]
pub fn explain_app_refusal(error: Error, token: &str) -> Error {
    let Some(code) = error.code().filter(|code| OF_APP.contains(code)) else { return error };
    Error::new(Kind::Config, format!("`app_id` and `secret` do not fit {token}: {}", error.message()))
        .coded(code)
        .advise("Copy both from the page of the app that issued the token, or authorize this app again.")
        .because(error)
}

/// Several codes may also mean that an advertiser is gone (docs/tiktok-api.md 1.5, texts seen). The text is no stable
/// interface, so it only turns one failure into another one, never into a success.
fn refine_kind(kind: Kind, told: &str) -> Kind {
    let may_be = matches!(kind, Kind::Request | Kind::Permission | Kind::Config);
    if may_be && advertiser_is_gone(told) { Kind::Gone } else { kind }
}

/// Words for something that was deleted or never existed.
const GONE_WORDS: &[&str] = &[
    "doesn't exist",
    "does not exist",
    "doesn’t exist",
    "not exist",
    "not found",
    "has been deleted",
    "is deleted",
    "was deleted",
];

/// Whether the subject of these words is the advertiser itself, not an object that it owns.
fn advertiser_is_gone(told: &str) -> bool {
    let told = told.to_lowercase();
    let Some(before) = GONE_WORDS.iter().filter_map(|words| told.find(words)).min().and_then(|at| told.get(..at))
    else {
        return false;
    };
    let words = before.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let of_it = |word: &&str| {
        word.bytes().all(|byte| byte.is_ascii_digit())
            || ["id", "ids", "account", "accounts", "with", "s"].contains(word)
    };
    let mut backwards = words.collect::<Vec<_>>().into_iter().rev().skip_while(of_it);
    let subject = backwards.next().is_some_and(|word| word == "advertiser" || word == "advertisers");
    let owner = ["of", "for", "under", "in", "by", "to"];
    subject && !backwards.next().is_some_and(|word| owner.contains(&word))
}

fn advice(row: &CodeRow, kind: Kind) -> &'static str {
    if kind == row.kind { row.advice } else { GONE }
}

fn sentence(name: &str, told: &str) -> String {
    if told.is_empty() { format!("TikTok says: {name}") } else { format!("TikTok says: {name}: “{told}”") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_advice_is_a_sentence() {
        for row in TABLE {
            assert!(row.advice.ends_with('.'), "{:?}", row.codes);
            assert!(!row.name.ends_with('.'), "{:?}", row.codes);
        }
    }

    #[test]
    fn no_code_is_a_success_but_zero() {
        for code in (-5..70_100).filter(|code| *code != OK) {
            let error = error(code, "x");
            assert_eq!(error.code(), Some(code));
        }
    }

    #[test]
    fn codes_ask_for_the_right_reaction() {
        for (code, kind) in [
            (20001, Kind::Partial),
            (40001, Kind::Permission),
            (40002, Kind::Request),
            (40016, Kind::Throttled(LimitScope::Path)),
            (40067, Kind::TooLarge),
            (40100, Kind::Throttled(LimitScope::App)),
            (40102, Kind::Token),
            (40105, Kind::Token),
            (40113, Kind::Config),
            (40120, Kind::Permission),
            // A peer treats 40129 as a limit; it is a partner's authorization.
            (40129, Kind::Permission),
            (40133, Kind::Throttled(LimitScope::AdvertiserPath)),
            (50000, Kind::Unavailable),
            (51010, Kind::Unavailable),
            (51305, Kind::Unavailable),
            (57777, Kind::Unavailable),
            (60001, Kind::Maintenance),
            (61000, Kind::Throttled(LimitScope::App)),
            (70001, Kind::Unexpected),
            (77777, Kind::Unexpected),
            (-1, Kind::Unexpected),
        ] {
            assert_eq!(error(code, "").kind(), kind, "{code}");
        }
    }

    #[test]
    fn an_advertiser_that_is_gone_is_told_from_one_without_a_role() {
        for (code, told, kind) in [
            (40002, "The advertiser 123 doesn't exist or has been deleted.", Kind::Gone),
            (40001, "The advertiser 123 doesn't exist or has been deleted.", Kind::Gone),
            (40003, "Advertiser account 123 has been deleted", Kind::Gone),
            (40302, "advertiser_id: 123 does not exist", Kind::Gone),
            (40007, "Advertisers [1, 2] not found", Kind::Gone),
            (40300, "", Kind::Gone),
            (40001, "No permission to operate advertiser: 123", Kind::Permission),
            (40002, "This campaign has been deleted.", Kind::Request),
            (40002, "The audience 5 of advertiser 123 doesn't exist.", Kind::Request),
            (40002, "Pixel 5 does not exist for this advertiser", Kind::Request),
            (40105, "The advertiser 123 doesn't exist", Kind::Token),
        ] {
            assert_eq!(error(code, told).kind(), kind, "{code} {told}");
        }
        insta::assert_snapshot!(error(40001, "The advertiser 123 doesn't exist or has been deleted."));
    }

    #[test]
    fn a_refused_app_is_the_users_to_mend_wherever_it_is_asked_for() {
        for code in [40000, 40002, 40101, 40113] {
            let told = explain_app_refusal(error(code, "app_id: Not a valid string"), "the access token");
            assert_eq!((told.kind(), told.code()), (Kind::Config, Some(code)));
            assert!(told.to_string().starts_with("`app_id` and `secret` do not fit the access token: "), "{told}");
        }
        assert_eq!(explain_app_refusal(error(40105, ""), "the access token").kind(), Kind::Token);
        assert_eq!(explain_app_refusal(error(50000, ""), "the access token").kind(), Kind::Unavailable);
    }

    /// What a person reads of each group of codes that is told alike, wherever that is.
    #[test]
    fn every_advice_fits_wherever_it_is_read() {
        let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
        for row in TABLE {
            assert!(!row.advice.contains("sync"), "{:?}: also read in check, whoami and exchange", row.codes);
            let told = format!("{} {:?} {}", row.codes.start(), row.kind, row.name);
            match groups.iter_mut().find(|(advice, _)| *advice == row.advice) {
                Some((_, rows)) => rows.push(told),
                None => groups.push((row.advice, vec![told])),
            }
        }
        let all: Vec<String> =
            groups.iter().map(|(advice, rows)| format!("{advice}\n  {}", rows.join("\n  "))).collect();
        insta::assert_snapshot!(all.join("\n"));
    }
}
