//! The forms of text that `user` has.

use crate::assumptions::{EVENT_HASHES_ARE_LOWER_CASE, IP_IS_PUBLIC};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// 64 hex digits.
pub(super) fn is_hash(text: &str) -> bool {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'f' => true,
        b'A'..=b'F' => !EVENT_HASHES_ARE_LOWER_CASE,
        _ => false,
    };
    text.len() == 64 && text.bytes().all(digit)
}

/// Whether an e-mail address stands in a text as it is.
pub(super) fn names_somebody(text: &str) -> bool {
    let text = text.replace("%40", "@");
    text.match_indices('@').any(|(at, _)| {
        let (before, after) = text.split_at(at);
        let is_of_domain = |c: &char| c.is_alphanumeric() || *c == '-' || *c == '.';
        let domain: String = after.chars().skip(1).take_while(is_of_domain).collect();
        before.ends_with(char::is_alphanumeric) && domain.trim_matches('.').contains('.')
    })
}

/// An address that can be reached from everywhere. Those of documentation are not counted as
/// local: TikTok's own example is one.
pub(super) fn is_ip(text: &str) -> bool {
    match text.parse::<IpAddr>() {
        Ok(_) if !IP_IS_PUBLIC => true,
        Ok(IpAddr::V4(ip)) => is_public_v4(ip),
        Ok(IpAddr::V6(ip)) => ip.to_ipv4_mapped().map_or_else(|| is_public_v6(ip), is_public_v4),
        Err(_) => false,
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let reserved = first == 0 || first >= 224;
    !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared || reserved)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let local = ip.is_unique_local() || ip.is_unicast_link_local();
    !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || local)
}

/// Upper case when raw, lower case when hashed [DOC 1771101303285761].
pub(super) fn is_idfa(text: &str) -> bool {
    is_hash(text) || is_uuid(text, |byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'))
}

/// Lower case, raw or hashed [DOC 1771101303285761].
pub(super) fn is_gaid(text: &str) -> bool {
    is_hash(text) || is_uuid(text, |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_uuid(text: &str, digit: fn(u8) -> bool) -> bool {
    let at = |(at, byte): (usize, u8)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { digit(byte) };
    text.len() == 36 && text.bytes().enumerate().all(at)
}

/// Well-formed by BCP 47: a language and subtags, joined by hyphens.
pub(super) fn is_locale(text: &str) -> bool {
    let mut tags = text.split('-');
    let language = tags.next().unwrap_or_default();
    let is_language = (2..=8).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_language && tags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form, texts of it, and others.
    type Row<'t> = (fn(&str) -> bool, &'t [&'t str], &'t [&'t str]);

    #[test]
    fn forms_are_told_apart() {
        let (lower, upper) = ("0a".repeat(32), "0A".repeat(32));
        let rows: [Row<'_>; 5] = [
            (is_hash, &[&lower], &[&upper, "", "0a", "someone@example.com"]),
            (
                is_ip,
                &["13.57.97.131", "2001:0db8:1111:000a:00b0:0000:0000:0200", "2001:db8:1111:a:b0::200", "100.128.0.1"],
                &["10.0.0.1", "127.0.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fc00::1"],
            ),
            (is_ip, &["::ffff:8.8.8.8"], &["::ffff:10.1.1.1", "8.8.8", "8.8.8.8:80", "", "239.1.1.1", "ff02::1"]),
            (is_idfa, &["AEBE52E7-03EE-455A-B3C4-E57283966239", &lower], &["aebe52e7-03ee-455a-b3c4-e57283966239", ""]),
            (is_gaid, &["aebe52e7-03ee-455a-b3c4-e57283966239"], &["AEBE52E7-03EE-455A-B3C4-E57283966239", "x"]),
        ];
        for (form, good, bad) in rows {
            assert!(good.iter().all(|text| form(text)), "{good:?}");
            assert!(bad.iter().all(|text| !form(text)), "{bad:?}");
        }
    }

    #[test]
    fn people_are_seen_in_texts() {
        assert!(["a@b.co", "ask jane@example.com now", "/x?e=a%40b.co"].into_iter().all(names_somebody));
        assert!(["", "@nike", "2 @ 3.5", "a@b", "x.y"].into_iter().all(|text| !names_somebody(text)));
    }

    #[test]
    fn locales_are_language_tags() {
        assert!(["en", "en-US", "zh-Hant-TW", "sl-rozaj-biske"].into_iter().all(is_locale));
        assert!(["", "e", "en_US", "en-", "en-toolongsubtag", "*"].into_iter().all(|text| !is_locale(text)));
    }
}
