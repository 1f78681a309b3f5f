//! Exchanges a code for a token, and writes a config that `check` accepts.

use super::app::DeveloperApp;
use super::consent::{self, Code};
use super::file::{ConfigFile, NewToken, TokenSlot};
use super::prompt;
use crate::access::ASKING_TIME_MAX;
use crate::cli::args::{ExchangeArgs, GrantArgs};
use crate::cli::connect;
use crate::cli::console::Console;
use crate::clock;
use crate::config::normal;
use crate::error::{Error, Kind, Result};
use crate::tiktok::Client;
use crate::tiktok::advertisers::{self, ListedAdvertiser};
use crate::tiktok::codes;
use crate::tiktok::token::Tokens;
use crate::tiktok::token::grant::Family;
use crate::words::{and_more, counted};

/// The most advertisers that are listed one by one.
const ADVERTISERS_SHOWN_MAX: usize = 50;

/// Everything that is needed to store a token. It is found before the code is used, because a code works once.
pub(super) struct PendingExchange {
    pub(super) app: DeveloperApp,
    file: ConfigFile,
    slot: TokenSlot,
    advertiser: Option<String>,
    client: Client,
}

impl PendingExchange {
    pub(super) async fn open(args: &GrantArgs, console: &Console) -> Result<Self> {
        let advertiser = args.advertiser_id.as_deref().map(advertiser).transpose()?;
        let file = ConfigFile::open(&args.config)?;
        file.refuse_sandbox()?;
        let app = DeveloperApp::find(args.app_id.as_deref(), &file, console).await?;
        let slot = if args.add { TokenSlot::Additional } else { TokenSlot::First };
        Ok(Self { app, file, slot, advertiser, client: connect::without_token()? })
    }

    /// Exchanges the code, writes the config, and lists the advertisers that the token sees. Returns the last sentence.
    pub(super) async fn settle(&mut self, code: &Code, console: &Console) -> Result<String> {
        console.redaction.add([&code.text]);
        let app = self.app.granted();
        // Only the other family's exchange needs the redirect address.
        let client = self.client.clone().within(ASKING_TIME_MAX);
        let grant = Family::Marketing.exchange(client.requester(), &app, &code.text, "").await;
        let grant = grant.map_err(|error| refused(error, code.named_code_only))?;
        let tokens = Tokens {
            access: grant.token()?.clone(),
            refresh: grant.refresh_token.clone(),
            times: grant.times(clock::now()),
        };
        console.redaction.add([&tokens.access].into_iter().chain(&tokens.refresh));
        self.file.put(&NewToken {
            app: &app,
            tokens: &tokens,
            scope: &grant.scope,
            slot: self.slot,
            advertiser: self.advertiser.as_deref(),
        });
        self.file.write()?;
        console.line(format!("The token is in {} (readable by you alone).", self.file.named().display()));
        let seen = self.seen(tokens).await?;
        self.tell(&seen, console)
    }

    async fn seen(&self, tokens: Tokens) -> Result<Vec<ListedAdvertiser>> {
        let app = self.app.granted();
        let client = connect::with_token(tokens)?.within(ASKING_TIME_MAX);
        advertisers::list(&client, &app).await
    }

    fn tell(&self, seen: &[ListedAdvertiser], console: &Console) -> Result<String> {
        if seen.is_empty() {
            return Err(advertisers::none_found());
        }
        for one in seen.iter().take(ADVERTISERS_SHOWN_MAX) {
            console.line(format!("  {}  {}", one.advertiser_id, one.shown()));
        }
        if seen.len() > ADVERTISERS_SHOWN_MAX {
            console.line(format!(" {}", and_more(seen.len() - ADVERTISERS_SHOWN_MAX)));
        }
        if let Some(wanted) = self.advertiser.as_deref().filter(|id| !seen.iter().any(|one| one.advertiser_id == *id)) {
            return Err(Error::new(Kind::Config, format!("The token does not see advertiser {wanted}"))
                .advise("Give its user a role on it, or take one of the list: change `advertiser_id` in the config."));
        }
        let count = counted(seen.len(), "advertiser");
        Ok(format!("The token sees {count}. Next: tiktok-ads check --config {}", self.file.named().display()))
    }
}

