//! The receiver as a service.

use super::open;
use crate::cli::Signals;
use crate::cli::args::ServeArgs;
use crate::cli::console::Console;
use crate::error::{Error, Kind, Result};
use crate::http::Listener;
use crate::webhook::notify::Notifier;
use crate::webhook::receive::{LIMITS, Receiver};
use crate::webhook::spool::Spool;

/// Receives until a signal comes, and then answers what is under way.
pub(super) async fn serve(args: &ServeArgs, console: &Console, signals: &mut Signals) -> Result<()> {
    let config = open(&args.config.config, console)?.webhooks;
    let notifier = match &args.notify {
        Some(url) => Some(Notifier::new(url, Spool::open(&config)?)?),
        None => None,
    };
    let receiver = Receiver::start(&config).await?;
    let listener = Listener::on(args.listen).await.map_err(|fault| {
        Error::new(Kind::Local, format!("Cannot listen on {}: {}", args.listen, fault.cause))
            .advise("Choose another address with `--listen`.")
    })?;
    if let Some(notifier) = notifier {
        tokio::spawn(notifier.run(receiver.news()));
    }
    let (host, port) = (args.listen.ip(), listener.port);
    console.line(format!("Listening on http://{}", std::net::SocketAddr::new(host, port)));
    listener.serve(LIMITS, receiver.handler(), signals.next()).await;
    console.line("Stopped; what was answered 200 is stored.");
    Ok(())
}
