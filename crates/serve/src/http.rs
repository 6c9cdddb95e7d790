//! HTTP: questions as requests, each with its own login, answered as JSON, CSV, Arrow, Parquet or a workbook.
//!
//! Read in this order: [`limits`], `listen` (connections; what is refused is read to its end, [`trunkline_http::Unread`]), `router` (URLs), `login` (who asks), `ask` (what a request says), `form` (how it is
//! to be answered), `answer` (the way of a question), `queries` (the library), `problem` (what went wrong), `health`.

mod answer;
mod ask;
mod form;
mod health;
mod limits;
mod listen;
mod login;
mod patient;
mod problem;
mod queries;
mod router;

pub use limits::Limits;
pub use listen::serve;
