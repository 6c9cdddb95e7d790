//! Names of event types and payload fields: the short and old forms people write, and which fields are text whatever they hold.

use super::node::Node;

/// The type of an event in the vocabulary; `interaction.*` is an older word for `contact.*`.
pub(crate) fn event_type(written: &str) -> String {
    let plain = written.strip_prefix("org.trunkline.").unwrap_or(written);
    let plain = plain.strip_suffix(".v1").unwrap_or(plain);
    plain.strip_prefix("interaction.").map_or_else(|| plain.to_owned(), |rest| format!("contact.{rest}"))
}

/// The payload field behind a written name.
pub(crate) fn field_name(written: &str) -> String {
    match written {
        "interaction_id" => "contact_id",
        "agent" => "agent_id",
        "customer" | "customer.id" | "customer.phone" | "customer.email" | "customer.address" => "customer_id",
        "case" => "case_id",
        other => other,
    }
    .to_owned()
}

/// For fields with the customer's address: whether a value declared personal is hashed by the mapping (true), or left to the event
/// writer (false), which hashes customer ids and the customer's side of a call and would hash a hash again. `direction` is `None`
/// when the rule sets none, `Some(None)` when only the row knows it: then better hashed twice than stored in clear.
pub(crate) fn personal_field(path: &str, direction: Option<Option<&str>>) -> Option<bool> {
    match path {
        "customer_id" | "requester_ref" => Some(false),
        "from_addr" | "to_addr" => {
            let customer_side = if direction == Some(Some("outbound")) { "to_addr" } else { "from_addr" };
            Some(direction == Some(None) || path != customer_side)
        }
        _ => None,
    }
}

/// True for fields that are text even when the file has a number there: ids and names.
pub(crate) fn is_text_field(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.ends_with("_id") || last.ends_with("_ref") || matches!(last, "queue" | "code" | "id" | "reason" | "label" | "topic" | "course")
}

/// The field that names what an event of this type belongs to, when the spec gives no subject.
pub(crate) fn subject_field(kind: &str) -> &'static str {
    match kind.split('.').next().unwrap_or(kind) {
        "agent" | "training" | "schedule" => "agent_id",
        "case" | "sla" => "case_id",
        "order" => "order_id",
        "invoice" => "invoice_id",
        "complaint" => "complaint_id",
        "commitment" => "commitment_id",
        "survey" => "survey_ref",
        "qa" => "evaluation_id",
        _ => "contact_id",
    }
}

/// True for the types that mean nothing without what they belong to. Types the vocabulary does not know (aggregated rows, say) and
/// events about the source itself are kept without a subject.
pub(crate) fn needs_subject(kind: &str) -> bool {
    const OWNED: [&str; 20] = [
        "contact",
        "routing",
        "queue",
        "offer",
        "participant",
        "hold",
        "transfer",
        "wrapup",
        "disposition",
        "message",
        "note",
        "selfservice",
        "agent",
        "case",
        "survey",
        "qa",
        "order",
        "commitment",
        "invoice",
        "complaint",
    ];
    kind.split_once('.').is_some_and(|(family, _)| OWNED.contains(&family))
}

/// Payload fields, nested by dotted names.
#[derive(Debug, Default)]
pub(crate) struct FieldTree {
    leaves: Vec<(String, Node)>,
    groups: Vec<(String, Self)>,
}

impl FieldTree {
    /// Adds a field; the error says which two names exclude each other.
    pub(crate) fn insert(&mut self, path: &str, node: Node) -> Result<(), String> {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        let taken = || format!("field `{path}` is set twice");
        match rest {
            None => {
                if self.leaves.iter().any(|(name, _)| name == head) || self.groups.iter().any(|(name, _)| name == head) {
                    return Err(taken());
                }
                self.leaves.push((head.to_owned(), node));
                Ok(())
            }
            Some(rest) => {
                if self.leaves.iter().any(|(name, _)| name == head) {
                    return Err(taken());
                }
                if let Some((_, group)) = self.groups.iter_mut().find(|(name, _)| name == head) {
                    return group.insert(rest, node);
                }
                let mut group = Self::default();
                group.insert(rest, node)?;
                self.groups.push((head.to_owned(), group));
                Ok(())
            }
        }
    }

    /// The payload as one expression.
    pub(crate) fn into_node(self) -> Node {
        let groups = self.groups.into_iter().map(|(name, group)| (name, group.into_node()));
        Node::Object(self.leaves.into_iter().chain(groups).collect())
    }
}
