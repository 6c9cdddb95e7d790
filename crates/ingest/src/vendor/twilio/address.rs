//! Addresses and identities: who is a customer, who an agent, and who cannot be told.

use std::borrow::Cow;

use crate::vendor::percent::{Plus, decode};

/// What Twilio puts in place of a number that was withheld: `anonymous`, `restricted`, `blocked`, `unknown` and `unavailable` as typed on
/// a keypad. They name nobody, and one key for all of them would make one customer of many.
const WITHHELD: &[&str] = &["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"];

/// Prefixes before an address that say over which channel it is reached.
const CHANNELS: &[&str] = &["whatsapp", "messenger", "sms", "rcs", "viber", "instagram", "googlemessages", "tel", "mailto"];

/// A customer's address as it is named in keys: without the channel, so that one number is one customer on the phone and in a
/// messenger. `None` for names, withheld numbers and clients of our own.
pub(super) fn customer(text: &str) -> Option<&str> {
    let text = text.trim_ascii();
    let (channel, address) = text.split_once(':').unwrap_or(("", text));
    let channel = channel.to_ascii_lowercase();
    let is_known = CHANNELS.contains(&channel.as_str());
    if !channel.is_empty() && !is_known && channel != "sip" {
        return None;
    }
    let is_number = {
        let digits = address.strip_prefix('+').unwrap_or(address);
        digits.len() >= 4 && digits.bytes().all(|b| b.is_ascii_digit())
    };
    let is_address = is_number || address.contains('@') || is_known && !address.is_empty();
    (is_address && !WITHHELD.contains(&address)).then_some(address)
}

/// Who wrote a message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Writer {
    /// The customer.
    Customer,
    /// An agent, by the name their worker has.
    Agent(String),
    /// A program.
    Program,
    /// The document does not say.
    Unknown,
}

impl Writer {
    /// Tells it from the author and the way by which the message came in. `source` is absent in Event Streams.
    ///
    /// Web chats are the hard case: their customers and the agents write through the same SDK. Flex gives agents their login with
    /// every character that is no letter or digit written as `_` and two hexadecimal digits, and customers a random identity.
    pub(super) fn of(author: Option<&str>, source: Option<&str>) -> Self {
        let source = source.unwrap_or_default().to_ascii_uppercase();
        let author = author.unwrap_or_default().trim_ascii();
        if author.eq_ignore_ascii_case("system") || author.is_empty() {
            return Self::Program;
        }
        match source.as_str() {
            "" | "SDK" => {}
            "API" => return if is_login(author) { Self::Agent(login(author).into_owned()) } else { Self::Program },
            _ => return Self::Customer,
        }
        if is_coded(author) || source == "SDK" && is_login(author) {
            return Self::Agent(login(author).into_owned());
        }
        // Without the way it came in, a plain e-mail address may be an agent's login or the address of who wrote an e-mail.
        if author.contains('@') && !author.contains(':') {
            return Self::Unknown;
        }
        let is_random = author.len() >= 32 && author.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        if customer(author).is_some() || is_random { Self::Customer } else { Self::Unknown }
    }
}

/// Whether an identity is an e-mail address as Flex spells the logins of agents.
fn is_coded(identity: &str) -> bool {
    identity.contains("_40")
}

/// Whether an identity is the login of an agent: an e-mail address, plain or as Flex spells it.
fn is_login(identity: &str) -> bool {
    is_coded(identity) || identity.contains('@') && !identity.contains(':')
}

/// The login behind an identity as Flex spells it.
fn login(identity: &str) -> Cow<'_, str> {
    if !is_coded(identity) || identity.contains('%') {
        return Cow::Borrowed(identity);
    }
    let coded = identity.replace('_', "%");
    decode(&coded, Plus::Plus).map_or(Cow::Borrowed(identity), |decoded| Cow::Owned(decoded.replace('%', "_")))
}

#[cfg(test)]
mod tests {
    use super::{Writer, customer};

    #[test]
    fn one_number_is_one_customer_and_withheld_ones_are_nobody() {
        for (text, key) in [
            ("+34600111222", Some("+34600111222")),
            ("whatsapp:+34600111222", Some("+34600111222")),
            ("messenger:1234", Some("1234")),
            ("ana@example.com", Some("ana@example.com")),
            ("+266696687", None),
            ("Anonymous", None),
            ("client:ana", None),
            ("", None),
        ] {
            assert_eq!(customer(text), key, "{text}");
        }
    }

    #[test]
    fn writers_are_told_by_identity_and_way() {
        let agent = |name: &str| Writer::Agent(name.to_owned());
        for (author, source, writer) in [
            (Some("+34600111222"), Some("SMS"), Writer::Customer),
            (Some("whatsapp:+34600111222"), None, Writer::Customer),
            (Some("maria_40example_2Ecom"), Some("SDK"), agent("maria@example.com")),
            (Some("maria@example.com"), Some("SDK"), agent("maria@example.com")),
            (Some("maria@example.com"), None, Writer::Unknown),
            (Some("ana@example.com"), Some("EMAIL"), Writer::Customer),
            (Some("mb@x.de_b"), Some("SDK"), agent("mb@x.de_b")),
            (Some("maria_5Fb_40example_2Ecom"), Some("API"), agent("maria_b@example.com")),
            (Some("0f8fad5bd9cb469fa16570867728950e"), Some("SDK"), Writer::Customer),
            (Some("system"), None, Writer::Program),
            (Some("Bot"), Some("API"), Writer::Program),
            (None, Some("API"), Writer::Program),
            (Some("jdoe"), Some("SDK"), Writer::Unknown),
        ] {
            assert_eq!(Writer::of(author, source), writer, "{author:?} {source:?}");
        }
    }
}
