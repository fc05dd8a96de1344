//! A line for every request: method, path without ids, status, milliseconds, bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State as Shared};
use axum::http::header::CONTENT_LENGTH;
use axum::middleware::Next;
use axum::response::Response;
use futures_util::Stream;

use crate::state::State;

/// Logs a request when its answer has gone, or was broken off.
pub(crate) async fn log(Shared(state): Shared<Arc<State>>, request: Request, next: Next) -> Response {
    if state.options.log.is_none() {
        return next.run(request).await;
    }
    // The template, so that no id gets here; what matched nothing may be anything.
    let path = request.extensions().get::<MatchedPath>().map_or("(no such path)", MatchedPath::as_str);
    let mut line = Line {
        head: format!("{} {path}", request.method()),
        status: 0,
        byte_count: 0,
        begin: Instant::now(),
        state: Arc::clone(&state),
    };
    let response = next.run(request).await;
    line.status = response.status().as_u16();
    if let Some(exact) = response.body().size_hint().exact() {
        line.byte_count = exact;
        return response;
    }
    // A length that was announced stays announced, whatever comes.
    let length = response.headers().get(CONTENT_LENGTH).cloned();
    let mut response =
        response.map(|body| Body::from_stream(Counted { body: body.into_data_stream(), line }));
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    response
}

struct Line {
    head: String,
    status: u16,
    byte_count: u64,
    begin: Instant,
    state: Arc<State>,
}

impl Drop for Line {
    fn drop(&mut self) {
        let milliseconds = self.begin.elapsed().as_millis();
        self.state.log(&format!("{} {} {milliseconds} ms {} bytes", self.head, self.status, self.byte_count));
    }
}

/// A body that counts what goes.
struct Counted {
    body: BodyDataStream,
    line: Line,
}

impl Stream for Counted {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &piece {
            self.line.byte_count += bytes.len() as u64;
        }
        piece
    }
}
