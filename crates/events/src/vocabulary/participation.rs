//! Who takes part in a contact: connections, holds, transfers, and what is recorded of it.

use super::{EntityRef, Instant, Millis, Text};

words! {
    /// Part played in a contact.
    Role { Customer = "customer", Agent = "agent", Bot = "bot", Supervisor = "supervisor", ThirdParty = "third_party", Voicemail = "voicemail" }
    /// How somebody takes part.
    Mode { Talk = "talk", Monitor = "monitor", Whisper = "whisper", Barge = "barge" }
    /// How far a transfer is.
    TransferPhase { Initiated = "initiated", Completed = "completed", Failed = "failed", Cancelled = "cancelled" }
    /// Kind of transfer.
    TransferKind {
        Blind = "blind", Attended = "attended", Conference = "conference", Queue = "queue", External = "external", NoAnswer = "no_answer",
        Unknown = "unknown",
    }
    /// Kind of artifact.
    ArtifactKind { Recording = "recording", Transcript = "transcript", Summary = "summary", Screen = "screen", File = "file", Voicemail = "voicemail" }
    /// Whether an artifact is there.
    ArtifactStatus { Available = "available", Deleted = "deleted", Failed = "failed" }
}

payloads! {
    /// Somebody was connected.
    ParticipantConnected {
        role: Role,
        participant_id: Option<Text>,
        agent_id: Option<Text>,
        mode: Option<Mode>,
    }
    /// Somebody left.
    ParticipantDisconnected {
        participant_id: Option<Text>,
        reason: Option<Text>,
        by: Option<Text>,
    }
    /// A hold began.
    HoldStarted {
        participant_id: Option<Text>,
        by: Option<Text>,
        reason: Option<Text>,
    }
    /// A hold ended.
    HoldEnded {
        participant_id: Option<Text>,
        held_ms: Option<Millis>,
    }
    /// A transfer made progress.
    TransferUpdated {
        phase: TransferPhase,
        transfer_id: Option<Text>,
        kind: Option<TransferKind>,
        target: Option<EntityRef>,
        by: Option<Text>,
        new_contact_id: Option<Text>,
    }
    /// A recording, transcript or file belongs to the contact.
    ArtifactAttached {
        kind: ArtifactKind,
        uri: Option<Text>,
        started_at: Option<Instant>,
        duration_ms: Option<Millis>,
        status: Option<ArtifactStatus>,
        hash: Option<Text>,
    }
}
