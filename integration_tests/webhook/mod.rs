//! Web hooks: the receiver as a black box, from a subscription to the stream.

mod end_to_end;
mod leads;
mod receiver;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Child;

use serde_json::{Value, json};
use simulator::SANDBOX_APP;

use crate::harness::{Connector, now};

/// The secret part of the address.
const PATH_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A config whose spool is a folder beside it.
fn connector(connector: Connector) -> Connector {
    let spool = connector.dir().join("spool");
    connector.with("webhooks", json!({"spool": spool, "signing_key": SANDBOX_APP.secret, "path_token": PATH_TOKEN}))
}

fn spool(connector: &Connector) -> &str {
    connector.config["webhooks"]["spool"].as_str().unwrap()
}

/// A running receiver; it is killed when dropped.
struct Receiver {
    child: Child,
    address: SocketAddr,
}

impl Receiver {
    fn start(connector: &Connector) -> Self {
        Self::with(connector, &[])
    }

    fn with(connector: &Connector, more: &[&str]) -> Self {
        let serve = ["webhook", "serve", "--config", "config.json", "--listen", "127.0.0.1:0"];
        let mut child = connector.command(&[&serve, more].concat()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("Listening on http://");
        let address = address.unwrap_or_else(|| panic!("{line}")).parse().unwrap();
        Self { child, address }
    }

    /// The status of the answer to a signed call-back.
    fn post(&self, key: &str, moment: i64, body: &str) -> u16 {
        let signature = format!("Tiktok-Signature: {}\r\n", sign(key, moment, body));
        self.send(&format!("/tiktok/{PATH_TOKEN}"), &signature, body).unwrap()
    }

    fn send(&self, path: &str, headers: &str, body: &str) -> std::io::Result<u16> {
        let answer = exchange(self.address, &request(path, headers, body))?;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        status.ok_or_else(|| std::io::ErrorKind::InvalidData.into())
    }

    fn health(&self) -> Value {
        let answer = exchange(self.address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        serde_json::from_str(answer.split("\r\n\r\n").nth(1).unwrap()).unwrap()
    }

    /// Asks it to stop; what it printed.
    fn stop(&mut self) -> String {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM)
            .unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        let mut text = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn request(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn exchange(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// As TikTok signs (docs/tiktok-api.md 8.2).
fn sign(key: &str, moment: i64, body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key.as_bytes());
    let tag = ring::hmac::sign(&key, format!("{moment}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={moment},s={hex}")
}

fn body(id: &str) -> String {
    json!({"request_id": id, "object": 3, "time": now().timestamp(), "entry": [{"adv_id": 7, "ad_id": "1"}]})
        .to_string()
}

/// Every byte of a folder.
fn all_text(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}
