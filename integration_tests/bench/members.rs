//! Members from stdin to TikTok, beside the cost of hashing them alone.

use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::process::{ChildStdin, Command};
use std::time::{Duration, Instant};

use serde_json::json;
use simulator::{Options, SANDBOX_APP, Simulator, TOKEN_GOOD};
use tiktok_ads::destination::identity::{EmailRule, PhoneHashForm, Rules};

use super::{CONNECTOR, Result, child, say};

const CPU_PER_MEMBER_MAX: Duration = Duration::from_micros(4);
const MEMORY_MAX_MIB: u64 = 96;
/// A STATE after this many records, as a source sends them.
const RECORDS_PER_STATE: u64 = 10_000;

pub(crate) fn run(members: u64) -> Result<()> {
    let simulator = Simulator::start(Options { remember_rows: 0, ..Options::default() })?;
    let advertiser = simulator.read(|world| world.accounts.first().map(|account| account.id)).ok_or("no account")?;
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let credentials = json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "access_token": TOKEN_GOOD});
    let mapping = json!({"stream": "members", "object": "audience_members", "audience_name": "Bench"});
    let config = json!({"credentials": credentials, "advertiser_id": advertiser.to_string(), "mappings": [mapping]});
    let catalog = json!({"streams": [{"stream": {"name": "members", "json_schema": {}}, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]});
    std::fs::write(folder.join("destination.json"), config.to_string())?;
    std::fs::write(folder.join("members.json"), catalog.to_string())?;
    let mut connector = Command::new(CONNECTOR);
    connector.args(["destination", "write", "--config", "destination.json", "--catalog", "members.json"]);
    connector.env("TIKTOK_ADS_API_URL", simulator.url()).current_dir(&folder);
    let write = child::fed(&mut connector, |stdin| feed(stdin, members))?;
    let per_member = |time: Duration| time.as_secs_f64() * 1e6 / members.max(1) as f64;
    let (cpu, hashing) = (per_member(write.cpu), per_member(hashing(members)));
    say(&format!("write     {members:>7} members with e-mail and phone, {:.1} s", write.wall.as_secs_f64()));
    say(&format!("  CPU     {cpu:>7.2} µs a member   (at most {} µs)", CPU_PER_MEMBER_MAX.as_micros()));
    say(&format!("  memory  {:>7} MiB at most   (at most {MEMORY_MAX_MIB} MiB)", write.peak_kib / 1024));
    say(&format!("hashing   {hashing:>7.2} µs a member: the same e-mails and phones, normalised and hashed alone"));
    say(&format!("ratio     {:>7.2}", cpu / hashing));
    Ok(())
}

fn email(member: u64) -> String {
    format!("First.Last{member}+news@example{}.com", member % 97)
}

fn phone(member: u64) -> String {
    format!("+1415{:07}", member % 10_000_000)
}

fn feed(stdin: ChildStdin, members: u64) -> std::io::Result<()> {
    let mut lines = BufWriter::with_capacity(1 << 16, stdin);
    for member in 1..=members {
        writeln!(
            lines,
            "{{\"type\":\"RECORD\",\"record\":{{\"stream\":\"members\",\"data\":{{\"id\":{member},\"email\":\"{}\",\"phone\":\"{}\"}},\"emitted_at\":1}}}}",
            email(member),
            phone(member)
        )?;
        if member % RECORDS_PER_STATE == 0 {
            writeln!(
                lines,
                "{{\"type\":\"STATE\",\"state\":{{\"type\":\"STREAM\",\"stream\":{{\"stream_descriptor\":{{\"name\":\"members\"}},\"stream_state\":{{\"id\":{member}}}}}}}}}"
            )?;
        }
    }
    lines.flush()
}

/// Time on one core for normalising and hashing alone.
fn hashing(members: u64) -> Duration {
    let rules = Rules::audience(EmailRule::TiktokDmp, PhoneHashForm::E164Plus, None);
    let people: Vec<_> = (1..=members.min(100_000)).map(|member| (email(member), phone(member))).collect();
    let start = Instant::now();
    for (email, phone) in &people {
        let _ = black_box((rules.email(email), rules.phone(phone, None)));
    }
    start.elapsed().mul_f64(members as f64 / people.len().max(1) as f64)
}
