//! Chatwoot's words and numbers in those of the vocabulary.

use serde_json::Value;

/// Channel of an inbox by its class.
pub(super) fn channel(class: &str) -> &'static str {
    match class.strip_prefix("Channel::").unwrap_or(class) {
        "WebWidget" => "chat",
        "Email" => "email",
        "Voice" => "voice",
        "TwitterProfile" | "FacebookPage" | "Instagram" | "Tiktok" => "social",
        _ => "messaging",
    }
}

/// Status of a conversation, which is written as a word or as its number.
pub(super) fn status(value: &Value) -> Option<&str> {
    numbered(value, &["open", "resolved", "pending", "snoozed"])
}

/// Priority of a conversation.
pub(super) fn priority(value: &Value) -> Option<&str> {
    numbered(value, &["low", "medium", "high", "urgent"])
}

/// How far a message got.
pub(super) fn delivery(value: &Value) -> Option<&str> {
    numbered(value, &["sent", "delivered", "read", "failed"])
}

/// Kind of a message.
pub(super) fn message(value: &Value) -> Option<&str> {
    numbered(value, &["incoming", "outgoing", "activity", "template"])
}

fn numbered<'v>(value: &'v Value, words: &[&'static str]) -> Option<&'v str> {
    match value {
        Value::String(word) => Some(word.as_str()).filter(|word| !word.is_empty()),
        Value::Number(number) => words.get(usize::try_from(number.as_u64()?).ok()?).copied(),
        _ => None,
    }
}

/// What a status means. A bot deals with what is pending; what sleeps without a date waits for the customer.
pub(super) fn category(status: &str, is_dated: bool) -> Option<&'static str> {
    Some(match status {
        "open" => "open",
        "pending" => "new",
        "resolved" => "resolved",
        "snoozed" if is_dated => "waiting_internal",
        "snoozed" => "waiting_customer",
        _ => return None,
    })
}
