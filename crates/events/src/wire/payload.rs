//! One pass over the members of a payload: its check, what is lifted, what is replaced, and the text that is stored.

use std::borrow::Cow;
use std::collections::HashSet;

use sonic_rs::JsonType;

use super::personal::{Keying, is_key, is_personal, own_addresses, quoted};
use super::text::push_member;
use crate::vocabulary::object::{self, Value};
use crate::vocabulary::{Checker, EventType, PayloadError};

/// Member that holds the source's own order for equal times.
pub(super) const SEQUENCE: &str = "_seq";
/// Member that holds CloudEvents extensions.
pub(super) const EXTENSIONS: &str = "_ext";
/// Member that holds a payload that is no object, when the envelope says something that must stand beside it.
pub(super) const BARE: &str = "data";
/// Member by which an event we wrote carries its customer key.
pub(super) const CUSTOMER_KEY: &str = "customer_key";

/// Up to this many members, repeated names are found by comparing each with each.
const FEW_MEMBERS_MAX: usize = 32;

/// The members of a payload, in order.
#[derive(Debug)]
pub(super) struct Payload<'a> {
    kind: Option<EventType>,
    members: Vec<(Cow<'a, str>, Value<'a>)>,
    /// Some member may have to be replaced, moved or left out.
    is_special: bool,
}

/// What becomes of the addresses in a payload.
#[derive(Debug)]
pub(super) struct Keyed {
    /// The event's customer.
    pub(super) customer_key: Option<String>,
    /// JSON to store instead of the value of a member, by position.
    replaced: Vec<(usize, String)>,
    /// Position of a customer id whose key is the event's `customer_key`: the column holds it, so the stored payload need not.
    lifted: Option<usize>,
}

impl<'a> Payload<'a> {
    /// Reads the object `data`, and checks it as a payload of `kind` (`None`: nothing is required).
    pub(super) fn read(data: &'a str, kind: Option<EventType>, is_checked: bool) -> Result<Self, PayloadError> {
        let mut found = Self { kind, members: Vec::with_capacity(12), is_special: false };
        let mut checker = kind.filter(|_| is_checked).map(Checker::new);
        let mut many: HashSet<String> = HashSet::new();
        object::members(data, |key, value| {
            if let Some(checker) = &mut checker {
                checker.member(&key, &value)?;
            }
            let is_repeated = if found.members.len() <= FEW_MEMBERS_MAX {
                found.members.iter().any(|(known, _)| *known == key)
            } else {
                if many.is_empty() {
                    many.extend(found.members.iter().map(|(known, _)| known.to_string()));
                }
                !many.insert(key.to_string())
            };
            if is_repeated {
                return Err(PayloadError::Duplicate(key.to_string()));
            }
            let is_nested = matches!(value.get_type(), JsonType::Object | JsonType::Array);
            found.is_special |= is_nested || is_personal(&key) || matches!(key.as_ref(), SEQUENCE | EXTENSIONS);
            found.members.push((key, value));
            Ok(())
        })?;
        if let Some(checker) = checker {
            checker.finish(data)?;
        }
        Ok(found)
    }

    fn member(&self, name: &str) -> Option<(usize, &Value<'a>)> {
        self.members.iter().position(|(key, _)| key == name).map(|at| (at, &self.members[at].1))
    }

