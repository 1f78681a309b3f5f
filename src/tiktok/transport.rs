//! One attempt over the network: a request goes out, and a whole response or an error comes back.
//!
//! [`Transport`] is the seam: tests replace it and need no network.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use futures::future::BoxFuture;
use reqwest::header::{self, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::body::{Body, FilePart, Form};
use super::endpoint::{Endpoint, Method};
use super::space::{BYTES_MAX, Space};
use super::{network_error, roots};
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;

/// The longest wait for a connection.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(10);
/// The longest wait for a plain TCP connection, to find out what hangs.
const LOOK_WAIT_MAX: Duration = Duration::from_secs(2);
/// Environment variables that configure a proxy.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// The body may take this many times as long as the first byte.
const BODY_PATIENCES_MAX: u32 = 4;
/// The assumed length of a body when TikTok does not tell it.
const BODY_BYTES_GUESS: u64 = 3 << 20;
/// The most buffers that are kept for the next responses.
const SPARE_BODIES_MAX: usize = 3;
/// TikTok's only documented response header (docs/tiktok-api.md 1.2).
const CUT_HEADER: &str = "x-tt-ads-throttle";

/// TikTok's API (docs/tiktok-api.md 1.1).
pub(crate) const PRODUCTION: &str = "https://business-api.tiktok.com";
pub(crate) const SANDBOX: &str = "https://sandbox-ads.tiktok.com";

/// Checks an origin that replaces TikTok's. Plain http would show the token to the network, so it may only lead to this
/// machine.
pub(crate) fn replaced_origin(name: &str, text: &str) -> Result<String> {
    let advice = "Write an origin such as https://proxy.example or http://127.0.0.1:8787.";
    let url =
        reqwest::Url::parse(text).map_err(|_| Error::config(format!("`{name}` is no web address")).advise(advice))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    // The message shows scheme and host only, because the rest may hold a password.
    let fault = |what: &str| Error::config(format!("`{name}` leads to {}://{host}, which {what}", url.scheme()));
    let loopback = is_loopback(host);
    match url.scheme() {
        "https" => Ok(text.to_owned()),
        "http" if loopback => Ok(text.to_owned()),
        "http" => Err(fault("would send the access token unencrypted")
            .advise("Use https; plain http is for loopback hosts only.")),
        _ => Err(fault("is neither http nor https").advise(advice)),
    }
}

/// Whether an address leads to this machine.
#[must_use]
pub(crate) fn is_local(text: &str) -> bool {
    let url = reqwest::Url::parse(text).ok();
    url.is_some_and(|url| is_loopback(url.host_str().unwrap_or_default().trim_matches(['[', ']'])))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request<'a> {
    pub endpoint: &'static Endpoint,
    pub query: &'a [(&'static str, String)],
    pub body: Body<'a>,
    /// The token for the `Access-Token` header. `None` for requests that need none.
    pub token: Option<&'a SecretString>,
    /// How long to wait for the first byte.
    pub patience: Duration,
    /// The response's share of the byte budget.
    pub space: Option<&'a Space>,
}

/// One whole response.
pub(crate) struct Response {
    pub status: u16,
    pub body: Vec<u8>,
    /// Whether TikTok left out all but the newest 20,000 ads (docs/tiktok-api.md 4.1).
    pub cut: bool,
    /// How long the response asks to wait. TikTok does not document it (docs/tiktok-api.md 1.2), but proxies in front
    /// of it send it.
    pub retry_after: Option<Duration>,
}

/// Makes one attempt. It fails with [`Kind::Network`] or [`Kind::Timeout`]; a response of any status is a success.
pub(crate) trait Transport: Send + Sync {
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response>>;

    /// Takes back a used buffer, for the next body.
    fn recycle(&self, _body: Vec<u8>) {}

    /// The server's clock minus ours, if a response told it.
    fn clock_skew(&self) -> Option<TimeDelta> {
        None
    }
}

/// The real network.
pub(crate) struct Https {
    client: reqwest::Client,
    origin: String,
    /// Used buffers: fresh memory for a page costs as much as parsing a fifth of it.
    spare: Mutex<Vec<Vec<u8>>>,
    skew: Mutex<Option<TimeDelta>>,
}

