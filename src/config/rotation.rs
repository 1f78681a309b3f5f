//! Puts renewed tokens into the given config. Nothing else changes, not even the order of keys.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::moment;

/// The result of a renewal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Renewed<'t> {
    pub access_token: &'t str,
    pub refresh_token: Option<&'t str>,
    pub access_ends: Option<DateTime<Utc>>,
    pub refresh_ends: Option<DateTime<Utc>>,
}

/// Replaces the tokens of an authorization. The first one is that of `credentials` itself.
pub(crate) fn renew(config: &mut Value, authorization: usize, renewed: Renewed<'_>) {
    let Some(config) = config.as_object_mut() else { return };
    if let Some(number) = authorization.checked_sub(1) {
        if let Some(fields) = additional(config, number) {
            put_token(fields, renewed.access_token);
            put_rest(fields, renewed);
        }
    } else if let Some(fields) = config.get_mut("credentials").and_then(Value::as_object_mut) {
        put_token(fields, renewed.access_token);
        put_rest(fields, renewed);
    } else {
        // Airbyte's first form: the token at the top level, the rest below.
        put_token(config, renewed.access_token);
        if let Some(fields) = config.get_mut("environment").and_then(Value::as_object_mut) {
            put_rest(fields, renewed);
        }
    }
}

fn additional(config: &mut Map<String, Value>, number: usize) -> Option<&mut Map<String, Value>> {
    let list = config.get_mut("credentials")?.get_mut("additional_authorizations")?.as_array_mut()?;
    list.get_mut(number)?.as_object_mut()
}

fn put_token(fields: &mut Map<String, Value>, token: &str) {
    fields.insert("access_token".to_owned(), token.into());
}

fn put_rest(fields: &mut Map<String, Value>, renewed: Renewed<'_>) {
    if let Some(token) = renewed.refresh_token {
        fields.insert("refresh_token".to_owned(), token.into());
    }
    put_moment(fields, "access_token_expires_at", renewed.access_ends);
    put_moment(fields, "refresh_token_expires_at", renewed.refresh_ends);
}

/// Keeps the form of the config. An old expiry is removed if there is no new one, because it belonged to the old token.
fn put_moment(fields: &mut Map<String, Value>, name: &str, moment: Option<DateTime<Utc>>) {
    match (moment, fields.get_mut(name)) {
        (Some(moment), Some(old @ Value::Number(_))) => {
            let millis = old.as_i64().is_some_and(|number| number.to_string().len() > 10);
            *old = if millis { moment.timestamp_millis().into() } else { moment.timestamp().into() };
        }
        (Some(moment), _) => drop(fields.insert(name.to_owned(), moment::text(moment).into())),
        (None, Some(_)) => drop(fields.shift_remove(name)),
        (None, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn renewed(config: Value, authorization: usize, refresh: Option<&str>, ends: Option<&str>) -> String {
        let mut config = config;
        let ends = ends.map(|ends| ends.parse().unwrap());
        let new = Renewed { access_token: "NEW", refresh_token: refresh, access_ends: ends, refresh_ends: None };
        renew(&mut config, authorization, new);
        config.to_string()
    }

    #[test]
    fn only_tokens_and_their_times_change() {
        let config = json!({"z": 1, "credentials": {"x": [null], "access_token": "OLD", "app_id": 7, "refresh_token": "R",
            "refresh_token_expires_at": "2026-01-01"}, "start_date": ""});
        assert_eq!(
            renewed(config, 0, Some("R2"), Some("2026-01-31T12:00:00Z")),
            r#"{"z":1,"credentials":{"x":[null],"access_token":"NEW","app_id":7,"refresh_token":"R2","access_token_expires_at":"2026-01-31T12:00:00Z"},"start_date":""}"#
        );
    }

    #[test]
    fn what_was_not_granted_stays() {
        let config = json!({"credentials": {"refresh_token": "R", "access_token": "OLD"}});
        assert_eq!(renewed(config, 0, None, None), r#"{"credentials":{"refresh_token":"R","access_token":"NEW"}}"#);
    }

    #[test]
    fn times_keep_their_form() {
        for (old, new) in [("1769860800", "1769864400"), ("1769860800000", "1769864400000")] {
            let config = format!(r#"{{"credentials":{{"access_token":"OLD","access_token_expires_at":{old}}}}}"#);
            let config = serde_json::from_str(&config).unwrap();
            assert!(renewed(config, 0, None, Some("2026-01-31T13:00:00Z")).ends_with(&format!("{new}}}}}")), "{old}");
        }
    }

    #[test]
    fn each_authorization_has_its_own_place() {
        let config = json!({"credentials": {"access_token": "A", "additional_authorizations": [{"access_token": "B"}, {"access_token": "C"}]}});
        let told = renewed(config, 2, None, None);
        assert_eq!(
            told,
            r#"{"credentials":{"access_token":"A","additional_authorizations":[{"access_token":"B"},{"access_token":"NEW"}]}}"#
        );
    }

    #[test]
    fn the_old_form_stays_the_old_form() {
        let config = json!({"access_token": "OLD", "environment": {"app_id": "1", "refresh_token": "R"}});
        assert_eq!(
            renewed(config, 0, Some("R2"), None),
            r#"{"access_token":"NEW","environment":{"app_id":"1","refresh_token":"R2"}}"#
        );
    }
}
