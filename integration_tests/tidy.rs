//! House rules that no lint can state: direction between rooms, sizes, freshness, versions, orphans.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use tiktok_ads::streams::{self, Read, StreamDef};
use tiktok_ads::tables::codes;
use tiktok_ads::tables::destination_needs;
use tiktok_ads::tables::source_needs;
use tiktok_ads::tables::spec;

/// Which room may use which. `lib.rs` draws it.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("lock", &[]),
    ("words", &[]),
    ("waits", &["clock", "lock", "words"]),
    ("protocol", &["clock", "error", "lock", "words"]),
    ("tiktok", &["clock", "error", "lock", "waits", "words"]),
    ("streams", &["tiktok", "words"]),
    ("report", &["clock", "error", "lock", "progress", "waits"]),
    ("config", &["error", "words"]),
    ("http", &[]),
    ("identity", &[]),
    ("store", &["clock", "config", "error", "lock", "waits"]),
    ("membership", &["clock", "config", "error", "lock", "store"]),
    ("written", &["config", "error", "store"]),
    ("access", &["clock", "config", "error", "tiktok", "words"]),
    (
        "source",
        &[
            "access",
            "clock",
            "config",
            "error",
            "lock",
            "membership",
            "progress",
            "protocol",
            "report",
            "streams",
            "tiktok",
            "webhook",
            "words",
            "written",
        ],
    ),
    ("webhook", &["clock", "config", "error", "http", "identity", "lock", "store", "tiktok"]),
    (
        "destination",
        &[
            "access",
            "clock",
            "config",
            "error",
            "identity",
            "lock",
            "membership",
            "progress",
            "protocol",
            "report",
            "store",
            "tiktok",
            "waits",
            "words",
            "written",
        ],
    ),
    ("progress", &["clock", "error", "lock", "protocol", "words"]),
    (
        "cli",
        &[
            "access",
            "clock",
            "config",
            "destination",
            "error",
            "http",
            "lock",
            "progress",
            "protocol",
            "report",
            "source",
            "store",
            "tiktok",
            "waits",
            "webhook",
            "words",
        ],
    ),
    ("fuzz", &["config", "destination", "identity", "protocol", "source", "streams", "tiktok", "webhook"]),
    ("main", &["cli"]),
    ("lib", &["config", "destination", "identity", "source", "tiktok"]),
];

/// Lines of a file of logic without its tests; tables are exempt.
const LINES_MAX: usize = 400;
/// A door, not a wall.
const README_BYTES_MAX: usize = 10_000;
const TABLES: &[&str] =
    &["src/tiktok/codes.rs", "src/streams/metrics.rs", "src/streams/rows.rs", "src/tiktok/permission.rs"];

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file below a folder, as paths from the root.
pub(crate) fn rust_files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// A file's text up to its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()
}

