//! Advertisers about whom TikTok is asked at once, as far as it answers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::question::{Answer, Days, Question};
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::source::plan::activity::Piece;
use crate::source::plan::together::{Cuts, TOGETHER_MAX, Trust};
use crate::source::plan::window::Window;
use crate::source::plan::withdrawn::Withdrawn;
use crate::tiktok::endpoint::REPORT;
use crate::tiktok::{Client, Watch};

/// An advertiser, and the days that any stream of the run may ask for.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) id: Arc<str>,
    pub(super) owner: Option<Arc<str>>,
    pub(super) whole: Window,
}

/// A few advertisers of one authorization.
pub(super) struct Team {
    client: Client,
    members: Vec<Member>,
    cuts: Mutex<Cuts>,
    pieces: Mutex<HashMap<Piece, Cell>>,
}

/// What a question about several says of each, by seat; of those beyond its end nothing.
type Cell = Arc<OnceCell<Vec<Told>>>;

/// What it says of one.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Days(Days),
    /// It must be asked about alone.
    Nothing,
}

/// What the teams of a run share.
#[derive(Default)]
pub(super) struct Company {
    trust: Mutex<Trust>,
    /// As long as nobody knows whether TikTok answers, one asks and the others wait to hear.
    first: tokio::sync::Mutex<()>,
}

/// What became of a question.
enum Asked {
    Answered(Answer),
    /// The same may be granted to fewer.
    Refused,
    /// TikTok throttles one of them, or all: each waits for itself.
    HeldBack,
    Failed,
}

/// Who asks.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) company: &'a Company,
    pub(super) withdrawn: &'a Withdrawn,
    pub(super) watch: &'a dyn Watch,
}

/// All advertisers of a run in teams: those of one owner by themselves, for what TikTok refuses are accounts of several
/// users, and those who are their owner's only one together; otherwise in their order, so that those who are read side by
/// side are in one.
pub(super) fn teams(client: &Client, members: &[Member]) -> Vec<Team> {
    let known: HashMap<&str, &Member> = members.iter().map(|member| (&*member.id, member)).collect();
    let ids: Vec<Arc<str>> = members.iter().map(|member| member.id.clone()).collect();
    let mut teams = Vec::with_capacity(ids.len().div_ceil(TOGETHER_MAX));
    for (client, ids) in client.by_authorization(&ids) {
        let mut mine: Vec<Member> =
            ids.iter().filter_map(|id| known.get(&**id).map(|member| Member::clone(member))).collect();
        mine.sort_by_key(|member| member.owner.clone());
        let (single, several): (Vec<_>, Vec<_>) =
            mine.chunk_by(|one, other| one.owner == other.owner).partition(|own| own.len() == 1);
        let single = single.concat();
        for members in several.into_iter().chain([&*single]).flat_map(|own| own.chunks(TOGETHER_MAX)) {
            teams.push(Team {
                client: client.clone(),
                members: members.to_vec(),
                cuts: Mutex::default(),
                pieces: Mutex::default(),
            });
        }
    }
    teams
}

impl Team {
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// What a question about several says of the advertiser of a seat; who comes first asks it.
    pub(super) async fn told(&self, asker: Asker<'_>, seat: usize, piece: Piece) -> Told {
        let cell = {
            let mut pieces = lock(&self.pieces);
            match pieces.get(&piece) {
                Some(cell) => cell.clone(),
                None if self.members.len() < 2 || !asker.company.is_trusted() => return Told::Nothing,
                None => pieces.entry(piece).or_default().clone(),
            }
        };
        let told = cell.get_or_init(|| self.ask(asker, piece)).await;
        told.get(seat).cloned().unwrap_or(Told::Nothing)
    }

    /// Asks about all that the piece may say anything of.
    async fn ask(&self, asker: Asker<'_>, piece: Piece) -> Vec<Told> {
        let mut told = vec![Told::Nothing; self.members.len()];
        let seats: Vec<usize> = (0..self.members.len()).filter(|seat| self.is_concerned(*seat, piece)).collect();
        let mut open = lock(&self.cuts).parts(&seats);
        while let Some(part) = open.pop() {
            if part.len() < 2 {
                continue;
            }
            let Some(asked) = self.ask_together(asker, &part, piece).await else { continue };
            match asked {
                Asked::Answered(answer) => {
                    for (seat, member) in part.iter().filter_map(|seat| Some((*seat, self.members.get(*seat)?))) {
                        if let Some(slot) = told.get_mut(seat) {
                            *slot = Told::Days(answer.of(&member.id, piece));
                        }
                    }
                }
                Asked::Refused => open.extend(lock(&self.cuts).halve(&part)),
                Asked::HeldBack => lock(&self.cuts).sever(&part),
                Asked::Failed => {}
            }
        }
        told
    }