    /// The member as text; numbers keep their digits. Absent, null and blank are `None`.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.1.scalar().filter(|text| !text.trim_ascii().is_empty())
    }

    /// Part `name` of the member `outer`, as text.
    pub(super) fn inner_text(&self, outer: &str, name: &str) -> Option<String> {
        let (mut found, object) = (None, self.member(outer)?.1.as_raw_str());
        object::members::<object::JsonFault>(object, |key, value| {
            if key == name {
                found = value.scalar().filter(|text| !text.trim_ascii().is_empty()).map(str::to_string);
            }
            Ok(())
        })
        .ok()?;
        found
    }

    /// True when the payload carries the customer's key: we wrote the event.
    pub(super) fn has_key(&self) -> bool {
        self.is_special && self.text(CUSTOMER_KEY).is_some_and(is_key)
    }

    /// Makes keys of addresses. The event's customer is the key the payload carries, else its customer id, else the address on
    /// the customer's side.
    pub(super) fn keyed(&self, keying: &Keying<'_>) -> Result<Keyed, PayloadError> {
        let mut keyed = Keyed { customer_key: None, replaced: Vec::new(), lifted: None };
        if !self.is_special {
            return Ok(keyed);
        }
        let own = own_addresses(self.kind, self.text("direction"));
        let (mut by_id, mut by_address, mut id_at) = (None, None, None);
        for (at, (key, value)) in self.members.iter().enumerate() {
            let name = key.as_ref();
            if is_personal(name) && !own.contains(&name) {
                if let Some(text) = value.scalar() {
                    let key = keying.key(text);
                    keyed.replaced.push((at, key.as_deref().map_or_else(|| "null".to_string(), quoted)));
                    match name {
                        CUSTOMER_KEY => keyed.customer_key = key,
                        "customer_id" => (by_id, id_at) = (key, Some(at)),
                        "from_addr" | "to_addr" => by_address = key,
                        _ => {}
                    }
                } else {
                    keyed.replaced.push((at, keying.stored(value)?));
                }
            } else if matches!(value.get_type(), JsonType::Object | JsonType::Array)
                && let Some(new) = keying.nested(value.as_raw_str())?
            {
                keyed.replaced.push((at, new));
            }
        }
        let is_column = by_id.is_some() && keyed.customer_key.as_ref().is_none_or(|own| by_id.as_ref() == Some(own));
        keyed.lifted = id_at.filter(|_| is_column);
        keyed.customer_key = keyed.customer_key.or(by_id).or(by_address);
        Ok(keyed)
    }

    /// The payload as it is stored: addresses replaced by keys, the customer id left to its column, and `_seq` and `_ext` at the end,
    /// in one form however they came, so that an event written and read again is the same event. `sequence` and `extensions` are
    /// those of the envelope.
    pub(super) fn stored(
        &self,
        raw: &'a str,
        keyed: &Keyed,
        sequence: Option<&str>,
        extensions: Option<&str>,
    ) -> Result<Cow<'a, str>, PayloadError> {
        let stored_at = |at: usize| keyed.replaced.iter().find(|(replaced, _)| *replaced == at).map(|(_, json)| json.as_str());
        let value_at = |at: usize| stored_at(at).unwrap_or(self.members[at].1.as_raw_str());
        let own = |name: &str| if self.is_special { self.member(name).map(|(at, _)| value_at(at)) } else { None };
        let (own_sequence, own_extensions) = (own(SEQUENCE), own(EXTENSIONS));
        let nothing_moves = sequence.is_none() && extensions.is_none() && own_sequence.is_none() && own_extensions.is_none();
        if keyed.replaced.is_empty() && nothing_moves {
            return Ok(Cow::Borrowed(raw));
        }
        let mut out = String::with_capacity(raw.len() + 64);
        out.push('{');
        for (at, (key, _)) in self.members.iter().enumerate() {
            if !matches!(key.as_ref(), SEQUENCE | EXTENSIONS | CUSTOMER_KEY) && keyed.lifted != Some(at) {
                push_member(&mut out, key, value_at(at));
            }
        }
        if let Some(sequence) = sequence.or(own_sequence) {
            push_member(&mut out, SEQUENCE, sequence);
        }
        match (extensions, own_extensions) {
            (Some(extensions), _) => push_member(&mut out, EXTENSIONS, extensions),
            (None, Some(own)) => push_member(&mut out, EXTENSIONS, &compact(own)?),
            (None, None) => {}
        }
        out.push('}');
        Ok(Cow::Owned(out))
    }
}

/// An object without blanks between its members; anything else as it is.
fn compact(raw: &str) -> Result<String, PayloadError> {
    if !raw.starts_with('{') {
        return Ok(raw.to_string());
    }
    let mut out = String::from("{");
    object::members::<PayloadError>(raw, |key, value| {
        push_member(&mut out, &key, value.as_raw_str());
        Ok(())
    })?;
    out.push('}');
    Ok(out)
}