impl Https {
    /// `origin` is scheme and host, such as `https://business-api.tiktok.com`. The proxy and certificate variables of
    /// the environment apply.
    pub(crate) fn new(origin: &str) -> Result<Self> {
        if origin.starts_with("https:") {
            roots::check()?;
        }
        // This fails only if a provider is installed already, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_WAIT_MAX)
            .user_agent(concat!("tiktok-ads/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::new(Kind::Local, "Cannot set up HTTPS").because(error.without_url()))?;
        let origin = origin.trim_end_matches('/').to_owned();
        Ok(Self { client, origin, spare: Mutex::default(), skew: Mutex::default() })
    }

    async fn attempt(&self, request: Request<'_>) -> Result<Response> {
        let patience = request.patience;
        let sent = timeout(patience, self.build(&request)?.send()).await;
        let sent = sent.map_err(|_| too_slow(patience))?;
        let mut response = match sent {
            Ok(response) => response,
            Err(error) if network_error::is_slow_connection(&error) && self.accepts_connections().await => {
                return Err(network_error::no_handshake(error, self.is_tiktoks()));
            }
            Err(error) => return Err(network_error::explain(error)),
        };
        self.compare_clocks(response.headers());
        let length = response.content_length().unwrap_or(BODY_BYTES_GUESS);
        if let Some(space) = request.space {
            space.grow(length.min(BYTES_MAX)).await;
        }
        let mut answer = Response {
            status: response.status().as_u16(),
            cut: response.headers().contains_key(CUT_HEADER),
            retry_after: retry_after(response.headers()),
            body: lock(&self.spare).pop().unwrap_or_default(),
        };
        answer.body.reserve(usize::try_from(length.min(BYTES_MAX)).unwrap_or_default());
        let body = read_body(&mut response, &mut answer.body, patience);
        timeout(patience * BODY_PATIENCES_MAX, body).await.map_err(|_| too_slow(patience))??;
        Ok(answer)
    }

    fn is_tiktoks(&self) -> bool {
        [PRODUCTION, SANDBOX].contains(&self.origin.as_str())
    }

    /// Whether the host accepts TCP connections. Always false behind a proxy, where this process cannot find out.
    async fn accepts_connections(&self) -> bool {
        let proxied = PROXIES.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
        let Some(url) = reqwest::Url::parse(&self.origin).ok().filter(|_| !proxied) else { return false };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
        let connection = TcpStream::connect((host.trim_matches(['[', ']']), port));
        timeout(LOOK_WAIT_MAX, connection).await.is_ok_and(|connected| connected.is_ok())
    }

    fn build(&self, request: &Request<'_>) -> Result<reqwest::RequestBuilder> {
        let address = format!("{}/open_api/v1.3{}", self.origin, request.endpoint.path);
        let url = reqwest::Url::parse_with_params(&address, request.query)
            .map_err(|error| Error::config(format!("`{}` is no web address: {error}", self.origin)))?;
        let builder = match (request.endpoint.method, request.body) {
            (Method::Get, _) => self.client.get(url),
            (Method::Post, Body::Form(form)) => self.client.post(url).multipart(multipart(form)?),
            (Method::Post, body) => {
                self.client.post(url).header("Content-Type", "application/json").body(body.json().to_vec())
            }
        };
        let Some(token) = request.token else { return Ok(builder) };
        let mut token = HeaderValue::from_str(token.expose_secret()).map_err(|_| {
            Error::new(Kind::Token, "The access token holds characters that no token has")
                .advise("Paste the access token again, without line breaks or spaces.")
        })?;
        token.set_sensitive(true);
        Ok(builder.header("Access-Token", token))
    }

    /// Compares the clocks: every response carries a date (RFC 9110, 6.6.1).
    fn compare_clocks(&self, headers: &HeaderMap) {
        let date = headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let told = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        if let Some(told) = told {
            *lock(&self.skew) = Some(told.to_utc() - clock::now());
        }
    }
}

impl Transport for Https {
    fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response>> {
        Box::pin(self.attempt(request))
    }

    fn clock_skew(&self) -> Option<TimeDelta> {
        *lock(&self.skew)
    }

    fn recycle(&self, mut body: Vec<u8>) {
        let mut spare = lock(&self.spare);
        if spare.len() < SPARE_BODIES_MAX {
            body.clear();
            spare.push(body);
        }
    }
}

/// A form for one attempt.
fn multipart(form: &Form) -> Result<reqwest::multipart::Form> {
    let FilePart { field, file_name, content } = &form.file;
    let fields = form.fields.iter().cloned();
    let start = reqwest::multipart::Form::new();
    let whole = fields.fold(start, |form, (name, value)| form.text(name, value));
    let body = reqwest::Body::wrap_stream(content.stream());
    let file = reqwest::multipart::Part::stream_with_length(body, content.length());
    let file = file.file_name(file_name.clone()).mime_str("application/octet-stream");
    let file = file.map_err(|error| Error::new(Kind::Unexpected, "The form is broken").because(error))?;
    Ok(whole.part(*field, file))
}

/// Reads `Retry-After`: seconds or a date (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let told = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = || told.parse().ok().map(Duration::from_secs);
    // The wait counts from the response's own date, because our clock may differ.
    let date = || {
        let sent = headers.get(header::DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok())?;
        (DateTime::parse_from_rfc2822(told).ok()? - sent).to_std().ok()
    };
    seconds().or_else(date)
}

/// Reads the body in chunks. Each chunk must come within `patience`.
async fn read_body(response: &mut reqwest::Response, body: &mut Vec<u8>, patience: Duration) -> Result<()> {
    while let Some(chunk) =
        timeout(patience, response.chunk()).await.map_err(|_| too_slow(patience))?.map_err(network_error::explain)?
    {
        body.extend_from_slice(&chunk);
    }
    Ok(())
}

fn too_slow(patience: Duration) -> Error {
    Error::new(Kind::Timeout, format!("TikTok did not answer within {} s", patience.as_secs()))
        .advise("Try again; if it stays so, look at the network between here and TikTok.")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::body::FileContent;
    use super::*;

    #[test]
    fn a_wait_is_asked_for_in_seconds_or_until_a_date() {
        for (told, seconds) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("Thu, 26 Nov 2026 10:00:30 GMT", Some(30)),
            ("Thu, 26 Nov 2026 09:00:00 GMT", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::DATE, HeaderValue::from_static("Thu, 26 Nov 2026 10:00:00 GMT"));
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(told));
            assert_eq!(retry_after(&headers), seconds.map(Duration::from_secs), "{told}");
        }
    }

    #[tokio::test]
    async fn a_form_leaves_whole_at_every_attempt() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let transport = Https::new(&format!("http://{}", server.local_addr().unwrap())).unwrap();
        let bytes = vec![7_u8; 3_000_000];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mp4");
        std::fs::write(&path, [b"before", &bytes[..], b"behind"].concat()).unwrap();
        let length = bytes.len() as u64;
        let contents = [FileContent::Bytes(bytes.clone().into()), FileContent::Disk { path, start: 6, length }];
        for content in contents {
            let file = FilePart { field: "file", file_name: "a.mp4".into(), content };
            let form = Form { fields: vec![("upload_id", "u1".into()), ("start_offset", "0".into())], file };
            let request = Request {
                endpoint: &super::super::endpoint::EVENT_TRACK,
                query: &[],
                body: Body::Form(&form),
                token: None,
                patience: Duration::from_secs(9),
                space: None,
            };
            let served = async {
                let (mut stream, _) = server.accept().await.unwrap();
                let mut got = Vec::new();
                while !got.ends_with(b"--\r\n") {
                    stream.read_buf(&mut got).await.unwrap();
                }
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").await.unwrap();
                got
            };
            let (answer, got) = tokio::join!(transport.send(request), served);
            assert_eq!(answer.unwrap().body, b"{}");
            let text = String::from_utf8_lossy(&got);
            assert!(text.contains("name=\"upload_id\"\r\n\r\nu1\r\n"), "{text}");
            assert!(text.contains("name=\"file\"; filename=\"a.mp4\""), "{text}");
            assert!(got.windows(bytes.len()).any(|window| window == bytes));
            assert!(text.contains("content-length: ") && !text.contains("chunked"), "{text}");
        }
    }

    #[test]
    fn plain_http_leads_nowhere_but_home() {
        for good in ["http://127.0.0.1:8787", "http://localhost:1", "http://[::1]:1", "https://proxy.example"] {
            assert!(replaced_origin("X", good).is_ok(), "{good}");
        }
        for bad in ["http://example.com", "http://127.0.0.1.example.com", "ftp://localhost", "localhost:8787", ""] {
            assert_eq!(replaced_origin("X", bad).unwrap_err().kind(), Kind::Config, "{bad}");
        }
    }
}
