//! Where a refusal says that a batch is wrong.

/// How a refused batch says where it is wrong: which form `/segment/mapping/` has, no source tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IndexStyle {
    /// Not at all.
    None,
    /// `batch_data.17.2.id: …`
    #[default]
    BatchData,
    /// `Batch.17.2.id: …`, as the Events API does [RUD].
    Batch,
    /// `batch_data.18.3.id: …`: every number is one too high. A client that believes it rejects the
    /// wrong row.
    FromOne,
    /// `Batch.0.2.id: …`, whichever row it is.
    First,
}
