//! How many, how long and how deep.

/// Limits of saved views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewLimits {
    /// Views of one schema; default 1,000.
    pub per_schema: usize,
    /// Bytes of a view's question; default 64 KiB.
    pub text_bytes: usize,
    /// Bytes of a comment; default 8 KiB.
    pub comment_bytes: usize,
    /// Bytes of the questions of all views together; default 16 MiB.
    pub all_bytes: usize,
    /// Columns of a view; default 1,600.
    pub columns: usize,
    /// Views within views; default 16.
    pub depth: usize,
    /// Views that one statement is made of, each as often as it is read; default 256.
    pub expansions: u64,
    /// Bytes of the questions of these together; default 1 MiB, as much as a statement may have that is written out.
    pub expanded_bytes: u64,
}

impl Default for ViewLimits {
    fn default() -> Self {
        Self {
            per_schema: 1_000,
            text_bytes: 64 << 10,
            comment_bytes: 8 << 10,
            all_bytes: 16 << 20,
            columns: 1_600,
            depth: 16,
            expansions: 256,
            expanded_bytes: 1 << 20,
        }
    }
}
