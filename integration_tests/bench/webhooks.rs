//! The receiver of web hooks: signed call-backs over 200 connections into a folder, each answered when it is on the disk.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use simulator::SANDBOX_APP;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{CONNECTOR, Result};

const CONNECTIONS: usize = 200;
const PER_CONNECTION: usize = 100;
/// What it must reach.
const PER_CORE_SECOND_MIN: f64 = 2_000.0;
const P99_MAX: Duration = Duration::from_millis(50);
const MEMORY_MAX_MIB: u64 = 32;
/// The kernel counts CPU time in hundredths of a second.
const TICKS: f64 = 100.0;

/// Measures, and fails where less is reached.
pub(crate) fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let config = folder.path().join("config.json");
    let spool = folder.path().join("spool");
    std::fs::write(&config, json!({"webhooks": {"spool": spool, "signing_key": SANDBOX_APP.secret}}).to_string())?;
    let mut child = Command::new(CONNECTOR)
        .args(["webhook", "serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .spawn()?;
    let measured = measure(&mut child);
    child.kill()?;
    child.wait()?;
    measured
}

#[expect(clippy::disallowed_methods, reason = "the receiver's clock is the machine's, and a bench prints")]
fn measure(child: &mut Child) -> Result<()> {
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no stdout")?).read_line(&mut line)?;
    let address = line.trim().strip_prefix("Listening on http://").ok_or("it does not listen")?.to_owned();
    let moment = chrono::Utc::now().timestamp();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let began = Instant::now();
    let mut latencies = runtime.block_on(async {
        let mut senders = tokio::task::JoinSet::new();
        for sender in 0..CONNECTIONS {
            let requests: Vec<String> = (0..PER_CONNECTION).map(|number| request(moment, sender, number)).collect();
            senders.spawn(send(address.clone(), requests));
        }
        let mut all = Vec::new();
        while let Some(sent) = senders.join_next().await {
            all.extend(sent.map_err(std::io::Error::other)??);
        }
        std::io::Result::Ok(all)
    })?;
    let took = began.elapsed();
    latencies.sort_unstable();
    let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default();
    let (cpu, memory) = (cpu(child.id())?, memory(child.id())?);
    let all = f64::from(u32::try_from(latencies.len())?);
    writeln!(
        std::io::stdout(),
        "web hooks: {:.0}/s over {CONNECTIONS} connections, {:.0}/s of a core, p99 {p99:?}, {memory} MiB",
        all / took.as_secs_f64(),
        all / cpu
    )?;
    if all / cpu < PER_CORE_SECOND_MIN || p99 > P99_MAX || memory > MEMORY_MAX_MIB {
        return Err("the receiver is too slow or too large".into());
    }
    Ok(())
}

fn request(moment: i64, sender: usize, number: usize) -> String {
    let body = json!({
        "request_id": format!("{sender}.{number}"), "object": 3, "time": moment,
        "entry": [{"adv_id": 7_011_111_111_111_111_111_i64, "ad_id": "1", "reject_reason": "r".repeat(500)}],
    })
    .to_string();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SANDBOX_APP.secret.as_bytes());
    let tag = ring::hmac::sign(&key, format!("{moment}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        "POST /tiktok HTTP/1.1\r\nHost: x\r\nTiktok-Signature: t={moment},s={hex}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn send(address: String, requests: Vec<String>) -> std::io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(&address).await?;
    let mut latencies = Vec::with_capacity(requests.len());
    let mut answer = Vec::with_capacity(1_024);
    for request in requests {
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        answer.clear();
        while !answer.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut answer).await? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
        }
        if !answer.starts_with(b"HTTP/1.1 200") {
            return Err(std::io::Error::other("it was not stored"));
        }
        latencies.push(began.elapsed());
    }
    Ok(latencies)
}

/// Seconds of a core so far.
fn cpu(pid: u32) -> Result<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: f64 = [11, 12].into_iter().filter_map(|at| fields.get(at)?.parse::<f64>().ok()).sum();
    Ok(ticks.max(1.0) / TICKS)
}

/// The most memory so far, in MiB.
fn memory(pid: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1_024)
}
