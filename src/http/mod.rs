//! Listens for HTTP: every connection, head and body has a bound, and a sender that is slow or talks too much is left.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
pub(crate) use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// How much is taken in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub connections: usize,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of a request's line and headers together; hyper takes no less than 8 kB.
    pub head_bytes: usize,
    pub headers: usize,
    /// How long the head of a request may take to come.
    pub head_time: Duration,
    /// How long its body may take after that.
    pub body_time: Duration,
    /// Bytes of all bodies together, beyond the first [`SMALL_BODY`] of each.
    pub large_bytes: usize,
    /// Whether a connection brings one request after the other.
    pub keep_alive: bool,
    /// How long the last answers may take to leave.
    pub farewell: Duration,
}

/// What every body may hold without a share of the bytes of all.
pub(crate) const SMALL_BODY: usize = 16 << 10;
/// Of a body that is too long so much is read and dropped: a sender that still sends hears no answer.
const DROPPED_BYTES_MAX: usize = 16 << 20;
/// How long to wait where no connection can be taken.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// An answer with its whole body.
pub(crate) type Answer = Response<Full<Bytes>>;

/// What is done with a request that came whole.
pub(crate) type Handler = dyn Fn(Request<Bytes>) -> BoxFuture<'static, Answer> + Send + Sync;

/// What connections share.
struct Shared {
    limits: Limits,
    handler: Arc<Handler>,
    large: Arc<Semaphore>,
    /// Turns true when the last requests are to be answered.
    ending: watch::Receiver<bool>,
}

/// Why nobody can listen.
#[derive(Debug)]
pub(crate) struct CannotListen {
    pub port: u16,
    pub cause: std::io::Error,
}

/// Ears on one port.
pub(crate) struct Listener {
    first: TcpListener,
    /// The same port of IPv6, where a browser looks first for localhost.
    second: Option<TcpListener>,
    pub port: u16,
}

impl Listener {
    /// Listens on this machine alone; port 0 means a free one.
    pub(crate) async fn on_localhost(port: u16) -> Result<Self, CannotListen> {
        let fault = |port| move |cause| CannotListen { port, cause };
        let first = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(fault(port))?;
        let port = first.local_addr().map_err(fault(port))?.port();
        let second = match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(listener) => Some(listener),
            Err(cause) if cause.kind() == std::io::ErrorKind::AddrInUse => return Err(CannotListen { port, cause }),
            Err(_) => None,
        };
        Ok(Self { first, second, port })
    }

    /// Listens on one address; port 0 means a free one.
    pub(crate) async fn on(address: SocketAddr) -> Result<Self, CannotListen> {
        let fault = |cause| CannotListen { port: address.port(), cause };
        let first = TcpListener::bind(address).await.map_err(fault)?;
        let port = first.local_addr().map_err(fault)?.port();
        Ok(Self { first, second: None, port })
    }

    /// Serves until `end`; answers that are on their way then are waited for, for a while.
    pub(crate) async fn serve<E>(self, limits: Limits, handler: Arc<Handler>, end: impl Future<Output = E>) -> E {
        let mut connections = Connections::default();
        let mut end = std::pin::pin!(end);
        let (told_end, ending) = watch::channel(false);
        let large = Arc::new(Semaphore::new(limits.large_bytes));
        let shared = Arc::new(Shared { limits, handler, large, ending });
        loop {
            let stream = tokio::select! {
                end = &mut end => {
                    told_end.send_replace(true);
                    let farewell = async { while connections.tasks.join_next().await.is_some() {} };
                    let _ = timeout(limits.farewell, farewell).await;
                    return end;
                }
                Some(_) = connections.tasks.join_next() => continue,
                stream = self.accept(), if connections.have_room(limits.connections) => stream,
            };
            let Ok(stream) = stream else {
                // Too many open files, perhaps: what is open must end first.
                sleep(ACCEPT_PAUSE).await;
                continue;
            };
            connections.make_room(limits.connections).await;
            let busy = Arc::new(AtomicBool::new(false));
            let task = connections.tasks.spawn(connection(stream, shared.clone(), busy.clone()));
            connections.open.push_back((task, busy));
        }
    }

    async fn accept(&self) -> std::io::Result<TcpStream> {
        let second = async {
            match &self.second {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        let (stream, _) = tokio::select! {
            stream = self.first.accept() => stream?,
            stream = second => stream?,
        };
        Ok(stream)
    }
}

/// The open connections. Where their number is bounded, the oldest one whose request is not whole makes room for a new
/// one: a sender that says nothing keeps nobody out.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    /// Oldest first, each with whether a whole request of it is under way.
    open: VecDeque<(AbortHandle, Arc<AtomicBool>)>,
}

impl Connections {
    fn have_room(&mut self, most: usize) -> bool {
        if self.tasks.len() < most {
            return true;
        }
        self.open.retain(|(task, _)| !task.is_finished());
        self.open.iter().any(|(_, busy)| !busy.load(Ordering::Relaxed))
    }