    /// Whether the piece has days of the advertiser, and it may have been active on them.
    fn is_concerned(&self, seat: usize, piece: Piece) -> bool {
        let Some(member) = self.members.get(seat) else { return false };
        let Some(days) = piece.window(member.whole) else { return false };
        let blocks: Vec<Cell> = match piece {
            Piece::Block(_) => Vec::new(),
            Piece::Chunk(_) => {
                let pieces = lock(&self.pieces);
                Piece::blocks(days).iter().filter_map(|block| pieces.get(block).cloned()).collect()
            }
        };
        let is_empty = |cell: &Cell| {
            let told = cell.get().and_then(|told| told.get(seat));
            matches!(told, Some(Told::Days(Some(active))) if active.is_empty())
        };
        let is_held_back = self.client.is_held_back(&REPORT, &member.id);
        !is_held_back && (blocks.is_empty() || !blocks.iter().all(is_empty))
    }

    /// Asks about the advertisers of some seats; nothing where such questions were given up.
    async fn ask_together(&self, asker: Asker<'_>, part: &[usize], piece: Piece) -> Option<Asked> {
        let Asker { company, withdrawn, watch } = asker;
        let _first = company.wait_for_the_first().await;
        if !company.is_trusted() {
            return None;
        }
        let members: Vec<&Member> = part.iter().filter_map(|seat| self.members.get(*seat)).collect();
        let ids: Vec<&str> = members.iter().map(|member| &*member.id).collect();
        let windows: Vec<Window> = members.iter().filter_map(|member| piece.window(member.whole)).collect();
        let start = windows.iter().map(|window| window.start).min()?;
        let days = Window { start, end: windows.iter().map(|window| window.end).max()? };
        let question = Question { client: &self.client, watch, ids: &ids, piece, days };
        let limits = question.whose_limits();
        let asked = tokio::select! {
            answer = question.ask(withdrawn) => became(answer, &ids),
            // One that TikTok throttles stops no other.
            () = self.held_back(&limits) => Asked::HeldBack,
        };
        company.learn(&asked);
        Some(asked)
    }

    /// Returns when TikTok throttles what goes by these limits.
    async fn held_back(&self, limits: &str) {
        let mut pauses = self.client.pauses();
        while !self.client.is_held_back(&REPORT, limits) {
            if pauses.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

fn became(answer: Result<Option<Answer>>, ids: &[&str]) -> Asked {
    match answer {
        Ok(Some(answer)) if answer.is_about(ids) => Asked::Answered(answer),
        Ok(_) => Asked::Failed,
        Err(error) => {
            tracing::debug!("Asking about {} advertisers at once came to nothing. {error}", ids.len());
            if is_refusal(&error) { Asked::Refused } else { Asked::Failed }
        }
    }
}

/// Whether the same question about fewer, or with another token, may be answered.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind(), Kind::Permission | Kind::Config | Kind::Gone | Kind::Request | Kind::Token)
}

impl Company {
    fn is_trusted(&self) -> bool {
        lock(&self.trust).is_left()
    }

    /// Waits for its turn until TikTok has answered such a question, or they are given up.
    async fn wait_for_the_first(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        let is_known = || {
            let trust = lock(&self.trust);
            trust.is_proven() || !trust.is_left()
        };
        if is_known() {
            return None;
        }
        let first = self.first.lock().await;
        (!is_known()).then_some(first)
    }

    fn learn(&self, asked: &Asked) {
        let mut trust = lock(&self.trust);
        match asked {
            Asked::Answered(_) => trust.answered(),
            Asked::Refused | Asked::HeldBack | Asked::Failed => {
                trust.failed();
                if !trust.is_left() {
                    tracing::debug!("TikTok is asked about the days of each advertiser alone");
                }
            }
        }
    }
}

/// Where each advertiser sits: its team, and its seat there.
pub(super) fn seats(teams: &[Team]) -> HashMap<Arc<str>, (usize, usize)> {
    let mut seats = HashMap::new();
    for (at, team) in teams.iter().enumerate() {
        let of_team = team.members().iter().enumerate();
        seats.extend(of_team.map(|(seat, member)| (member.id.clone(), (at, seat))));
    }
    seats
}
