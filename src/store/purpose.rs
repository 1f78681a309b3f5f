//! What is kept, in the words of errors.

/// What a store is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    /// What lies there, such as "rejected rows".
    pub what: &'static str,
    /// The key of the config that names the folder.
    pub setting: &'static str,
    /// What becomes of what could not be stored.
    pub otherwise: &'static str,
}

#[cfg(test)]
pub(crate) const OF_TESTS: Purpose =
    Purpose { what: "rejected rows", setting: "rejected_records", otherwise: "It is sent again." };

/// A name may hold what no file's name may.
#[must_use]
pub(crate) fn safe(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}
