//! The little server on localhost that TikTok leads the browser back to. It lives until its own answer comes.

use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::page::Page;
use crate::error::{Error, Kind, Result};

/// How long the last page may take to reach the browser.
const FAREWELL: Duration = Duration::from_secs(2);
/// Connections at once; browsers open a few, some of them in vain.
const CONNECTIONS_MAX: usize = 16;

/// Where TikTok leads back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) port: u16,
    path: String,
}

impl Place {
    /// The place that a redirect URI names; it must be on this machine.
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

    /// The root of a port.
    pub(super) fn root(port: u16) -> Self {
        Self { port, path: "/".to_owned() }
    }
}

/// What is done with the query of an answer: nothing yet, or the end of it all with the page to show.
pub(super) type Answer<'a> = dyn Fn(String) -> BoxFuture<'a, Reply> + Send + Sync + 'a;

pub(super) enum Reply {
    Waiting(Page),
    Done(Page, Result<()>),
}

/// Ears on localhost.
pub(super) struct Listener {
    v4: TcpListener,
    /// Where browsers look first; without it they take the other.
    v6: Option<TcpListener>,
    path: String,
    pub(super) port: u16,
}

impl Listener {
    pub(super) async fn bind(place: &Place) -> Result<Self> {
        let v4 = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, place.port))).await;
        let v4 = v4.map_err(|error| taken(place.port, &error))?;
        let port = v4.local_addr().map_err(|error| taken(place.port, &error))?.port();
        let v6 = match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(listener) => Some(listener),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => return Err(taken(port, &error)),
            Err(_) => None,
        };
        Ok(Self { v4, v6, path: place.path.clone(), port })
    }

    /// Serves until an answer ends it.
    pub(super) async fn serve(self, answer: Arc<Answer<'static>>) -> Result<()> {
        let (done, mut ends) = mpsc::channel(1);
        let mut connections = JoinSet::new();
        loop {
            let stream = tokio::select! {
                Some(end) = ends.recv() => {
                    let farewell = async { while connections.join_next().await.is_some() {} };
                    let _ = timeout(FAREWELL, farewell).await;
                    return end;
                }
                Some(_) = connections.join_next(), if connections.len() >= CONNECTIONS_MAX => continue,
                stream = self.accept(), if connections.len() < CONNECTIONS_MAX => stream,
            };
            let Ok(stream) = stream else { continue };
            connections.spawn(connection(stream, self.path.clone(), answer.clone(), done.clone()));
        }
    }

    async fn accept(&self) -> std::io::Result<TcpStream> {
        let v6 = async {
            match &self.v6 {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        let (stream, _) = tokio::select! {
            stream = self.v4.accept() => stream?,
            stream = v6 => stream?,
        };
        Ok(stream)
    }
}

fn taken(port: u16, error: &std::io::Error) -> Error {
    let advice = "End the program that uses it; or register another redirect URL with the app, such as \
                  http://localhost:8081, and add `--port 8081`.";
    match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            Error::new(Kind::Local, format!("Port {port} is taken by another program")).advise(advice)
        }
        std::io::ErrorKind::PermissionDenied => {
            Error::new(Kind::Local, format!("Port {port} may not be used by you")).advise("Choose one above 1023.")
        }
        _ => Error::new(Kind::Local, format!("Cannot listen on port {port}: {error}")).advise(advice),
    }
}

async fn connection(stream: TcpStream, path: String, answer: Arc<Answer<'static>>, done: mpsc::Sender<Result<()>>) {
    let service = service_fn(|request: Request<Incoming>| {
        let (path, answer, done) = (&path, &answer, &done);
        async move {
            let page = if request.method() != Method::GET || request.uri().path() != path {
                Page::not_found()
            } else {
                let query = request.uri().query().unwrap_or_default().to_owned();
                match answer(query).await {
                    Reply::Waiting(page) => page,
                    Reply::Done(page, end) => {
                        // Full only when another answer came first; then that one counts.
                        let _ = done.try_send(end);
                        page
                    }
                }
            };
            Ok::<_, Infallible>(response(&page))
        }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    // A browser that leaves is no trouble of ours.
    let _ = server.keep_alive(false).serve_connection(TokioIo::new(stream), service).await;
}

/// Nothing of it is stored, framed, or told to the next page.
fn response(page: &Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(page.html())));
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
