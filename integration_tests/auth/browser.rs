//! `auth login` through a real browser, where one is installed: Debian's chromium, without a window.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::Person;
use super::login::Waiting;
use crate::harness::{Connector, small};

/// Programs that are chromium.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}

/// The page that an address ends at, as the browser has it in the end.
fn page(browser: &Path, home: &Path, url: &str) -> Output {
    let mut command = Command::new(browser);
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
    command.arg(format!("--user-data-dir={}", home.join("profile").display()));
    command.args(["--dump-dom", url]).env("HOME", home).stdin(Stdio::null()).output().unwrap()
}

/// Where the link of the consent page leads.
fn link(html: &str, id: &str) -> String {
    let tag = html.split("<a ").find(|tag| tag.contains(&format!("id=\"{id}\""))).unwrap_or_else(|| panic!("{html}"));
    tag.split_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&")
}

#[test]
fn a_real_browser_goes_the_whole_way() {
    let Some(browser) = chromium() else {
        let note = b"No chromium is installed, so the login is tested over plain HTTP only.\n";
        std::io::stderr().write_all(note).unwrap();
        return;
    };
    let home = tempfile::tempdir().unwrap();
    for (choice, title, works) in
        [("authorize", "Authorization worked", true), ("cancel", "Authorization failed", false)]
    {
        let sim = small();
        let login = Waiting::start(Person::at(&sim), &[]);
        let consent = String::from_utf8(page(&browser, home.path(), &login.url).stdout).unwrap();
        let back = link(&consent, choice);
        let output = page(&browser, home.path(), &back);
        let html = String::from_utf8(output.stdout).unwrap();
        assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}\n{}", String::from_utf8_lossy(&output.stderr));
        let (person, told) = login.end();
        assert_eq!(told.exit == Some(0), works, "{}", told.stderr);
        assert_eq!(person.path("config.json").exists(), works);
        if works {
            let mut connector = Connector::to(&sim);
            connector.config = person.config();
            assert_eq!(connector.check().succeeded().connection_status(), "SUCCEEDED");
        }
    }
}
