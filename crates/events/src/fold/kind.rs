//! Event types as the fold tells them apart, and their causal rank (canonical vocabulary, section 6.3).

/// A type the fold knows something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    ContactStarted,
    ContactUpdated,
    ContactStateChanged,
    ContactEnded,
    EntityLinked,
    RoutingDecided,
    QueueEntered,
    QueueExited,
    OfferMade,
    OfferEnded,
    Connected,
    Disconnected,
    HoldStarted,
    HoldEnded,
    TransferUpdated,
    WrapUpStarted,
    WrapUpEnded,
    DispositionSet,
    MessageReceived,
    MessageSent,
    SessionStarted,
    SessionStep,
    SessionEnded,
    /// Says that there was a message, but moves nothing.
    MessageTouched,
    CaseChanged,
    AgentStateChanged,
    SourceStatus,
    RecordCorrected,
    Other,
}

impl Kind {
    /// From the bare name, or from the wire form `org.trunkline.<name>.v<n>`.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "contact.started" => Self::ContactStarted,
            "contact.updated" => Self::ContactUpdated,
            "contact.state_changed" => Self::ContactStateChanged,
            "contact.ended" => Self::ContactEnded,
            "entity.linked" => Self::EntityLinked,
            "routing.decided" => Self::RoutingDecided,
            "queue.entered" => Self::QueueEntered,
            "queue.exited" => Self::QueueExited,
            "offer.made" => Self::OfferMade,
            "offer.ended" => Self::OfferEnded,
            "participant.connected" => Self::Connected,
            "participant.disconnected" => Self::Disconnected,
            "hold.started" => Self::HoldStarted,
            "hold.ended" => Self::HoldEnded,
            "transfer.updated" => Self::TransferUpdated,
            "wrapup.started" => Self::WrapUpStarted,
            "wrapup.ended" => Self::WrapUpEnded,
            "disposition.set" => Self::DispositionSet,
            "message.received" => Self::MessageReceived,
            "message.sent" => Self::MessageSent,
            "selfservice.started" => Self::SessionStarted,
            "selfservice.step_completed" => Self::SessionStep,
            "selfservice.ended" => Self::SessionEnded,
            "message.changed" | "message.delivery_updated" => Self::MessageTouched,
            "case.opened" | "case.updated" | "case.status_changed" => Self::CaseChanged,
            "agent.state_changed" => Self::AgentStateChanged,
            "source.status_reported" => Self::SourceStatus,
            "record.corrected" => Self::RecordCorrected,
            _ => match name.strip_prefix("org.trunkline.") {
                Some(rest) => Self::of(rest.rsplit_once(".v").map_or(rest, |(bare, _)| bare)),
                None => Self::Other,
            },
        }
    }

    /// What comes first among events of one instant.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::ContactStarted => 0,
            Self::ContactUpdated | Self::EntityLinked => 1,
            Self::SessionStarted => 2,
            Self::SessionStep => 3,
            Self::SessionEnded => 4,
            Self::RoutingDecided => 5,
            Self::QueueEntered => 6,
            Self::OfferMade => 7,
            Self::OfferEnded => 8,
            Self::QueueExited => 9,
            Self::Connected => 10,
            Self::HoldStarted | Self::MessageReceived => 11,
            Self::HoldEnded | Self::MessageSent => 12,
            Self::TransferUpdated | Self::MessageTouched => 13,
            Self::ContactStateChanged | Self::CaseChanged | Self::AgentStateChanged | Self::SourceStatus => 14,
            Self::RecordCorrected | Self::Other => 14,
            Self::Disconnected => 15,
            Self::WrapUpStarted => 16,
            Self::WrapUpEnded => 17,
            Self::DispositionSet => 18,
            Self::ContactEnded => 19,
        }
    }

    /// Whether an event of this type alone makes a contact: descriptions, links and words about the source do not.
    pub(super) const fn makes_contact(self) -> bool {
        !matches!(
            self,
            Self::ContactUpdated
                | Self::EntityLinked
                | Self::CaseChanged
                | Self::AgentStateChanged
                | Self::SourceStatus
                | Self::RecordCorrected
                | Self::Other
        )
    }

    /// Whether the payload matters to the fold.
    pub(super) const fn is_read(self) -> bool {
        !matches!(self, Self::Other | Self::MessageTouched | Self::SessionStep)
    }

    /// Whether such an event after the contact's end says that the contact goes on (fold rule 3). What merely closes a part that was
    /// open (a hang-up some milliseconds late) or repeats the start does not. Messages are looked at one by one.
    pub(super) const fn reopens(self) -> bool {
        matches!(
            self,
            Self::ContactStateChanged
                | Self::RoutingDecided
                | Self::QueueEntered
                | Self::OfferMade
                | Self::Connected
                | Self::HoldStarted
                | Self::SessionStarted
                | Self::SessionStep
        )
    }
}
