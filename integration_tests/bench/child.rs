//! A child process and what it cost, as the kernel tells it.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::Result;

/// Linux counts in hundredths of a second, whatever the hardware does.
const TICK: Duration = Duration::from_millis(10);
/// How often the peak of memory is looked at, in lines of the child's output.
const LOOK_EVERY: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak_kib: u64,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

/// Runs a child to its end, reading its stdout through a pipe as a platform does.
pub(crate) fn run(command: &mut Command) -> Result<Cost> {
    seen(command, |_| {})
}

/// The same, with a look at every line that it says.
pub(crate) fn seen(command: &mut Command, see: impl FnMut(&[u8])) -> Result<Cost> {
    talked(command, |_| Ok(()), see)
}

/// The same with something on stdin.
pub(crate) fn fed(command: &mut Command, feed: impl FnOnce(ChildStdin) -> std::io::Result<()> + Send) -> Result<Cost> {
    talked(command, feed, |_| {})
}

fn talked(
    command: &mut Command,
    feed: impl FnOnce(ChildStdin) -> std::io::Result<()> + Send,
    see: impl FnMut(&[u8]),
) -> Result<Cost> {
    let (start, cpu_before) = (Instant::now(), children_cpu()?);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take().ok_or("no stdin")?;
    let mut cost = std::thread::scope(|scope| {
        scope.spawn(move || feed(stdin));
        watch(&mut child, see)
    })?;
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("{command:?} ended with {status}").into());
    }
    cost.wall = start.elapsed();
    cost.cpu = children_cpu()? - cpu_before;
    Ok(cost)
}

/// Reads what a child says and how much memory it takes.
fn watch(child: &mut Child, mut see: impl FnMut(&[u8])) -> Result<Cost> {
    let mut out = BufReader::with_capacity(64 << 10, child.stdout.take().ok_or("no stdout")?);
    let mut cost = Cost::default();
    let mut line = Vec::new();
    for look in 0.. {
        line.clear();
        let count = out.read_until(b'\n', &mut line)?;
        if look % LOOK_EVERY == 0 || count == 0 {
            cost.peak_kib = peak_kib(child.id()).unwrap_or_default().max(cost.peak_kib);
        }
        if count == 0 {
            break;
        }
        cost.bytes += count as u64;
        cost.records += u64::from(line.starts_with(b"{\"type\":\"RECORD\""));
        see(&line);
    }
    Ok(cost)
}

/// CPU time of all children that ended so far: `cutime` and `cstime`, proc(5).
fn children_cpu() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name of the program may hold spaces; the numbers start behind its bracket.
    let numbers = stat.rsplit_once(") ").ok_or("no stat")?.1;
    let ticks =
        numbers.split_whitespace().skip(13).take(2).map(str::parse::<u32>).sum::<std::result::Result<u32, _>>()?;
    Ok(TICK * ticks)
}

pub(crate) fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
