//! E-mail addresses: one plain address, or a refusal; nothing is guessed.

use super::reject::Reject;
use super::text::{self, Normal};
use super::{EmailRule, Surface};

/// RFC 5321, 4.5.3.1.
const LONGEST_LOCAL: usize = 64;
const LONGEST_LABEL: usize = 63;

/// The form of a trimmed address that `surface` wants hashed.
pub(super) fn normalise(address: &str, surface: Surface) -> Result<Normal, Reject> {
    if address.is_empty() {
        return Err(Reject::Empty);
    }
    let mut folded = fold(address).ok_or(Reject::InvalidEmail)?;
    let (local, _) = split(folded.as_str()).ok_or(Reject::InvalidEmail)?;
    let (at, plus) = (local.len(), before_plus(local).len());
    let rule = match surface {
        Surface::Events | Surface::Audience(EmailRule::LowercaseOnly) => return Ok(folded),
        Surface::Audience(rule) => rule,
    };
    if local.bytes().take(plus).all(|byte| byte == b'.') {
        return Err(Reject::EmptyLocalPart);
    }
    let drops_dots = rule == EmailRule::TiktokDmp;
    folded.retain(|place, byte| place >= at || (place < plus && !(drops_dots && byte == b'.')));
    Ok(folded)
}

/// Lower case; ASCII, which is nearly always, without leaving the stack.
fn fold(address: &str) -> Option<Normal> {
    if !address.is_ascii() {
        return Normal::copy(&text::fold(address));
    }
    let mut folded = Normal::copy(address)?;
    folded.make_ascii_lowercase();
    Some(folded)
}

fn before_plus(local: &str) -> &str {
    local.split_once('+').map_or(local, |(name, _tag)| name)
}

/// Local part and domain of something that is one address and nothing else.
fn split(address: &str) -> Option<(&str, &str)> {
    let (local, domain) = address.split_once('@')?;
    (is_local(local) && is_domain(domain)).then_some((local, domain))
}

/// Dots may stand anywhere (some Japanese carriers sold such addresses), but not alone.
fn is_local(local: &str) -> bool {
    local.len() <= LONGEST_LOCAL && local.bytes().any(|byte| byte != b'.') && all(local, is_local_byte)
}

/// The atoms of RFC 5322 and dots: no quotes, no brackets, and none of the signs that part a list.
fn is_local_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-'..=b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~')
}

/// A name with a dot whose last label is no number; kept as written, also outside of ASCII (no punycode).
fn is_domain(domain: &str) -> bool {
    let Some((_, last)) = domain.rsplit_once('.') else { return false };
    all(domain, is_domain_byte) && domain.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_domain_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
}

fn is_label(label: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

/// ASCII as `allowed` says; of everything else only what can be seen.
fn all(text: &str, allowed: fn(u8) -> bool) -> bool {
    if text.is_ascii() {
        return text.bytes().all(allowed);
    }
    text.chars().all(|c| match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => allowed(byte),
        _ => !text::is_blank(c) && !c.is_control(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DMP: Surface = Surface::Audience(EmailRule::TiktokDmp);
    const PLUS: Surface = Surface::Audience(EmailRule::PlusOnly);
    const LOWER: Surface = Surface::Audience(EmailRule::LowercaseOnly);

    fn check(address: &str, surface: Surface, expected: Result<&str, Reject>) {
        let normal = normalise(address, surface);
        assert_eq!(normal.as_ref().map(Normal::as_str).map_err(|why| *why), expected, "{address:?}");
    }

    #[test]
    fn each_surface_has_its_rule() {
        for (address, dmp, plus, lower) in [
            ("A.B+c+d@X.Co", "ab@x.co", "a.b@x.co", "a.b+c+d@x.co"),
            ("a.b.@x.co", "ab@x.co", "a.b.@x.co", "a.b.@x.co"),
            ("o'neil@sub.x.co", "o'neil@sub.x.co", "o'neil@sub.x.co", "o'neil@sub.x.co"),
            ("ÖL.a+b@BÜCHER.example", "öla@bücher.example", "öl.a@bücher.example", "öl.a+b@bücher.example"),
        ] {
            check(address, DMP, Ok(dmp));
            check(address, PLUS, Ok(plus));
            check(address, LOWER, Ok(lower));
            check(address, Surface::Events, Ok(lower));
        }
    }

    #[test]
    fn nothing_may_remain_before_the_at() {
        for (address, dmp, plus) in [("+a@x.co", true, true), (".+a@x.co", true, true), ("a.+b@x.co", false, false)] {
            assert_eq!(normalise(address, DMP).err() == Some(Reject::EmptyLocalPart), dmp, "{address}");
            assert_eq!(normalise(address, PLUS).err() == Some(Reject::EmptyLocalPart), plus, "{address}");
            assert!(normalise(address, Surface::Events).is_ok(), "{address}");
        }
    }

    #[test]
    fn what_is_not_one_plain_address_is_refused() {
        for address in [
            "null",
            "@x.co",
            "a@",
            "a@@x.co",
            "a@b@x.co",
            "a b@x.co",
            "a@x .co",
            "a\u{A0}b@x.co",
            "a\u{200B}@x.co",
            "mailto:a@x.co",
            "a@x.co,b@x.co",
            "a@x.co;b@x.co",
            "a@x.co b@x.co",
            "<a@x.co>",
            "A <a@x.co>",
            "\"a\"@x.co",
            "'a@x.co'",
            "a@x.co (work)",
            "a@localhost",
            "a@x..co",
            "a@x.co.",
            "a@.co",
            "a@-x.co",
            "a@1.2.3.4",
            "..@x.co",
            "a＠x.co",
            "a@x.co/",
            "a\0@x.co",
            "a@[1.2.3.4]",
            "a@x_y.co",
            "\u{FEFF}a@x.co",
        ] {
            check(address, Surface::Events, Err(Reject::InvalidEmail));
            check(address, DMP, Err(Reject::InvalidEmail));
        }
        check(&format!("{}@x.co", "a".repeat(65)), DMP, Err(Reject::InvalidEmail));
        check(&format!("a@{}.co", "x".repeat(300)), DMP, Err(Reject::InvalidEmail));
        check("", DMP, Err(Reject::Empty));
    }
}
