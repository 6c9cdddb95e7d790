//! The list of all event types.

use super::check;
use super::{CURRENT_VERSION, Field, PayloadError};
use super::{agents, cases, interaction, messages, meta, money, orders, participation, quality, routing, selfservice, workforce, wrapup};
use crate::upcast::upcast;

/// What an event belongs to, and so what its `subject` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A contact.
    Contact,
    /// An agent.
    Agent,
    /// A case or ticket.
    Case,
    /// An order, survey, evaluation, commitment, invoice or complaint: lifted to no column.
    Other,
    /// The source itself.
    Source,
}

/// The families types are grouped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A contact from start to end.
    Interaction,
    /// Routing, queues and offers.
    Routing,
    /// Who takes part: connections, holds, transfers.
    Participation,
    /// After-contact work.
    WrapUp,
    /// Messages and notes.
    Messages,
    /// IVR, bot, portal.
    SelfService,
    /// Agent states and assignments.
    Agents,
    /// Cases, tickets, service levels.
    Cases,
    /// Surveys and quality review.
    Quality,
    /// The order journey and promises.
    Orders,
    /// Invoices and complaints.
    Money,
    /// Training, feedback, schedules.
    Workforce,
    /// Links, corrections, erasure, the sources themselves.
    Meta,
}

macro_rules! event_types {
    ($($variant:ident = $name:literal, $module:ident, $family:ident, $subject:ident, $rank:literal;)*) => {
        /// The event types of the vocabulary.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum EventType {
            $(#[doc = concat!("`", $name, "`.")] $variant,)*
        }

        impl EventType {
            /// All types, sorted by name.
            pub const ALL: [Self; 52] = [$(Self::$variant),*];

            /// Bare name, for example `queue.entered`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Family.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family),* }
            }

            /// What the subject is.
            #[must_use]
            pub const fn subject(self) -> Subject {
                match self { $(Self::$variant => Subject::$subject),* }
            }

            /// Place among events of one instant, lower first (canonical vocabulary, section 6.3); 12 where order does not matter.
            #[must_use]
            pub const fn rank(self) -> u8 {
                match self { $(Self::$variant => $rank),* }
            }

            /// Declared members of the payload.
            #[must_use]
            pub const fn fields(self) -> &'static [Field] {
                match self { $(Self::$variant => $module::$variant::FIELDS),* }
            }
        }

        /// A payload with its type.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Payload {
            $(#[doc = concat!("Of `", $name, "`.")] $variant($module::$variant),)*
            /// Of a type or version this vocabulary does not know.
            Foreign,
        }

        impl Payload {
            /// The payload without the checks of [`super::validate`].
            pub(super) fn typed(kind: EventType, data: &str) -> Result<Self, PayloadError> {
                let refused = |cause: serde_json::Error| PayloadError::Contradiction(format!("data of {}: {cause}", kind.name()));
                match kind { $(EventType::$variant => serde_json::from_str(data).map(Self::$variant).map_err(refused)),* }
            }
        }
    };
}

