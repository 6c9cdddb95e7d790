//! What a connection tells of itself. The client connects anew without a word to those who read: what was under way is gone then, and a stream
//! that then rests would never show it. So whoever reads begins again behind the last message that it has.

use std::sync::{Mutex, PoisonError};

use async_nats::Event;
use tokio::sync::watch;

/// The last bad news, and how often messages under way may have been lost.
#[derive(Debug, Default)]
pub(super) struct Told {
    trouble: Mutex<Option<String>>,
    breaks: watch::Sender<u64>,
}

impl Told {
    pub(super) fn hear(&self, event: &Event) {
        if matches!(event, Event::Disconnected | Event::SlowConsumer(_)) {
            self.breaks.send_modify(|breaks| *breaks += 1);
        }
        let text = match event {
            Event::Connected => None,
            Event::ServerError(_) | Event::ClientError(_) | Event::SlowConsumer(_) => Some(event.to_string()),
            _ => return,
        };
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// Why the connection is not there, as far as it was told.
    pub(super) fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes with each break from now on.
    pub(super) fn breaks(&self) -> watch::Receiver<u64> {
        self.breaks.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use async_nats::Event;

    use super::Told;

    #[test]
    fn a_break_is_counted_and_what_is_wrong_is_known_until_it_is_right_again() {
        let told = Told::default();
        let breaks = told.breaks();
        told.hear(&Event::Connected);
        assert!(!breaks.has_changed().is_ok_and(|changed| changed));
        told.hear(&Event::Disconnected);
        assert!(breaks.has_changed().is_ok_and(|changed| changed));
        told.hear(&Event::ClientError(async_nats::ClientError::Other("no way".into())));
        assert!(told.trouble().is_some_and(|text| text.contains("no way")));
        told.hear(&Event::Connected);
        assert_eq!(told.trouble(), None);
    }
}
