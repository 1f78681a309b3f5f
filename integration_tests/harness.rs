//! Runs the binary as a platform does: files in a directory, one verb, lines on stdout.

pub(crate) mod bucket;
pub(crate) mod catalog;
pub(crate) mod clock;
pub(crate) mod expected;
pub(crate) mod feed;
pub(crate) mod fewest;
pub(crate) mod protocol;
pub(crate) mod run;
pub(crate) mod secrets;
pub(crate) mod told;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use simulator::{FaultPlan, Options, SANDBOX_APP, Simulator, TOKEN_GOOD, WireOptions, WorldKind};
use tempfile::TempDir;

pub(crate) use clock::now;
pub(crate) use run::Run;

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_tiktok-ads");

/// A file of facts that tests compare with.
pub(crate) fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("integration_tests/fixtures").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a simulator is started with: the suite's clock, and otherwise what it does by itself.
pub(crate) fn options() -> Options {
    Options { now: Some(now()), ..Options::default() }
}

/// A simulator of the small world, in which everything that hurts is once.
pub(crate) fn small() -> Simulator {
    Simulator::start(options()).unwrap()
}

/// A simulator of the large world, in which everything has several pages.
pub(crate) fn large() -> Simulator {
    Simulator::start(Options { world: WorldKind::Large, ..options() }).unwrap()
}

/// A simulator that waits before every answer.
pub(crate) fn slow(latency: Duration) -> Simulator {
    let wire = WireOptions { latency, ..WireOptions::default() };
    Simulator::start(Options { wire, ..options() }).unwrap()
}

/// Tells the simulator how to fail from now on.
pub(crate) fn fail(sim: &Simulator, plan: &str) {
    sim.faults(plan.parse::<FaultPlan>().unwrap());
}

/// Runs a case each on its own thread: most of them wait for back-offs.
pub(crate) fn at_once<T: Sync>(cases: &[T], run: impl Fn(&T) + Sync) {
    std::thread::scope(|scope| {
        let all: Vec<_> = cases.iter().map(|case| scope.spawn(|| run(case))).collect();
        all.into_iter().for_each(|one| one.join().unwrap());
    });
}

/// The connector with its config, and the directory where its files lie.
pub(crate) struct Connector {
    pub(crate) config: Value,
    url: Option<String>,
    log_level: Option<&'static str>,
    /// By how much its clock is ahead of the suite's.
    ahead: TimeDelta,
    dir: TempDir,
}

impl Connector {
    /// With the good token, and led to a simulator.
    pub(crate) fn to(sim: &Simulator) -> Self {
        Self { url: Some(sim.url()), ..Self::offline() }
    }

    /// Led to a port where nobody answers.
    pub(crate) fn offline() -> Self {
        let credentials = json!({
            "auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "access_token": TOKEN_GOOD,
        });
        let config = json!({"credentials": credentials, "requests_per_second": 1000});
        Self {
            config,
            url: Some("http://127.0.0.1:1".to_owned()),
            log_level: None,
            ahead: TimeDelta::zero(),
            dir: TempDir::with_prefix("tiktok-ads-").unwrap(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.config[name] = value.into();
        self
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        self.config["credentials"]["access_token"] = token.into();
        self
    }

    pub(crate) fn url(mut self, url: &str) -> Self {
        self.url = Some(url.to_owned());
        self
    }

    pub(crate) fn log_level(mut self, level: &'static str) -> Self {
        self.log_level = Some(level);
        self
    }

    /// The same, some time later.
    pub(crate) fn later(mut self, time: TimeDelta) -> Self {
        self.ahead = time;
        self
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Writes a file next to the config.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The command line of a program that is the connector, with nothing in its environment but what it documents.
    pub(crate) fn command_of(&self, program: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(args).env_clear().current_dir(self.dir.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.envs(self.url.as_ref().map(|url| ("TIKTOK_ADS_API_URL", url)));
        command.env("TIKTOK_ADS_NOW", (now() + self.ahead).to_rfc3339());
        command.envs(self.log_level.map(|level| ("LOG_LEVEL", level)));
        self.file("config.json", &self.config.to_string());
        command
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.command_of(Path::new(BINARY), args)
    }

    /// Runs a command line to its end; what it says is checked against the protocol.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.finished(self.command(args).output().unwrap())
    }

    /// What a process said that ended by itself.
    pub(crate) fn finished(&self, output: Output) -> Run {
        Run::finished(output, &self.secrets())
    }

    pub(crate) fn check(&self) -> Run {
        self.run(&["check", "--config", "config.json"])
    }

    pub(crate) fn read(&self, catalog: &Value) -> Run {
        self.finished(self.start_read(catalog, None).wait_with_output().unwrap())
    }

    pub(crate) fn read_from(&self, catalog: &Value, state: &Value) -> Run {
        self.finished(self.start_read(catalog, Some(state)).wait_with_output().unwrap())
    }

    pub(crate) fn start_read(&self, catalog: &Value, state: Option<&Value>) -> Child {
        self.file("catalog.json", &catalog.to_string());
        let mut args = vec!["read", "--config", "config.json", "--catalog", "catalog.json"];
        if let Some(state) = state {
            self.file("state.json", &state.to_string());
            args.extend(["--state", "state.json"]);
        }
        self.command(&args).spawn().unwrap()
    }

    /// What must never be told.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let secret = |name: &str| self.config["credentials"][name].as_str().filter(|text| text.len() > 8);
        ["access_token", "refresh_token", "secret"].into_iter().filter_map(secret).map(str::to_owned).collect()
    }
}
