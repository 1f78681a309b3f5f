//! Uploads the files of an audience and applies them, once: waits while TikTok works on the audience, and makes no twin
//! of a new one although answers get lost (docs/tiktok-api.md 5.2).

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;

use super::spill::Part;
use super::wire::{self, Action};
use crate::destination::objects::audience::bound::Audience;
use crate::destination::objects::audience::known::{Known, NOT_CREATED};
use crate::destination::objects::audience::listed::Filled;
use crate::destination::objects::audience::{audiences, choose, directory};
use crate::destination::shell::looks::LOOKS;
use crate::error::{Error, Kind, Result};
use crate::tiktok::requester::may_be_done;
use crate::tiktok::{Client, codes};
use crate::waits::{self, Piece, State};

/// Files of one audience that are uploaded side by side.
const UPLOADS_AT_ONCE: usize = 2;
/// How long a run waits for an audience that TikTok works on, which may take it hours: the next sync comes.
const EDITABLE_WAIT_MAX: Duration = Duration::from_secs(10 * 60);
/// Waits between two attempts: the first, and the longest.
const EDITABLE_WAITS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// Times that a change is sent whose answer is lost. It does the same however often it is done.
const LOST_MAX: u32 = 5;

/// Files for an audience, which passed all guards.
pub(super) struct Job {
    pub known: Known,
    pub action: Action,
    pub parts: Vec<Part>,
    pub retention: Option<u32>,
}

impl Job {
    /// Does it; the audience as it is known then, and whether it was made.
    pub(super) async fn run(&self, client: &Client) -> Result<Known> {
        let Known { advertiser, name, id } = &self.known;
        let paths = self.upload(client).await?;
        if id != NOT_CREATED {
            self.update(client, &self.known, &paths).await?;
            return Ok(self.known.clone());
        }
        // Another run may have made it since this one looked.
        if let Some(known) = find(client, advertiser, name).await? {
            self.update(client, &known, &paths).await?;
            return Ok(known);
        }
        let id = self.create(client, &paths).await?;
        tracing::info!("Created the audience {name:?} ({id}) of advertiser {advertiser} out of files");
        Ok(Known { id, ..self.known.clone() })
    }

    async fn upload(&self, client: &Client) -> Result<Vec<String>> {
        let uploads: Vec<_> =
            self.parts.iter().map(|part| wire::upload(client, &self.known.advertiser, part)).collect();
        let paths = stream::iter(uploads).buffered(UPLOADS_AT_ONCE).try_collect().await;
        paths.map_err(|error| {
            error.about(format!("The members of the audience {:?} were not uploaded", self.known.name))
        })
    }

    /// Makes the audience, unless a lost answer turns out to have made it.
    async fn create(&self, client: &Client, paths: &[String]) -> Result<String> {
        let Known { advertiser, name, .. } = &self.known;
        let mut lost = match wire::create(client, advertiser, name, paths, self.retention).await {
            Err(error) if may_be_done(&error) => error,
            created => return created,
        };
        let (start, waiting) =
            (Instant::now(), waits::piece(format!("the audience {name:?}, an answer about it is lost")));
        for time in LOOKS {
            waiting.sleep_until(State::Retrying, start + time).await;
            match find(client, advertiser, name).await {
                Ok(Some(known)) => return Ok(known.id),
                Ok(None) => {}
                Err(error) => lost = error,
            }
        }
        let what = format!(
            "Nobody knows whether the audience {name:?} of advertiser {advertiser} was made: the answer was lost"
        );
        Err(Error::new(Kind::Network, what)
            .advise("Run the sync again: it looks for it before it makes another.")
            .because(lost))
    }

    /// Changes the audience once TikTok lets it.
    async fn update(&self, client: &Client, known: &Known, paths: &[String]) -> Result<()> {
        let (start, (mut wait, longest)) = (Instant::now(), EDITABLE_WAITS);
        let (mut lost, mut waiting) = (0, None);
        loop {
            let error = match wire::update(client, known, self.action, paths).await {
                Err(error) if codes::is_not_editable(&error) => error,
                Err(error) if may_be_done(&error) && lost < LOST_MAX => {
                    lost += 1;
                    tracing::debug!("The answer about an audience's files is lost; they are applied again. {error}");
                    continue;
                }
                other => return other.map_err(|error| self.told(known, error)),
            };
            if start.elapsed() + wait > EDITABLE_WAIT_MAX {
                return Err(busy(known, lost > 0, error));
            }
            let waiting = waiting.get_or_insert_with(|| wait_for(known, &error));
            waiting.sleep(State::TikTok, wait).await;
            wait = (wait * 2).min(longest);
        }
    }

    fn told(&self, known: &Known, error: Error) -> Error {
        let Known { name, id, .. } = known;
        error.about(format!("The files were not applied to the audience {name:?} ({id}) ({})", self.action.word()))
    }
}

/// Says that an audience is waited for, once; the rest is the heartbeat's to tell.
fn wait_for(known: &Known, error: &Error) -> Piece {
    let Known { name, id, .. } = known;
    let (minutes, why) = (EDITABLE_WAIT_MAX.as_secs() / 60, error.message());
    tracing::warn!(
        "TikTok does not let the audience {name:?} ({id}) be changed yet: waiting for it, {minutes} minutes at most. {why}"
    );
    let waiting = waits::told_piece(format!("the audience {name:?} ({id}), which it works on"), EDITABLE_WAIT_MAX);
    waiting.because(why);
    waiting
}

