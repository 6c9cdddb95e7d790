//! Links between things, corrections, erasure, and the sources themselves.

use super::{Any, EntityRef, Instant, Text};

words! {
    /// How two things belong together.
    Relation {
        TransferOf = "transfer_of", ConsultOf = "consult_of", CallbackOf = "callback_of", SameConversation = "same_conversation",
        MergedInto = "merged_into", DuplicateOf = "duplicate_of", About = "about", SameCustomer = "same_customer", SurveyOf = "survey_of",
        EvaluationOf = "evaluation_of",
    }
    /// What a source reports of itself.
    SourceStatus {
        Started = "started", Restarted = "restarted", ConfigReload = "config_reload", Heartbeat = "heartbeat", GapDetected = "gap_detected",
        CaughtUp = "caught_up", ClockSkew = "clock_skew",
    }
    /// Why a record was corrected.
    CorrectionReason { Redelivery = "redelivery", Late = "late", Human = "human", Bug = "bug" }
}

payloads! {
    /// Two things belong together.
    EntityLinked {
        /// Its `id` is required.
        from: EntityRef,
        /// Its `id` is required.
        to: EntityRef,
        relation: Relation,
        valid_from: Option<Instant>,
    }
    /// A record that no rule maps; kept, and mapped again once there is one.
    SourceUnmapped {
        vendor_type: Option<Text>,
        reason: Option<Text>,
    }
    /// A source reports how it is.
    SourceStatusReported {
        status: SourceStatus,
        from: Option<Any>,
        to: Option<Any>,
        detail: Option<Any>,
    }
    /// An earlier event was wrong.
    RecordCorrected {
        /// Id of the event, same source.
        target_id: Text,
        /// Type, data and time instead of it; absent or no object: the event is void.
        replacement: Option<Any>,
        reason: Option<CorrectionReason>,
    }
    /// Personal data was erased.
    RecordErased {
        target: EntityRef,
        fields: Option<Vec<Any>>,
        legal_basis: Option<Text>,
    }
}
