//! What comments, README and docs point at is there, in this repository.

use std::fmt::Write;
use std::path::{Path, PathBuf};

const FACTS: &str = "docs/tiktok-api.md";
/// Pages that no reader of this repository has.
const ELSEWHERE: [&str; 6] =
    ["airbyte.md", "sources.md", "destinations.md", "house.md", "contract.md", "containers.md"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below the folders whose name ends so, with its text.
fn files(folders: &[&str], endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if endings.iter().any(|ending| path.to_str().unwrap().ends_with(ending)) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    found.retain(|(name, _)| !name.ends_with("citations.rs"));
    found
}

fn code() -> Vec<(String, String)> {
    files(&["src", "integration_tests"], &[".rs", ".txt"])
}

fn prose() -> Vec<(String, String)> {
    let pages = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
    files(&[&pages[..], &["docs", "deploy", "integration_tests/simulator/README.md"]].concat(), &[".md"])
}

#[test]
fn every_cited_fact_has_its_heading() {
    let facts = std::fs::read_to_string(root().join(FACTS)).unwrap();
    let headings: Vec<&str> = facts.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' ')).collect();
    let mut wrong = String::new();
    for (file, text) in code() {
        for cited in text.split(FACTS).skip(1).flat_map(sections) {
            if !headings.iter().any(|heading| heading.split_whitespace().next() == Some(&cited)) {
                writeln!(wrong, "{file}: {FACTS} has no {cited}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The section numbers that follow the name of the page: `1.6`, `2.1, 3.5`, `4.1–4.3`.
fn sections(behind: &str) -> Vec<String> {
    let behind = behind.trim_start_matches('`').trim_start();
    let list = behind.split(|c: char| !(c.is_ascii_digit() || ".,– ".contains(c))).next().unwrap_or_default();
    let numbers = list.split([',', '–', ' ']).map(|number| number.trim_matches('.'));
    numbers.filter(|number| number.contains('.')).map(str::to_owned).collect()
}

#[test]
fn no_citation_leads_out_of_the_repository() {
    let mut wrong = String::new();
    for (file, text) in code().into_iter().chain(prose()) {
        for (at, line) in text.lines().enumerate() {
            if ELSEWHERE
                .iter()
                .any(|page| line.split(page).skip(1).count() > 0 && !line.contains(&format!("docs/{page}")))
            {
                writeln!(wrong, "{file}:{}: {line}", at + 1).unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// The anchor that a heading has on the web.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = String::new();
    for (file, text) in prose() {
        let folder = Path::new(&file).parent().unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { root().join(&file) } else { root().join(folder).join(path) };
            let there = std::fs::read_to_string(&target).unwrap_or_default();
            let headed =
                heading.is_empty() || there.lines().any(|line| line.starts_with('#') && anchor(line) == heading);
            if !target.exists() || !headed {
                writeln!(wrong, "{file}: {link}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// PyAirbyte asks Airbyte's registry for a name unless it is told that the program is here, and the registry does not know ours.
#[test]
fn pyairbyte_is_told_that_the_program_is_here() {
    let mut calls = 0;
    for (file, text) in prose() {
        let lines = text.lines().filter(|line| line.contains("ab.get_source(") || line.contains("ab.get_destination("));
        for line in lines {
            assert!(line.contains("local_executable="), "{file}: {line}");
            calls += 1;
        }
    }
    assert!(calls >= 5, "{calls} examples for PyAirbyte are found");
}

#[test]
fn every_path_that_is_named_exists() {
    let mut wrong = String::new();
    for (file, text) in prose() {
        for named in text.split('`').skip(1).step_by(2).filter(|named| is_path(named)) {
            let own = root().join(Path::new(&file).parent().unwrap());
            let places = [root(), root().join("src"), own];
            if !places.iter().any(|place| place.join(named).exists()) {
                writeln!(wrong, "{file}: `{named}`").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// A file of this repository, not an address, a pattern or a file of the user's.
fn is_path(named: &str) -> bool {
    let source = [".rs", ".sh", ".toml", ".md"].iter().any(|ending| named.ends_with(ending));
    source
        && named.contains('/')
        && !named.starts_with('/')
        && !named.contains([' ', '{', '*', '<'])
        && !named.contains("NAME")
}
