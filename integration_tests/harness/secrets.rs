//! Everything that the suites' runs print is searched for what must never be told.

use std::borrow::Cow;

use serde_json::Value;
use simulator::{
    OTHER_APP, SANDBOX_APP, TOKEN_AGENCY, TOKEN_EXPIRED, TOKEN_GOOD, TOKEN_OTHER_APP, TOKEN_REVOKED,
    TOKEN_WITH_FORBIDDEN, USER_REFRESH_TOKEN,
};

/// The secrets of the simulator's world.
const OF_THE_WORLD: [&str; 9] = [
    TOKEN_GOOD,
    TOKEN_WITH_FORBIDDEN,
    TOKEN_AGENCY,
    TOKEN_EXPIRED,
    TOKEN_REVOKED,
    TOKEN_OTHER_APP,
    USER_REFRESH_TOKEN,
    SANDBOX_APP.secret,
    OTHER_APP.secret,
];

/// Ends of addresses of the suites' people.
const OF_PEOPLE: &str = "@example.";

/// Stops the test when a text tells one of the world's secrets, or one of `more`.
pub(crate) fn assert_none(text: &str, more: &[String]) {
    for secret in OF_THE_WORLD.into_iter().chain(more.iter().map(String::as_str)) {
        assert!(!has(text, secret), "a secret is told: {}", text.replace(secret, "<HERE>"));
    }
}

/// Searches what a run of the protocol prints. CONTROL is there to carry tokens, and a SPEC has examples.
pub(crate) fn assert_none_in_lines(stdout: &str, more: &[String]) {
    let (control, others): (Vec<&str>, Vec<&str>) =
        stdout.lines().partition(|line| line.starts_with(r#"{"type":"CONTROL""#));
    assert_none(&if control.is_empty() { Cow::from(stdout) } else { Cow::from(others.join("\n")) }, more);
    for line in stdout.lines().filter(|line| has(line, OF_PEOPLE)) {
        let message: Value = line.parse().unwrap_or_default();
        let words = ["LOG", "TRACE", "CONNECTION_STATUS"].iter().any(|kind| message["type"] == *kind);
        assert!(!words, "a person is told: {line}");
    }
}

/// Much faster in a debug build than `contains`.
fn has(text: &str, word: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}
