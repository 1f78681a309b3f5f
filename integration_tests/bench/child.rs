//! A child process and what it cost, as the kernel tells it.

use std::io::Read;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::Result;

/// Linux counts in hundredths of a second, whatever the hardware does.
const TICK: Duration = Duration::from_millis(10);
/// How often the peak of memory is looked at, in reads of the child's output.
const LOOK_EVERY: usize = 16;

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
    fed(command, |_| Ok(()))
}

/// The same with something on stdin.
pub(crate) fn fed(command: &mut Command, feed: impl FnOnce(ChildStdin) -> std::io::Result<()> + Send) -> Result<Cost> {
    let (start, cpu_before) = (Instant::now(), children_cpu()?);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take().ok_or("no stdin")?;
    let mut cost = std::thread::scope(|scope| {
        scope.spawn(move || feed(stdin));
        watch(&mut child)
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
fn watch(child: &mut Child) -> Result<Cost> {
    let mut out = child.stdout.take().ok_or("no stdout")?;
    let mut cost = Cost::default();
    let mut buffer = vec![0; 64 << 10];
    for look in 0.. {
        let count = out.read(&mut buffer)?;
        if look % LOOK_EVERY == 0 || count == 0 {
            cost.peak_kib = peak_kib(child.id()).unwrap_or_default().max(cost.peak_kib);
        }
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else { break };
        cost.bytes += count as u64;
        cost.records += memchr::memmem::find_iter(read, b"{\"type\":\"RECORD\"").count() as u64;
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

fn peak_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
