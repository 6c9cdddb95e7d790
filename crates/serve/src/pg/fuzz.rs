//! Bytes that nobody meant, through everything that reads what a client sends: frames, messages, values of parameters. None may panic, none may
//! read beyond its message, and what is cut out of a stream does not depend on how the bytes came in.

use bytes::{Bytes, BytesMut};
use proptest::collection::vec;
use proptest::prelude::*;

use super::frontend::{First, Message, message, sasl_initial, take_first, take_frame};
use super::parameter;
use super::row::Format;
use super::types;
use crate::scram::{Exchange, Verifier};

const OIDS: [u32; 20] = [
    types::BOOL,
    types::INT2,
    types::INT4,
    types::INT8,
    types::OID,
    types::FLOAT4,
    types::FLOAT8,
    types::NUMERIC,
    types::TEXT,
    types::VARCHAR,
    types::BYTEA,
    types::DATE,
    types::TIME,
    types::TIMESTAMP,
    types::TIMESTAMPTZ,
    types::INTERVAL,
    types::UNKNOWN,
    // Arrays of int4, int8 and text.
    1007,
    1016,
    1009,
];

/// A message whose lengths and counts are nearly right: most of what a decoder gets wrong lies there.
fn nearly_right() -> impl Strategy<Value = (u8, Vec<u8>)> {
    let piece = prop_oneof![
        4 => vec(any::<u8>(), 0..6),
        3 => Just(vec![0]),
        2 => (0_u16..4).prop_map(|count| count.to_be_bytes().to_vec()),
        2 => prop_oneof![0_i32..9, Just(-1), Just(i32::MAX), Just(i32::MIN)].prop_map(|length| length.to_be_bytes().to_vec()),
        2 => "[a-z$1]{0,8}".prop_map(|text| [text.as_bytes(), &[0]].concat()),
    ];
    (
        prop_oneof![9 => prop::sample::select(b"QPBDECSHXpdcf".to_vec()), 1 => any::<u8>()],
        vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_of_any_bytes_is_read_or_refused((kind, body) in nearly_right()) {
        let length = body.len();
        if let Ok(Message::Bind(bind)) = message(kind, Bytes::from(body.clone())) {
            prop_assert!(bind.values.iter().flatten().map(Bytes::len).sum::<usize>() <= length);
        }
        let _ = sasl_initial(Bytes::from(body));
    }

    #[test]
    fn a_stream_is_cut_the_same_however_it_comes(messages in vec(nearly_right(), 0..5), cut in any::<prop::sample::Index>(), tail in vec(any::<u8>(), 0..4)) {
        let mut bytes = Vec::new();
        for (kind, body) in &messages {
            bytes.push(*kind);
            bytes.extend_from_slice(&(u32::try_from(body.len()).unwrap_or_default() + 4).to_be_bytes());
            bytes.extend_from_slice(body);
        }
        bytes.extend_from_slice(&tail);
        let cut = cut.index(bytes.len() + 1);
        let (mut at_once, mut in_two) = (BytesMut::from(&bytes[..]), BytesMut::from(&bytes[..cut]));
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        while let Ok(Some(frame)) = take_frame(&mut at_once, 1 << 16) {
            whole.push(frame);
        }
        while let Ok(Some(frame)) = take_frame(&mut in_two, 1 << 16) {
            parts.push(frame);
        }
        in_two.extend_from_slice(&bytes[cut..]);
        while let Ok(Some(frame)) = take_frame(&mut in_two, 1 << 16) {
            parts.push(frame);
        }
        prop_assert!(whole.len() >= messages.len());
        prop_assert_eq!(whole, parts);
    }

    #[test]
    fn a_first_message_of_any_bytes_is_read_or_refused(length in 0_u32..40, body in vec(any::<u8>(), 0..40)) {
        let mut buffer = BytesMut::from(&[&length.to_be_bytes()[..], &body].concat()[..]);
        let before = buffer.len();
        if let Ok(Some(first)) = take_first(&mut buffer) {
            prop_assert!(buffer.len() < before);
            let is_made_up = matches!(&first, First::Startup { parameters, .. } if parameters.len() > body.len());
            prop_assert!(!is_made_up, "more parameters than bytes");
        }
    }

    #[test]
    fn a_value_of_any_bytes_is_one_or_is_refused(at in 0..OIDS.len(), bytes in vec(any::<u8>(), 0..48), is_binary in any::<bool>(), counts in vec(0_u16..12, 4)) {
        let format = if is_binary { Format::Binary } else { Format::Text };
        let oid = OIDS[at];
        let _ = parameter::value(Some(&bytes), format, (oid, None), "UTC", 1);
        // With a head as a numeric and as an array have one.
        let head: Vec<u8> = counts.iter().flat_map(|count| count.to_be_bytes()).collect();
        let _ = parameter::value(Some(&[&head[..], &bytes].concat()), Format::Binary, (types::NUMERIC, None), "UTC", 1);
        let array = [&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23][..], &(u32::from(counts[0])).to_be_bytes(), &[0, 0, 0, 1], &bytes].concat();
        let _ = parameter::value(Some(&array), Format::Binary, (1007, None), "UTC", 1);
    }

    #[test]
    fn a_login_of_any_bytes_fails(first in vec(any::<u8>(), 0..40), last in vec(any::<u8>(), 0..80)) {
        let verifier = Verifier::of("pencil", b"salt", 1);
        if let Ok((exchange, _)) = Exchange::begin(verifier, &first, "nonce") {
            prop_assert!(exchange.finish(&last).is_err());
        }
        let (exchange, _) = Exchange::begin(Verifier::of("pencil", b"salt", 1), b"n,,n=,r=abc", "nonce").map_err(|_| TestCaseError::fail("a good beginning"))?;
        let guessed = [b"c=biws,r=abcnonce,p=", &last[..]].concat();
        prop_assert!(exchange.finish(&guessed).is_err());
    }
}
