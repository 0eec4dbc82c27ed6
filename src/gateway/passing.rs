//! Replies that carry no text of a model: passed on as they come, one record at the end.
//!
//! Owns completing that record. Refuses to look into the body.

use futures_util::stream;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::trail::SharedTrail;
use crate::audit::Ended;
use crate::rewrite::body::pass;
use crate::wire::{BodyError, IdleTimeout, ReplyBody, StreamCut, StreamItem};

/// A body that is passed on unscreened; its record is complete when it ends.
pub(super) fn passing(trail: SharedTrail, body: IdleTimeout<Incoming>) -> ReplyBody {
    let state = Some((trail, Box::pin(body)));
    ReplyBody::stream(stream::unfold(state, |state| async move {
        let (trail, mut body) = state?;
        loop {
            match body.frame().await {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    if body.is_end_stream() {
                        let safe = finish_passing(&trail, Ended::Complete).await;
                        let item = if safe { Ok(StreamItem::Permitted(pass(data))) } else { Err(UNRECORDED) };
                        return Some((item, None));
                    }
                    return Some((Ok(StreamItem::Permitted(pass(data))), Some((trail, body))));
                }
                Some(Err(error)) => {
                    let ended = if matches!(error, BodyError::TimedOut) {
                        Ended::UpstreamTimeout
                    } else {
                        Ended::UpstreamError
                    };
                    finish_passing(&trail, ended).await;
                    tokio::task::yield_now().await;
                    return Some((Err(StreamCut { reason: "the backend broke off" }), None));
                }
                None => {
                    let safe = finish_passing(&trail, Ended::Complete).await;
                    return if safe { None } else { Some((Err(UNRECORDED), None)) };
                }
            }
        }
    }))
}

const UNRECORDED: StreamCut = StreamCut { reason: "the audit record could not be written" };

async fn finish_passing(trail: &SharedTrail, ended: Ended) -> bool {
    match trail.complete(Some(ended)) {
        Some(receipt) => receipt.await.is_ok(),
        None => true,
    }
}
