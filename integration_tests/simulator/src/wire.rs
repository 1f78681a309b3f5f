//! Connections that can be told to break: the answer is cut after so many bytes.

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const WHOLE: u64 = u64::MAX;

/// What a handler can do to its connection.
#[derive(Clone, Debug)]
pub(crate) struct Fate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Bytes that may still be written.
    left: AtomicU64,
    reset: AtomicBool,
}

impl Fate {
    fn new() -> Self {
        Self(Arc::new(Inner { left: AtomicU64::new(WHOLE), reset: AtomicBool::new(false) }))
    }

    /// Closes the connection after `bytes` more bytes, with a TCP reset or in order.
    pub(crate) fn cut(&self, bytes: u64, reset: bool) {
        self.0.reset.store(reset, Ordering::SeqCst);
        self.0.left.store(bytes, Ordering::SeqCst);
    }
}

impl Connected<IncomingStream<'_, Loopback>> for Fate {
    fn connect_info(stream: IncomingStream<'_, Loopback>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A listener whose connections have a [`Fate`].
pub(crate) struct Loopback(pub(crate) TcpListener);

impl Listener for Loopback {
    type Io = Wire;
    type Addr = Fate;

    async fn accept(&mut self) -> (Wire, Fate) {
        loop {
            if let Ok((stream, _)) = self.0.accept().await {
                // A page is written in one go; waiting for acknowledgements would only delay it.
                let _ = stream.set_nodelay(true);
                let fate = Fate::new();
                return (Wire { stream, fate: fate.clone() }, fate);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn local_addr(&self) -> io::Result<Fate> {
        Ok(Fate::new())
    }
}

impl Loopback {
    pub(crate) fn bind(port: u16) -> io::Result<(Self, SocketAddr)> {
        let listener = std::net::TcpListener::bind(("127.0.0.1", port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((Self(TcpListener::from_std(listener)?), address))
    }
}

/// A TCP stream under a [`Fate`].
pub(crate) struct Wire {
    stream: TcpStream,
    fate: Fate,
}

impl Wire {
    fn broken(&self) -> io::Error {
        if self.fate.0.reset.load(Ordering::SeqCst) {
            let socket = socket2::SockRef::from(&self.stream);
            let _ = socket.set_linger(Some(Duration::ZERO));
        }
        io::ErrorKind::ConnectionReset.into()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.fate.0.left.load(Ordering::SeqCst);
        if left == WHOLE {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        }
        let allowed = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let part = match bytes.get(..allowed) {
            Some(part) if !part.is_empty() => part,
            _ => return Poll::Ready(Err(self.broken())),
        };
        let written = Pin::new(&mut self.stream).poll_write(context, part);
        if let Poll::Ready(Ok(count)) = written {
            self.fate.0.left.fetch_sub(count as u64, Ordering::SeqCst);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