event_types! {
    AgentAssignmentChanged = "agent.assignment_changed", agents, Agents, Agent, 12;
    AgentFeedbackGiven = "agent.feedback_given", workforce, Workforce, Agent, 12;
    AgentStateChanged = "agent.state_changed", agents, Agents, Agent, 12;
    ArtifactAttached = "artifact.attached", participation, Participation, Contact, 12;
    CaseAssigned = "case.assigned", cases, Cases, Case, 12;
    CaseOpened = "case.opened", cases, Cases, Case, 12;
    CaseStatusChanged = "case.status_changed", cases, Cases, Case, 12;
    CaseUpdated = "case.updated", cases, Cases, Case, 12;
    CommitmentChanged = "commitment.changed", orders, Orders, Other, 12;
    CommitmentMade = "commitment.made", orders, Orders, Other, 12;
    ComplaintClosed = "complaint.closed", money, Money, Other, 12;
    ComplaintRegistered = "complaint.registered", money, Money, Other, 12;
    ContactEnded = "contact.ended", interaction, Interaction, Contact, 17;
    ContactStarted = "contact.started", interaction, Interaction, Contact, 0;
    ContactStateChanged = "contact.state_changed", interaction, Interaction, Contact, 12;
    ContactSummaryReported = "contact.summary_reported", interaction, Interaction, Contact, 12;
    ContactUpdated = "contact.updated", interaction, Interaction, Contact, 1;
    DispositionSet = "disposition.set", wrapup, WrapUp, Contact, 16;
    EntityLinked = "entity.linked", meta, Meta, Source, 1;
    HoldEnded = "hold.ended", participation, Participation, Contact, 11;
    HoldStarted = "hold.started", participation, Participation, Contact, 10;
    InvoiceCorrected = "invoice.corrected", money, Money, Other, 12;
    InvoiceIssued = "invoice.issued", money, Money, Other, 12;
    MessageChanged = "message.changed", messages, Messages, Contact, 12;
    MessageDeliveryUpdated = "message.delivery_updated", messages, Messages, Contact, 12;
    MessageReceived = "message.received", messages, Messages, Contact, 10;
    MessageSent = "message.sent", messages, Messages, Contact, 11;
    NoteAdded = "note.added", messages, Messages, Contact, 12;
    OfferEnded = "offer.ended", routing, Routing, Contact, 7;
    OfferMade = "offer.made", routing, Routing, Contact, 6;
    OrderProgressed = "order.progressed", orders, Orders, Other, 12;
    ParticipantConnected = "participant.connected", participation, Participation, Contact, 9;
    ParticipantDisconnected = "participant.disconnected", participation, Participation, Contact, 13;
    QaEvaluationRecorded = "qa.evaluation_recorded", quality, Quality, Other, 12;
    QueueEntered = "queue.entered", routing, Routing, Contact, 5;
    QueueExited = "queue.exited", routing, Routing, Contact, 8;
    RecordCorrected = "record.corrected", meta, Meta, Source, 12;
    RecordErased = "record.erased", meta, Meta, Source, 12;
    RoutingDecided = "routing.decided", routing, Routing, Contact, 4;
    SchedulePublished = "schedule.published", workforce, Workforce, Agent, 12;
    SelfserviceEnded = "selfservice.ended", selfservice, SelfService, Contact, 3;
    SelfserviceStarted = "selfservice.started", selfservice, SelfService, Contact, 2;
    SelfserviceStepCompleted = "selfservice.step_completed", selfservice, SelfService, Contact, 2;
    SlaChanged = "sla.changed", cases, Cases, Case, 12;
    SourceStatusReported = "source.status_reported", meta, Meta, Source, 12;
    SourceUnmapped = "source.unmapped", meta, Meta, Source, 12;
    SurveyAnswered = "survey.answered", quality, Quality, Other, 12;
    SurveySent = "survey.sent", quality, Quality, Other, 12;
    TrainingCompleted = "training.completed", workforce, Workforce, Agent, 12;
    TransferUpdated = "transfer.updated", participation, Participation, Contact, 12;
    WrapupEnded = "wrapup.ended", wrapup, WrapUp, Contact, 15;
    WrapupStarted = "wrapup.started", wrapup, WrapUp, Contact, 14;
}

impl EventType {
    /// The type of that bare name; `None` for a foreign type.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.binary_search_by(|kind| kind.name().cmp(name)).ok().map(|at| Self::ALL[at])
    }

    /// True when members hold structures of their own, so that the one-pass check of top-level members is not enough.
    pub(super) const fn has_nested(self) -> bool {
        matches!(
            self,
            Self::CaseAssigned
                | Self::CaseUpdated
                | Self::EntityLinked
                | Self::QaEvaluationRecorded
                | Self::RecordErased
                | Self::SchedulePublished
                | Self::SurveyAnswered
                | Self::TransferUpdated
        )
    }
}

impl Payload {
    /// Lifts, checks and reads a payload. Unknown types, and versions newer than this vocabulary, are [`Payload::Foreign`].
    ///
    /// # Errors
    /// [`PayloadError`] when `data` does not fit the type.
    pub fn parse(kind: &str, schema_version: i32, data: &str) -> Result<Self, PayloadError> {
        let Some(known) = EventType::from_name(kind).filter(|_| schema_version <= CURRENT_VERSION) else { return Ok(Self::Foreign) };
        let current = upcast(kind, schema_version, data);
        check::known(known, &current)?;
        Self::typed(known, &current)
    }
}
