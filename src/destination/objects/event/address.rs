//! Addresses of pages: whether they are whole, the click's id in them, and how they go out without people. Pure.

use std::borrow::Cow;

use url::form_urlencoded;

use super::called::Called;
use super::personal::{self, People};
use crate::identity;

/// The click's id, as TikTok hangs it to the address of the page that an ad leads to.
const CLICK: &str = "ttclid";

/// Whether an address says which site it is of. One that does not is still of use: TikTok reads its path.
#[must_use]
pub(crate) fn is_absolute(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        && !host.is_empty()
        && !address.contains(char::is_whitespace)
}

/// The click's id in an address of any form, also one without a site, or behind a `#`.
#[must_use]
pub(crate) fn click_id(address: &str) -> Option<String> {
    address.match_indices('=').find_map(|(equals, _)| {
        let at = equals.checked_sub(CLICK.len())?;
        let before = address.as_bytes().get(at.checked_sub(1)?)?;
        let is_click = address.get(at..equals)?.eq_ignore_ascii_case(CLICK) && b"?&#;".contains(before);
        let value = address.get(at..)?.split(['&', '#']).next().filter(|_| is_click)?;
        let (_, id) = form_urlencoded::parse(value.as_bytes()).next()?;
        let id = id.trim();
        (!identity::is_nothing(id) && !identity::is_macro(id) && is_click_id(id)).then(|| id.to_owned())
    })
}

/// Whether a text may be the id of a click or of a browser: letters, digits and a few signs, maybe encoded once more.
#[must_use]
pub(crate) fn is_click_id(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~+/=:|".contains(&byte);
    let is_hex = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_hexdigit);
    text.bytes().enumerate().all(|(at, byte)| is_sign(byte) || (byte == b'%' && is_hex(at + 1) && is_hex(at + 2)))
}

/// An address without what it says of people: a name before the host, parts of the path that are an e-mail address or
/// a phone number, parameters that are or that are called so. The rest stays as it was written.
#[must_use]
pub(crate) fn without_people<'t>(address: &'t str, people: &People<'_>) -> Cow<'t, str> {
    if !address.contains(['?', '#', '@', '%', '+']) {
        return Cow::Borrowed(address);
    }
    let (head, tail) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
    let path = without_people_in_path(head, people);
    let mut cut = Cutting { kept: path.into_owned(), separator: None, follows_people: false };
    for piece in tail.split_inclusive(['?', '&', '#']) {
        let parameter = piece.trim_end_matches(['?', '&', '#']);
        match tells_of_people(parameter, people) {
            true => cut.follows_people = true,
            false => cut.keep(parameter),
        }
        cut.separate(piece.get(parameter.len()..).and_then(|separator| separator.chars().next()));
    }
    cut.close();
    if cut.kept == address { Cow::Borrowed(address) } else { Cow::Owned(cut.kept) }
}

/// What is kept of an address.
struct Cutting {
    kept: String,
    /// Stands before what comes next, if that stays.
    separator: Option<char>,
    /// Whether something was cut behind that separator.
    follows_people: bool,
}

impl Cutting {
    fn keep(&mut self, parameter: &str) {
        if !parameter.is_empty() {
            self.kept.extend(self.separator.take());
            self.kept.push_str(parameter);
        }
    }

    /// `?` passes over what was cut to the next parameter; `#` stays what it is.
    fn separate(&mut self, next: Option<char>) {
        let Some(next) = next else { return };
        if std::mem::take(&mut self.follows_people) {
            self.separator = self.separator.filter(|_| next == '&').or(Some(next));
        } else {
            self.kept.extend(self.separator.replace(next));
        }
    }

    fn close(&mut self) {
        if !self.follows_people {
            self.kept.extend(self.separator.take());
        }
    }
}

fn tells_of_people(parameter: &str, people: &People<'_>) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or(("", parameter));
    // `?mobile=1` tells of a page, not of a person.
    let is_flag = matches!(value, "" | "0" | "1" | "true" | "false");
    (!is_flag && Called::read(&personal::decoded(name)).about_person) || people.are_in(value)
}

