//! Invoices and complaints.

use super::{Any, Number, Text};

payloads! {
    /// An invoice was issued.
    InvoiceIssued {
        invoice_id: Text,
        /// Stored as a key.
        customer_id: Option<Text>,
        /// In `currency`, not in its hundredth part.
        amount: Option<Number>,
        currency: Option<Text>,
        order_id: Option<Text>,
    }
    /// An invoice was corrected.
    InvoiceCorrected {
        invoice_id: Text,
        /// The business, not the customer, caused it.
        is_our_error: bool,
        reason: Option<Text>,
    }
    /// A complaint was registered.
    ComplaintRegistered {
        complaint_id: Text,
        /// Stored as a key.
        customer_id: Option<Text>,
        contact_id: Option<Text>,
        case_id: Option<Text>,
        reason: Option<Text>,
    }
    /// A complaint was closed.
    ComplaintClosed {
        complaint_id: Text,
        /// The customer was right.
        is_upheld: bool,
        redress: Option<Any>,
    }
}
