//! Names that hurt a careless reader, and plain ones.

/// Every kind of text that has broken a line-based or quoting reader.
const HARD: &[&str] = &[
    "Summer \"Sale\" — 50% off",
    "back\\slash \\n is not a newline",
    "two\nlines\r\nand a\ttab",
    "emoji 🛍️👩‍👩‍👧‍👦🏳️‍🌈 flags 🇯🇵",
    "夏のセール｜新商品キャンペーン",
    "تخفيضات الصيف ‏٢٠٢٦",
    "line\u{2028}separator and paragraph\u{2029}separator",
    "next\u{85}line and vertical\u{b}tab form\u{c}feed",
    "bell \u{7} escape \u{1b}[31m delete \u{7f}",
    "comma, semicolon; 'single' `tick` \"\"double\"\"",
    "  leading and trailing  ",
    "{\"looks\": [\"like\", \"json\"]}",
    "null",
    "=HYPERLINK(\"http://example.invalid\")",
    "<script>alert(1)</script> &amp; %20 %00 ${HOME} {{ config }}",
    "zero\u{200b}width\u{feff}marks and e\u{301} combining",
];

const PLAIN: &[&str] = &["Brightfold", "Northwick", "Velmara", "Quillon", "Ostara", "Tidewell", "Lumenta", "Parcella"];

/// The `index`-th name of a world; every fourth is a hard one.
pub(crate) fn name(kind: &str, index: usize) -> String {
    let hard = index.is_multiple_of(4).then(|| HARD.get((index / 4) % HARD.len())).flatten();
    match hard {
        Some(text) if (index / 4) % 17 == 13 => format!("{text} {}", "very long ".repeat(40)),
        Some(text) => format!("{text} #{index}"),
        None => {
            let brand = PLAIN.get(index % PLAIN.len()).copied().unwrap_or("Brand");
            format!("{brand} {kind} {index}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_names_come_round() {
        let all: Vec<String> = (0..64).map(|i| name("campaign", i)).collect();
        assert!(all.iter().any(|n| n.contains('\u{2028}')));
        assert!(all.iter().any(|n| n.contains('\n')));
        assert!(all.iter().any(|n| n.len() > 350));
        assert!(all.iter().all(|n| !n.contains('\0')));
    }
}
