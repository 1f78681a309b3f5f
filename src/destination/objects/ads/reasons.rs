//! Why a row that manages an object is refused, and what to do about it: the list that docs/ads.md shows.

/// Each reason with its advice.
pub static REASONS: &[(&str, &str)] = &[
    ("not_allowed", "Name the action for the object in `ads.allow`, if it is meant."),
    ("out_of_scope", "The row lies outside of `ads.scope`: leave it out, or widen the fence."),
    (
        "over_cap",
        "The budget or the bid is above its cap, or has none: set `ads.max_daily_budget`, `ads.max_lifetime_budget` or `ads.max_bid`.",
    ),
    (
        "over_total",
        "All that is enabled would spend more in a day than `ads.max_total_daily_budget`: pause something first.",
    ),
    ("over_raise", "Raise the budget in smaller steps, or allow larger ones with `ads.max_raise_percent`."),
    ("over_cut", "Cut the budget in smaller steps, or allow larger ones with `ads.max_cut_percent`."),
    ("invalid_advertiser", "Keep `advertiser_id` as a text of digits: a spreadsheet rounds long numbers."),
    ("advertiser_unknown", "Mend the row's `advertiser_id`, or let the token write to that account."),
    ("key_missing", "Fill the object's id, or its name and those of its parents."),
    ("parent_missing", "Name a campaign or ad group that is there, or one that another row of the sync makes."),
    ("not_found", "Nothing of this id or name is in the account: look it up, or write with a mode that creates."),
    ("ambiguous", "Several objects have the name: name the one by its id."),
    ("immutable", "TikTok does not change the field once the object is made: leave it out, or make a new object."),
    ("field_missing", "A new object needs the field: fill it."),
    ("unknown_word", "Write one of the words that TikTok knows, in capitals."),
    ("invalid_number", "Write the number in digits with a point, as 50.5."),
    ("invalid_amount", "Budgets and bids are more than nothing."),
    ("invalid_id", "Keep ids as texts: a spreadsheet has rounded this one."),
    ("invalid_time", "Write times in UTC as 2026-11-26 18:00:00, the end after the start."),
    ("time_past", "Schedules are in UTC, and a past one cannot be set."),
    ("text_too_long", "Names have 512 characters at most; a wide one counts as two."),
    ("emoji", "TikTok takes no emoji in names."),
    ("invalid_text", "Export texts as UTF-8, without line breaks in names."),
    ("invalid_value", "Give a value of the form that the message names."),
    ("too_many_items", "Give fewer items: TikTok bounds the list."),
    ("dayparting_of_zeros", "TikTok takes zeros for the whole week: name the hours, or pause the object."),
    ("contradiction", "Two settings exclude each other, as the message says."),
    ("would_remove", "TikTok replaces the object whole: give all of it."),
    ("invalid_operation", "`_op` is create, update, pause, resume or delete."),
    ("file_missing", "Upload the file first, or with another stream of the same sync; names count to the letter."),
    (
        "source_not_ready",
        "Wait until TikTok can use the source audience, or fill it: it needs 100 people that TikTok knows.",
    ),
    ("source_is_lookalike", "Take an audience of people as the source: TikTok makes no lookalike of a lookalike."),
    ("audience_not_found", "No audience of this id or name is in the account: look it up, or make it first."),
    ("audience_not_usable", "Take another audience, or mend this one: it expired, or TikTok could not read it."),
    ("audience_contradiction", "An ad group cannot both include and exclude an audience: disconnect it first."),
    ("adgroup_not_found", "No ad group of this id or name is in the account: look it up, or make it first."),
    ("smart_plus_object", "Write the targeting of a Smart+ ad group with `smart_plus_adgroup`."),
    (
        "would_broaden",
        "The ad group would reach everybody: connect another audience first, or add broaden to `ads.allow.audience_apply`.",
    ),
    ("shared_with_itself", "Name another advertiser in `shared_advertiser_id`: it has its own audiences already."),
    ("name_taken", "Something else has the name: choose another."),
    ("too_many_wait", "Put campaigns before their ad groups, and these before ads."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_stands_once() {
        for (at, (reason, advice)) in REASONS.iter().enumerate() {
            assert!(REASONS.iter().skip(at + 1).all(|(other, _)| other != reason), "{reason}");
            assert!(advice.ends_with('.'), "{reason}");
        }
    }

    /// Reasons stand as texts in the files beside this one.
    #[test]
    fn every_reason_that_is_given_is_in_the_list() {
        let here = [
            include_str!("guard.rs"),
            include_str!("mod.rs"),
            include_str!("money.rs"),
            include_str!("plan.rs"),
            include_str!("read.rs"),
            include_str!("tell.rs"),
            include_str!("traps.rs"),
            include_str!("wish.rs"),
            include_str!("../../record/steer.rs"),
            include_str!("../apply/plan.rs"),
            include_str!("../link.rs"),
            include_str!("../share/wish.rs"),
            include_str!("../share/job.rs"),
            include_str!("../lookalike/job.rs"),
        ]
        .concat();
        for (reason, _) in REASONS {
            assert!(here.contains(&format!("\"{reason}\"")), "{reason} is given nowhere");
        }
    }
}
