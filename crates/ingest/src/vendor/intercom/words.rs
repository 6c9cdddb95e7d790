//! Intercom's words in those of the vocabulary.

/// Channel by the type of what a conversation began with, or by the channel of a ticket.
pub(super) fn channel(kind: &str) -> &'static str {
    match kind.to_ascii_lowercase().as_str() {
        "email" => "email",
        "phone_call" | "phone_switch" | "phone" => "voice",
        "facebook" | "instagram" | "twitter" => "social",
        "conversation" | "messenger" | "push" | "in_app" | "chat" | "sms" | "whatsapp" => "messaging",
        _ => "task",
    }
}

/// Who turned to whom.
pub(super) fn direction(delivered_as: &str) -> Option<&'static str> {
    match delivered_as {
        "customer_initiated" => Some("inbound"),
        "admin_initiated" | "campaigns_initiated" | "campaign_initiated" | "operator_initiated" | "automated" => Some("outbound"),
        _ => None,
    }
}

/// Who writes, by the type of an author.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    Customer,
    Teammate,
    Machine,
}

/// The writer of that type.
pub(super) fn writer(kind: &str) -> Option<Writer> {
    Some(match kind {
        "user" | "lead" | "contact" | "visitor" => Writer::Customer,
        "admin" | "teammate" => Writer::Teammate,
        "bot" | "operator" | "fin" => Writer::Machine,
        _ => return None,
    })
}

/// What the state of a ticket means.
pub(super) fn category(state: &str) -> Option<&'static str> {
    Some(match state {
        "submitted" => "new",
        "in_progress" => "open",
        "waiting_on_customer" => "waiting_customer",
        "on_hold" => "waiting_internal",
        "resolved" => "resolved",
        "closed" => "closed",
        _ => return None,
    })
}
