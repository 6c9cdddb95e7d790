//! Who logged in, who asked what, and what became of it: a file of JSON lines for those who answer for the server.
//!
//! `record` is what stands in a line, `text` how much of a statement does, `visit` one connection and who logged in on it, `asked` one question from
//! its planning to its last row, `door` logins without an exchange, `writer` the thread that writes.
//!
//! Never here: a password, a token, a value bound to a parameter. Nothing here waits for the disk, except a question in strict mode, on purpose.

mod asked;
mod door;
mod ended;
mod file;
mod log;
mod record;
mod settings;
mod tables;
mod text;
mod visit;
mod writer;

pub use log::Audit;
pub use settings::Settings;
pub use writer::Writing;

pub(crate) use asked::{Asked, Beginning};
pub(crate) use visit::Visit;
