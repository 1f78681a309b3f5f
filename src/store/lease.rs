//! One writer at a time. The operating system locks a folder and forgets it when the process ends. A bucket has an
//! object that says until when it is taken; it is put only if it is as it was read.

use std::fs::File;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::bucket::{Bucket, Version};
use crate::clock;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;

/// The object that says who writes.
const LEASE: &str = "lock.json";
/// How long a writer that says nothing keeps others away.
const LEASE_TIME: TimeDelta = TimeDelta::minutes(5);
/// What a check puts, and removes.
const TRIAL: &str = "trial-of-conditional-puts";

/// What a writer holds until it is dropped or let go.
pub(crate) struct Held(Hold);

enum Hold {
    Folder(#[expect(dead_code, reason = "it is locked while it is open")] File),
    Bucket(Mutex<Option<(Version, DateTime<Utc>)>>),
}

#[derive(Serialize, Deserialize)]
struct Lease {
    until: DateTime<Utc>,
}

fn lease(until: DateTime<Utc>) -> Vec<u8> {
    serde_json::to_vec(&Lease { until }).unwrap_or_default()
}

impl Held {
    pub(super) fn of_folder(file: File) -> Self {
        Self(Hold::Folder(file))
    }

    pub(super) async fn of_bucket(bucket: &Bucket) -> Result<Option<Self>> {
        let now = clock::now();
        let before = match bucket.read_version(LEASE).await? {
            Some((bytes, _)) if serde_json::from_slice(&bytes).is_ok_and(|Lease { until }| until > now) => {
                return Ok(None);
            }
            Some((_, version)) => Some(version),
            None => None,
        };
        let version = bucket.put_if(LEASE, lease(now + LEASE_TIME), before).await?;
        Ok(version.map(|version| Self(Hold::Bucket(Mutex::new(Some((version, now)))))))
    }

    /// Says so again once a part of the time is over; an error if another took the place.
    pub(super) async fn renew(&self, bucket: &Bucket) -> Result<()> {
        let Hold::Bucket(held) = &self.0 else { return Ok(()) };
        let now = clock::now();
        let due = lock(held).take_if(|(_, since)| now - *since >= LEASE_TIME / 4);
        let Some((version, _)) = due else { return Ok(()) };
        match bucket.put_if(LEASE, lease(now + LEASE_TIME), Some(version)).await? {
            Some(version) => {
                *lock(held) = Some((version, now));
                Ok(())
            }
            None => Err(Error::new(Kind::Unavailable, format!("Another run writes to {} now", bucket.name()))
                .advise("Let one run at a time use a ledger; what this one was told to do is not lost.")),
        }
    }

    pub(super) async fn let_go(&self, bucket: &Bucket) -> Result<()> {
        let Hold::Bucket(held) = &self.0 else { return Ok(()) };
        let Some((version, _)) = lock(held).take() else { return Ok(()) };
        bucket.put_if(LEASE, lease(clock::now()), Some(version)).await.map(drop)
    }
}

/// Whether a bucket refuses what it must refuse. Some that speak S3 ignore the conditions of a put: a lock that always
/// opens.
pub(super) async fn check(bucket: &Bucket) -> Result<()> {
    bucket.remove(TRIAL).await?;
    let first = bucket.put_if(TRIAL, b"1".to_vec(), None).await?;
    let twin = bucket.put_if(TRIAL, b"2".to_vec(), None).await?;
    let second = bucket.put_if(TRIAL, b"3".to_vec(), first.clone()).await?;
    let stale = bucket.put_if(TRIAL, b"4".to_vec(), first.clone()).await?;
    bucket.remove(TRIAL).await?;
    if first.is_some() && second.is_some() && twin.is_none() && stale.is_none() {
        return Ok(());
    }
    Err(Error::config(format!(
        "Two runs could write to {} at once: it does not keep the conditions of a put",
        bucket.name()
    ))
    .advise("Keep the ledger in a folder, or in a bucket that knows If-None-Match and If-Match."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bucket_has_one_writer() {
        let bucket = Bucket::in_memory();
        check(&bucket).await.unwrap();
        let first = Held::of_bucket(&bucket).await.unwrap().unwrap();
        assert!(Held::of_bucket(&bucket).await.unwrap().is_none());
        first.renew(&bucket).await.unwrap();
        first.let_go(&bucket).await.unwrap();
        assert!(Held::of_bucket(&bucket).await.unwrap().is_some());
    }
}
