//! OIDs that stay the same: from the name, so that a restart or another server gives the same one.

use std::collections::HashMap;

/// First OID of what users make, as in PostgreSQL.
const FIRST: u32 = 16_384;
/// As many OIDs as there are above it that a signed integer holds.
const COUNT: u32 = 0x7fff_0000 - FIRST;

/// OIDs of names. Names that fall on one OID take the next free ones in the order of the names.
#[derive(Debug, Default)]
pub(super) struct Oids {
    by_name: HashMap<String, i32>,
}

impl Oids {
    /// OIDs of all names at once.
    pub(super) fn of(mut names: Vec<String>) -> Self {
        names.sort();
        names.dedup();
        let mut taken = HashMap::new();
        for name in names {
            let mut oid = hash(&name);
            while taken.contains_key(&oid) {
                oid = if oid + 1 < FIRST + COUNT { oid + 1 } else { FIRST };
            }
            taken.insert(oid, name);
        }
        Self { by_name: taken.into_iter().map(|(oid, name)| (name, oid.cast_signed())).collect() }
    }

    /// The OID of a name that was given to [`Self::of`], else 0.
    pub(super) fn get(&self, name: &str) -> i32 {
        self.by_name.get(name).copied().unwrap_or_default()
    }
}

/// FNV-1a: written out, since it must never change.
fn hash(name: &str) -> u32 {
    let mixed = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    FIRST + mixed % COUNT
}

#[cfg(test)]
mod tests {
    use super::{FIRST, Oids};

    #[test]
    fn an_oid_depends_on_the_name_alone() {
        let few = Oids::of(vec!["public.contacts".to_owned()]);
        let many = Oids::of(vec!["ops.files".to_owned(), "public.contacts".to_owned(), "public.events".to_owned()]);
        assert_eq!(few.get("public.contacts"), many.get("public.contacts"));
        assert!(few.get("public.contacts") >= FIRST.cast_signed());
        assert_eq!(few.get("nothing"), 0);
    }
}
