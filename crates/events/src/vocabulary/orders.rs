//! The order journey, and promises made to customers.

use super::{Any, Instant, Number, Text};

words! {
    /// How far an order is.
    Milestone {
        Placed = "placed", Paid = "paid", Confirmed = "confirmed", Allocated = "allocated", Shipped = "shipped", OutForDelivery = "out_for_delivery",
        Delivered = "delivered", DeliveryFailed = "delivery_failed", Cancelled = "cancelled", ReturnRequested = "return_requested", Returned = "returned",
        Refunded = "refunded", Changed = "changed",
    }
    /// What was promised.
    CommitmentKind { Callback = "callback", Refund = "refund", Delivery = "delivery", FollowUp = "follow_up", Credit = "credit" }
    /// How a promise was found.
    DetectedBy { Human = "human", Form = "form", Nlp = "nlp" }
    /// What became of a promise.
    CommitmentChange { Kept = "kept", Broken = "broken", Rescheduled = "rescheduled", Cancelled = "cancelled", Superseded = "superseded" }
}

payloads! {
    /// An order reached a milestone.
    OrderProgressed {
        order_id: Text,
        milestone: Milestone,
        /// In `currency`, not in its hundredth part.
        amount: Option<Number>,
        currency: Option<Text>,
        items: Option<Vec<Any>>,
        carrier: Option<Text>,
        tracking: Option<Any>,
        /// A day or an instant, as the carrier says it.
        eta: Option<Text>,
    }
    /// Something was promised to a customer.
    CommitmentMade {
        commitment_id: Text,
        kind: CommitmentKind,
        promised_by: Option<Any>,
        to: Option<Any>,
        due_at: Option<Instant>,
        text_ref: Option<Text>,
        detected_by: Option<DetectedBy>,
    }
    /// A promise was kept, broken or moved.
    CommitmentChanged {
        commitment_id: Text,
        change: CommitmentChange,
        due_at: Option<Instant>,
        evidence: Option<Any>,
    }
}
