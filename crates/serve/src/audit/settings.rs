//! What is written, and how much of it.

/// Settings and limits of the log.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// No question is answered before it stands in the file; default no: it is answered, and what could not be written is counted.
    pub is_strict: bool,
    /// Names that no user has are written as they were typed; default no: people type passwords there.
    pub shows_unknown_names: bool,
    /// Bytes of a statement; default 16 KiB. What is longer is cut.
    pub statement_bytes: usize,
    /// Bytes of a user's name and of an `application_name`; default 128.
    pub name_bytes: usize,
    /// Bytes of a message; default 1 KiB.
    pub message_bytes: usize,
    /// Tables named of one question; default 100.
    pub tables: usize,
    /// Records that wait to be written; default 4,096. Beyond that they are lost, or questions wait in strict mode.
    pub waiting: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            is_strict: false,
            shows_unknown_names: false,
            statement_bytes: 16 << 10,
            name_bytes: 128,
            message_bytes: 1 << 10,
            tables: 100,
            waiting: 4096,
        }
    }
}
