//! The address of TikTok's consent page, and its answer. Pure, except for the random state.

use secrecy::SecretString;
use subtle::ConstantTimeEq;

use crate::error::{Error, Kind, Result};

/// Random bytes in a state, enough that nobody can guess it.
const STATE_BYTES: usize = 16;

/// The `state` parameter: a random text that proves that an answer belongs to our request.
pub(super) struct ConsentState(String);

impl ConsentState {
    pub(super) fn random() -> Result<Self> {
        let mut bytes = [0; STATE_BYTES];
        let random = rustls::crypto::ring::default_provider().secure_random;
        random.fill(&mut bytes).map_err(|_| Error::new(Kind::Local, "This machine has no random numbers"))?;
        Ok(Self(const_hex::const_encode::<STATE_BYTES, false>(&bytes).as_str().to_owned()))
    }

    /// Compares in constant time.
    fn is(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

/// The consent page (docs/tiktok-api.md 2.1). There is no scope: TikTok asks for all permissions of the app.
pub(super) fn url(origin: &str, app_id: &str, redirect_uri: &str, state: &ConsentState) -> Result<String> {
    let page = format!("{}/portal/auth", origin.trim_end_matches('/'));
    let query = [("app_id", app_id), ("redirect_uri", redirect_uri), ("state", &state.0)];
    let url = reqwest::Url::parse_with_params(&page, query);
    url.map(String::from).map_err(|_| Error::config("The address of TikTok's consent page is no web address"))
}

/// An authorization code, and the parameter that held it.
#[derive(Debug)]
pub(super) struct Code {
    pub(super) text: SecretString,
    /// Whether it came as `code` only. TikTok for Business calls it `auth_code`; other products, such as Login Kit, use
    /// `code`.
    pub(super) named_code_only: bool,
}

impl Code {
    fn of(pairs: &[(String, String)]) -> Option<Self> {
        let own = value(pairs, "auth_code");
        let text = own.or_else(|| value(pairs, "code"))?.trim();
        Some(Self { text: text.to_owned().into(), named_code_only: own.is_none() })
    }

    fn pasted(text: &str) -> Self {
        Self { text: text.to_owned().into(), named_code_only: false }
    }
}

/// The query of a redirect.
pub(super) enum Returned {
    Code(Code),
    /// No answer of TikTok's, for example when a person opens the page by hand.
    Nothing,
    /// An answer to another request: a tab of an earlier login, or a malicious page.
    Another,
}

/// Parses the query of the redirect.
pub(super) fn returned(query: &str, state: &ConsentState) -> Result<Returned> {
    let pairs = pairs(query);
    let value = |name: &str| value(&pairs, name);
    let code = Code::of(&pairs);
    if code.is_none() && value("state").is_none() && value("error").is_none() {
        return Ok(Returned::Nothing);
    }
    if !value("state").is_some_and(|given| state.is(given)) {
        return Ok(Returned::Another);
    }
    code.map(Returned::Code).ok_or_else(cancelled)
}

/// The first non-empty value of that name.
fn value<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

fn cancelled() -> Error {
    Error::new(Kind::Config, "TikTok sent no authorization code: the authorization was cancelled")
        .advise("Run the command again and choose “Confirm” on TikTok's page.")
}

fn pairs(query: &str) -> Vec<(String, String)> {
    // The library parses whole addresses, so this adds a base.
    let url = reqwest::Url::parse(&format!("http://localhost/?{query}"));
    url.map(|url| url.query_pairs().into_owned().collect()).unwrap_or_default()
}

/// Decodes percent escapes. A plus stays a plus, because this is no form data.
fn unescaped(text: &str) -> String {
    let pairs = pairs(&format!("x={}", text.replace('+', "%2B").replace('&', "%26").replace('#', "%23")));
    value(&pairs, "x").unwrap_or(text).to_owned()
}

/// The parameters that mark a piece of an address with a code.
const PIECES: [&str; 2] = ["auth_code=", "code="];

/// Finds the code in pasted text: the code itself, the redirect's whole address, or a piece of it.
pub(super) fn code(pasted: &str) -> Result<Code> {
    let pasted = pasted.trim().trim_matches(['"', '\'', '<', '>']);
    // Text that was copied from a log or from another address may be escaped as a whole.
    let is_escaped = pasted.contains('%') && !pasted.contains(['=', '?']);
    let whole = if is_escaped { unescaped(pasted) } else { pasted.to_owned() };
    let pasted = whole.as_str();
    let again = "Copy the whole address of the page that TikTok led to after “Confirm”, or what stands behind `auth_code=` in it.";
    if pasted.is_empty() {
        return Err(Error::config("There is no authorization code").advise(again));
    }
    let is_piece = pasted.contains(PIECES[0]) || pasted.starts_with(PIECES[1]) || pasted.contains("&code=");
    let query = pasted.split_once('?').map(|(_, query)| query).or(is_piece.then_some(pasted));
    if let Some(query) = query {
        let query = query.split('#').next().unwrap_or_default();
        let pairs = pairs(query);
        let value = |name: &str| value(&pairs, name);
        if let Some(code) = Code::of(&pairs) {
            return Ok(code);
        }
        let what = if value("aadvid").is_some() {
            "This is an address of TikTok Ads Manager: it names an advertiser and holds no authorization code"
        } else if value("error").is_some() {
            return Err(cancelled());
        } else if value("app_id").is_some() {
            "This is the address of TikTok's consent page: open it; the code is in the address of the page after it"
        } else {
            "This address holds no authorization code"
        };
        return Err(Error::config(what).advise(again));
    }
    if pasted.contains("://") {
        return Err(Error::config("This address holds no authorization code").advise(again));
    }
    // The text may include what follows the code in an address.
    let pasted = pasted.split(['&', '#']).next().unwrap_or_default();
    if pasted.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii()) {
        return Err(Error::config(
            "The authorization code holds spaces, line breaks or other characters that no code has",
        )
        .advise(again));
    }
    Ok(Code::pasted(pasted))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn the_page_is_asked_for_with_app_redirect_and_state_and_nothing_else() {
        let state = ConsentState("abc".to_owned());
        assert_eq!(
            url("https://business-api.tiktok.com/", "7", "http://localhost:8080", &state).unwrap(),
            "https://business-api.tiktok.com/portal/auth?app_id=7&redirect_uri=http%3A%2F%2Flocalhost%3A8080&state=abc"
        );
    }

    #[test]
    fn states_are_random_and_compared_whole() {
        let (one, other) = (ConsentState::random().unwrap(), ConsentState::random().unwrap());
        assert_eq!(one.0.len(), 2 * STATE_BYTES);
        assert!(one.is(&one.0) && !one.is(&other.0) && !one.is("") && !one.is(&one.0[1..]));
    }

    #[test]
    fn only_our_own_answer_is_taken() {
        let state = ConsentState("s1".to_owned());
        let told = |query: &str| match returned(query, &state) {
            Ok(Returned::Code(code)) => code.text.expose_secret().to_owned(),
            Ok(Returned::Nothing) => "nothing".to_owned(),
            Ok(Returned::Another) => "another".to_owned(),
            Err(error) => error.message().to_owned(),
        };
        let other = "another";
        let cancelled = "TikTok sent no authorization code: the authorization was cancelled";
        for (query, expected) in [
            ("auth_code=c%2B1&code=c2&state=s1", "c+1"),
            ("code=c2&state=s1", "c2"),
            ("auth_code=&code=c2&state=s1", "c2"),
            ("", "nothing"),
            ("utm=1", "nothing"),
            ("auth_code=c1", other),
            ("auth_code=c1&state=s2", other),
            ("auth_code=c1&state=", other),
            ("state=s1", cancelled),
            ("error=access_denied&state=s1", cancelled),
            ("error=access_denied&state=s2", other),
        ] {
            assert_eq!(told(query), expected, "{query}");
        }
    }

    #[test]
    fn a_code_is_found_in_whatever_was_pasted() {
        for pasted in [
            "c1",
            " c1\n",
            "\"c1\"",
            "http://localhost:8080/?auth_code=c1&code=c1&state=x",
            "localhost:8080?code=c1",
            "https://example.com/cb?state=x&auth_code=c1#top",
            "auth_code=c1&state=x",
            "<https://example.com/cb?auth_code=c1>",
            "code=c1&state=x",
            "state=x&code=c1",
            "c1&state=x",
            "http%3A%2F%2Flocalhost%3A8080%2F%3Fauth_code%3Dc1%26state%3Dx",
            "auth_code%3Dc1%26state%3Dx",
        ] {
            assert_eq!(code(pasted).unwrap().text.expose_secret(), "c1", "{pasted}");
        }
    }

    #[test]
    fn escapes_are_undone_once_wherever_the_code_stands() {
        for (pasted, expected) in [
            ("c%2B1%3D", "c+1="),
            ("c+1", "c+1"),
            ("c%252B1", "c%2B1"),
            ("c%1", "c%1"),
            ("auth_code=c%2B1", "c+1"),
            ("http://localhost/?auth_code=c%2B1", "c+1"),
        ] {
            assert_eq!(code(pasted).unwrap().text.expose_secret(), expected, "{pasted}");
        }
        for (pasted, other_product) in
            [("http://localhost/?code=c1", true), ("?auth_code=c1&code=c2", false), ("c1", false)]
        {
            assert_eq!(code(pasted).unwrap().named_code_only, other_product, "{pasted}");
        }
    }

    #[test]
    fn what_is_no_code_is_explained() {
        let told: String = [
            "",
            " \n",
            "one two",
            "c1\nc2",
            "https://ads.tiktok.com/i18n/dashboard?aadvid=7011111111111111111",
            "https://business-api.tiktok.com/portal/auth?app_id=7&state=x",
            "http://localhost:8080/?error=access_denied&state=x",
            "http://localhost:8080/",
        ]
        .iter()
        .map(|pasted| format!("{pasted:?}\n  {}\n", code(pasted).unwrap_err()))
        .collect();
        insta::assert_snapshot!(told);
    }
}
