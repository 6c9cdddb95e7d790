//! Refusals as gRPC tells them. Pure.

use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use crate::refusal::Refusal;

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let mut text = format!("{} (SQLSTATE {})", refusal.message, refusal.code);
        for (word, more) in [("detail", &refusal.detail), ("hint", &refusal.hint)] {
            if let Some(more) = more {
                text.push_str(&format!("; {word}: {more}"));
            }
        }
        if let Some(position) = refusal.position {
            text.push_str(&format!("; at character {position}"));
        }
        let mut status = Self::new(code(refusal.code), text);
        status.metadata_mut().insert("sqlstate", MetadataValue::from_static(refusal.code));
        status
    }
}

fn code(sqlstate: &str) -> Code {
    match sqlstate {
        "25006" | "42501" => Code::PermissionDenied,
        "57014" => Code::Cancelled,
        "0A000" => Code::Unimplemented,
        "42P01" | "42703" | "42883" | "26000" => Code::NotFound,
        _ => match sqlstate.get(..2) {
            Some("28") => Code::Unauthenticated,
            Some("53" | "54") => Code::ResourceExhausted,
            Some("08" | "21" | "22" | "42") => Code::InvalidArgument,
            Some("57" | "58") => Code::Unavailable,
            _ => Code::Internal,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_hint_and_place() {
        let mut refusal = Refusal::error("42P01", "there is no table \"contact\"").hint("did you mean contacts?");
        refusal.position = Some(15);
        let status = Status::from(refusal);
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(status.message(), "there is no table \"contact\" (SQLSTATE 42P01); hint: did you mean contacts?; at character 15");
        assert_eq!(status.metadata().get("sqlstate").and_then(|value| value.to_str().ok()), Some("42P01"));
        assert_eq!(Status::from(Refusal::read_only("INSERT")).code(), Code::PermissionDenied);
        assert_eq!(Status::from(Refusal::fatal("28P01", "no")).code(), Code::Unauthenticated);
    }
}
