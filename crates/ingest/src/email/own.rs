//! Which addresses are ours. The name of the source says it: `email://example.com` is everybody there, `email://support@example.com` one shared address;
//! several stand side by side with commas.

use crate::connector::Reject;

/// Our domains and shared addresses.
#[derive(Debug)]
pub(super) struct Own {
    domains: Vec<String>,
    addresses: Vec<String>,
}

impl Own {
    /// From the name of a source.
    pub(super) fn of(source: &str) -> Result<Self, Reject> {
        let rest = source.split_once("://").map_or(source, |(_, rest)| rest).to_ascii_lowercase();
        let names = rest.split([',', '/', '?', '#']).map(str::trim).filter(|name| name.contains('.'));
        let (addresses, domains): (Vec<&str>, Vec<&str>) = names.partition(|name| name.contains('@'));
        if addresses.is_empty() && domains.is_empty() {
            let hint = "name the source after it, for example --source email://example.com or email://support@example.com";
            return Err(Reject::new("no_own_address", format!("source '{source}' names no address or domain of ours: {hint}")));
        }
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        Ok(Self { domains: owned(domains), addresses: owned(addresses) })
    }

    /// True for an address of ours.
    pub(super) fn has(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let is_in = |own: &String| domain.strip_suffix(own.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        self.is_shared(address) || self.domains.iter().any(is_in)
    }

    /// True for a shared address, which names no agent. What stands behind a plus sign is a label.
    pub(super) fn is_shared(&self, address: &str) -> bool {
        let plain = match (address.split_once('+'), address.rsplit_once('@')) {
            (Some((name, _)), Some((_, domain))) => format!("{name}@{domain}"),
            _ => address.to_owned(),
        };
        self.addresses.contains(&plain)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::Own;

    #[test]
    fn the_source_says_which_addresses_are_ours() {
        let own = Own::of("email://example.com,Support@shop.org/archive").unwrap();
        for ours in ["ana@example.com", "ana@mail.example.com", "support@shop.org", "support+71@shop.org"] {
            assert!(own.has(ours), "{ours}");
        }
        for foreign in ["ana@notexample.com", "ana@shop.org", "example.com"] {
            assert!(!own.has(foreign), "{foreign}");
        }
        assert!(own.is_shared("support@shop.org") && !own.is_shared("ana@example.com"));
        assert_eq!(Own::of("email://archive").unwrap_err().code, "no_own_address");
    }
}
