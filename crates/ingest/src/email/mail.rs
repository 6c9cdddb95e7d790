//! What is read of a message: who, to whom, when, which thread, and whether a machine sent it.

use mail_parser::{Address, ContentType, HeaderValue, Message, MessageParser, MimeHeaders};
use trunkline_events::Timestamp;
use trunkline_events::identity::derived_id;

use crate::connector::Reject;

/// Characters of an offending line that a message quotes.
const QUOTED_MAX: usize = 80;

/// A message, read.
#[derive(Debug)]
pub(super) struct Mail<'m> {
    pub(super) message: &'m Message<'m>,
    /// `Message-ID`; a name made of the content where there is none.
    pub(super) id: String,
    /// The message this one answers.
    pub(super) parent: Option<String>,
    /// The message that the thread began with; none for a message that begins one.
    pub(super) root: Option<String>,
    pub(super) at: Timestamp,
    pub(super) from: Option<String>,
    /// To, Cc and Bcc.
    pub(super) recipients: Vec<String>,
    /// A machine sent it.
    pub(super) is_automatic: bool,
}

/// Parses a message.
pub(super) fn parsed(bytes: &[u8]) -> Result<Message<'_>, Reject> {
    let message = MessageParser::default().parse(bytes);
    let is_mail = |message: &Message<'_>| ["From", "Date", "Message-ID", "Received"].iter().any(|name| message.header_raw(*name).is_some());
    message.filter(is_mail).ok_or_else(|| {
        let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        let quoted: String = String::from_utf8_lossy(first).chars().take(QUOTED_MAX).collect();
        Reject::new("bad_mail", format!("no header of a message: it begins with '{}'", quoted.trim_end()))
    })
}

impl<'m> Mail<'m> {
    /// Reads a message.
    pub(super) fn read(message: &'m Message<'m>, bytes: &[u8]) -> Result<Self, Reject> {
        let from = [message.from(), message.sender()].into_iter().flatten().find_map(|from| addresses(from).into_iter().next());
        let recipients = [message.to(), message.cc(), message.bcc()].into_iter().flatten().flat_map(addresses).collect();
        Ok(Self {
            message,
            id: own_id(message).unwrap_or_else(|| derived_id(&[&String::from_utf8_lossy(bytes.trim_ascii())])),
            parent: ids(message.in_reply_to()).into_iter().next().or_else(|| ids(message.references()).pop()),
            root: root(message),
            at: instant(message)?,
            from,
            recipients,
            is_automatic: is_automatic(message),
        })
    }

    /// The thread's name: its first message.
    pub(super) fn thread(&self) -> &str {
        self.root.as_deref().unwrap_or(&self.id)
    }

    /// A header of its own kind, as text.
    pub(super) fn header(&self, name: &'static str) -> Option<&str> {
        header(self.message, name)
    }

    /// `text/plain`, `multipart/alternative`, ...
    pub(super) fn content_type(&self) -> String {
        self.message.content_type().map_or_else(|| "text/plain".to_owned(), media_type)
    }
}

/// Name of a media type.
pub(super) fn media_type(kind: &ContentType<'_>) -> String {
    format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("*")).to_ascii_lowercase()
}

/// `Message-ID`.
pub(super) fn own_id(message: &Message<'_>) -> Option<String> {
    message.message_id().map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// The first message of the thread: `References` begins with it; else the message that is answered.
pub(super) fn root(message: &Message<'_>) -> Option<String> {
    let references = ids(message.references());
    references.into_iter().next().or_else(|| ids(message.in_reply_to()).into_iter().next())
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let text: Vec<&str> = match value {
        HeaderValue::Text(text) => vec![text],
        HeaderValue::TextList(list) => list.iter().map(AsRef::as_ref).collect(),
        _ => Vec::new(),
    };
    let separate = text.into_iter().flat_map(|ids| ids.split([' ', ',', '<', '>', '\t', '\r', '\n']));
    separate.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

/// Addresses in lower case: mail systems do not tell them apart by it.
fn addresses(value: &Address<'_>) -> Vec<String> {
    let all = value.iter().filter_map(|one| one.address.as_deref());
    all.map(|address| address.trim().to_lowercase()).filter(|address| address.contains('@')).collect()
}

/// `Date`, which is the same in every copy; the time of receipt where the sender gave none.
fn instant(message: &Message<'_>) -> Result<Timestamp, Reject> {
    let received = || message.received_all().next().and_then(mail_parser::Received::date);
    let told = message.date().copied().filter(mail_parser::DateTime::is_valid).or_else(received).filter(mail_parser::DateTime::is_valid);
    told.map(|told| Timestamp::from_seconds(told.to_timestamp())).ok_or_else(|| {
        let date: String = header(message, "Date").unwrap_or_default().chars().take(QUOTED_MAX).collect();
        Reject::new("no_time", format!("header Date '{date}' is no date, and no Received says when it came: no instant"))
    })
}

fn header<'h>(message: &'h Message<'_>, name: &'static str) -> Option<&'h str> {
    message.headers_raw().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// What answering machines, lists and mail systems say of themselves.
fn is_automatic(message: &Message<'_>) -> bool {
    let says = |name| header(message, name).map(str::to_ascii_lowercase);
    let is_submitted = says("Auto-Submitted").is_some_and(|word| !word.starts_with("no"));
    let answers = ["X-Autoreply", "X-Autorespond", "X-Autoresponder"].iter().any(|name| says(name).is_some_and(|word| word != "no"));
    let is_bulk = says("Precedence").is_some_and(|word| matches!(word.as_str(), "bulk" | "list" | "junk" | "auto_reply"));
    let is_returned = says("Return-Path").is_some_and(|path| path == "<>");
    let is_report = message.content_type().is_some_and(|kind| media_type(kind) == "multipart/report");
    is_submitted || answers || is_bulk || is_returned || is_report
}
