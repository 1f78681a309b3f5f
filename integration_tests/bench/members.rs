//! Members from stdin to TikTok, beside the cost of hashing them alone.

use std::hint::black_box;
use std::io::Write;
use std::time::{Duration, Instant};

use serde_json::json;
use simulator::{AudienceOptions, Options, Simulator};
use tiktok_ads::tables::{EmailRule, PhoneHashForm, Rules};

use super::write::{Load, MEMORY_MAX_MIB};
use super::{Result, say};

const CPU_PER_MEMBER_MAX: Duration = Duration::from_micros(4);

pub(crate) fn run(members: u64) -> Result<()> {
    let simulator = Simulator::start(Options {
        audiences: AudienceOptions { remember_rows: 0, ..AudienceOptions::default() },
        ..Options::default()
    })?;
    let load = Load {
        stream: "members",
        what: ("member", "e-mail and phone"),
        count: members,
        cpu_max: CPU_PER_MEMBER_MAX,
        data,
        config: json!({}),
        is_whole: false,
        memory_max: MEMORY_MAX_MIB,
    };
    let write = load.run(&simulator, json!({"object": "audience_members", "audience_name": "Bench"}))?;
    let (cpu, hashing) = (load.each(write.cpu), load.each(hashing(members)));
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

fn data(out: &mut dyn Write, member: u64) -> std::io::Result<()> {
    write!(out, "{{\"id\":{member},\"email\":\"{}\",\"phone\":\"{}\"}}", email(member), phone(member))
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
