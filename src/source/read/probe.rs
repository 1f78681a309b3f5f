//! Asks TikTok on which days an advertiser's ads did anything, each piece once a run, for all streams.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use tokio::sync::OnceCell;

use super::question::{Days, Question};
use super::team::{self, Asker, Company, Member, Team, Told};
use crate::lock::lock;
use crate::source::plan::account::Account;
use crate::source::plan::activity::{self, Activity, Depth, Piece};
use crate::source::plan::window::Window;
use crate::source::plan::withdrawn::Withdrawn;
use crate::source::plan::{self, Scope};
use crate::tiktok::{Client, Watch};

/// A piece of an advertiser's days, filled by whoever asks first.
type Cell = Arc<OnceCell<Days>>;

/// What is known of all advertisers of a run.
#[derive(Default)]
pub(crate) struct Probe {
    teams: Vec<Team>,
    seats: HashMap<Arc<str>, (usize, usize)>,
    company: Company,
    /// Of those who were asked about alone.
    pieces: Mutex<HashMap<(Arc<str>, Piece), Cell>>,
    withdrawn: Withdrawn,
}

/// Who is asked about, and by whom.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) client: &'a Client,
    pub(super) watch: &'a dyn Watch,
    pub(super) account: &'a Account,
}

/// The days that a stream wants to know of.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) window: Window,
    /// The days that any stream of the run may ever ask for, so that all ask for the same pieces.
    pub(super) whole: Window,
    pub(super) depth: Depth,
}

impl Probe {
    /// Of these accounts.
    pub(super) fn of(client: &Client, scope: &Scope, accounts: &[Account]) -> Self {
        let whole = |account: &Account| activity::judged(&plan::bounds(scope, account, None));
        let members = accounts.iter().filter_map(|account| {
            Some(Member { id: account.id.clone(), owner: account.owner.clone(), whole: whole(account)? })
        });
        let teams = team::teams(client, &members.collect::<Vec<_>>());
        Self { seats: team::seats(&teams), teams, ..Self::default() }
    }

    /// What can be known of an advertiser's days.
    pub(super) async fn activity(&self, subject: Subject<'_>, wanted: Wanted) -> Activity {
        let Wanted { window, whole, depth } = wanted;
        let blocks = Piece::blocks(window).into_iter().filter_map(|block| Some((block, block.window(whole)?)));
        let blocks = blocks.map(|(block, days)| async move {
            // Where a sum would hardly save anything, every chunk is looked at.
            let known = if Piece::pays(days) { self.piece(subject, block, days).await } else { None };
            (days, known.is_some_and(|active| active.is_empty()))
        });
        let mut active: BTreeSet<NaiveDate> = BTreeSet::new();
        let mut chunks = Vec::new();
        for (days, is_empty) in futures::future::join_all(blocks).await {
            match depth {
                _ if is_empty => {}
                Depth::Blocks => active.extend(each(days)),
                Depth::Days => chunks.extend(Piece::chunks(days).into_iter().filter_map(|chunk| {
                    let within = chunk.window(days)?;
                    (within.start <= window.end && within.end >= window.start).then_some((chunk, within))
                })),
            }
        }
        let chunks = chunks.into_iter().map(|(chunk, days)| async move {
            self.piece(subject, chunk, days).await.unwrap_or_else(|| each(days).collect())
        });
        active.extend(futures::future::join_all(chunks).await.into_iter().flatten());
        Activity::new(window, active)
    }

    /// What is known of a piece; who asks first asks TikTok, about several at once if it answers that.
    async fn piece(&self, subject: Subject<'_>, piece: Piece, days: Window) -> Days {
        if let Told::Days(days) = self.told_together(subject, piece).await {
            return days;
        }
        let cell = {
            let mut pieces = lock(&self.pieces);
            pieces.entry((subject.account.id.clone(), piece)).or_default().clone()
        };
        cell.get_or_init(|| self.ask_alone(subject, piece, days)).await.clone()
    }

    async fn told_together(&self, subject: Subject<'_>, piece: Piece) -> Told {
        let seat = self.seats.get(&subject.account.id);
        let Some((team, seat)) = seat.and_then(|(team, seat)| Some((self.teams.get(*team)?, *seat))) else {
            return Told::Nothing;
        };
        let asker = Asker { company: &self.company, withdrawn: &self.withdrawn, watch: subject.watch };
        team.told(asker, seat, piece).await
    }

    /// An answer that does not come, or not whole, proves nothing: the finer question will tell.
    async fn ask_alone(&self, subject: Subject<'_>, piece: Piece, days: Window) -> Days {
        let Subject { client, watch, account } = subject;
        let question = Question { client, watch, ids: &[&account.id], piece, days };
        match question.ask(&self.withdrawn).await {
            Ok(answer) => answer?.of_one(piece),
            Err(error) => {
                tracing::debug!(advertiser_id = &*account.id, "Days without ads are not known. {error}");
                None
            }
        }
    }
}

fn each(days: Window) -> impl Iterator<Item = NaiveDate> {
    days.start.iter_days().take_while(move |day| *day <= days.end)
}
