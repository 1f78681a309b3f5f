//! What a run is told of in: the page of `--report` and the numbers of `--summary`.

use std::process::Command;

use serde_json::Value;

use super::{Connector, secrets};

/// The flags, for files in the connector's directory.
pub(crate) const FLAGS: [&str; 4] = ["--report", "report.html", "--summary", "summary.json"];

/// The page and the numbers. Both are searched for what must never be told, and the page for what it must not ask.
pub(crate) fn told(connector: &Connector) -> (String, Value) {
    let read = |name: &str| std::fs::read_to_string(connector.dir().join(name)).unwrap();
    let (page, numbers) = (read("report.html"), read("summary.json"));
    for text in [&page, &numbers] {
        secrets::assert_none(text, &connector.secrets());
        assert!(!text.contains("@example."), "a person is told: {text}");
    }
    for outside in ["http://", "src=", "href=", "url(", "<script", "@import", "<link", "<img"] {
        assert!(!page.contains(outside), "{outside}: {page}");
    }
    let numbers: Value = serde_json::from_str(&numbers).unwrap();
    let form = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/summary.schema.json")).unwrap();
    let form: Value = serde_json::from_str(&form).unwrap();
    let faults: Vec<String> =
        jsonschema::validator_for(&form).unwrap().iter_errors(&numbers).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    (page, numbers)
}

/// The browser that pages are looked at with, if there is one.
pub(crate) fn browser() -> Option<Command> {
    let found = ["chromium", "chromium-browser", "google-chrome"]
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success()))?;
    let mut command = Command::new(found);
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]);
    Some(command)
}
