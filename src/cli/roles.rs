//! Who a command line is for, and which role it means where it does not say. Pure.

use std::ffi::{OsStr, OsString};
use std::path::Path;

const ROLES: [&str; 2] = ["source", "destination"];
/// Roles that are for people.
const FOR_PEOPLE: [&str; 5] = ["auth", "webhook", "ledger", "completions", "man"];
/// Verbs that imply their role.
pub(super) const BARE_VERBS: [(&str, &str); 5] =
    [("source", "spec"), ("source", "check"), ("source", "discover"), ("source", "read"), ("destination", "write")];

/// The role of a bare verb.
fn role_of(verb: &str) -> Option<&'static str> {
    BARE_VERBS.into_iter().find_map(|(role, bare)| (bare == verb).then_some(role))
}

/// Puts the role in where only the verb or the binary's name says it.
pub(super) fn say_role(args: &mut Vec<OsString>) {
    if let Some(role) = implied_role(args) {
        args.insert(1, role.into());
    } else if let ["help", verb] = [1, 2].map(|at| word(args, at))
        && let Some(role) = role_of(verb)
    {
        args.insert(2, role.into());
    }
}

/// Whether the command is for people. Then an unknown flag is a mistake, not a platform's flag.
#[must_use]
pub(crate) fn is_for_people(args: &[OsString]) -> bool {
    let is = |at: usize, name: &str| args.get(at).is_some_and(|word| word == name);
    FOR_PEOPLE.iter().any(|role| is(1, role))
        || [1, 2].iter().any(|at| is(*at, "help"))
        || (is(1, "destination") && is(2, "audit"))
        || (is(1, "source") && (is(2, "plan") || is(2, "audit")))
}

fn word(args: &[OsString], at: usize) -> &str {
    args.get(at).and_then(|word| word.to_str()).unwrap_or_default()
}

/// The role that the binary's name (`source-tiktok-ads`) implies, or else the bare verb.
fn implied_role(args: &[OsString]) -> Option<&'static str> {
    let first = word(args, 1);
    if ROLES.contains(&first) || FOR_PEOPLE.contains(&first) {
        return None;
    }
    let name = args.first().and_then(|name| Path::new(name).file_name()).and_then(OsStr::to_str).unwrap_or_default();
    let by_name = ROLES.into_iter().find(|role| name.starts_with(&format!("{role}-")));
    by_name.or_else(|| role_of(first))
}
