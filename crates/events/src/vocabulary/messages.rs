//! Messages and notes. Their text is never here, only references to it.

use super::{Any, Text};

words! {
    /// Who wrote a message that came in.
    Sender { Customer = "customer", ThirdParty = "third_party" }
    /// Who wrote a message that went out.
    Author { Agent = "agent", Bot = "bot", System = "system", Campaign = "campaign" }
    /// How far a message got.
    DeliveryState { Accepted = "accepted", Sent = "sent", Delivered = "delivered", Read = "read", Played = "played", Failed = "failed" }
    /// What became of a message.
    MessageChange {
        Edited = "edited", Deleted = "deleted", ReactionAdded = "reaction_added", ReactionRemoved = "reaction_removed", Redacted = "redacted",
    }
}

payloads! {
    /// A message came in.
    MessageReceived {
        message_id: Option<Text>,
        /// Absent: the customer.
        author: Option<Sender>,
        content_ref: Option<Text>,
        content_type: Option<Text>,
        /// An out-of-office reply and the like: opens no turn.
        automatic: Option<bool>,
        in_reply_to: Option<Text>,
        attachments: Option<Vec<Any>>,
    }
    /// A message went out.
    MessageSent {
        author: Author,
        message_id: Option<Text>,
        content_ref: Option<Text>,
        content_type: Option<Text>,
        template: Option<Any>,
        automatic: Option<bool>,
        in_reply_to: Option<Text>,
    }
    /// A message got further, or did not.
    MessageDeliveryUpdated {
        state: DeliveryState,
        message_id: Option<Text>,
        /// Everything up to this one.
        watermark: Option<Text>,
        error: Option<Any>,
    }
    /// A message was changed after it was sent.
    MessageChanged {
        change: MessageChange,
        message_id: Option<Text>,
    }
    /// An internal note; never counts as a response.
    NoteAdded {
        note_id: Option<Text>,
        author: Option<Any>,
        content_ref: Option<Text>,
    }
}
