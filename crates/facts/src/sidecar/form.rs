//! A sidecar as bytes: magic, check, stamp, name and size of the file, then the lists. Numbers are 64 bits, little endian.

use bytes::{Buf, Bytes};
use trunkline_storage::DataFile;

use super::content::Sidecar;
use super::stamp;
use crate::subject::Hashes;

/// First bytes; the last one counts changes of the form.
const MAGIC: &[u8; 8] = b"tlsubj\0\x02";

pub(super) fn encode(sidecar: &Sidecar, file: &DataFile) -> Vec<u8> {
    let mut body = Vec::new();
    let number = |body: &mut Vec<u8>, n: u64| body.extend_from_slice(&n.to_le_bytes());
    let text = |body: &mut Vec<u8>, text: &[u8]| {
        number(body, text.len() as u64);
        body.extend_from_slice(text);
    };
    number(&mut body, stamp());
    number(&mut body, file.size);
    text(&mut body, file.path.as_bytes());
    for list in [&sidecar.contacts, &sidecar.agents] {
        number(&mut body, list.len() as u64);
        list.iter().for_each(|&hash| number(&mut body, hash));
    }
    for list in [&sidecar.watermarks, &sidecar.open] {
        number(&mut body, list.len() as u64);
        for (source, at) in list {
            text(&mut body, source.as_bytes());
            number(&mut body, at.cast_unsigned());
        }
    }
    number(&mut body, sidecar.sources.len() as u64);
    sidecar.sources.iter().for_each(|source| text(&mut body, source.as_bytes()));
    number(&mut body, u64::from(sidecar.has_sessions));
    number(&mut body, sidecar.agent_event_count);
    text(&mut body, &sidecar.agent_events);
    let mut out = MAGIC.to_vec();
    number(&mut out, Hashes::new().check(&body));
    out.append(&mut body);
    out
}

/// The sidecar of `file`; `None` when the bytes are not that.
pub(super) fn decode(mut bytes: Bytes, file: &DataFile) -> Option<Sidecar> {
    if bytes.len() < 16 || bytes.split_to(8) != MAGIC[..] || bytes.get_u64_le() != Hashes::new().check(&bytes) {
        return None;
    }
    if number(&mut bytes)? != stamp() || number(&mut bytes)? != file.size || text(&mut bytes)? != file.path.as_bytes() {
        return None;
    }
    let out = Sidecar {
        contacts: hashes(&mut bytes)?,
        agents: hashes(&mut bytes)?,
        watermarks: marks(&mut bytes)?,
        open: marks(&mut bytes)?,
        sources: words(&mut bytes)?,
        has_sessions: number(&mut bytes)? != 0,
        agent_event_count: number(&mut bytes)?,
        agent_events: text(&mut bytes)?,
    };
    bytes.is_empty().then_some(out)
}

fn number(bytes: &mut Bytes) -> Option<u64> {
    (bytes.len() >= 8).then(|| bytes.get_u64_le())
}

fn text(bytes: &mut Bytes) -> Option<Bytes> {
    let length = usize::try_from(number(bytes)?).ok()?;
    (bytes.len() >= length).then(|| bytes.split_to(length))
}

fn hashes(bytes: &mut Bytes) -> Option<Vec<u64>> {
    let count = usize::try_from(number(bytes)?).ok()?;
    let mut list = (bytes.len() / 8 >= count).then(|| bytes.split_to(count * 8))?;
    Some((0..count).map(|_| list.get_u64_le()).collect())
}

fn words(bytes: &mut Bytes) -> Option<Vec<String>> {
    let count = number(bytes)?;
    (0..count).map(|_| String::from_utf8(text(bytes)?.to_vec()).ok()).collect()
}

fn marks(bytes: &mut Bytes) -> Option<Vec<(String, i64)>> {
    let count = number(bytes)?;
    (0..count).map(|_| Some((String::from_utf8(text(bytes)?.to_vec()).ok()?, number(bytes)?.cast_signed()))).collect()
}
