//! Zendesk's words in those of the vocabulary.

/// Channel of a ticket by the way it came in. Forms and help centres are answered by e-mail; what is not known is a task.
pub(super) fn channel(via: &str) -> &'static str {
    let via = via.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    let has = |parts: &[&str]| parts.iter().any(|part| via.contains(part));
    if has(&["messag", "whatsapp", "sms", "sunshine", "telegram", "viber", "wechat"]) || via == "line" {
        "messaging"
    } else if has(&["voice", "phone", "call"]) {
        "voice"
    } else if has(&["chat"]) {
        "chat"
    } else if has(&["facebook", "twitter", "instagram", "social"]) {
        "social"
    } else if has(&["mail", "web", "mobile", "help_center", "closed_ticket"]) {
        "email"
    } else {
        "task"
    }
}

/// Direction, where the way a ticket came in says it.
pub(super) fn direction(via: &str) -> Option<&'static str> {
    let via = via.to_ascii_lowercase();
    if via.contains("outbound") { Some("outbound") } else { via.contains("inbound").then_some("inbound") }
}

/// What a status means.
pub(super) fn category(status: &str) -> Option<&'static str> {
    Some(match status.to_ascii_lowercase().replace('-', "_").as_str() {
        "new" => "new",
        "open" => "open",
        "pending" => "waiting_customer",
        "hold" | "on_hold" => "waiting_internal",
        "solved" => "resolved",
        // What is closed is archived some months later, and what is deleted is scrubbed.
        "closed" | "archived" => "closed",
        "deleted" | "scrubbed" => "deleted",
        _ => return None,
    })
}

/// True for a status in which nobody works on the ticket any more.
pub(super) fn is_over(status: &str) -> bool {
    matches!(category(status), Some("resolved" | "closed" | "deleted"))
}

/// Channel of agents' states and work.
pub(super) fn work_channel(channel: &str) -> String {
    match channel.to_ascii_lowercase().as_str() {
        "talk" => "voice".to_owned(),
        other => other.to_owned(),
    }
}

/// State of an agent. States that a site invents are `other`; their name is the reason.
pub(super) fn state(label: &str) -> &'static str {
    match label.to_ascii_lowercase().replace([' ', '-'], "_").as_str() {
        "online" | "available" => "available",
        "offline" | "invisible" => "offline",
        "away" | "transfers_only" => "not_ready",
        _ => "other",
    }
}
