//! Compressed bodies, opened after they are believed: a small body can hold a large one, so that only so much is opened as is allowed.

use std::io::Read;

use axum::http::{HeaderMap, StatusCode, header};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::reply::Refusal;

/// Memory that a zstd frame may ask for, as a power of two: 8 MiB, what every decoder must have (RFC 8878).
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As it is.
    Plain,
    Gzip,
    /// Zlib (RFC 9110, 8.4.1.2).
    Deflate,
    Zstd,
}

impl Encoding {
    /// What the headers say.
    ///
    /// # Errors
    /// 415 for an encoding that is not known, and for several.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let unknown = || Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "bodies may be gzip, deflate or zstd, or not compressed\n");
        let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return if headers.contains_key(header::CONTENT_ENCODING) { Err(unknown()) } else { Ok(Self::Plain) };
        };
        match value.to_str().unwrap_or("?").trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Plain),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "zstd" => Ok(Self::Zstd),
            _ => Err(unknown()),
        }
    }

    /// Opens a body to at most `limit` bytes. Blocking, but only for as long as that takes.
    ///
    /// # Errors
    /// 413 when there is more in it, 400 when it is not what the headers say or is cut off.
    pub(super) fn open(self, body: Vec<u8>, limit: usize) -> Result<Vec<u8>, Refusal> {
        let source = body.as_slice();
        let outcome = match self {
            Self::Plain => return Ok(body),
            Self::Gzip => bounded(MultiGzDecoder::new(source), limit),
            Self::Deflate => bounded(ZlibDecoder::new(source), limit),
            Self::Zstd => zstd::stream::read::Decoder::with_buffer(source).and_then(|mut decoder| {
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                bounded(decoder, limit)
            }),
        };
        let whole =
            outcome.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "the body is not compressed as its content-encoding says\n"))?;
        if whole.len() > limit {
            return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than allowed once it is decompressed\n"));
        }
        Ok(whole)
    }
}

/// Reads one byte more than allowed, by which too much is told.
fn bounded(source: impl Read, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut whole = Vec::new();
    source.take((limit as u64).saturating_add(1)).read_to_end(&mut whole)?;
    Ok(whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use std::io::Write as _;

    use axum::http::{HeaderMap, StatusCode, header};
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::Encoding;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn what_was_compressed_comes_out() {
        let mut deflate = ZlibEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(b"abc").unwrap();
        assert_eq!(Encoding::Deflate.open(deflate.finish().unwrap(), 3).unwrap(), b"abc");
        assert_eq!(Encoding::Gzip.open([gzip(b"ab"), gzip(b"c")].concat(), 3).unwrap(), b"abc", "of several members");
        assert_eq!(Encoding::Zstd.open(zstd::encode_all(b"abc".as_slice(), 0).unwrap(), 3).unwrap(), b"abc");
    }

    #[test]
    fn no_more_is_opened_than_is_allowed() {
        let zeros = vec![0_u8; 8 << 20];
        for (encoding, bomb) in [(Encoding::Gzip, gzip(&zeros)), (Encoding::Zstd, zstd::encode_all(zeros.as_slice(), 0).unwrap())] {
            assert!(bomb.len() < 100_000);
            assert_eq!(encoding.open(bomb, 1 << 20).unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE, "{encoding:?}");
        }
        assert_eq!(Encoding::Gzip.open(gzip(b"abcd"), 3).unwrap_err().status, StatusCode::PAYLOAD_TOO_LARGE);
        let opened = super::bounded(flate2::read::GzDecoder::new(gzip(&zeros).as_slice()), 1000).unwrap();
        assert!(opened.len() == 1001 && opened.capacity() < 1 << 16, "memory stays bounded: {}", opened.capacity());
    }

    #[test]
    fn a_cut_or_mislabelled_body_is_refused_and_so_are_other_encodings() {
        let whole = gzip(b"abc");
        assert_eq!(Encoding::Gzip.open(whole[..whole.len() - 5].to_vec(), 9).unwrap_err().status, StatusCode::BAD_REQUEST);
        assert_eq!(Encoding::Zstd.open(whole, 9).unwrap_err().status, StatusCode::BAD_REQUEST);
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CONTENT_ENCODING, value.parse().unwrap());
            }
            Encoding::of(&headers).ok()
        };
        assert_eq!((of(&[]), of(&["Identity"]), of(&["GZIP"])), (Some(Encoding::Plain), Some(Encoding::Plain), Some(Encoding::Gzip)));
        assert_eq!((of(&["br"]), of(&["gzip, gzip"]), of(&["gzip", "gzip"])), (None, None, None));
    }
}
