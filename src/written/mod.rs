//! What runs of `write` leave: a line for each row that manages an object, and one for each refused row. The destination
//! writes them; the source reads them.

mod object;
mod places;
mod reader;
mod row;

pub(crate) use places::Places;
pub(crate) use reader::Written;

/// What the files of results are called in a folder.
pub(crate) const RESULTS: &str = "results-";
/// What the files of refused rows are called in a folder.
pub(crate) const REJECTED: &str = "rejected-";
/// Where results lie below the folder of a sync in a bucket; refused rows lie beside it, where Airbyte's platform looks.
pub(crate) const RESULTS_FOLDER: &str = "results";
