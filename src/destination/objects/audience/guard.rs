//! Whether a mirror looks as it should, before anybody leaves who was sent. Pure.

use super::known::Known;
use crate::config::destination::AudienceOptions;
use crate::error::Error;
use crate::membership::kinds::Kinds;
use crate::membership::manifest::{Confirmed, Open, Told};
use crate::membership::settlement::{Judged, Survey};
use crate::words::counted;

/// What is known of the rows of an audience's routes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Came {
    pub rows: u64,
    pub rejected: u64,
    /// Whether a mirror's rows are all there.
    pub whole: bool,
    pub generation: Option<u64>,
    /// What TikTok said of the audience.
    pub told: Option<Told>,
}

impl Came {
    /// The same of all runs of its generation, so that a run which ends it is not judged by its last rows alone.
    #[must_use]
    pub(super) fn of_generation(self, open: Option<Open>) -> Self {
        match open.filter(|open| self.generation == Some(open.generation)) {
            None => self,
            // An older version did not count: it is not taken for empty.
            Some(Open { rows: None, .. }) => Self { rows: self.rows.max(1), ..self },
            Some(Open { rows: Some(rows), rejected, .. }) => {
                Self { rows: self.rows + rows, rejected: self.rejected + rejected, ..self }
            }
        }
    }

    /// Whether no row came, and none of a run that was killed.
    #[must_use]
    pub(super) fn is_empty(&self, survey: &Survey) -> bool {
        self.rows == 0 && survey.named == 0
    }
}

/// What guards what leaves an audience.
pub(super) struct Guard<'a> {
    pub known: &'a Known,
    pub came: Came,
    pub options: &'a AudienceOptions,
    /// The confirmation that was used last.
    pub used: Option<Confirmed>,
}

/// What looks wrong.
struct Doubt {
    what: String,
    /// What is looked at first.
    look: &'static str,
    keeps: Kinds,
}

