//! Detects mistakes in pasted tokens and secrets. No message here shows the value.

use serde_json::{Map, Value};

use super::moment;

/// Fields that hold one word.
const WORDS: [&str; 4] = ["access_token", "refresh_token", "app_id", "secret"];
/// [?] Ids of apps and advertisers have 19 digits; no token or secret is a number of such a length.
const ID_DIGITS: std::ops::RangeInclusive<usize> = 15..=20;

/// All mistakes in the credentials that the schema cannot express.
#[must_use]
pub(crate) fn faults(config: &Value) -> Vec<String> {
    let Some(credentials) = config.get("credentials").and_then(Value::as_object) else { return Vec::new() };
    let mut faults = of_one("credentials", credentials);
    faults.extend(of_app(credentials));
    for (at, one) in additional(credentials).enumerate() {
        faults.extend(of_one(&format!("credentials.additional_authorizations[{at}]"), one));
    }
    faults.extend(of_all(credentials));
    faults
}

fn additional(credentials: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let list = credentials.get("additional_authorizations").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

fn word<'c>(fields: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    fields.get(name).and_then(Value::as_str)
}

/// Checks the fields of one authorization, each by itself and together.
fn of_one(at: &str, fields: &Map<String, Value>) -> Vec<String> {
    let mut faults: Vec<String> = WORDS.iter().filter_map(|name| pasted(at, name, word(fields, name)?)).collect();
    for name in ["access_token_expires_at", "refresh_token_expires_at"] {
        if word(fields, name).is_some_and(|text| moment::parse(text).is_none()) {
            faults.push(format!("`{at}.{name}` is no moment; write it as 2026-01-31T12:00:00Z or leave it empty"));
        }
    }
    let access = word(fields, "access_token");
    if access.is_some() && access == word(fields, "refresh_token") {
        faults.push(format!(
            "`{at}.access_token` and `{at}.refresh_token` hold the same text; one of them is in the other's place"
        ));
    }
    faults
}

fn pasted(at: &str, name: &str, text: &str) -> Option<String> {
    let what = if text.contains("://") || text.contains("auth_code=") {
        "holds a web address; a page's address with an `auth_code` goes to `tiktok-ads auth exchange`, which gives the token"
    } else if text.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
        match name {
            "access_token" | "refresh_token" => {
                "holds spaces, line breaks or other characters that no token has; paste it again"
            }
            _ => "holds spaces, line breaks or other characters that do not belong there; paste it again",
        }
    } else if name.ends_with("token") && is_id(text) {
        "is a number, as the ids of apps and advertisers are; paste the token there"
    } else {
        return None;
    };
    Some(format!("`{at}.{name}` {what}"))
}

fn is_id(text: &str) -> bool {
    ID_DIGITS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks the app's id and secret against each other and against the token.
fn of_app(credentials: &Map<String, Value>) -> Vec<String> {
    let (id, secret) = (word(credentials, "app_id"), word(credentials, "secret"));
    let number = |text: Option<&str>| text.is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let mut faults = Vec::new();
    if secret.is_some_and(is_id) {
        faults.push(if number(id) {
            "`credentials.secret` is a number like an app id; paste the app's secret there".to_owned()
        } else {
            "`credentials.app_id` and `credentials.secret` are swapped: an app id is a number".to_owned()
        });
    }
    for token in ["access_token", "refresh_token"] {
        if secret.is_some() && secret == word(credentials, token) {
            faults.push(format!(
                "`credentials.secret` and `credentials.{token}` hold the same text; one of them is in the other's place"
            ));
        }
    }
    faults
}

/// Checks all authorizations together.
fn of_all(credentials: &Map<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    let renews = |fields: &Map<String, Value>| fields.contains_key("refresh_token");
    let app = credentials.contains_key("app_id") && credentials.contains_key("secret");
    if !app && (renews(credentials) || additional(credentials).any(renews)) {
        faults.push(
            "to renew the access token with `refresh_token`, `credentials.app_id` and `credentials.secret` are needed; \
             add both, or leave `refresh_token` empty"
                .to_owned(),
        );
    }
    let mut seen = Vec::new();
    for token in std::iter::once(credentials).chain(additional(credentials)).filter_map(|one| word(one, "access_token"))
    {
        if seen.contains(&token) {
            faults.push("`credentials` hold the same access token twice; leave one out".to_owned());
            break;
        }
        seen.push(token);
    }
    faults
}

/// Whether text may be a token in the wrong field: it holds one long word of letters and digits.
#[must_use]
pub(crate) fn may_be_secret(text: &str) -> bool {
    const WORD_CHARS_MIN: usize = 20;
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.into_iter().any(|word| word.len() >= WORD_CHARS_MIN && word.bytes().any(|byte| !byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
    const OTHER: &str = "fedcba9876543210fedcba9876543210fedcba98";
    const SECRET: &str = "00112233445566778899aabbccddeeff00112233";

    fn told(change: impl Fn(&mut Value)) -> String {
        let mut credentials = json!({"auth_type": "oauth2.0", "app_id": "7412398650123456789", "secret": SECRET,
            "access_token": TOKEN, "refresh_token": OTHER});
        change(&mut credentials);
        let told = faults(&json!({"credentials": credentials})).join("\n");
        for secret in [TOKEN, OTHER, SECRET] {
            assert!(!told.contains(secret), "{told}");
        }
        told
    }

    #[test]
    fn good_credentials_have_no_fault() {
        assert_eq!(told(|_| {}), "");
        assert_eq!(faults(&json!({})), Vec::<String>::new());
    }

    /// A name, and the mistake in the credentials.
    type Case = (&'static str, fn(&mut Value));

    #[test]
    fn every_slip_of_the_hand_has_its_own_sentence() {
        let cases: [Case; 13] = [
            ("a line break inside", |c| c["access_token"] = format!("{}\n{}", &TOKEN[..20], &TOKEN[20..]).into()),
            ("a space in the refresh token", |c| c["refresh_token"] = "a b".into()),
            ("a no-break space in the secret", |c| c["secret"] = "a\u{a0}b".into()),
            ("app id and secret swapped", |c| {
                c["app_id"] = SECRET.into();
                c["secret"] = "7412398650123456789".into();
            }),
            ("app id in the place of the secret", |c| c["secret"] = c["app_id"].clone()),
            ("advertiser id in the place of the token", |c| c["access_token"] = "7011111111111111111".into()),
            ("one token twice", |c| c["refresh_token"] = c["access_token"].clone()),
            ("secret in the place of the token", |c| c["access_token"] = c["secret"].clone()),
            ("the redirect's address", |c| c["access_token"] = "http://localhost:8080/?auth_code=x&state=y".into()),
            ("no moment", |c| c["access_token_expires_at"] = "tomorrow".into()),
            ("renewal without an app", |c| drop(c.as_object_mut().unwrap().remove("secret"))),
            ("the same authorization twice", |c| c["additional_authorizations"] = json!([{"access_token": TOKEN}])),
            ("a space in another's token", |c| c["additional_authorizations"] = json!([{"access_token": "a b"}])),
        ];
        let all: String = cases.iter().map(|(name, change)| format!("{name}\n  {}\n", told(change))).collect();
        insta::assert_snapshot!(all);
    }
}