    async fn make_room(&mut self, most: usize) {
        if self.open.len() >= 2 * most {
            self.open.retain(|(task, _)| !task.is_finished());
        }
        while self.tasks.len() >= most {
            self.open.retain(|(task, _)| !task.is_finished());
            let idle = self.open.iter().position(|(_, busy)| !busy.load(Ordering::Relaxed));
            if let Some((oldest, _)) = idle.and_then(|at| self.open.remove(at)) {
                oldest.abort();
            }
            let _ = self.tasks.join_next().await;
        }
    }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>, busy: Arc<AtomicBool>) {
    let limits = shared.limits;
    let service = service_fn(|request: Request<Incoming>| {
        let (shared, busy) = (&shared, &busy);
        async move {
            let request = whole(request, shared).await;
            busy.store(true, Ordering::Relaxed);
            let answer = match request {
                Ok((request, _room)) => (shared.handler)(request).await,
                Err(status) => refusal(status),
            };
            busy.store(!limits.keep_alive, Ordering::Relaxed);
            Ok::<_, Infallible>(answer)
        }
    });
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(limits.head_time);
    server.max_buf_size(limits.head_bytes).max_headers(limits.headers).keep_alive(limits.keep_alive);
    let _ = stream.set_nodelay(true);
    let mut served = std::pin::pin!(server.serve_connection(TokioIo::new(stream), service));
    let mut ending = shared.ending.clone();
    tokio::select! {
        // A sender that leaves is no trouble of ours.
        _ = served.as_mut() => return,
        _ = ending.wait_for(|ending| *ending) => {}
    }
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

/// A request with its body, and the body's share of the bytes of all.
async fn whole(request: Request<Incoming>, shared: &Shared) -> Result<(Request<Bytes>, Room), StatusCode> {
    let (head, body) = request.into_parts();
    match timeout(shared.limits.body_time, collected(body, shared)).await {
        Ok(body) => body.map(|(body, room)| (Request::from_parts(head, body), room)),
        Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
    }
}

type Room = Option<OwnedSemaphorePermit>;

async fn collected(mut body: Incoming, shared: &Shared) -> Result<(Bytes, Room), StatusCode> {
    let (mut bytes, mut room, mut refused, mut came) = (Vec::new(), Room::None, None, 0);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        came += data.len();
        if came > DROPPED_BYTES_MAX {
            break;
        }
        if came > shared.limits.body_bytes {
            refused = Some(StatusCode::PAYLOAD_TOO_LARGE);
        } else if refused.is_none() && !has_room(shared, &mut room, came) {
            refused = Some(StatusCode::SERVICE_UNAVAILABLE);
        }
        if refused.is_some() {
            (bytes, room) = (Vec::new(), None);
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    refused.map_or_else(|| Ok((bytes.into(), room)), Err)
}

/// Takes a share for what is beyond a small body.
fn has_room(shared: &Shared, room: &mut Room, bytes: usize) -> bool {
    let held = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let more = bytes.saturating_sub(SMALL_BODY).saturating_sub(held);
    let Some(more) = u32::try_from(more).ok().filter(|more| *more > 0) else { return true };
    let Ok(permit) = shared.large.clone().try_acquire_many_owned(more) else { return false };
    match room {
        Some(room) => room.merge(permit),
        None => *room = Some(permit),
    }
    true
}

fn refusal(status: StatusCode) -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const LIMITS: Limits = Limits {
        connections: 2,
        body_bytes: 8,
        head_bytes: 8_192,
        headers: 10,
        head_time: Duration::from_millis(500),
        body_time: Duration::from_millis(500),
        large_bytes: 1 << 20,
        keep_alive: false,
        farewell: Duration::from_secs(2),
    };

    /// Sends some bytes and reads the answer to its end.
    async fn told(port: u16, sent: &str) -> String {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // What was cut off while more was on its way may end in a reset.
        let _ = stream.read_to_string(&mut answer).await;
        answer.lines().next().unwrap_or_default().to_owned()
    }

    async fn on_a_port(work: impl AsyncFnOnce(u16)) {
        within(LIMITS, work).await;
    }

    async fn within(limits: Limits, work: impl AsyncFnOnce(u16)) {
        let listener = Listener::on_localhost(0).await.unwrap();
        let port = listener.port;
        let handler: Arc<Handler> = Arc::new(|request: Request<Bytes>| {
            let echo = Response::new(Full::new(request.into_body()));
            Box::pin(std::future::ready(echo)) as BoxFuture<'static, Answer>
        });
        listener.serve(limits, handler, work(port)).await;
    }

    #[tokio::test]
    async fn a_request_within_the_bounds_is_answered_and_others_are_not() {
        on_a_port(async |port| {
            let headers = "x: y\r\n".repeat(20);
            for (sent, expected) in [
                ("POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc".to_owned(), "HTTP/1.1 200 OK"),
                ("POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n123456789".to_owned(), "HTTP/1.1 413 Payload Too Large"),
                ("POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\na".to_owned(), "HTTP/1.1 408 Request Timeout"),
                (format!("GET / HTTP/1.1\r\n{headers}\r\n"), "HTTP/1.1 431 Request Header Fields Too Large"),
                ("GET / HTTP/1.1\r\nx: ".to_owned(), ""),
            ] {
                assert_eq!(told(port, &sent).await, expected, "{sent}");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn senders_that_say_nothing_keep_nobody_out() {
        let hour = Duration::from_secs(3_600);
        let patient = Limits { head_time: hour, body_time: hour, ..LIMITS };
        within(patient, async |port| {
            let mut silent = Vec::new();
            for sent in ["", "GET / HT", "POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\na", "", ""] {
                let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
                stream.write_all(sent.as_bytes()).await.unwrap();
                silent.push(stream);
            }
            assert_eq!(told(port, "GET / HTTP/1.1\r\n\r\n").await, "HTTP/1.1 200 OK");
        })
        .await;
    }

    #[tokio::test]
    async fn a_port_is_taken_once() {
        on_a_port(async |port| {
            let taken = Listener::on_localhost(port).await.err().unwrap();
            assert_eq!((taken.port, taken.cause.kind()), (port, std::io::ErrorKind::AddrInUse));
        })
        .await;
    }
}
