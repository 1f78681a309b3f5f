//! A bucket on loopback that speaks as much of S3 as the connector does: put, get, list.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// What lies there, by its path: `/bucket/key`.
pub(crate) type Objects = BTreeMap<String, Vec<u8>>;

pub(crate) struct Bucket {
    endpoint: String,
    objects: Arc<Mutex<Objects>>,
}

struct Asked {
    method: String,
    path: String,
    query: String,
    body: Vec<u8>,
}

impl Bucket {
    /// Serves until the process of the tests ends. Who has no key of it, `refused`, is refused everything.
    pub(crate) fn start(refused: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let objects = Arc::<Mutex<Objects>>::default();
        let shared = objects.clone();
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let shared = shared.clone();
                std::thread::spawn(move || serve(socket, &shared, refused));
            }
        });
        Self { endpoint, objects }
    }

    /// The environment of somebody who uses it.
    pub(crate) fn environment(&self, command: &mut Command) {
        command.env("AWS_ENDPOINT_URL", &self.endpoint).env("AWS_REGION", "eu-west-1");
        command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "secret of the bucket");
    }

    /// The same as a config says it.
    pub(crate) fn storage(&self, path: &str) -> Value {
        json!({"storage_type": "S3", "s3_bucket_name": "warehouse", "s3_bucket_region": "eu-west-1", "bucket_path": path,
            "s3_endpoint": self.endpoint, "access_key_id": "bucket-key", "secret_access_key": "secret of the bucket"})
    }

    pub(crate) fn objects(&self) -> Objects {
        self.objects.lock().unwrap().clone()
    }
}

/// Answers one request after the other on a connection.
fn serve(mut socket: TcpStream, objects: &Mutex<Objects>, refused: bool) {
    let mut reader = BufReader::new(socket.try_clone().unwrap());
    while let Some(asked) = next(&mut reader) {
        let (status, body) = if refused {
            ("403 Forbidden", b"<Error><Code>AccessDenied</Code></Error>".to_vec())
        } else {
            answer(asked, &mut objects.lock().unwrap())
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nETag: \"1\"\r\nLast-Modified: Tue, 10 Mar 2026 16:00:00 GMT\r\nContent-Length: {length}\r\n\r\n"
        );
        if socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(&body)).is_err() {
            return;
        }
    }
}

fn next(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Asked { method, path: path.replace("%3D", "="), query: query.to_owned(), body })
}

fn answer(asked: Asked, objects: &mut Objects) -> (&'static str, Vec<u8>) {
    match asked.method.as_str() {
        "PUT" => {
            objects.insert(asked.path, asked.body);
            ("200 OK", Vec::new())
        }
        "GET" if asked.query.contains("list-type=2") => ("200 OK", list(&asked, objects).into_bytes()),
        "GET" => match objects.get(&asked.path) {
            Some(bytes) => ("200 OK", bytes.clone()),
            None => ("404 Not Found", b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
        },
        _ => ("405 Method Not Allowed", Vec::new()),
    }
}

fn list(asked: &Asked, objects: &Objects) -> String {
    let bucket = format!("{}/", asked.path.trim_end_matches('/'));
    let prefix = asked.query.split('&').find_map(|pair| pair.strip_prefix("prefix=")).unwrap_or_default();
    let prefix = format!("{bucket}{}", prefix.replace("%2F", "/"));
    let mut found = String::new();
    for (path, bytes) in objects.iter().filter(|(path, _)| path.starts_with(&prefix)) {
        let (key, size) = (&path[bucket.len()..], bytes.len());
        write!(
            found,
            "<Contents><Key>{key}</Key><LastModified>2026-03-10T16:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{size}</Size></Contents>"
        )
        .unwrap();
    }
    format!("<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>")
}
