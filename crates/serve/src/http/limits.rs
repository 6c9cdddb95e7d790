//! Limits of HTTP; those of questions, logins and connections are the server's.

use std::time::Duration;

/// Limits of HTTP.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long the head of a request may take, and a connection stand idle before it; default 60 s.
    pub head_time: Duration,
    /// How long the body of a request may take; default 30 s.
    pub body_time: Duration,
    /// Bytes of a refused body that are read and dropped, so that its client comes to read the answer; default 64 MiB.
    pub unread_bytes: usize,
    /// How long that may take; default 5 s.
    pub unread_time: Duration,
    /// How long a client may take nothing of an answer that waits for it; default 60 s.
    pub stall_time: Duration,
    /// How long a connection may live; default 1 h. The question under way is still answered.
    pub connection_time: Duration,
    /// Bytes of the body of a login; default 64 KiB. Bodies of questions: the server's `message_bytes`.
    pub login_bytes: usize,
    /// Bytes of memory a workbook may take until it is finished, about; default 256 MiB, which is two million cells.
    pub workbook_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_time: Duration::from_secs(60),
            body_time: Duration::from_secs(30),
            unread_bytes: 64 << 20,
            unread_time: Duration::from_secs(5),
            stall_time: Duration::from_secs(60),
            connection_time: Duration::from_secs(3600),
            login_bytes: 64 << 10,
            workbook_bytes: 256 << 20,
        }
    }
}
