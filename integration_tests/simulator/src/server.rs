//! From a socket to an answer: log, wait, fail on purpose, limit, dispatch.

use crate::answer::{Outcome, Refusal, canned, envelope, request_id};
use crate::assumptions::{ADVERTISER_PATH_QPS, BASIC_QPS, ENDPOINT_QPS, NOT_FOUND_BODY, WRONG_METHOD_STATUS};
use crate::body;
use crate::brief::Brief;
use crate::call::{Call, Partial};
use crate::faults::{Kind, Strike};
use crate::log::{self, Logged};
use crate::params::Params;
use crate::portal;
use crate::routes::{self, Handler, Route};
use crate::state::{Shared, lock};
use crate::wire::Fate;
use crate::world::{Level, Token};
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;

mod slow;

/// The path before every endpoint.
pub(crate) const BASE: &str = "/open_api/v1.3";

/// Larger bodies are cut off by the connection.
const MAX_BODY: usize = 512 << 20;

/// The one entry for every path and method.
pub(crate) async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(fate): ConnectInfo<Fate>,
    request: Request,
) -> Response {
    let Some(mut call) = read(request).await else {
        return plain(StatusCode::BAD_REQUEST, "bad request");
    };
    call.now = shared.read(|world| shared.clock(world));
    let entry = shared.log.begin(logged(&shared, &call));
    let strike = lock(&shared.faults).decide(&call);
    entry.note(|line| line.fault = strike.map(|strike| strike.to_string()));
    if !shared.options.wire.latency.is_zero() {
        tokio::time::sleep(shared.options.wire.latency).await;
    }
    let reply = match strike {
        None if shared.options.wire.longest_request.is_some_and(|most| call.body.len() > most) => {
            Reply::text(413, HTML, "<html><head><title>413 Request Entity Too Large</title></head></html>")
        }
        None => answer(&shared, &call),
        Some(strike) => struck(&shared, &mut call, strike).await,
    };
    let fault = strike.map(|strike| strike.kind);
    let sent = !matches!(fault, Some(Kind::Drop));
    entry.note(|line| {
        line.code = reply.code.filter(|_| sent);
        line.status = Some(reply.status.as_u16()).filter(|_| sent);
        line.issued = reply.issued.as_deref().map(|token| log::ending(token).to_owned());
    });
    let mut response = send(reply, fault, &fate);
    date(&mut response, shared.moment() + shared.options.wire.date_skew);
    response
}

/// The answer of a TikTok that fails, before the call took effect or after it.
async fn struck(shared: &Shared, call: &mut Call, Strike { kind, committed }: Strike) -> Reply {
    // A part can be done only instead of the whole.
    let whole = committed && !kind.is_partial();
    let truth = whole.then(|| answer(shared, call));
    match instead(kind, call) {
        Some(reply) => reply,
        None if kind == Kind::Stall => std::future::pending().await,
        None => truth
            .unwrap_or_else(|| {
                drift(shared, call, kind);
                answer(shared, call)
            })
            .mangled(kind),
    }
}

/// An answer before it is put on the wire.
struct Reply {
    status: StatusCode,
    /// The code in the envelope, if it is one.
    code: Option<i64>,
    /// The access token that it gives.
    issued: Option<String>,
    kind: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

impl Reply {
    /// The same, wrong, if the fault wants it so.
    fn mangled(self, kind: Kind) -> Self {
        match kind {
            Kind::Mangled(mangle) => Self { body: mangle.body(&self.body).into(), ..self },
            _ => self,
        }
    }

    fn text(status: u16, kind: &'static str, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, code: None, issued: None, kind, headers: Vec::new(), body: body.into() }
    }

