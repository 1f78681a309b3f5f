//! The address of the machine that an event came from. Pure.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why a text is no address that tells TikTok anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoIp {
    Unreadable,
    Private,
}

/// The first public address of a text; proxies add theirs behind a comma.
pub(crate) fn first(text: &str) -> Result<Cow<'_, str>, NoIp> {
    let mut first = None;
    for part in text.split(',') {
        let Some((address, written)) = parsed(part.trim()) else { break };
        if is_public(address) {
            return Ok(written);
        }
        first.get_or_insert(NoIp::Private);
    }
    Err(first.unwrap_or(NoIp::Unreadable))
}

/// An address as it was written, without a port.
fn parsed(text: &str) -> Option<(IpAddr, Cow<'_, str>)> {
    if let Ok(address) = text.parse() {
        return Some((address, text.into()));
    }
    let bare = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let address: IpAddr = text.parse::<SocketAddr>().ok().map(|socket| socket.ip()).or_else(bare)?;
    Some((address, address.to_string().into()))
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    // From 224 on there are groups and addresses that nobody has.
    let reserved = first == 0 || first >= 224;
    !(address.is_private() || address.is_loopback() || address.is_link_local() || shared || reserved)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    !(address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_public_address() {
        for (text, expected) in [
            ("8.8.8.8", Ok("8.8.8.8")),
            ("1.2.3.4, 10.0.0.1", Ok("1.2.3.4")),
            ("10.0.0.1,1.2.3.4", Ok("1.2.3.4")),
            ("1.2.3.4:443", Ok("1.2.3.4")),
            ("[2a00:1450:4001::1]:443", Ok("2a00:1450:4001::1")),
            ("[2a00:1450:4001::1]", Ok("2a00:1450:4001::1")),
            ("192.168.1.7", Err(NoIp::Private)),
            ("10.0.0.1, 192.168.1.7", Err(NoIp::Private)),
            ("fd00::1", Err(NoIp::Private)),
            ("250.1.2.3", Err(NoIp::Private)),
            ("8.8.8", Err(NoIp::Unreadable)),
            ("somewhere, 8.8.8.8", Err(NoIp::Unreadable)),
        ] {
            assert_eq!(first(text).as_deref().map_err(|why| *why), expected, "{text}");
        }
    }
}
