//! Managed objects as a lane of the shell.

use std::sync::Arc;
use std::time::Instant;

use chrono::DateTime;
use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;
use serde_json::value::RawValue;

use super::job::Job;
use super::wanted::Wanted;
use super::wish::Wish;
use super::{Ads, Fate, Pending, Stream, guard, look, readback, tell};
use crate::destination::record::columns::Record;
use crate::destination::record::fault::{self, Fault};
use crate::destination::shell::lane::{Intake, Lane, Now, RecordRef, Verdict};
use crate::destination::shell::ledger::Ticket;
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::results::ResultRow;
use crate::error::Result;
use crate::report::summary::{Audience, Target};
use crate::tiktok::Client;

impl Lane for Ads {
    type Batch = Job;
    type Question = Wanted;

    fn take(&mut self, data: &RawValue, ticket: Ticket, now: Now) -> Intake<Wanted> {
        self.instant = now.instant;
        self.utc = DateTime::from_timestamp_millis(now.ms).unwrap_or_default().naive_utc();
        let Some(Stream { name, kind, mode, columns }) = self.streams.get(&ticket.route) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let Some(record) = Record::read(columns, data) else {
            return Intake::Rejected { key: None, fault: fault::NO_RECORD };
        };
        let key = kind.fields().place(kind.id).and_then(|id| columns.key_of(&record, id, &[]));
        let wish = Wish::read(kind, *mode, &record, self.target.as_deref());
        let wish = wish.and_then(|wish| guard::before_lookup(&wish, &self.options).map(|()| wish));
        match wish {
            Err(fault) => {
                let shown = key.as_ref().map(|key| key.shown()).unwrap_or_default();
                self.told.unread(name.clone(), kind, shown, &fault);
                Intake::Rejected { key, fault }
            }
            Ok(wish) => {
                if let Some(wanted) = self.lacks(&wish) {
                    return Intake::Asks(wanted);
                }
                self.row(Pending { sender: RecordRef { ticket, key }, stream: ticket.route, wish });
                if self.ready.is_empty() && !self.groups.has_full() { Intake::Waits } else { Intake::Full }
            }
        }
    }

    fn ask<'a>(&'a mut self, wanted: Wanted, client: &'a Client) -> BoxFuture<'a, Result<()>> {
        async move {
            let Wanted { advertiser, kinds, libraries } = wanted;
            for kind in libraries {
                self.libraries.learn(client, &advertiser, kind).await?;
            }
            let mut account = match self.accounts.remove(&advertiser) {
                Some(known) => known,
                None => look::account(client, &advertiser, &self.options).await.map_err(Arc::new),
            };
            for kind in kinds {
                if let Ok(known) = &mut account
                    && let Err(error) = look::list(client, kind, &advertiser, known).await
                {
                    account = Err(Arc::new(error));
                }
            }
            self.accounts.insert(advertiser, account);
            Ok(())
        }
        .boxed()
    }

    fn deadline(&self) -> Option<Instant> {
        self.groups.deadline()
    }

    fn due(&mut self, now: Instant, all: bool) -> Vec<Job> {
        self.look_for_files();
        self.ready.extend(self.groups.due(now, all));
        std::mem::take(&mut self.ready)
    }

    fn settled(&mut self, batch: &Job, outcome: &Outcome) {
        for (at, RecordRef { ticket, .. }) in batch.records.iter().enumerate() {
            let id = outcome.made.get(&at).and_then(Value::as_str);
            let fate = match (id, outcome.refused.get(&at), outcome.failed.get(&at)) {
                (Some(id), _, _) => Fate::Done(id.to_owned()),
                (None, Some(message), _) => Fate::Refused(message.clone()),
                (None, None, Some(error)) => Fate::Lost(error.clone()),
                (None, None, None) => continue,
            };
            self.back(*ticket, fate);
        }
    }

    fn give_up(&mut self) -> Vec<(RecordRef, Fault)> {
        let waiting = self.orphans.give_up();
        if self.ended {
            return Vec::new();
        }
        waiting.into_iter().for_each(|pending| self.reject(pending, tell::PARENT_MISSING));
        std::mem::take(&mut self.lacking).into_iter().for_each(|pending| self.reject(pending, tell::FILE_MISSING));
        Vec::new()
    }

    fn verdicts(&mut self) -> Vec<(RecordRef, Verdict)> {
        self.told.verdicts()
    }

    fn results(&mut self) -> Vec<ResultRow> {
        self.told.results()
    }

    fn summary(&self) -> Vec<String> {
        self.told.summary()
    }

    fn targets(&self) -> Vec<Target> {
        self.told.targets()
    }

    fn report_status<'a>(&'a self, client: &'a Client) -> BoxFuture<'a, Vec<Audience>> {
        readback::compare(client, &self.changed).map(|()| Vec::new()).boxed()
    }
}