impl Guard<'_> {
    pub(super) fn judge(&self, survey: &Survey) -> Judged {
        let Came { whole, generation, .. } = self.came;
        if self.came.is_empty(survey) {
            return Judged { refused: self.empty(survey), ..Judged::GOES };
        }
        let Some(doubt) = self.doubt(survey) else { return Judged::GOES };
        let keeps = doubt.keeps;
        // A generation that goes on needs no word yet.
        if generation.is_some() && !whole {
            return Judged { keeps, ..Judged::GOES };
        }
        if self.is_confirmed() {
            return Judged { confirmed: generation, ..Judged::GOES };
        }
        Judged { refused: Some(self.told(&doubt)), keeps, confirmed: None }
    }

    /// The confirmation is for one run.
    fn is_confirmed(&self) -> bool {
        let Some(generation) = self.came.generation else { return false };
        self.options.confirm_shrink == Some(generation) && self.spent().is_none()
    }

    /// The confirmation of this generation, if a run has used it and the config still has it.
    fn spent(&self) -> Option<Confirmed> {
        let is_this = |used: &Confirmed| {
            self.came.generation == Some(used.generation) && self.options.confirm_shrink == Some(used.generation)
        };
        self.used.filter(is_this)
    }

    fn empty(&self, Survey { before, .. }: &Survey) -> Option<Error> {
        let are = if *before == 1 { "is" } else { "are" };
        let what = format!("brought no row, and {} {are} there", counted(*before, "member"));
        let advice = "Look why the stream is empty; set `audience.allow_empty` if the audience is to be emptied.";
        let doubted = self.came.whole && !self.options.allow_empty && *before > 0;
        doubted.then(|| self.error(&what, Kinds::NONE).advise(advice))
    }

    fn doubt(&self, survey: &Survey) -> Option<Doubt> {
        let most = self.options.max_shrink_percent;
        let Came { rows, rejected, generation, .. } = self.came;
        let Survey { before, unnamed, losses, .. } = survey;
        let keeps = losses.above(most);
        if !keeps.is_none() {
            let what = format!(
                "would take {}, more than {most} %, which looks like a column that broke or was dropped",
                losses.told(keeps)
            );
            return Some(Doubt { what, look: "Look at the column; if all of them are to go", keeps });
        }
        generation?;
        if rejected * 100 > most * rows {
            let what =
                format!("had {rejected} of {rows} rows rejected, more than {most} %, which looks like a broken column");
            return Some(Doubt { what, look: "Look at the rejected rows; if they are right", keeps });
        }
        let what = format!("would remove {unnamed} of {before} members, more than {most} %");
        let look = "Look at the stream; if all of them are to leave";
        (unnamed * 100 > most * before).then_some(Doubt { what, look, keeps })
    }

    fn told(&self, Doubt { what, look, keeps }: &Doubt) -> Error {
        let raise = "raise `audience.max_shrink_percent` for one run";
        if let Some(Confirmed { generation, at, members }) = self.spent() {
            let used = format!(
                "`audience.confirm_shrink` {generation} was used on {}, when {} left",
                at.format("%Y-%m-%d"),
                counted(members, "member")
            );
            let advice = format!(
                "{look}, take `audience.confirm_shrink` out, sync once, and set it to {generation} again; or {raise}."
            );
            return self.error(&format!("{what}, and {used}"), *keeps).advise(advice);
        }
        let confirm = self.came.generation.filter(|generation| *generation > 0).map_or_else(
            || raise.to_owned(),
            |generation| format!("set `audience.confirm_shrink` to {generation}, the number of this generation"),
        );
        self.error(what, *keeps).advise(format!("{look}, {confirm}."))
    }

    fn error(&self, what: &str, keeps: Kinds) -> Error {
        let Known { name, id, .. } = self.known;
        let who = if self.came.generation.is_some() { "The mirror of" } else { "The stream of" };
        let end = if keeps.is_none() { "nobody was removed" } else { "they stay" };
        Error::config(format!("{who} the audience {name:?} ({id}) {what}; {end}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::membership::kinds::Losses;

    const SURVEY: Survey = Survey {
        before: 10,
        unnamed: 0,
        named: 10,
        changed_ids: 0,
        unnamed_ids: 0,
        losses: Losses { had: [10; 4], lost: [0; 4] },
    };
    const CAME: Came = Came { rows: 10, rejected: 0, whole: true, generation: Some(4), told: None };

    fn judged(
        came: Came,
        survey: Survey,
        options: &AudienceOptions,
        used: Option<Confirmed>,
    ) -> (Option<String>, Judged) {
        let known = Known { advertiser: "7".into(), id: "9".into(), name: "VIP".into() };
        let judged = Guard { known: &known, came, options, used }.judge(&survey);
        (judged.refused.as_ref().map(ToString::to_string), judged)
    }

    fn options(confirm_shrink: Option<u64>, allow_empty: bool) -> AudienceOptions {
        AudienceOptions { confirm_shrink, allow_empty, ..AudienceOptions::default() }
    }

    #[test]
    fn guards_tell_both_numbers_and_let_through_what_was_confirmed() {
        let told =
            |came, unnamed, options: &AudienceOptions| judged(came, Survey { unnamed, ..SURVEY }, options, None).0;
        assert_eq!(told(CAME, 2, &options(None, false)), None);
        assert_eq!(
            told(CAME, 3, &options(None, false)).as_deref(),
            Some(
                "The mirror of the audience \"VIP\" (9) would remove 3 of 10 members, more than 20 %; nobody was removed. \
                 Look at the stream; if all of them are to leave, set `audience.confirm_shrink` to 4, the number of this generation."
            )
        );
        assert_eq!(told(CAME, 3, &options(Some(4), false)), None);
        assert!(told(CAME, 3, &options(Some(3), false)).is_some());
        let few = AudienceOptions { max_shrink_percent: 100, ..options(None, false) };
        assert_eq!(told(CAME, 10, &few), None);
        let rejected = told(Came { rejected: 3, ..CAME }, 0, &options(None, false));
        assert!(rejected.is_some_and(|told| told.contains("had 3 of 10 rows rejected, more than 20 %")));
        let unnumbered = told(Came { generation: Some(0), ..CAME }, 3, &options(None, false));
        assert!(unnumbered.is_some_and(|told| told.ends_with("raise `audience.max_shrink_percent` for one run.")));
        let empty = Came { rows: 0, ..CAME };
        let told =
            |came, options: &AudienceOptions| judged(came, Survey { unnamed: 10, named: 0, ..SURVEY }, options, None).0;
        assert!(told(empty, &options(None, false)).is_some_and(|told| told.contains("brought no row")));
        assert!(told(empty, &options(Some(4), false)).is_some(), "whoever empties says so");
        assert_eq!(told(empty, &options(None, true)), None);
        // Earlier runs of the generation count.
        let more = |rows, rejected| empty.of_generation(Some(Open { generation: 4, rows, rejected }));
        for (came, part) in [
            (more(Some(1), 0), "remove 10 of 10"),
            (more(Some(9), 2), "2 of 9 rows"),
            (more(None, 0), "remove 10 of 10"),
        ] {
            assert!(told(came, &options(None, true)).is_some_and(|told| told.contains(part)), "{part}");
        }
    }

    #[test]
    fn a_confirmation_is_for_one_run() {
        let used = Confirmed { generation: 4, at: clock::now(), members: 5 };
        let shrinks = Survey { unnamed: 3, ..SURVEY };
        let (told, judged_now) = judged(CAME, shrinks, &options(Some(4), false), None);
        assert_eq!((told, judged_now.confirmed), (None, Some(4)));
        let (told, _) = judged(CAME, SURVEY, &options(Some(4), false), Some(used));
        assert_eq!(told, None, "it is not needed");
        let (told, _) = judged(CAME, shrinks, &options(Some(4), false), Some(used));
        let told = told.unwrap();
        assert!(told.contains(&format!("4 was used on {}, when 5 members left", used.at.format("%Y-%m-%d"))), "{told}");
        assert!(told.contains("take `audience.confirm_shrink` out, sync once, and set it to 4 again"), "{told}");
        let (told, _) = judged(CAME, shrinks, &options(None, false), Some(used));
        assert!(told.unwrap().contains("set `audience.confirm_shrink` to 4"));
        let later = Came { generation: Some(5), ..CAME };
        assert_eq!(judged(later, shrinks, &options(Some(5), false), Some(used)).1.confirmed, Some(5));
    }

    #[test]
    fn a_kind_that_most_members_lost_stays_in_every_mode() {
        let phone = Kinds::of_slot(1);
        let lost = Survey { losses: Losses { had: [10, 8, 0, 0], lost: [0, 2, 0, 0] }, ..SURVEY };
        let (told, judged_now) = judged(CAME, lost, &options(None, false), None);
        assert_eq!(judged_now.keeps, phone);
        let told = told.unwrap();
        assert!(
            told.contains("would take the phone number from 2 of the 8 members that have one, more than 20 %"),
            "{told}"
        );
        let append = Came { generation: None, whole: false, ..CAME };
        let (told, judged_now) = judged(append, lost, &options(None, false), None);
        assert_eq!(judged_now.keeps, phone);
        assert!(told.unwrap().starts_with("The stream of the audience"));
        let cut = Came { whole: false, ..CAME };
        let (told, judged_now) = judged(cut, lost, &options(Some(4), false), None);
        assert_eq!((told, judged_now.keeps, judged_now.confirmed), (None, phone, None));
        assert_eq!(judged(CAME, lost, &options(Some(4), false), None).1.keeps, Kinds::NONE);
    }
}