    fn json(outcome: Outcome) -> Self {
        let id = request_id(crate::clock::real());
        let issued = outcome.as_ref().ok().and_then(|answer| answer.issued.clone());
        let (code, headers, body) = match outcome {
            Ok(answer) if answer.code == 0 => (0, answer.headers, envelope(0, "OK", &id, &answer.data)),
            Ok(part) => (part.code, part.headers, envelope(part.code, &canned(part.code, ""), &id, &part.data)),
            Err(no) => (no.code, Vec::new(), envelope(no.code, &no.message, &id, b"{}")),
        };
        Self { status: StatusCode::OK, code: Some(code), issued, kind: JSON, headers, body }
    }
}

/// Bytes of the head of an answer, roughly.
const HEAD: u64 = 120;

const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html";
/// The page for people.
const PAGE: &str = "text/html; charset=utf-8";

async fn read(request: Request) -> Option<Call> {
    let (head, body) = request.into_parts();
    let header = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (token, content_type) = (header("access-token"), header("content-type"));
    let page = head.uri.path() == portal::PATH;
    let path = if page { portal::PATH } else { head.uri.path().strip_prefix(BASE).unwrap_or("") }.to_owned();
    let body = to_bytes(body, MAX_BODY).await.ok()?;
    Some(Call {
        method: head.method,
        now: DateTime::UNIX_EPOCH,
        page,
        params: Params::parse(head.uri.query().unwrap_or("")),
        raw_query: head.uri.query().unwrap_or("").to_owned(),
        token,
        content_type,
        brief: if holds_secrets(&path) { Brief::default() } else { Brief::of(&body) },
        path,
        body,
        skew: 0,
        partial: None,
    })
}

/// Calls that carry an app's secret, or a token, in their body.
fn holds_secrets(path: &str) -> bool {
    path.contains("/oauth2/") || path.starts_with("/tt_user/")
}

fn logged(shared: &Shared, call: &Call) -> Logged {
    Logged {
        at: shared.started.elapsed(),
        method: call.method.to_string(),
        path: call.path.clone(),
        query: call.params.without_secret(),
        raw_query: log::without_secret(&call.raw_query),
        token: call.token.as_deref().map(|token| log::ending(token).to_owned()),
        issued: None,
        advertiser: call.advertiser().map(str::to_owned),
        bytes: call.body.len(),
        rows: call.brief.rows,
        body: if holds_secrets(&call.path) { None } else { body::logged(&call.body) },
        code: None,
        status: None,
        fault: None,
        in_flight: 0,
    }
}

/// The answer of a healthy TikTok.
fn answer(shared: &Shared, call: &Call) -> Reply {
    if call.page && call.method == Method::GET {
        let page = shared.amend(|world| portal::page(world, call));
        return Reply::text(page.status, PAGE, page.html);
    }
    let same_path = routes::all().filter(|route| route.path == call.path && !call.page);
    let same_path: Vec<&Route> = same_path.collect();
    if same_path.is_empty() {
        return Reply::text(404, PLAIN, NOT_FOUND_BODY);
    }
    match same_path.into_iter().find(|route| route.method == call.method.as_str()) {
        None => Reply::text(WRONG_METHOD_STATUS, PLAIN, "405 method not allowed"),
        Some(route) => Reply::json(dispatch(shared, call, route)),
    }
}

fn dispatch(shared: &Shared, call: &Call, route: &Route) -> Outcome {
    if !route.open {
        admit(shared, call, route)?;
    }
    if let Some(sandbox) = shared.options.access.sandbox {
        routes::sandbox::has(route.path, sandbox.code)?;
    }
    within_limits(shared, call)?;
    shared.settle(call.now);
    match route.handler {
        Handler::Read(handler) => shared.read(|world| handler(world, call, shared)),
        Handler::Write(handler) => shared.amend(|world| handler(world, call)),
        Handler::Own(handler) => handler(shared, call),
    }
}

/// The token before anything else, then whether its user allowed the app this.
fn admit(shared: &Shared, call: &Call, route: &Route) -> Result<(), Refusal> {
    let counted = shared.read(|world| {
        let token = call.token(world)?;
        routes::scope::granted(token, route.path, shared.options.access.missing_scope_code)?;
        Ok::<_, Refusal>(token.calls_left.is_some())
    })?;
    let value = call.token.as_deref().unwrap_or_default();
    let spent = counted && !shared.amend(|world| world.token_mut(value).is_some_and(Token::spend));
    if spent { Err(Refusal::new(40102, canned(40102, ""))) } else { Ok(()) }
}

fn within_limits(shared: &Shared, call: &Call) -> Result<(), Refusal> {
    let now = shared.started.elapsed();
    let advertiser = call.advertiser().unwrap_or("");
    let refuse = |code| Err(Refusal::new(code, canned(code, advertiser)));
    if let Some(limits) = shared.options.access.sandbox.and_then(|sandbox| sandbox.limits) {
        let within = lock(&shared.endpoints).admits(now, &call.path, limits);
        return if within { Ok(()) } else { refuse(40100) };
    }
    let mut quota = lock(&shared.quota);
    if call.is_segment() {
        let within = shared.options.quota.segment_qps.is_none_or(|limit| quota.segment(now, limit));
        return if within { Ok(()) } else { refuse(40100) };
    }
    if call.is_event() {
        let within = shared.options.events.qps.is_none_or(|limit| quota.event(now, limit));
        return if within { Ok(()) } else { refuse(40100) };
    }
    if shared.options.quota.qps.is_some_and(|limit| !quota.app(now, limit)) {
        return refuse(40100);
    }
    let own = ENDPOINT_QPS.iter().find(|(path, _)| *path == call.path).map(|(_, limit)| *limit);
    let basic = shared.options.quota.qps.is_some_and(|limit| limit <= BASIC_QPS);
    if own.is_some_and(|limit| basic && !quota.path(now, "", &call.path, limit)) {
        return refuse(40100);
    }
    let limited = shared.options.quota.advertiser_qps && !advertiser.is_empty();
    if limited && !quota.path(now, advertiser, &call.path, ADVERTISER_PATH_QPS) {
        return refuse(40133);
    }
    Ok(())
}

/// What a fault answers instead of the truth, if it does.
fn instead(kind: Kind, call: &Call) -> Option<Reply> {
    let advertiser = call.advertiser().unwrap_or("");
    let html = |status| format!("<html>\r\n<head><title>{status}</title></head></html>\r\n");
    match kind {
        Kind::Code(code) => Some(Reply::json(Err(Refusal::new(code, canned(code, advertiser))))),
        Kind::Html(status) => Some(Reply::text(status, HTML, html(status))),
        Kind::Http(status) => Some(Reply::text(status, PLAIN, "upstream error")),
        Kind::Drop | Kind::Empty => Some(Reply::text(200, JSON, "")),
        Kind::WrongJson => Some(Reply::text(200, JSON, "{\"code\": 0, \"message\": \"OK\", \"da")),
        Kind::NoData => Some(Reply::json(Ok(b"{}".to_vec().into()))),
        _ => None,
    }
}

/// Moves the world under a client that is paging, or has only a part done.
fn drift(shared: &Shared, call: &mut Call, kind: Kind) {
    let level = match call.path.as_str() {
        "/campaign/get/" => Level::Campaign,
        "/adgroup/get/" => Level::AdGroup,
        _ => Level::Ad,
    };
    let advertiser = call.params.text("advertiser_id").and_then(|id| id.parse().ok());
    match (kind, advertiser) {
        (Kind::Total, _) => call.skew = 1,
        (Kind::Partial, _) => call.partial = Some(Partial::Bare),
        (Kind::PartialListed, _) => call.partial = Some(Partial::Listed),
        (Kind::Grow, Some(id)) => drop(shared.change(|world| world.create(id, level))),
        (Kind::Vanish, Some(id)) => drop(shared.change(|world| world.vanish(id, level))),
        _ => {}
    }
}

/// Puts a reply on the wire, broken if the fault wants it so.
fn send(reply: Reply, fault: Option<Kind>, fate: &Fate) -> Response {
    let length = reply.body.len() as u64;
    match fault {
        Some(Kind::Drop) => fate.cut(0, false),
        // The head and about half of the body.
        Some(Kind::Reset) => fate.cut(HEAD + length / 2, true),
        Some(Kind::Truncate) => fate.cut(HEAD + length / 2, false),
        _ => {}
    }
    let body = match fault {
        Some(Kind::Slow) => Body::new(slow::Dribble::new(reply.body, Duration::from_millis(20))),
        _ => Body::from(reply.body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.kind));
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Without it the connection writes the machine's.
fn date(response: &mut Response, moment: DateTime<Utc>) {
    let text = moment.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().insert(header::DATE, value);
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
