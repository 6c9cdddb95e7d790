//! Which of Twilio's feeds a document is from, and its members.

use serde_json::{Map, Value};

use super::fields::{Fields, excerpt};
use crate::connector::Reject;
use crate::vendor::Request;

/// Field under which the `Date` of a captured request is found: the only instant that status callbacks come with.
pub(super) const REQUEST_DATE: &str = "Header.Date";

/// A document, told apart.
#[derive(Debug)]
pub(super) struct Document {
    /// Product and event, for example `taskrouter.task.created`.
    pub(super) kind: String,
    /// The event's type as the vendor writes it.
    pub(super) vendor_type: String,
    pub(super) fields: Fields,
}

impl Document {
    /// Reads a request: a form, an object, or an array of objects as Event Streams sends them in batches.
    pub(super) fn all(request: &Request<'_>) -> Result<Vec<Self>, Reject> {
        let body = request.body();
        if !body.starts_with(['{', '[']) {
            return Ok(vec![Self::of_fields(Fields::of_form(body)?, request)?]);
        }
        match request.json()? {
            Value::Object(object) => match page(&object) {
                Some(elements) => Self::of_elements(elements, request),
                None => Ok(vec![Self::of_object(&object, request)?]),
            },
            Value::Array(elements) => Self::of_elements(&elements, request),
            _ => Err(Reject::new("bad_json", "neither an object nor an array of objects")),
        }
    }

    fn of_elements(elements: &[Value], request: &Request<'_>) -> Result<Vec<Self>, Reject> {
        let of = |(at, element): (usize, &Value)| {
            let object = element.as_object().ok_or_else(|| Reject::new("bad_json", format!("element {at} of the batch is no object")))?;
            Self::of_object(object, request)
        };
        elements.iter().enumerate().map(of).collect()
    }

    fn of_object(object: &Map<String, Value>, request: &Request<'_>) -> Result<Self, Reject> {
        match object.get("type").and_then(Value::as_str).and_then(|name| Some((name, name.strip_prefix("com.twilio.")?))) {
            Some((vendor_type, kind)) => Self::of_cloud_event(object, vendor_type, kind),
            None => {
                let mut fields = Fields::default();
                fields.add(object);
                // The Events resource of TaskRouter keeps what a callback says one level down.
                fields.add(&fields.object("event_data")?);
                Self::of_fields(fields, request)
            }
        }
    }

    fn of_cloud_event(object: &Map<String, Value>, vendor_type: &str, kind: &str) -> Result<Self, Reject> {
        let missing = |name: &str| Reject::new("missing_field", format!("{vendor_type}: {name} is missing or no object"));
        let data = object.get("data").and_then(Value::as_object).ok_or_else(|| missing("data"))?;
        let mut fields = Fields::default();
        if kind.starts_with("taskrouter.") {
            let mut outer = Fields::default();
            outer.add(data);
            let payload = outer.object("payload")?;
            if payload.is_empty() {
                return Err(missing("data.payload"));
            }
            fields.add(&payload);
        }
        fields.add(data);
        let outside = object.iter().filter(|(name, _)| matches!(name.as_str(), "id" | "time"));
        fields.add(&outside.map(|(name, value)| (format!("Envelope.{name}"), value.clone())).collect());
        Ok(Self { kind: kind.to_ascii_lowercase(), vendor_type: vendor_type.to_owned(), fields })
    }

    /// Callbacks and resources: they are told by what they have.
    fn of_fields(mut fields: Fields, request: &Request<'_>) -> Result<Self, Reject> {
        if let Some(date) = request.header("Date") {
            fields.add(&Map::from_iter([(REQUEST_DATE.to_owned(), Value::from(date))]));
        }
        let event = fields.text("EventType").unwrap_or_default().to_owned();
        let is_message = fields.text("Sid").is_some_and(|sid| sid.starts_with("SM") || sid.starts_with("MM"));
        let (kind, vendor_type) = if fields.first(&["MessageStatus", "SmsStatus"]).is_some() {
            ("messaging.callback".to_owned(), "messaging status callback".to_owned())
        } else if let Some(name) = event.strip_prefix("on") {
            (format!("conversations.{}", of_webhook(name)), event)
        } else if event.contains('.') {
            (format!("taskrouter.{}", event.to_ascii_lowercase()), event)
        } else if fields.text("CallStatus").is_some() {
            ("voice.callback".to_owned(), "voice status callback".to_owned())
        } else if is_message && fields.text("Status").is_some() && fields.text("Direction").is_some() {
            ("messaging.resource".to_owned(), "Message resource".to_owned())
        } else {
            let message = format!(
                "no document of Twilio's: none of type (com.twilio.…), EventType, MessageStatus; EventType is '{}'",
                excerpt(&event)
            );
            return Err(Reject::new("missing_field", message));
        };
        Ok(Self { kind, vendor_type, fields })
    }
}

/// The elements of a page of a REST resource.
fn page(object: &Map<String, Value>) -> Option<&Vec<Value>> {
    let is_page = object.contains_key("meta") || object.contains_key("page_size");
    ["events", "messages"].into_iter().find_map(|name| object.get(name)?.as_array()).filter(|elements| is_page && !elements.is_empty())
}

/// `MessageAdded` as Event Streams calls it: `message.added`. Without the ending of a past tense it is a question before the event, and
/// nothing has happened.
fn of_webhook(name: &str) -> String {
    let things = [
        ("ConversationState", "conversation-state"),
        ("Conversation", "conversation"),
        ("Message", "message"),
        ("Participant", "participant"),
    ];
    let things = things.into_iter().chain([("Delivery", "delivery"), ("User", "user")]);
    let found = things.into_iter().find_map(|(thing, plain)| Some((plain, name.strip_prefix(thing)?)));
    found.map_or_else(|| name.to_ascii_lowercase(), |(thing, change)| format!("{thing}.{}", change.to_ascii_lowercase()))
}
