//! The server on localhost that TikTok redirects the browser to. It runs until the answer to this login comes.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::mpsc;

use super::page::HtmlPage;
use crate::error::{Error, Kind, Result};
use crate::http::header::{self, HeaderValue};
use crate::http::{self, CannotListen, Limits, Method, Response, StatusCode};

/// Browsers open a few connections, some of them in vain, and send nothing but a line and headers. A connection on which
/// nothing comes keeps its place for a short time only, because the right answer may need it.
const LIMITS: Limits = Limits {
    connections: 16,
    body_bytes: 16 << 10,
    head_bytes: 64 << 10,
    headers: 100,
    head_time: Duration::from_secs(5),
    body_time: Duration::from_secs(5),
    large_bytes: 0,
    keep_alive: false,
    farewell: Duration::from_secs(2),
};

/// The target of TikTok's redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) port: u16,
    path: String,
}

impl Place {
    /// The target that a redirect URI names. It must be on this machine.
    pub(super) fn of(redirect_uri: &str) -> Result<Self> {
        let elsewhere = || {
            Error::config("`--redirect-uri` is not on this machine, so nobody can listen there").advise(
                "Register http://localhost:8080 as a redirect URL of the app; or open the consent page yourself and give \
                 the address it leads to to `tiktok-ads auth exchange`.",
            )
        };
        let url = reqwest::Url::parse(redirect_uri).map_err(|_| elsewhere())?;
        let local = url.host_str().is_some_and(|host| ["localhost", "127.0.0.1", "[::1]"].contains(&host));
        if url.scheme() != "http" || !local {
            return Err(elsewhere());
        }
        Ok(Self { port: url.port_or_known_default().unwrap_or_default(), path: url.path().to_owned() })
    }

    /// The root path of a port.
    pub(super) fn root(port: u16) -> Self {
        Self { port, path: "/".to_owned() }
    }
}

/// Handles the query of a redirect. It shows a page, and continues to wait or ends the login.
pub(super) type Answer<'a> = dyn Fn(String) -> BoxFuture<'a, Reply> + Send + Sync + 'a;

pub(super) enum Reply {
    Waiting(HtmlPage),
    Done(HtmlPage, Result<()>),
}

/// Listens on localhost for one path.
pub(super) struct Listener {
    listener: http::Listener,
    path: String,
    pub(super) port: u16,
}

impl Listener {
    pub(super) async fn bind(place: &Place) -> Result<Self> {
        let listener = http::Listener::on_localhost(place.port).await.map_err(|fault| taken(&fault))?;
        Ok(Self { path: place.path.clone(), port: listener.port, listener })
    }

    /// Serves until an answer ends the login.
    pub(super) async fn serve(self, answer: Arc<Answer<'static>>) -> Result<()> {
        let (done, mut ends) = mpsc::channel(1);
        let path: Arc<str> = self.path.into();
        let handler = move |request: http::Request<_>| -> BoxFuture<'static, http::Answer> {
            let (path, answer, done) = (path.clone(), answer.clone(), done.clone());
            Box::pin(async move {
                if request.method() != Method::GET || request.uri().path() != &*path {
                    return response(&HtmlPage::not_found());
                }
                let query = request.uri().query().unwrap_or_default().to_owned();
                response(&match answer(query).await {
                    Reply::Waiting(page) => page,
                    Reply::Done(page, end) => {
                        // The channel is full only if another answer came first. Then that one counts.
                        let _ = done.try_send(end);
                        page
                    }
                })
            })
        };
        let end = async {
            match ends.recv().await {
                Some(end) => end,
                None => std::future::pending().await,
            }
        };
        self.listener.serve(LIMITS, Arc::new(handler), end).await
    }
}

fn taken(CannotListen { port, cause }: &CannotListen) -> Error {
    let advice = "End the program that uses it; or register another redirect URL with the app, such as \
                  http://localhost:8081, and add `--port 8081`.";
    match cause.kind() {
        std::io::ErrorKind::AddrInUse => {
            Error::new(Kind::Local, format!("Port {port} is taken by another program")).advise(advice)
        }
        std::io::ErrorKind::PermissionDenied => {
            Error::new(Kind::Local, format!("Port {port} may not be used by you")).advise("Choose one above 1023.")
        }
        _ => Error::new(Kind::Local, format!("Cannot listen on port {port}: {cause}")).advise(advice),
    }
}

/// A response that browsers neither store nor frame, and whose address they do not pass on.
fn response(page: &HtmlPage) -> http::Answer {
    let mut response = Response::new(page.html().into());
    *response.status_mut() = if page.status.is_success() { StatusCode::OK } else { page.status };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_leads_home_or_nowhere() {
        for (uri, port, path) in [
            ("http://localhost:8080", 8080, "/"),
            ("http://127.0.0.1:9000/callback", 9000, "/callback"),
            ("http://[::1]:1/", 1, "/"),
            ("http://localhost", 80, "/"),
        ] {
            assert_eq!(Place::of(uri).unwrap(), Place { port, path: path.to_owned() }, "{uri}");
        }
        for uri in ["https://localhost:8080", "http://example.com", "http://localhost.example.com:8080", "8080", ""] {
            assert!(Place::of(uri).is_err(), "{uri}");
        }
    }
}