/// What is told of an audience that stays as it is.
fn busy(known: &Known, may_be_done: bool, error: Error) -> Error {
    let Known { name, id, .. } = known;
    let minutes = EDITABLE_WAIT_MAX.as_secs() / 60;
    let doubt = if may_be_done { ", perhaps with these members, for an answer was lost" } else { "" };
    let what = format!(
        "TikTok does not let the audience {name:?} ({id}) be changed after {minutes} minutes: it still works on it{doubt}, or fewer than 1,000 people are matched"
    );
    Error::new(Kind::Unavailable, what)
        .advise("Nothing was lost: no state was told, and the next sync sends the rows again. TikTok takes hours for a file: sync once a day.")
        .because(error)
}

/// An audience of files by its exact name, listed anew.
async fn find(client: &Client, advertiser: &str, name: &str) -> Result<Option<Known>> {
    let all = audiences::list(client, advertiser).await?;
    let audience = Audience::Name(name.to_owned());
    let found = choose::find(&all, advertiser, &audience, directory::now(), Filled::Files)?;
    Ok(found.one.map(|one| Known {
        advertiser: advertiser.to_owned(),
        id: one.audience_id.clone(),
        name: one.name.clone(),
    }))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use serde_json::{Value, json};

    use super::super::spill::{FILE_BYTES_MAX, Spill};
    use super::*;
    use crate::tiktok::scripted::Scripted;

    const NOT_EDITABLE: &str =
        "{\"code\":40002,\"message\":\"Audience is not editable, please check audience status\",\"request_id\":\"r\"}";

    fn uploaded(script: &Scripted) {
        script.answer(200, &json!({"code": 0, "data": {"file_path": "0123456789abcdef"}}).to_string());
    }

    fn list(script: &Scripted, is_there: bool) {
        let one = json!({"audience_id": "5", "name": "VIP", "audience_type": "Customer File Audience"});
        let rows: Vec<Value> = is_there.then_some(one).into_iter().collect();
        let info = json!({"page": 1, "page_size": 100, "total_number": rows.len(), "total_page": 1});
        script.answer(200, &json!({"code": 0, "data": {"list": rows, "page_info": info}}).to_string());
    }

    /// The audience's id or what is told instead, and the seconds that it took.
    async fn run(script: &Scripted, id: &str) -> (Result<String, (Kind, String)>, u64) {
        let many = NonZeroU32::MIN.saturating_add(99);
        let client = Client::new(Box::new(script.clone()), many, many);
        let mut spill = Spill::new(FILE_BYTES_MAX);
        spill.put(b",,,\n").unwrap();
        let known = Known { advertiser: "7".into(), id: id.into(), name: "VIP".into() };
        let job = Job { known, action: Action::Append, parts: spill.finish().unwrap(), retention: Some(30) };
        let start = Instant::now();
        let done = job.run(&client).await;
        (done.map(|known| known.id).map_err(|error| (error.kind(), error.to_string())), start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn an_audience_in_work_is_waited_for() {
        let script = Scripted::default();
        uploaded(&script);
        for _ in 0..3 {
            script.answer(200, NOT_EDITABLE);
        }
        script.answer(200, "{\"code\":0,\"message\":\"OK\",\"request_id\":\"r\"}");
        let (done, seconds) = run(&script, "9").await;
        assert_eq!(done.unwrap(), "9");
        assert!((35..40).contains(&seconds), "{seconds}");
        let bodies = script.bodies();
        assert_eq!(bodies.len(), 4);
        for body in bodies {
            assert_eq!(
                serde_json::from_str::<Value>(&body).unwrap(),
                json!({"advertiser_id": "7", "custom_audience_id": "9", "action": "APPEND", "file_paths": ["0123456789abcdef"]})
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_has_an_end_and_loses_nothing() {
        let script = Scripted::default();
        uploaded(&script);
        for _ in 0..20 {
            script.answer(200, NOT_EDITABLE);
        }
        let (done, seconds) = run(&script, "9").await;
        let (kind, text) = done.unwrap_err();
        assert!(kind.is_temporary() && text.contains("\"VIP\" (9) be changed after 10 minutes"), "{text}");
        assert!((500..=600).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_makes_no_twin() {
        let script = Scripted::default();
        uploaded(&script);
        list(&script, false);
        script.error(Kind::Network);
        list(&script, false);
        list(&script, true);
        let (done, seconds) = run(&script, NOT_CREATED).await;
        assert_eq!(done.unwrap(), "5");
        assert!((10..15).contains(&seconds), "{seconds}");
        let bodies = script.bodies();
        assert_eq!(bodies.len(), 1);
        assert!(
            bodies[0].contains("\"retention_in_days\":30") && bodies[0].contains("MULTIPLE_TYPES"),
            "{}",
            bodies[0]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_never_seen_is_not_made_again() {
        let script = Scripted::default();
        uploaded(&script);
        list(&script, false);
        script.error(Kind::Network);
        for _ in LOOKS {
            list(&script, false);
        }
        let (kind, text) = run(&script, NOT_CREATED).await.0.unwrap_err();
        assert!(kind == Kind::Network && text.starts_with("Nobody knows whether the audience \"VIP\""), "{text}");
        assert_eq!(script.bodies().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_made_it_meanwhile_is_joined() {
        let script = Scripted::default();
        uploaded(&script);
        list(&script, true);
        script.answer(200, "{\"code\":0,\"message\":\"OK\",\"request_id\":\"r\"}");
        assert_eq!(run(&script, NOT_CREATED).await.0.unwrap(), "5");
        assert!(script.bodies()[0].contains("\"custom_audience_id\":\"5\""));
    }
}
