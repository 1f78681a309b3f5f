//! The tables of the docs, drawn from the tables of the code: a test holds both together, `cargo regenerate` rewrites them.

use std::fmt::Write;
use std::sync::Arc;

use serde_json::Value;
use tiktok_ads::streams::{self, Kept, Read, StreamDef};
use tiktok_ads::tables::codes;
use tiktok_ads::tables::destination_needs;
use tiktok_ads::tables::objects;
use tiktok_ads::tables::permission;
use tiktok_ads::tables::source_needs;
use tiktok_ads::tables::spec;
use tiktok_ads::tables::{REASONS, Reject};

use crate::tidy::{read, root};

#[test]
fn the_tables_of_the_docs_are_fresh() {
    for (page, tables) in [
        ("docs/streams.md", vec![("streams", streams_table(streams::all().iter().chain([streams::leads()])))]),
        ("docs/fivetran.md", vec![("tables", streams_table(streams::tables().iter()))]),
        ("docs/source.md", vec![("options", options_table(spec::SOURCE))]),
        (
            "docs/audiences.md",
            vec![
                ("objects", objects_table()),
                ("destination options", options_table(spec::DESTINATION)),
                ("rejects", rejects_table()),
            ],
        ),
        ("docs/ads.md", vec![("ads rejects", reasons_table())]),
        ("docs/errors.md", vec![("codes", codes_table())]),
        ("docs/authorization.md", vec![("permissions", permissions_table())]),
    ] {
        let text = tables.iter().fold(read(page), |text, (name, table)| splice(page, &text, name, table));
        expect_test::expect_file![root().join(page)].assert_eq(&text);
    }
}

/// Puts `table` between `<!-- name -->` and `<!-- /name -->`.
fn splice(page: &str, text: &str, name: &str, table: &str) -> String {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&open).unwrap_or_else(|| panic!("{page} lacks {open}"));
    let (_, after) = rest.split_once(&close).unwrap_or_else(|| panic!("{page} lacks {close}"));
    format!("{before}{open}{table}{close}{after}")
}

/// Which permission opens which streams and objects.
fn permissions_table() -> String {
    let needs: Vec<_> = source_needs().into_iter().chain(destination_needs()).collect();
    let mut table = "| id | permission | for |\n|---|---|---|\n".to_owned();
    for permission in permission::TABLE {
        let mut names: Vec<String> = Vec::new();
        for need in needs.iter().filter(|need| need.endpoint.permission == Some(permission)) {
            let name = format!("`{}`{}", need.name, if need.essential { " (cannot do without)" } else { "" });
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if !names.is_empty() {
            writeln!(table, "| {} | {} | {} |", permission.id, permission.name, names.join(", ")).unwrap();
        }
    }
    table
}

fn streams_table<'s>(streams: impl Iterator<Item = &'s Arc<StreamDef>>) -> String {
    let mut table = "| stream | primary key | cursor | TikTok's path |\n|---|---|---|---|\n".to_owned();
    for stream in streams {
        let cursor = stream.cursor.map_or("– (full refresh)".to_owned(), |cursor| format!("`{cursor}`"));
        let key = stream.primary_key.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
        let from = match stream.read {
            Read::Files(Kept::Spool | Kept::Leads) => "– (the spool of web hooks)".to_owned(),
            Read::Files(Kept::Ledger) => "– (the ledger of audiences)".to_owned(),
            Read::Files(Kept::Results) => "– (the results of the destination)".to_owned(),
            _ => format!("`{}`", stream.endpoint.path),
        };
        writeln!(table, "| `{}` | {key} | {cursor} | {from} |", stream.name).unwrap();
    }
    table
}

fn objects_table() -> String {
    let list = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" + ");
    let mut table = "| object | modes | matching keys | TikTok's paths |\n|---|---|---|---|\n".to_owned();
    for object in objects() {
        let keys: Vec<String> = object.matching_keys.iter().map(|key| list(key)).collect();
        let paths: Vec<String> = object.paths.iter().map(|path| format!("`{path}`")).collect();
        let (modes, none) = (object.modes.join(", "), || "–".to_owned());
        let or_none = |all: Vec<String>| if all.is_empty() { none() } else { all.join(", ") };
        writeln!(table, "| `{}` | {modes} | {} | {} |", object.name, or_none(keys), or_none(paths)).unwrap();
    }
    table
}

fn options_table(spec: &str) -> String {
    let schema = spec::schema_of(spec);
    let mut options: Vec<(&String, &Value)> = schema["properties"].as_object().unwrap().iter().collect();
    options.sort_by_key(|(_, option)| option["order"].as_u64());
    let mut table = "| key | default | meaning |\n|---|---|---|\n".to_owned();
    for (name, option) in options {
        let default = option.get("default").map_or("–".to_owned(), |default| format!("`{default}`"));
        writeln!(table, "| `{name}` | {default} | {} |", option["description"].as_str().unwrap()).unwrap();
        for form in option["oneOf"].as_array().into_iter().flatten() {
            let kind = ["auth_type", "storage_type"].iter().find_map(|name| form["properties"][name]["const"].as_str());
            writeln!(table, "| | | {}: {} |", kind.unwrap(), fields(&form["properties"])).unwrap();
        }
        for form in option["items"]["oneOf"].as_array().into_iter().flatten() {
            let properties = &form["properties"];
            writeln!(table, "| | | `{}`: {} |", properties["object"]["const"].as_str().unwrap(), fields(properties))
                .unwrap();
        }
        for nested in [&option["properties"], &option["items"]["properties"]] {
            if nested.is_object() {
                writeln!(table, "| | | {} |", fields(nested)).unwrap();
            }
        }
    }
    table
}

fn fields(properties: &Value) -> String {
    properties.as_object().unwrap().keys().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
}

/// What TikTok's codes come to, grouped by what the connector does about them.
fn codes_table() -> String {
    let mut kinds: Vec<(String, Vec<String>)> = Vec::new();
    for row in codes::TABLE {
        let kind = format!("{:?}", row.kind);
        let (first, last) = (row.codes.start(), row.codes.end());
        let codes = if first == last { first.to_string() } else { format!("{first}–{last}") };
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, all)) => all.push(codes),
            None => kinds.push((kind, vec![codes])),
        }
    }
    let mut table = "| kind | TikTok's codes |\n|---|---|\n".to_owned();
    for (kind, codes) in kinds {
        writeln!(table, "| {kind} | {} |", codes.join(", ")).unwrap();
    }
    table
}

/// Why an identifier is refused, and what to do.
fn reasons_table() -> String {
    let row = |(reason, advice): &(&str, &str)| format!("| `{reason}` | {advice} |\n");
    "| reason | what to do |\n|---|---|\n".to_owned() + &REASONS.iter().map(row).collect::<String>()
}

fn rejects_table() -> String {
    let mut table = "| reason | what to do |\n|---|---|\n".to_owned();
    for reject in Reject::ALL {
        writeln!(table, "| `{}` | {} |", reject.code(), reject.advice()).unwrap();
    }
    table
}
