//! How streams end, and who hears of it.

use super::Writer;
use crate::destination::shell::any_lane::AnyLane;
use crate::destination::shell::lane::End;
use crate::destination::shell::lanes::LaneAt;
use crate::destination::shell::ledger::StreamAt;
use crate::destination::shell::tolerance::Moment;
use crate::error::Result;
use crate::protocol::input::NamedStream;

impl Writer {
    /// The platform says how a stream ended. What waits leaves; where states wait for the end, it is waited for, too.
    pub(super) async fn ended(&mut self, stream: &NamedStream<'_>, is_whole: bool) -> Result<()> {
        let at = self.lanes.streams.find(stream);
        match at {
            Some(at) if is_whole => self.tell_takers(at, |lane| lane.stream_whole(at)),
            Some(at) => self.tell_takers(at, |lane| lane.stream_cut(at)),
            None => {}
        }
        if let Some(at) = at.filter(|at| self.held.contains(at)) {
            if is_whole {
                self.drain().await?;
                self.tell().await?;
                self.judge_rejects_of(at, Moment::Ended);
            }
            let is_whole = is_whole && !self.intolerable.contains(&at);
            self.stream_ended(at, if is_whole { End::Complete } else { End::Incomplete });
            self.drain().await?;
            if is_whole {
                self.ledger.commit(at);
            }
        } else if is_whole {
            self.send_due(true).await?;
        }
        Ok(())
    }

    /// Tells the lanes that a stream feeds.
    pub(super) fn tell_takers(&mut self, stream: StreamAt, tell: impl Fn(&mut dyn AnyLane)) {
        for taker in self.lanes.takers(stream).to_vec() {
            if let Some(lane) = self.lanes.all.get_mut(taker.lane) {
                tell(&mut **lane);
            }
        }
    }

    pub(super) fn stream_ended(&mut self, stream: StreamAt, end: End) {
        self.held.remove(&stream);
        let lanes: Vec<LaneAt> = self.lanes.takers(stream).iter().map(|taker| taker.lane).collect();
        for lane in lanes {
            if let Some(lane) = self.lanes.all.get_mut(lane) {
                lane.stream_ended(stream, end);
            }
        }
        if end == End::Incomplete {
            self.ledger.let_go(stream);
        }
    }
}
