//! A login through the browser: it opens the consent page, receives the code, and writes the token into the config.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;

use super::browser;
use super::callback::{Listener, Place, Reply};
use super::consent::{self, ConsentState, Returned};
use super::exchange::PendingExchange;
use super::page::HtmlPage;
use crate::cli::args::LoginArgs;
use crate::cli::connect;
use crate::cli::console::Console;
use crate::error::{Error, Kind, Result};
use crate::words::counted;

pub(super) async fn login(args: LoginArgs, console: &Console) -> Result<()> {
    let place = match &args.redirect_uri {
        Some(uri) => Place::of(uri)?,
        None => Place::root(args.port),
    };
    let listener = Listener::bind(&place).await?;
    let redirect_uri = args.redirect_uri.clone().unwrap_or_else(|| format!("http://localhost:{}", listener.port));
    let pending = PendingExchange::open(&args.grants, console).await?;
    let state = ConsentState::random()?;
    let url = consent::url(&connect::origin(false)?, &pending.app.id, &redirect_uri, &state)?;

    console.line(format!("Open this page, log in to TikTok for Business, and confirm:\n\n  {url}\n"));
    console.line(format!("Waiting on {redirect_uri}, which must be a redirect URL of the app. Ctrl-C stops."));
    if !args.no_browser {
        browser::open(&url);
    }
    let wait = Duration::from_secs(args.timeout);
    let login = Arc::new(PendingLogin {
        state,
        pending: Mutex::new(pending),
        console: console.clone(),
        others: AtomicU64::new(0),
    });
    let asked = login.clone();
    let answer = Arc::new(move |query: String| -> futures::future::BoxFuture<'static, Reply> {
        let login = asked.clone();
        Box::pin(async move { login.answer(&query).await })
    });
    let others = || login.others.load(Relaxed);
    timeout(wait, listener.serve(answer)).await.unwrap_or_else(|_| Err(nobody_came(args.timeout, others())))
}

/// A login that waits for its answer.
struct PendingLogin {
    state: ConsentState,
    pending: Mutex<PendingExchange>,
    console: Console,
    /// The number of answers that belong to another login.
    others: AtomicU64,
}

impl PendingLogin {
    async fn answer(&self, query: &str) -> Reply {
        let code = match consent::returned(query, &self.state) {
            Ok(Returned::Nothing) => return Reply::Waiting(HtmlPage::waiting()),
            Ok(Returned::Another) => {
                if self.others.fetch_add(1, Relaxed) == 0 {
                    self.console.line("An answer came that belongs to another login, as of an old tab; still waiting for the right one.");
                }
                return Reply::Waiting(HtmlPage::another());
            }
            Ok(Returned::Code(code)) => code,
            Err(error) => return self.failed(error),
        };
        let settled = self.pending.lock().await.settle(&code, &self.console).await;
        match settled {
            Ok(last) => {
                self.console.line(last);
                Reply::Done(HtmlPage::worked("The token is stored. You can close this page."), Ok(()))
            }
            Err(error) => self.failed(error),
        }
    }

    fn failed(&self, error: Error) -> Reply {
        Reply::Done(HtmlPage::failed(self.console.redaction.mask(error.to_string())), Err(error))
    }
}

fn nobody_came(seconds: u64, others: u64) -> Error {
    let what = match others {
        0 => format!("Nobody came back from TikTok's page within {seconds} s; was the browser closed?"),
        others => format!(
            "Nobody came back from TikTok's page within {seconds} s with the state of this login; {} belonged to another one",
            counted(others, "answer")
        ),
    };
    Error::new(Kind::Timeout, what).advise(
        "Run the command again. If TikTok shows an error instead of leading back, register the redirect URL with the \
             app; on a machine without a browser, use `tiktok-ads auth exchange`.",
    )
}
