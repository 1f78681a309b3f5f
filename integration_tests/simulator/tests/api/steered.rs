//! The simulator as a process that is steered by lines on its stdin.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

struct Steered {
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    folder: PathBuf,
}

impl Steered {
    fn start(name: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_simulator"))
            .args(["serve", "--world", "plain", "--now", "2026-03-10T16:00:00Z", "--steered"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let (stdin, stdout) = (process.stdin.take(), BufReader::new(process.stdout.take().unwrap()));
        let mut steered = Self { process, stdin, stdout, folder };
        assert!(steered.line().starts_with("listening on http://127.0.0.1:"));
        steered
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn tell(&mut self, command: &str) -> String {
        writeln!(self.stdin.as_mut().unwrap(), "{command}").unwrap();
        self.line()
    }

    /// The rows that a client must have, by stream and key.
    fn truth(&mut self) -> BTreeMap<String, Value> {
        let file = self.folder.join("truth");
        assert_eq!(self.tell(&format!("truth 2026-02-25 {}", file.display())), "done");
        let text = std::fs::read_to_string(file).unwrap();
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.map(|row| (format!("{} {}", row["stream"], row["key"]), row["values"].clone())).collect()
    }
}

impl Drop for Steered {
    fn drop(&mut self) {
        // It ends with its stdin.
        drop(self.stdin.take());
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn time_passes_when_it_is_told_to() {
    let mut steered = Steered::start("later");
    let before = steered.truth();
    assert_eq!(before, steered.truth(), "nothing moves by itself");
    assert_eq!(steered.tell("later 3600"), "done");
    let after = steered.truth();
    assert!(before.keys().all(|key| after.contains_key(key)), "no row goes");
    let changed = |stream: &str, day: &str| {
        let of = |key: &str| key.starts_with(&format!("\"{stream}\"")) && key.contains(day);
        after.iter().filter(|(key, values)| of(key) && before.get(*key) != Some(values)).count()
    };
    for (stream, day) in [("campaigns", ""), ("ad groups", ""), ("ads", ""), ("ads by day", "2026-03-10")] {
        assert!(changed(stream, day) > 0, "{stream} {day}");
    }
    // New York: yesterday, three days ago and ten days ago; London's are the same.
    assert!(changed("ads by day", "2026-03-07") > 0 && changed("ads by day", "2026-02-28") > 0);
    assert_eq!(changed("ads by day", "2026-03-05"), 0);
}

#[test]
fn requests_are_told_once_and_nonsense_is_refused() {
    let mut steered = Steered::start("log");
    let file = steered.folder.join("log");
    assert_eq!(steered.tell(&format!("log {}", file.display())), "done");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "");
    for nonsense in ["", "later", "later soon", "truth tomorrow x", "truth 2026-03-01", "log /nowhere/at/all", "stop"] {
        let answer = steered.tell(nonsense);
        assert!(answer.starts_with("error: "), "{nonsense:?}: {answer}");
    }
}