pub(super) async fn exchange(args: ExchangeArgs, console: &Console) -> Result<()> {
    let code = args.code.as_deref().filter(|code| *code != "-").map(consent::code).transpose()?;
    let mut pending = PendingExchange::open(&args.grants, console).await?;
    let code = match code {
        Some(code) => code,
        None => consent::code(&prompt::line("Code, or the whole address of the page").await.unwrap_or_default())?,
    };
    let last = pending.settle(&code, console).await?;
    console.line(last);
    Ok(())
}

/// An id, or an address of TikTok Ads Manager that names one.
fn advertiser(text: &str) -> Result<String> {
    let id = normal::aadvid(text).unwrap_or_else(|| text.trim().to_owned());
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(id);
    }
    Err(Error::config("`--advertiser-id` is no advertiser id")
        .advise("Write it in digits, or paste the address of TikTok Ads Manager, which holds it behind `aadvid=`."))
}

/// The advice for a code that is not valid.
const ANEW: &str = "A code works once: run `tiktok-ads auth login` again for a new one.";

/// Explains a refused exchange to the person who pasted the code (docs/tiktok-api.md 1.4, 1.5, 2.1).
fn refused(error: Error, named_code_only: bool) -> Error {
    let (what, advice) = match (error.code().unwrap_or(codes::OK), error.kind()) {
        (_, Kind::Throttled(_) | Kind::Maintenance) => {
            return error.advise("Wait some minutes, then run the same command again: a code is good for an hour.");
        }
        (_, kind) if kind.is_temporary() => (
            "Whether the code was exchanged is not known",
            "Run the same command again; if TikTok says then that the code was used, run `tiktok-ads auth login` for a new one.",
        ),
        _ if named_code_only => (
            "TikTok does not take this code, which came as `code` without an `auth_code`: it is one of another TikTok product, such as Login Kit or Shop",
            "Use the consent page that `tiktok-ads auth login` prints: it leads back with an `auth_code`.",
        ),
        (codes::AUTHORIZATION_CODE_OVER, _) => {
            ("The authorization code was used already, cancelled, or is older than an hour", ANEW)
        }
        (codes::AUTHORIZATION_TOO_OLD, _) => (
            "The authorization code belongs to another kind of authorization, or is too old",
            "Use a code of the consent page that `tiktok-ads auth login` prints.",
        ),
        (code, _) if codes::OF_APP.contains(&code) => (
            "App id, secret and code do not fit together",
            "Copy id and secret from the page of the very app that the code was granted to, then authorize again.",
        ),
        (codes::ACCOUNT_NOT_AUTHORIZED, _) | (_, Kind::Token) => ("TikTok does not take the authorization code", ANEW),
        (_, Kind::Permission | Kind::Config) => (
            "TikTok gives this app no token",
            "Look at the app's page in TikTok's portal for developers: it must be approved and not suspended. Then run \
             `tiktok-ads auth login` again.",
        ),
        _ => return error,
    };
    let told = error.said().map_or_else(|| error.message().to_owned(), |words| format!("TikTok: “{words}”"));
    Error::new(error.kind(), format!("{what} ({told})")).advise(advice).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a person reads at the exchange of a code, for each group of codes that is told alike.
    #[test]
    fn every_refusal_of_a_code_says_what_to_do_next() {
        let told = |code| refused(codes::error(code, "TikTok's words."), false).to_string();
        let mut groups: Vec<(String, Vec<i64>)> = Vec::new();
        for code in codes::TABLE.iter().map(|row| *row.codes.start()).chain([77777]) {
            let told = told(code).replacen(&codes::error(code, "").message()["TikTok says: ".len()..], "…", 1);
            match groups.iter_mut().find(|(known, _)| *known == told) {
                Some((_, codes)) => codes.push(code),
                None => groups.push((told, vec![code])),
            }
        }
        let lines: Vec<String> = groups.iter().map(|(told, codes)| format!("{codes:?}\n  {told}")).collect();
        insta::assert_snapshot!(lines.join("\n"));
        assert!(!lines.iter().any(|line| line.contains("sync") || line.contains("this advertiser")), "{lines:#?}");
    }

    #[test]
    fn advertisers_are_named_by_id_or_address() {
        for text in ["7011", " 7011 ", "https://ads.tiktok.com/i18n/home?aadvid=7011&x=y", "aadvid=7011"] {
            assert_eq!(advertiser(text).unwrap(), "7011", "{text}");
        }
        for text in ["", "Tokyo Shop", "https://ads.tiktok.com/i18n/home"] {
            assert!(advertiser(text).is_err(), "{text}");
        }
    }
}
