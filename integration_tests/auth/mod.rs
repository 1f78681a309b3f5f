//! Credentials: what `check` explains, how tokens stay alive, and the commands for people.

mod browser;
mod check;
mod exchange;
mod life;
mod login;
mod misuse;
mod silence;
mod team;
mod tokens;

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use simulator::{SANDBOX_APP, Simulator};
use tempfile::TempDir;

use crate::harness::{BINARY, now, secrets};

/// A person at a shell, with a folder and a TikTok.
struct Person {
    dir: TempDir,
    url: String,
    secret: Option<&'static str>,
}

/// What a command said.
struct Told {
    exit: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Person {
    fn at(sim: &Simulator) -> Self {
        Self { dir: TempDir::with_prefix("tiktok-ads-").unwrap(), url: sim.url(), secret: Some(SANDBOX_APP.secret) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A config as a person has it, with a token.
    fn holding(self, credentials: &Value) -> Self {
        let mut all = json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret});
        all.as_object_mut().unwrap().extend(credentials.as_object().unwrap().clone());
        std::fs::write(self.path("config.json"), json!({"credentials": all, "own": [1, {"z": null}]}).to_string())
            .unwrap();
        self
    }

    fn config(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.path("config.json")).unwrap()).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.arg("auth").args(args).env_clear().current_dir(self.dir.path());
        command.env("TIKTOK_ADS_NOW", now().to_rfc3339());
        command.env("TIKTOK_ADS_API_URL", &self.url).env("LOG_LEVEL", "TRACE").env("TIKTOK_ADS_APP_ID", SANDBOX_APP.id);
        command.envs(self.secret.map(|secret| ("TIKTOK_ADS_APP_SECRET", secret)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Told {
        self.told(self.command(args).output().unwrap())
    }

    fn start(&self, args: &[&str]) -> Child {
        self.command(args).spawn().unwrap()
    }

    /// What was said, searched for secrets: the world's, and those of the config as it is now.
    fn told(&self, output: Output) -> Told {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let told = Told { exit: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) };
        let config = std::fs::read_to_string(self.path("config.json")).unwrap_or_default();
        let config: Value = serde_json::from_str(&config).unwrap_or_default();
        let secret = |name: &str| config["credentials"][name].as_str().map(str::to_owned);
        let own: Vec<String> = ["access_token", "refresh_token", "secret"]
            .into_iter()
            .filter_map(secret)
            .filter(|text| text.len() > 8)
            .collect();
        for text in [&told.stdout, &told.stderr] {
            secrets::assert_none(text, &own);
        }
        told
    }
}

impl Told {
    fn succeeded(self) -> Self {
        assert_eq!(self.exit, Some(0), "{}\n{}", self.stdout, self.stderr);
        assert_eq!(self.stderr, "");
        self
    }

    /// One sentence on stderr after what tells of waits, and an exit code that says so.
    fn failed(&self) -> String {
        assert!(self.exit.is_some_and(|code| code != 0), "{}", self.stdout);
        let (sentence, waits) = self.stderr.trim().rsplit_once('\n').map_or((self.stderr.trim(), ""), |(w, s)| (s, w));
        let is_wait = |line: &str| line.starts_with("Attempt ") || line.starts_with("Waiting ");
        assert!(!sentence.is_empty() && waits.lines().all(is_wait), "{}", self.stderr);
        assert!(self.stderr.ends_with(".\n") || self.stderr.ends_with(". \n"), "{}", self.stderr);
        sentence.to_owned()
    }
}
