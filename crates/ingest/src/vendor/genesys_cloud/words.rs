//! Words of Genesys Cloud in those of the vocabulary. Detail events write `CONSULT_TRANSFER`, the analytics API `consultTransfer`.

use crate::connector::Reject;
use crate::vendor::json_member::Object;

/// A word in one form, however it was written.
pub(super) fn plain(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// A word of a member, in one form; empty when absent.
pub(super) fn of(object: &Object<'_>, name: &str) -> Result<String, Reject> {
    Ok(object.text(name)?.map(plain).unwrap_or_default())
}

/// Channel of a medium in plain form.
pub(super) fn channel(media: &str) -> &str {
    match media {
        "message" | "internalmessage" => "messaging",
        other => other,
    }
}

/// Media that accompany a conversation and are none of its own: the customer shares a screen, a supervisor looks on.
pub(super) fn is_beside(media: &str) -> bool {
    matches!(media, "cobrowse" | "screenshare" | "screenmonitoring")
}

/// Direction; `None` for unknown.
pub(super) fn direction(word: &str) -> Option<&'static str> {
    match word {
        "inbound" => Some("inbound"),
        "outbound" => Some("outbound"),
        _ => None,
    }
}

/// Who ended a contact, by how the customer's session ended: by its own side, by the other one, or by neither.
pub(super) fn ended_by(disconnect: &str) -> &'static str {
    match disconnect {
        "endpoint" | "client" => "customer",
        "peer" => "agent",
        "" | "unknown" | "other" => "unknown",
        _ => "system",
    }
}

/// Who ended an agent's part, by how the agent's session ended.
pub(super) fn left_by(disconnect: &str) -> Option<&'static str> {
    match disconnect {
        "endpoint" | "client" => Some("agent"),
        "peer" => Some("customer"),
        "" | "unknown" | "other" => None,
        transfer if transfer.ends_with("transfer") => Some("transfer"),
        _ => Some("system"),
    }
}

/// Kind of transfer that ended an agent's part.
pub(super) fn transfer(disconnect: &str) -> Option<&'static str> {
    match disconnect {
        "transfer" => Some("blind"),
        "consulttransfer" => Some("attended"),
        "conferencetransfer" => Some("conference"),
        "noanswertransfer" | "notavailabletransfer" | "dndtransfer" => Some("no_answer"),
        other if other.ends_with("transfer") => Some("unknown"),
        _ => None,
    }
}

/// How an offer ended that no conversation followed. What nobody answered is taken from the agent's session by a transfer.
pub(super) fn refused(disconnect: &str) -> &'static str {
    match disconnect {
        "client" => "declined",
        "peer" | "endpoint" => "caller_gone",
        "error" | "transportfailure" | "dndendpoint" | "uncallable" => "error",
        _ => "no_answer",
    }
}

/// Kind of self-service of a flow; `None` for flows that no customer meets, or only while waiting or after everything.
pub(super) fn flow(kind: &str) -> Option<&'static str> {
    match kind {
        "inboundcall" | "outboundcall" | "securecall" | "voice" => Some("ivr"),
        "inboundchat" | "inboundshortmessage" | "bot" | "digitalbot" => Some("bot"),
        _ => None,
    }
}

/// How a flow ended.
pub(super) fn flow_end(exit: &str) -> &'static str {
    match exit {
        "disconnect" => "abandoned",
        // Neither did the customer hang up nor was a person needed.
        "flowdisconnect" => "contained",
        "transfer" => "handoff",
        "sessionexpiredisconnect" => "timeout",
        "flowerrordisconnect" | "flowerrorexit" | "recognitionfailuredisconnect" | "recognitionfailureexit" => "error",
        // A bot gives the conversation back to the flow that called it.
        "flowexit" | "userexit" => "returned",
        _ => "unknown",
    }
}

/// An address without what only says how to reach it, so that it is the same customer in every source.
pub(super) fn address(text: &str) -> &str {
    let bare = text.strip_prefix("tel:").unwrap_or(text);
    match bare.strip_prefix("sip:") {
        Some(sip) if sip.starts_with('+') => sip.split(['@', ';']).next().unwrap_or(sip),
        _ => bare,
    }
}
