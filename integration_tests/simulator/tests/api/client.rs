//! A client of a few lines, so that broken answers can be looked at byte by byte.

use crate::id_of;
use serde_json::Value;
use simulator::{Simulator, TOKEN_GOOD};
use std::collections::BTreeMap;
use std::io::{Error, Read, Write};
use std::net::TcpStream;

/// What came back: the status line and headers, the body, and how the connection ended.
pub(crate) struct Reply {
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) error: Option<Error>,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn code(&self) -> i64 {
        self.json()["code"].as_i64().unwrap()
    }

    pub(crate) fn length(&self) -> usize {
        let line = self.head.lines().find_map(|line| line.strip_prefix("content-length: "));
        line.unwrap().trim().parse().unwrap()
    }
}

/// A GET with the good token.
pub(crate) fn get(sim: &Simulator, path: &str, query: &[(&str, &str)]) -> Reply {
    get_as(sim, Some(TOKEN_GOOD), path, query)
}

/// A query with changes; an empty value leaves a parameter out.
pub(crate) fn ask<'q>(
    sim: &Simulator,
    path: &str,
    query: &[(&'q str, &'q str)],
    change: &[(&'q str, &'q str)],
) -> Reply {
    let mut all: BTreeMap<&str, &str> = query.iter().chain(change).copied().collect();
    all.retain(|_, value| !value.is_empty());
    get(sim, path, &Vec::from_iter(all))
}

/// A month of Tokyo's ads by day, or what `change` makes of it.
pub(crate) fn ask_report(sim: &Simulator, change: &[(&str, &str)]) -> Reply {
    let tokyo = id_of(sim, "Tokyo").to_string();
    let query = [
        ("advertiser_id", tokyo.as_str()),
        ("report_type", "BASIC"),
        ("data_level", "AUCTION_AD"),
        ("dimensions", r#"["ad_id","stat_time_day"]"#),
        ("start_date", "2026-02-10"),
        ("end_date", "2026-03-11"),
        ("page_size", "1000"),
    ];
    ask(sim, "/report/integrated/get/", &query, change)
}

pub(crate) fn get_as(sim: &Simulator, token: Option<&str>, path: &str, query: &[(&str, &str)]) -> Reply {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    send(sim, token, &format!("GET /open_api/v1.3{path}?{query}"), "")
}

/// A POST of JSON with the good token.
pub(crate) fn post(sim: &Simulator, path: &str, body: &str) -> Reply {
    post_as(sim, TOKEN_GOOD, path, "application/json", body)
}

pub(crate) fn post_as(sim: &Simulator, token: &str, path: &str, kind: &str, body: &str) -> Reply {
    let kind = if kind.is_empty() { String::new() } else { format!("\r\nContent-Type: {kind}") };
    // One header more travels with the token's value.
    send(sim, Some(&format!("{token}{kind}")), &format!("POST /open_api/v1.3{path}"), body)
}

/// A POST of a form with the good token: texts, and a file with its field and name.
pub(crate) fn post_form(sim: &Simulator, path: &str, texts: &[(&str, &str)], file: (&str, &str, &[u8])) -> Reply {
    let mut body = Vec::new();
    for (name, value) in texts {
        let part = format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    let (field, name, content) = file;
    if !field.is_empty() {
        let head = format!("--XX\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--XX--\r\n");
    let token = format!("{TOKEN_GOOD}\r\nContent-Type: multipart/form-data; boundary=XX");
    send_bytes(sim, Some(&token), &format!("POST /open_api/v1.3{path}"), &body)
}

pub(crate) fn send(sim: &Simulator, token: Option<&str>, line: &str, body: &str) -> Reply {
    send_bytes(sim, token, line, body.as_bytes())
}

fn send_bytes(sim: &Simulator, token: Option<&str>, line: &str, body: &[u8]) -> Reply {
    let address = sim.url().replace("http://", "");
    let mut stream = TcpStream::connect(address).unwrap();
    let token = token.map(|token| format!("ACCESS-TOKEN: {token}\r\n")).unwrap_or_default();
    let length = body.len();
    write!(stream, "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{token}Content-Length: {length}\r\n\r\n")
        .unwrap();
    stream.write_all(body).unwrap();
    let mut bytes = Vec::new();
    let error = stream.read_to_end(&mut bytes).err();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    Reply { head: head.to_owned(), body: body.to_owned(), error }
}
