//! Pieces that the page is made of: bars without a picture's file, cells, words for states.

use maud::{Markup, html};

use super::figures::{count, share};
use super::summary::Status;

/// A part of a bar.
pub(super) struct Part {
    pub class: &'static str,
    /// What it is, for who points at it; nothing for what needs no name.
    pub name: &'static str,
    pub value: u64,
}

/// A bar of parts, as wide as there is room.
pub(super) fn stack(parts: &[Part]) -> Markup {
    let whole: u64 = parts.iter().map(|part| part.value).sum();
    let title = |part: &Part| match part.name {
        "" => None,
        name => Some(format!("{} {name}, {}", count(part.value), share(part.value, whole))),
    };
    html! {
        div.stack aria-hidden="true" {
            @for part in parts.iter().filter(|part| part.value > 0) {
                i.(part.class) style={ "flex-grow:" (part.value) } title=[title(part)] {}
            }
        }
    }
}

/// A cell with a number; none is quiet.
pub(super) fn number(label: &str, value: u64) -> Markup {
    html! { td.n.zero[value == 0] data-label=(label) { (count(value)) } }
}

/// What became of a stream.
pub(super) fn badge(status: Status) -> Markup {
    let (class, word) = match status {
        Status::Complete => ("ok", "complete"),
        Status::Incomplete => ("bad", "incomplete"),
        Status::Stopped => ("warn", "stopped"),
        Status::NotBegun => ("quiet", "not begun"),
    };
    html! { span class={ "badge " (class) } { (word) } }
}

/// Letters of a name that stand together at most.
const UNBROKEN_MAX: usize = 20;

/// A name with underscores, which may break behind each; a long name leaves room for what stands beside it.
pub(super) fn name(name: &str) -> Markup {
    let letters: Vec<char> = name.chars().collect();
    let pieces = letters.split_inclusive(|letter| *letter == '_').flat_map(|part| part.chunks(UNBROKEN_MAX));
    let pieces: Vec<String> = pieces.map(|piece| piece.iter().collect()).collect();
    html! { @for (at, piece) in pieces.iter().enumerate() { (piece) @if at + 1 < pieces.len() || piece.ends_with('_') { wbr; } } }
}

/// A sentence whose `words` are code.
pub(super) fn sentence(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    let is_paired = parts.len() % 2 == 1;
    html! {
        @for (at, part) in parts.iter().enumerate() {
            @match (is_paired, at % 2) {
                (true, 1) => code { (part) },
                (false, _) if at > 0 => { "`" (part) },
                _ => (part),
            }
        }
    }
}

/// A number that is to be seen at once.
pub(super) fn tile(what: &str, figure: &str, more: &str) -> Markup {
    html! {
        div.tile { p.what { (what) } p.big { (figure) } @if !more.is_empty() { p.soft { (more) } } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_breaks_wherever_it_must() {
        assert_eq!(name("ads_reports").into_string(), "ads_<wbr>reports");
        let long = name(&"x".repeat(120)).into_string();
        assert_eq!(long.matches("<wbr>").count(), 120 / UNBROKEN_MAX - 1);
        assert_eq!(long.replace("<wbr>", ""), "x".repeat(120));
    }
}