fn without_people_in_path<'t>(head: &'t str, people: &People<'_>) -> Cow<'t, str> {
    if !people.are_in(head) {
        return Cow::Borrowed(head);
    }
    let kept = head.split('/').enumerate().map(|(at, part)| match part.rsplit_once('@') {
        // `https://name@host/`: what is before the host.
        Some((_, host)) if at == 2 && head.contains("://") => host,
        _ if people.are_in(part) => "",
        _ => part,
    });
    kept.collect::<Vec<_>>().join("/").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Rules;

    #[test]
    fn whole_addresses() {
        for address in ["https://shop.example", "HTTP://shop.example/a?b#c", "https://xn--bcher-kva.example:8443/"] {
            assert!(is_absolute(address), "{address}");
        }
        for address in
            ["/x", "shop.example/x", "//shop.example", "ftp://x.example", "https://", "https:///x", "https://a b/"]
        {
            assert!(!is_absolute(address), "{address}");
        }
    }

    #[test]
    fn the_click_is_found_wherever_it_hangs() {
        for (address, id) in [
            ("https://shop.example/p?utm=1&ttclid=E.C.P%2Bx#top", Some("E.C.P+x")),
            ("/x?ttclid=E.1", Some("E.1")),
            ("shop.example/x?ttclid=E.1&y", Some("E.1")),
            ("https://x.example/#/p?ttclid=E.1", Some("E.1")),
            ("?ttclid=E.1", Some("E.1")),
            ("/x?a&amp;ttclid=E.1", Some("E.1")),
            ("/x?ttclid=&ttclid=null&ttclid=E.2", Some("E.2")),
            ("/x?TTCLID=E.1", Some("E.1")),
            ("/x?ttclid=E.1%252B", Some("E.1%2B")),
            ("/x?ttclid=[CLICKID]", None),
            ("/x?ttclid=%25CLICKID%25", None),
            ("/x?ttclid=__CLICKID__", None),
            ("/x?ttclid=%7B%7Bclickid%7D%7D", None),
            ("/x?myttclid=E.1", None),
            ("ttclid=E.1", None),
            ("/x", None),
        ] {
            assert_eq!(click_id(address).as_deref(), id, "{address}");
        }
    }

    #[test]
    fn people_are_cut_and_the_rest_stays() {
        let rules = Rules::events(None);
        let people = People { rules: &rules, country: None };
        for (address, expected) in [
            ("https://x.example/a?b=1&ttclid=E.C%2EP#top", "https://x.example/a?b=1&ttclid=E.C%2EP#top"),
            ("https://x.example/?email=jane%40example.com&b=1", "https://x.example/?b=1"),
            ("https://x.example/?b=1&email=jane@example.com#top", "https://x.example/?b=1#top"),
            ("https://x.example/?b=1&user=jane%2540example.com&c=2", "https://x.example/?b=1&c=2"),
            ("https://x.example/?tel=%2B4915112345678", "https://x.example/"),
            ("https://x.example/?x=+4915112345678&y", "https://x.example/?y"),
            ("https://x.example/?firstName=Jane&last_name=Doe", "https://x.example/"),
            ("https://x.example/?next=https%3A%2F%2Fy.example%2F%3Fe%3Djane%40example.com", "https://x.example/"),
            ("https://x.example/#email=jane@example.com", "https://x.example/"),
            ("https://x.example/#/a?email=jane@example.com&b=1", "https://x.example/#/a?b=1"),
            ("https://x.example/unsubscribe/jane@example.com/now", "https://x.example/unsubscribe//now"),
            ("https://jane@example.com:pw@x.example/", "https://x.example/"),
            ("/x?mobile=1&email=", "/x?mobile=1&email="),
            ("https://x.example/@brand/p?order=4915112345678", "https://x.example/@brand/p?order=4915112345678"),
            ("/x??a&&b", "/x??a&&b"),
        ] {
            assert_eq!(without_people(address, &people), expected, "{address}");
        }
    }
}
