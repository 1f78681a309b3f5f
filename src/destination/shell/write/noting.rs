//! What a run did, for the notes that its report is made of. It is written down when the run ends, however it does: also
//! when it is dropped, as a signal does.

use super::Writer;
use crate::destination::shell::ledger::Tally;
use crate::report::summary::{Status, Written, WrittenStream};

impl Drop for Writer {
    fn drop(&mut self) {
        self.notes.written(self.written());
    }
}

impl Writer {
    fn written(&self) -> Written {
        let failed = self.failed.told();
        let is_failed = |name: &str| failed.iter().any(|(stream, _)| stream.to_string() == name);
        let stream = |(at, name): (usize, String)| {
            let (records, Tally { accepted, rejected, passed_over, failed }) = self.ledger.stream(at);
            let status = match accepted + rejected + passed_over + failed {
                _ if failed > 0 || is_failed(&name) => Status::Incomplete,
                settled if settled < records || !self.is_read => Status::Stopped,
                _ => Status::Complete,
            };
            WrittenStream { stream: name, status, records, accepted, rejected, passed_over, failed }
        };
        let mut left_out = std::collections::BTreeMap::new();
        for (reason, rows) in self.lanes.all.iter().flat_map(|lane| lane.left_out()) {
            *left_out.entry(reason).or_default() += rows;
        }
        Written {
            streams: self.lanes.named().map(stream).collect(),
            rejects: self.rejects.told(),
            targets: self.lanes.all.iter().flat_map(|lane| lane.targets()).collect(),
            left_out,
            audiences: Vec::new(),
            plan: self.post.results.plan().filter(|_| self.post.dry_run),
        }
    }
}
