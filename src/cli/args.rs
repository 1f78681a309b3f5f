//! The command line: role, verb and files. Pure.
//!
//! Platforms pass flags that a connector does not know (`--debug`, …). So the protocol's verbs ignore an unknown flag
//! and name it in a warning.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use clap_complete::Shell;

use super::audit_args::AuditArgs;
use super::roles::{is_for_people, say_role};

/// The version, and the commit where the build knows it.
const VERSION: &str = env!("TIKTOK_ADS_VERSION");

/// Where a person begins, and what a scheduler looks at.
const AFTER_HELP: &str = concat!(
    "\
Begin with `tiktok-ads auth login`, which writes a config, and `tiktok-ads check --config config.json`, which tries it.
Exit codes: 0 all was done, 1 something failed, 2 a wrong command line, 3 an audit in which sums differ, 130 and 143 stopped by
SIGINT and SIGTERM.
Documentation: ",
    env!("CARGO_PKG_REPOSITORY"),
    "#readme"
);

/// TikTok Ads for data platforms, in the Airbyte protocol.
#[derive(Debug, Parser)]
#[command(name = "tiktok-ads", version = VERSION, propagate_version = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub role: Role,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Read campaigns, ads and reports out of TikTok. `spec`, `check`, `discover` and `read` also work without
    /// this word.
    Source {
        #[command(subcommand)]
        verb: SourceVerb,
    },
    /// Write audiences, conversion events, campaigns and ads into TikTok. `write` also works without this word.
    Destination {
        #[command(subcommand)]
        verb: DestinationVerb,
    },
    /// What was sent to audiences. For people: plain text.
    Ledger {
        #[command(subcommand)]
        command: LedgerCommand,
    },
    /// Get, renew, end and explain access tokens. For people: plain text.
    Auth {
        #[command(subcommand)]
        command: AuthCommand,
    },
    /// Receive what TikTok tells by itself: rejected ads, suspended accounts. Plain text.
    Webhook {
        #[command(subcommand)]
        command: WebhookCommand,
    },
    /// Print what completes these commands in a shell.
    Completions(CompletionsArgs),
    /// Write these pages as man pages into a folder.
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    pub shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// A folder that is there.
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Receive call-backs and keep them until a sync reads them.
    Serve(ServeArgs),
    /// Say what the signature of a saved call-back comes to.
    Verify(VerifyArgs),
    /// Ask TikTok to call.
    Subscribe(SubscribeArgs),
    /// Print the app's subscriptions.
    List(ConfigPath),
    /// End subscriptions.
    Unsubscribe(UnsubscribeArgs),
    /// Remove call-backs that were read and are older than `webhooks.keep_days`.
    Prune(ConfigPath),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub config: ConfigPath,
    /// Where to listen; a proxy in front of it speaks TLS.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Post each new notice there, as JSON: a chat hook, for example.
    #[arg(long, value_name = "URL")]
    pub notify: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub config: ConfigPath,
    /// The header Tiktok-Signature, where the file holds the body alone.
    #[arg(long, value_name = "t=…,s=…")]
    pub signature: Option<String>,
    /// When the call-back came; else now.
    #[arg(long, value_name = "MOMENT")]
    pub at: Option<String>,
    /// The saved body, or the whole request with its headers; - is stdin.
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct SubscribeArgs {
    #[command(flatten)]
    pub config: ConfigPath,
    /// What to hear of, such as AD; else `webhooks.entities`.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub entity: Vec<String>,
    /// The address for TikTok to call, without the secret path; else `webhooks.callback_url`.
    #[arg(long, value_name = "URL")]
    pub callback_url: Option<String>,
    /// The advertisers to hear of; else those of the config.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub advertiser_id: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct UnsubscribeArgs {
    #[command(flatten)]
    pub config: ConfigPath,
    /// The subscriptions to end.
    #[arg(value_name = "SUBSCRIPTION_ID", required_unless_present = "all")]
    pub subscription_id: Vec<String>,
    /// End all that point at `webhooks.callback_url`.
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Get a token through the browser, and write a config that works.
    Login(LoginArgs),
    /// Turn a copied authorization code, or the address that holds it, into a token.
    Exchange(ExchangeArgs),
    /// Renew the tokens of a config that have a refresh token.
    Refresh(ConfigPath),
    /// End the tokens of a config, and take them out of it.
    Revoke(ConfigPath),
    /// Say what the tokens of a config open: advertisers, their states, permissions.
    Whoami(ConfigPath),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigPath {
    /// The config whose tokens are meant.
    #[arg(long, value_name = "FILE", default_value = "config.json")]
    pub config: PathBuf,
}

/// What a new token is for. The app's secret comes from TIKTOK_ADS_APP_SECRET, from the config, or is asked for:
/// a command line can be read by others.
#[derive(Debug, Args)]
pub(crate) struct GrantArgs {
    /// The config to write; other keys in it stay.
    #[arg(long, value_name = "FILE", default_value = "config.json")]
    pub config: PathBuf,
    /// The id of your developer app; else TIKTOK_ADS_APP_ID, else the config's, else asked for.
    #[arg(long, value_name = "ID")]
    pub app_id: Option<String>,
    /// Use this advertiser only: its id, or an address of TikTok Ads Manager.
    #[arg(long, value_name = "ID_OR_URL")]
    pub advertiser_id: Option<String>,
    /// Keep the tokens that are there, and add this one beside them.
    #[arg(long)]
    pub add: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LoginArgs {
    #[command(flatten)]
    pub grants: GrantArgs,
    /// The port to listen on; http://localhost:PORT must be a redirect URL of the app.
    #[arg(long, default_value_t = 8080, conflicts_with = "redirect_uri")]
    pub port: u16,
    /// The redirect URL as the app has it, where it is not http://localhost:PORT.
    #[arg(long, value_name = "URL")]
    pub redirect_uri: Option<String>,
    /// Only print the address.
    #[arg(long)]
    pub no_browser: bool,
    /// How long to wait for the browser.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ExchangeArgs {
    #[command(flatten)]
    pub grants: GrantArgs,
    /// The code, or the whole address of the page that TikTok led to; asked for when left out.
    #[arg(value_name = "CODE_OR_URL")]
    pub code: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourceVerb {
    /// Print what the config may hold.
    Spec,
    /// Try whether the config works.
    Check(ConfigArgs),
    /// Print the streams there are. Needs no network.
    Discover(OptionalConfigArgs),
    /// Read the streams of a catalog.
    Read(ReadRunArgs),
    /// Say what a read would ask of TikTok: requests, days, time at the quota. For people: plain text.
    Plan(PlanArgs),
    /// Say whether reports add up: each advertiser's own row beside the sums over its campaigns, ad groups and ads. Exits
    /// with 3 where they do not. For people: plain text.
    Audit(AuditArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum DestinationVerb {
    /// Print what the config may hold.
    Spec,
    /// Try whether the config works.
    Check(ConfigArgs),
    /// Print the objects there are: streaming audiences among them.
    Discover(ConfigArgs),
    /// Write the records on stdin.
    Write(WriteArgs),
    /// Say per audience what differs between the ledger and TikTok, and what to do. For people: plain text.
    Audit(ConfigArgs),
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Remove people from every audience and from the ledger, for good: their external ids on stdin, one a line.
    Forget(ConfigArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The config, as `spec` describes it.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct OptionalConfigArgs {
    /// The config; discover does without.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Which streams to read, and how.
    #[arg(long, value_name = "FILE")]
    pub catalog: PathBuf,
    /// Where an earlier run ended: a file, or s3://bucket/key; {index} in its name means the states of all shards.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Keep the state there for the next run: a file, or s3://bucket/key; {index} is the number of the shard.
    #[arg(long, value_name = "FILE")]
    pub state_out: Option<PathBuf>,
}

/// A read, and where it is told of.
#[derive(Debug, Args)]
pub(crate) struct ReadRunArgs {
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    pub told: ToldArgs,
}

/// Where a run is told of when it ends, however it does.
#[derive(Debug, Default, Args)]
pub(crate) struct ToldArgs {
    /// Write a page there that shows what the run did: one file, also when the run fails or is stopped.
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// Write the same numbers there for programs.
    #[arg(long, value_name = "FILE.json")]
    pub summary: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub read: ReadArgs,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WriteArgs {
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Which streams come, and what they are.
    #[arg(long, value_name = "FILE")]
    pub catalog: PathBuf,
    #[command(flatten)]
    pub told: ToldArgs,
}

/// A parsed command line, and the flags that it ignores.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub cli: Cli,
    pub ignored: Vec<String>,
}

/// The flags that a verb takes, all with a value.
fn flags(verb: &str) -> &'static [&'static str] {
    match verb {
        "check" | "discover" => &["--config"],
        "read" => &FLAGS,
        "write" => &["--config", "--catalog", "--report", "--summary"],
        _ => &[],
    }
}
/// The flags of all verbs. A verb that does not take one ignores it together with its value.
const FLAGS: [&str; 6] = ["--config", "--catalog", "--state", "--state-out", "--report", "--summary"];
const HELP: [&str; 4] = ["--help", "-h", "--version", "-V"];

/// Parses a command line. The first argument is the name of the binary.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Parsed, clap::Error> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    say_role(&mut args);
    let (args, ignored) = if is_for_people(&args) { (args, Vec::new()) } else { set_aside(args) };
    let matches = Cli::command().try_get_matches_from(args)?;
    Ok(Parsed { cli: Cli::from_arg_matches(&matches)?, ignored })
}

/// Removes everything behind the verb that is not a flag of ours, with the values of unknown flags.
fn set_aside(args: Vec<OsString>) -> (Vec<OsString>, Vec<String>) {
    let (mut kept, mut ignored) = (Vec::new(), Vec::new());
    let mut args = args.into_iter();
    kept.extend(args.by_ref().take(3));
    let verb = kept.get(2).map(|verb| verb.to_string_lossy().into_owned()).unwrap_or_default();
    while let Some(arg) = args.next() {
        let text = arg.to_string_lossy().into_owned();
        let name = text.split_once('=').map_or(text.as_str(), |(name, _)| name);
        let value = if FLAGS.contains(&name) && name.len() == text.len() { args.next() } else { None };
        if HELP.contains(&name) || flags(&verb).contains(&name) {
            kept.push(arg);
            kept.extend(value);
        } else {
            // The value may be a secret, so the warning names the flag only.
            ignored.push(if name.starts_with('-') { name.to_owned() } else { "a value without a flag".to_owned() });
        }
    }
    (kept, ignored)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<(String, Vec<String>), String> {
        let parsed = parse(line.split_whitespace().map(OsString::from)).map_err(|error| error.to_string())?;
        Ok((format!("{:?}", parsed.cli.role).replace('"', "'"), parsed.ignored))
    }

    #[test]
    fn roles_are_said_or_implied() {
        let expected = "Source { verb: Check(ConfigArgs { config: 'c' }) }";
        for line in [
            "tiktok-ads source check --config c",
            "tiktok-ads check --config c",
            "tiktok-ads check --config=c",
            "/bin/source-tiktok-ads check --config c",
            "source-tiktok-ads source check --config c",
        ] {
            assert_eq!(parsed(line).unwrap(), (expected.to_owned(), Vec::new()), "{line}");
        }
    }

    #[test]
    fn flags_come_in_any_order_and_unknown_ones_are_set_aside() {
        let (role, ignored) =
            parsed("tiktok-ads read --debug --state=s --catalog k --manifest-path x --config c").unwrap();
        assert_eq!(
            role,
            "Source { verb: Read(ReadRunArgs { read: ReadArgs { config: ConfigArgs { config: 'c' }, catalog: 'k', state: Some('s'), state_out: None }, told: ToldArgs { report: None, summary: None } }) }"
        );
        assert_eq!(ignored, ["--debug", "--manifest-path", "a value without a flag"]);
    }

    #[test]
    fn a_flag_that_means_nothing_to_a_verb_is_set_aside_with_its_value() {
        assert_eq!(
            parsed("tiktok-ads spec --config c").unwrap(),
            ("Source { verb: Spec }".into(), vec!["--config".into()])
        );
        let (role, ignored) = parsed("tiktok-ads write --state s --config c --report=r --catalog k").unwrap();
        assert_eq!(
            role,
            "Destination { verb: Write(WriteArgs { config: ConfigArgs { config: 'c' }, catalog: 'k', told: ToldArgs { report: Some('r'), summary: None } }) }"
        );
        assert_eq!(ignored, ["--state"]);
    }

    #[test]
    fn what_is_missing_or_unknown_is_told() {
        assert!(parsed("tiktok-ads read --config c").unwrap_err().contains("--catalog"));
        assert!(parsed("tiktok-ads reed").unwrap_err().contains("reed"));
        assert!(parsed("tiktok-ads").unwrap_err().contains("Usage"));
    }

    #[test]
    fn help_knows_verbs_without_their_role() {
        let bare = ["tiktok-ads help read", "tiktok-ads read --help"];
        for line in [&bare[..], &["tiktok-ads help source read", "source-tiktok-ads help read"]].concat() {
            assert!(parsed(line).unwrap_err().contains("--state-out"), "{line}");
        }
        assert!(parsed("tiktok-ads help write").unwrap_err().contains("the records on stdin"));
        assert!(parsed("destination-tiktok-ads help check").unwrap_err().contains("destination check"));
    }
}
