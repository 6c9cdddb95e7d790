//! Reports of mail systems (RFC 3464) and receipts of readers (RFC 8098): what became of a message that we sent.

use mail_parser::{Message, MessageParser, MimeHeaders};
use serde_json::json;
use trunkline_events::identity::derived_id;

use super::mail::{self, Mail};
use crate::connector::Reject;
use crate::vendor::{Emit, NewEvent};

/// Fields of one block of a report, in order.
type Block = Vec<(String, String)>;

/// The message that a report is about, as far as it says.
struct Original {
    id: Option<String>,
    thread: Option<String>,
}

/// Events of a report; false for a message that is none, or that reports nothing that can be read.
pub(super) fn told(mail: &Mail<'_>, emit: &mut Emit<'_>) -> Result<bool, Reject> {
    let Some(blocks) = part(mail.message, &["message/delivery-status", "message/disposition-notification"]) else { return Ok(false) };
    let blocks = blocks_of(&blocks);
    let enclosed = original(mail.message);
    let named = blocks.iter().find_map(|block| field(block, "Original-Message-ID"));
    let id = enclosed.id.or_else(|| named.map(|id| id.trim_matches(['<', '>']).to_owned())).or_else(|| mail.parent.clone());
    let about = Original { thread: enclosed.thread.or_else(|| mail.root.clone()).or_else(|| id.clone()), id };
    let mut count = 0;
    for block in &blocks {
        let line = Line { mail, about: &about, block };
        if let Some(action) = field(block, "Action") {
            line.delivery(action, emit)?;
        } else if let Some(disposition) = field(block, "Disposition") {
            line.receipt(disposition, emit)?;
        } else {
            continue;
        }
        count += 1;
    }
    Ok(count > 0)
}

/// What a report says of one recipient.
struct Line<'r> {
    mail: &'r Mail<'r>,
    about: &'r Original,
    block: &'r Block,
}

impl Line<'_> {
    fn key(&self) -> String {
        format!("{}:{}:{}", self.mail.id, self.mail.at.micros(), derived_id(&[&format!("{:?}", self.block)]))
    }

    fn event(&self) -> NewEvent {
        let recipient = field(self.block, "Final-Recipient").or_else(|| field(self.block, "Original-Recipient")).map(plain_address);
        let event = NewEvent::new("message.delivery_updated", self.mail.at, &self.key()).text("channel", "email");
        let event = event.text("direction", "outbound").maybe("message_id", self.about.id.as_deref());
        let event = event.maybe("to_addr", recipient.as_deref());
        match &self.about.thread {
            Some(thread) => event.subject(thread).text("contact_id", thread),
            None => event,
        }
    }

    fn delivery(&self, action: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let action = action.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let state = match action.as_str() {
            // Handed on: whether anybody got it is not known.
            "relayed" | "expanded" => "accepted",
            word => word,
        };
        let status = field(self.block, "Status").and_then(|status| status.split_whitespace().next());
        // The diagnostic text quotes addresses and is left out.
        let error = matches!(state, "failed" | "delayed").then(|| json!({ "status": status, "action": action }));
        emit.push(self.event().text("state", state).json("error", error.unwrap_or_default()))
    }

    fn receipt(&self, disposition: &str, emit: &mut Emit<'_>) -> Result<(), Reject> {
        let what = disposition.rsplit(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if what.split('/').next() == Some("displayed") {
            return emit.push(self.event().text("state", "read"));
        }
        emit.unmapped(&format!("disposition:{what}"), "a receipt that does not say it was read", self.mail.at, &self.key())
    }
}

/// Content of the first part of one of these types.
fn part(message: &Message<'_>, kinds: &[&str]) -> Option<String> {
    let is_of =
        |part: &&mail_parser::MessagePart<'_>| part.content_type().is_some_and(|kind| kinds.contains(&mail::media_type(kind).as_str()));
    message.parts.iter().find(is_of).map(|part| String::from_utf8_lossy(part.contents()).into_owned())
}

/// The message sent back, or its headers.
fn original(message: &Message<'_>) -> Original {
    let of = |message: &Message<'_>| {
        let id = mail::own_id(message);
        Original { thread: mail::root(message).or_else(|| id.clone()), id }
    };
    if let Some(enclosed) = message.parts.iter().find_map(|part| part.message()) {
        return of(enclosed);
    }
    let headers = part(message, &["text/rfc822-headers"]);
    let parsed = headers.as_deref().and_then(|headers| MessageParser::default().parse_headers(headers));
    parsed.as_ref().map_or(Original { id: None, thread: None }, of)
}

/// Blocks between empty lines, continued lines joined.
fn blocks_of(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = vec![Vec::new()];
    for line in text.lines() {
        let Some(block) = blocks.last_mut() else { break };
        if line.trim().is_empty() {
            blocks.push(Vec::new());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = block.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            block.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    blocks
}

fn field<'b>(block: &'b Block, name: &str) -> Option<&'b str> {
    block.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

/// `rfc822; ana@example.com` is an address with its type.
fn plain_address(recipient: &str) -> String {
    recipient.rsplit(';').next().unwrap_or_default().trim().trim_matches(['<', '>']).to_lowercase()
}
