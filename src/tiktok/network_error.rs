//! Errors of the network, the proxy and the certificates: why no response came.

use std::error::Error as StdError;

use crate::error::{Error, Kind};

/// One kind of fault between here and TikTok.
struct NetworkFault {
    kind: Kind,
    what: &'static str,
    advice: &'static str,
}

const CERTIFICATE: NetworkFault = NetworkFault {
    kind: Kind::Config,
    what: "The TLS certificate of the server that answers in TikTok's place is not trusted",
    advice: "If a proxy or firewall inspects TLS here, put its root certificate into a file and name it in SSL_CERT_FILE; \
             otherwise look at this machine's clock and root certificates.",
};
const TLS: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "The TLS handshake with TikTok failed",
    advice: "Check whether a proxy or firewall is between here and TikTok, and whether it supports TLS.",
};
const PLAIN: NetworkFault = NetworkFault {
    kind: Kind::Config,
    what: "The server that answers in TikTok's place does not speak TLS (https)",
    advice: "Look at the host and port in TIKTOK_ADS_API_URL and HTTPS_PROXY, where they are set: they lead to a port without \
             encryption.",
};
const NO_HANDSHAKE: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "The server accepts the connection but does not answer the TLS handshake (https)",
    advice: "Look at the host and port in TIKTOK_ADS_API_URL, where it is set, and at firewalls on the way.",
};
const PROXY_PASSWORD: NetworkFault = NetworkFault {
    kind: Kind::Config,
    what: "The proxy requires a user name and a password",
    advice: "Put them into HTTPS_PROXY, as in http://NAME:PASSWORD@HOST:PORT, or let NO_PROXY name TikTok's host.",
};
const PROXY_REFUSES: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "The proxy does not let the connection to TikTok through",
    advice: "Ask whoever runs the proxy to allow TikTok's host, or look at HTTPS_PROXY and NO_PROXY.",
};
const PROXY_AWAY: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "The proxy does not answer",
    advice: "Look at HTTPS_PROXY and NO_PROXY, and whether the proxy runs.",
};
const NAME: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "TikTok's host name was not found (DNS)",
    advice: "Check this machine's network and DNS server; behind a proxy, set HTTPS_PROXY.",
};
const REFUSED: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "Cannot connect to TikTok: the connection was refused",
    advice: "Look at the firewall, and at HTTPS_PROXY, NO_PROXY and TIKTOK_ADS_API_URL when they are set.",
};
const SLOW: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "Cannot connect to TikTok in time",
    advice: "Check the network, the firewall and the proxy (HTTPS_PROXY, NO_PROXY).",
};
const UNREACHED: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "Cannot connect to TikTok",
    advice: "Check the network, the proxy (HTTPS_PROXY, NO_PROXY) and the certificates (SSL_CERT_FILE).",
};
const BROKEN: NetworkFault = NetworkFault {
    kind: Kind::Network,
    what: "The connection to TikTok broke off",
    advice: "Try again; if it stays so, look at the network and the proxy.",
};

/// Explains a failed request. It leaves out the address, which may hold the app's secret.
pub(super) fn explain(error: reqwest::Error) -> Error {
    let fault = fault_of(&error, error.is_timeout(), error.is_connect());
    Error::new(fault.kind, fault.what).advise(fault.advice).because(error.without_url())
}

/// Whether the connection, TLS handshake included, took too long.
pub(super) fn is_slow_connection(error: &reqwest::Error) -> bool {
    error.is_connect() && error.is_timeout()
}

/// The error of a connection whose TLS handshake got no answer. If TikTok's address was replaced, a retry does not
/// help.
pub(super) fn no_handshake(error: reqwest::Error, is_tiktoks: bool) -> Error {
    let kind = if is_tiktoks { NO_HANDSHAKE.kind } else { Kind::Config };
    Error::new(kind, NO_HANDSHAKE.what).advise(NO_HANDSHAKE.advice).because(error.without_url())
}

/// Classifies an error by its type where the libraries have one, and by its text where they do not. If a text changes,
/// only the better sentence is lost.
fn fault_of(error: &(dyn StdError + 'static), timeout: bool, connect: bool) -> &'static NetworkFault {
    let chain = chain(error);
    let says = |words: &str| chain.iter().any(|error| error.to_string().contains(words));
    let tls = chain.iter().find_map(|error| tls_of(*error));
    match tls {
        Some(rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => return &CERTIFICATE,
        Some(rustls::Error::InvalidMessage(_)) => return &PLAIN,
        Some(_) => return &TLS,
        None => {}
    }
    if says("proxy authorization required") {
        return &PROXY_PASSWORD;
    }
    if says("tunnel error: failed to create underlying connection") {
        return &PROXY_AWAY;
    }
    if says("tunnel error") {
        return &PROXY_REFUSES;
    }
    if says("dns error") {
        return &NAME;
    }
    let io = chain.iter().find_map(|error| error.downcast_ref::<std::io::Error>());
    if connect && io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionRefused) {
        return &REFUSED;
    }
    match (timeout, connect) {
        (true, _) => &SLOW,
        (false, true) => &UNREACHED,
        (false, false) => &BROKEN,
    }
}

/// An error and all its causes.
fn chain<'e>(error: &'e (dyn StdError + 'static)) -> Vec<&'e (dyn StdError + 'static)> {
    let (mut chain, mut next) = (Vec::new(), Some(error));
    while let Some(error) = next {
        chain.push(error);
        next = error.source();
    }
    chain
}

/// Finds a rustls error inside an I/O error, which does not return it as its source.
fn tls_of<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref() {
        return Some(tls);
    }
    let inside = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    tls_of(inside)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// An error with one beneath it.
    #[derive(Debug)]
    struct Over(&'static str, Option<Box<dyn StdError + 'static>>);

    impl std::fmt::Display for Over {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl StdError for Over {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.1.as_deref()
        }
    }

    fn what(cause: impl StdError + 'static, timeout: bool) -> &'static str {
        fault_of(&Over("client error (Connect)", Some(Box::new(cause))), timeout, true).what
    }

    #[test]
    fn every_trouble_has_its_own_sentence() {
        let unknown = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let tls = rustls::Error::PeerIncompatible(rustls::PeerIncompatible::Tls12NotOffered);
        let plain = rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType);
        for (told, expected) in [
            (what(io::Error::other(plain), false), PLAIN.what),
            (what(io::Error::other(unknown.clone()), false), CERTIFICATE.what),
            (what(unknown, false), CERTIFICATE.what),
            (what(io::Error::other(io::Error::other(tls)), false), TLS.what),
            (what(Over("tunnel error: proxy authorization required", None), false), PROXY_PASSWORD.what),
            (what(Over("tunnel error: unsuccessful", None), false), PROXY_REFUSES.what),
            (what(Over("tunnel error: failed to create underlying connection", None), false), PROXY_AWAY.what),
            (what(Over("dns error", None), false), NAME.what),
            (what(io::Error::from(io::ErrorKind::ConnectionRefused), false), REFUSED.what),
            (what(io::Error::from(io::ErrorKind::TimedOut), true), SLOW.what),
            (what(io::Error::from(io::ErrorKind::NetworkUnreachable), false), UNREACHED.what),
        ] {
            assert_eq!(told, expected);
        }
    }
}
