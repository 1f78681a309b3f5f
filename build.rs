//! Tells the program its version: the package's, and the commit where one is known.
//!
//! The commit is `TIKTOK_ADS_COMMIT` (images are built without the repository), else what git says. Debug builds do without,
//! for they would be compiled anew for each commit.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=TIKTOK_ADS_COMMIT");
    let package = env!("CARGO_PKG_VERSION");
    let version = commit().map_or_else(|| package.to_owned(), |commit| format!("{package} ({commit})"));
    println!("cargo::rustc-env=TIKTOK_ADS_VERSION={version}");
}

fn commit() -> Option<String> {
    let named = std::env::var("TIKTOK_ADS_COMMIT").ok().map(|commit| commit.trim().to_owned());
    named.filter(|commit| !commit.is_empty()).or_else(commit_of_git)
}

fn commit_of_git() -> Option<String> {
    if std::env::var("PROFILE").ok()? != "release" {
        return None;
    }
    for moves in ["HEAD", "logs/HEAD"] {
        let place = git(&["rev-parse", "--git-path", moves])?;
        if std::path::Path::new(&place).exists() {
            println!("cargo::rerun-if-changed={place}");
        }
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(args: &[&str]) -> Option<String> {
    let out = Command::new("git").args(args).output().ok().filter(|out| out.status.success())?;
    String::from_utf8(out.stdout).ok().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}