#[test]
fn rooms_use_only_what_they_may() {
    let mut wrong = String::new();
    for file in rust_files("src") {
        let room = file.trim_start_matches("src/").split(['/', '.']).next().unwrap();
        let may = MAY_USE.iter().find(|(name, _)| *name == room).map(|(_, may)| *may);
        let may = may.unwrap_or_else(|| panic!("the room `{room}` is not in MAY_USE"));
        for (at, line) in read(&file).lines().enumerate() {
            for used in line.split("crate::").skip(1).filter(|_| !line.trim_start().starts_with("//!")) {
                let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let is_room = MAY_USE.iter().any(|(name, _)| *name == used);
                if is_room && used != room && !may.contains(&used.as_str()) {
                    writeln!(wrong, "{file}:{}: `{room}` may not use `{used}`", at + 1).unwrap();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn files_stay_readable() {
    let all = ["src", "integration_tests"].into_iter().flat_map(rust_files);
    for file in all.filter(|file| !TABLES.contains(&file.as_str())) {
        let lines = without_tests(&read(&file)).lines().count();
        assert!(lines <= LINES_MAX, "{file} has {lines} lines; split it by concept");
    }
}

/// Who reads the machine's clock. All else asks one of the first two, which tests set.
const REAL_CLOCK: [&str; 5] = [
    "src/clock.rs",
    "integration_tests/simulator/src/clock.rs",
    "integration_tests/bench/events.rs",
    "integration_tests/bench/webhooks.rs",
    "integration_tests/demo/main.rs",
];

/// S3 signs with the machine's clock, and TLS checks certificates by it: a peer holds them against its own.
#[test]
fn one_clock_is_asked() {
    let reads = |file: &String| {
        let text = read(file);
        ["Utc::", "Local::", "SystemTime::"].iter().any(|clock| text.contains(&format!("{clock}now")))
    };
    let all = ["src", "integration_tests"].into_iter().flat_map(rust_files);
    let found: BTreeSet<String> = all.filter(reads).collect();
    assert_eq!(found, REAL_CLOCK.map(str::to_owned).into());
}

/// Elsewhere a code has a name: what it means stands in its row.
#[test]
fn only_the_table_knows_tiktoks_codes() {
    let is_code = |number: &str| {
        let number = number.replace('_', "").parse().unwrap_or_default();
        number != codes::OK && codes::TABLE.iter().any(|row| row.codes.contains(&number))
    };
    let is_number = |word: &&str| word.len() >= 5 && word.starts_with(|c: char| c.is_ascii_digit());
    for file in rust_files("src").iter().filter(|file| *file != "src/tiktok/codes.rs" && !file.ends_with("tests.rs")) {
        let text = read(file);
        let code = without_tests(&text).lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(is_number);
            assert!(!words.any(is_code), "{file}: name the code in src/tiktok/codes.rs: {line}");
        }
    }
}

#[test]
fn every_schema_file_belongs_to_a_stream() {
    let name = |stream: &StreamDef| match stream.read {
        _ if stream.view.is_some() => format!("tables/{}.json", stream.name),
        Read::Report(_) => format!("reports/{}.json", stream.name),
        _ => format!("{}.json", stream.name),
    };
    let wanted: BTreeSet<String> =
        streams::all().iter().chain([streams::leads()]).chain(streams::tables()).map(|stream| name(stream)).collect();
    let files = |folder: &str, prefix: &str| -> Vec<String> {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap());
        entries
            .filter(|entry| entry.path().is_file())
            .map(|entry| format!("{prefix}{}", entry.file_name().to_str().unwrap()))
            .collect()
    };
    let found: BTreeSet<String> =
        [files("schemas", ""), files("schemas/reports", "reports/"), files("schemas/tables", "tables/")]
            .concat()
            .into_iter()
            .collect();
    assert_eq!(found, wanted);
}

#[test]
fn one_version_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    for file in ["metadata.yaml", "metadata.destination.yaml"] {
        assert!(
            read(file).contains(&format!(
                "dockerImageTag: {version}
"
            )),
            "{file} is not of version {version}"
        );
    }
    assert!(read("CHANGELOG.md").contains(&format!("## {version}")), "CHANGELOG.md says nothing of {version}");
    for label in ["io.airbyte.version", "org.opencontainers.image.version"] {
        assert!(read("Dockerfile").contains(&format!("{label}={version} ")), "Dockerfile: {label} is not {version}");
    }
    for (file, image) in [("cronjob.yaml", "image: source-tiktok-ads"), ("README.md", "source-tiktok-ads")] {
        let image = format!("{image}:{version}");
        assert!(read(format!("deploy/kubernetes/{file}")).contains(&image), "{file} has another image than {image}");
    }
}

/// What is not named there does not reach the builder: a config with tokens that lies beside it, for one.
#[test]
fn the_builder_gets_what_the_dockerfile_copies_and_no_more() {
    let ignore = read(".dockerignore");
    let let_in: BTreeSet<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let dockerfile = read("Dockerfile");
    let copied =
        dockerfile.lines().filter_map(|line| line.strip_prefix("COPY ")).filter(|rest| !rest.starts_with("--"));
    // The last word of a line is where it goes.
    let copied: BTreeSet<&str> = copied.flat_map(|rest| rest.rsplit(' ').skip(1)).collect();
    assert!(ignore.lines().any(|line| line == "*"), "all else is left out");
    assert_eq!(let_in, copied);
}

#[test]
fn one_address_of_the_documentation() {
    assert!(read("Dockerfile").contains(spec::DOCUMENTATION), "Dockerfile has another address");
    for (metadata, role) in [("metadata.yaml", spec::SOURCE), ("metadata.destination.yaml", spec::DESTINATION)] {
        let line = format!("  documentationUrl: {}\n", spec::DOCUMENTATION);
        assert!(read(metadata).contains(&line), "{metadata} has another address");
        assert!(role.contains(spec::DOCUMENTATION), "the specification beside {metadata} has another address");
    }
}

#[test]
fn the_readme_is_a_door() {
    let bytes = read("README.md").len();
    assert!(bytes <= README_BYTES_MAX, "README.md has {bytes} bytes; what is not for everybody belongs into docs/");
}

#[test]
fn every_need_has_its_permission() {
    for need in source_needs().iter().chain(&destination_needs()) {
        let (name, path) = (&need.name, need.endpoint.path);
        assert!(need.endpoint.permission.is_some(), "`{name}` needs {path}, whose row names no permission");
    }
}
