//! Sending call-backs (`docs/tiktok-api.md` 8): signed as [WEB developers.tiktok.com webhooks-verification] says, late,
//! twice and out of order, where a test wants that.

use crate::world::CallBack;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// How call-backs go out.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'d> {
    /// The key of the signature; none: unsigned.
    pub key: Option<&'d str>,
    /// The moment of the signature, in epoch seconds.
    pub moment: i64,
    /// How often each is sent.
    pub times: usize,
    /// The newest first.
    pub backwards: bool,
}

/// Sends call-backs to a receiver, which stands behind every address; the statuses of its answers.
pub(crate) fn send(mut calls: Vec<CallBack>, receiver: SocketAddr, how: Delivery<'_>) -> io::Result<Vec<u16>> {
    if how.backwards {
        calls.reverse();
    }
    let each = calls.iter().flat_map(|call| std::iter::repeat_n(call, how.times));
    each.map(|call| post(call, receiver, how)).collect()
}

fn post(call: &CallBack, receiver: SocketAddr, how: Delivery<'_>) -> io::Result<u16> {
    let (body, t) = (call.body.to_string(), how.moment);
    let path = call.url.splitn(4, '/').nth(3).unwrap_or_default();
    let signature = how.key.map(|key| {
        let hex: String =
            hmac(key.as_bytes(), format!("{t}.{body}").as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
        format!("Tiktok-Signature: t={t},s={hex}\r\n")
    });
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: receiver\r\nContent-Type: application/json\r\nConnection: close\r\n{}Content-Length: {}\r\n\r\n",
        signature.unwrap_or_default(),
        body.len()
    );
    let mut stream = TcpStream::connect(receiver)?;
    stream.write_all((head + &body).as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP"))
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut padded = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    padded.resize(BLOCK, 0);
    let pad = |with: u8| padded.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36).as_slice(), text].concat());
    Sha256::digest([pad(0x5c).as_slice(), inner.as_slice()].concat()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, case 2.
    #[test]
    fn the_signature_is_the_standards() {
        let hex: String = hmac(b"Jefe", b"what do ya want for nothing?").iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
