//! The connector's state as text: what a file of the log leaves to the next.

use serde::{Deserialize, Serialize};

use super::Asterisk;
use super::agents::Agents;
use super::calls::Calls;

#[derive(Serialize)]
struct Saved<'a> {
    calls: &'a Calls,
    agents: &'a Agents,
    first_epoch: Option<i64>,
    last_epoch: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Restored {
    calls: Calls,
    agents: Agents,
    first_epoch: Option<i64>,
    last_epoch: Option<i64>,
}

pub(super) fn save(connector: &Asterisk) -> Option<String> {
    let Asterisk { calls, agents, first_epoch, last_epoch } = connector;
    serde_json::to_string(&Saved { calls, agents, first_epoch: *first_epoch, last_epoch: *last_epoch }).ok()
}

pub(super) fn restore(text: &str) -> Option<Asterisk> {
    let Restored { calls, agents, first_epoch, last_epoch } = serde_json::from_str(text).ok()?;
    Some(Asterisk { calls, agents, first_epoch, last_epoch })
}

/// A map as a JSON object, names in order: the same state is the same text.
pub(super) mod by_name {
    use std::collections::BTreeMap;

    use hashbrown::HashMap;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer, V: Serialize>(map: &HashMap<String, V>, serializer: S) -> Result<S::Ok, S::Error> {
        map.iter().collect::<BTreeMap<_, _>>().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>, V: Deserialize<'de>>(deserializer: D) -> Result<HashMap<String, V>, D::Error> {
        BTreeMap::deserialize(deserializer).map(|map: BTreeMap<String, V>| map.into_iter().collect())
    }
}
