//! Reading a request's body: no more than may come, no longer than it may take. Reads no JSON.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use hyper::body::Body;
use latchkey_core::{AdminError, ErrorCode};
use tokio::time::timeout;

/// Reads the whole body.
///
/// # Errors
/// `too_large` beyond `limit` bytes, as soon as that is known; `too_slow` where it takes longer than `patience`;
/// `unreadable` where the line breaks.
pub(crate) async fn read<B>(body: B, limit: usize, patience: Duration) -> Result<Bytes, AdminError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_large(limit));
    }
    timeout(patience, gather(body, limit, announced)).await.unwrap_or_else(|_| {
        let words = format!("The body did not come within {} s.", patience.as_secs());
        Err(AdminError::new(ErrorCode::TooSlow, words))
    })
}

async fn gather<B>(mut body: B, limit: usize, announced: usize) -> Result<Bytes, AdminError>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut whole = BytesMut::new();
    let mut first: Option<Bytes> = None;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| AdminError::new(ErrorCode::Unreadable, "The body broke off."))?;
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + first.as_ref().map_or(0, Bytes::len) + data.len() > limit {
            return Err(too_large(limit));
        }
        // Most bodies come in one piece, which needs no copy.
        match (first.take(), whole.is_empty()) {
            (None, true) => first = Some(data),
            (None, false) => whole.extend_from_slice(&data),
            (Some(before), _) => {
                whole.reserve(announced);
                whole.extend_from_slice(&before);
                whole.extend_from_slice(&data);
            }
        }
    }
    Ok(first.unwrap_or_else(|| whole.freeze()))
}

fn too_large(limit: usize) -> AdminError {
    AdminError::new(ErrorCode::TooLarge, format!("The body is larger than {limit} bytes."))
}

/// Refuses a body that does not say that it is JSON.
///
/// # Errors
/// `unsupported_media`.
pub(crate) fn check_json(headers: &HeaderMap) -> Result<(), AdminError> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let said = match (types.next(), types.next()) {
        (Some(one), None) => one.to_str().ok(),
        _ => None,
    };
    let essence = said.and_then(|said| said.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let words = "Send the body as JSON, with Content-Type: application/json.";
    Err(AdminError::new(ErrorCode::UnsupportedMedia, words))
}
