//! The listener: accepts connections, as many as may be, and carries each to its end. Knows no route.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use latchkey_core::id::RequestId;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::answer::{API, VERSION};
use crate::line::{Answering, Line};
use crate::server::{Peer, RequestIds, Stop};
use crate::service::Service;

/// How long to wait when the operating system gives no connection: it has too many open files, most of all.
const BREATH: Duration = Duration::from_millis(50);

/// What somebody beyond the most connections is told. It is written as it stands, since there is nobody to answer; it has
/// the headers that every answer has.
fn full(request_id: RequestId) -> String {
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nX-Request-Id: {request_id}\r\nLatchkey-Version: {VERSION}\r\n\
         Latchkey-Api: {API}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nRetry-After: 1\r\n\
         Connection: close\r\nContent-Length: 0\r\n\r\n"
    )
}

/// Accepts until it is told to stop, then waits for what is under way.
pub(crate) async fn listen(
    listener: TcpListener,
    service: Service,
    tls: Option<TlsAcceptor>,
    mut stop: Stop,
) {
    let limits = &service.server.settings.limits;
    let all = u32::try_from(limits.connections).unwrap_or(u32::MAX);
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.told() => break,
        };
        match accepted {
            Ok((stream, address)) => {
                if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                    tokio::spawn(serve(stream, address, service.clone(), tls.clone(), stop.clone(), place));
                } else {
                    service.server.metrics.turned_away.inc();
                    turn_away(stream, tls.is_some(), &service);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    if timeout(limits.stop_time, places.acquire_many(all)).await.is_err() {
        tracing::warn!("connections that did not end in time are cut");
    }
}

/// Says that there is no place, where it can be said without a handshake.
fn turn_away(mut stream: TcpStream, encrypted: bool, service: &Service) {
    let Some(mut ids) = RequestIds::new() else { return };
    let request_id = ids.draw(&*service.server.clock);
    tracing::warn!(%request_id, "a connection is turned away: there are as many as may be");
    if !encrypted {
        let full = full(request_id);
        tokio::spawn(async move {
            let _ = timeout(Duration::from_secs(1), stream.write_all(full.as_bytes())).await;
        });
    }
}

async fn serve(
    stream: TcpStream,
    address: SocketAddr,
    service: Service,
    tls: Option<TlsAcceptor>,
    stop: Stop,
    place: OwnedSemaphorePermit,
) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let peer = Peer { address, encrypted: tls.is_some() };
    service.server.metrics.connections.inc();
    match tls {
        None => carry(stream, peer, &service, stop).await,
        Some(acceptor) => {
            let mut stopped = stop.clone();
            let accepting = timeout(service.server.settings.limits.head_time, acceptor.accept(stream));
            let accepted = tokio::select! {
                accepted = accepting => Some(accepted),
                () = stopped.told() => None,
            };
            match accepted {
                Some(Ok(Ok(stream))) => carry(stream, peer, &service, stop).await,
                Some(Ok(Err(error))) => tracing::debug!(%error, "no TLS came about"),
                Some(Err(_)) => tracing::debug!("no TLS came about in time"),
                None => tracing::debug!("no TLS came about before the stop"),
            }
        }
    }
    service.server.metrics.connections.dec();
    drop(place);
}

async fn carry<S>(stream: S, peer: Peer, service: &Service, mut stop: Stop)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Some(ids) = RequestIds::new() else {
        tracing::error!("the operating system gives no randomness");
        return;
    };
    let ids = Mutex::new(ids);
    let limits = &service.server.settings.limits;
    let answering = Answering::new();
    let line = Line::new(stream, answering.clone(), limits);
    let answer = service_fn(|request: Request<Incoming>| {
        answering.begin();
        let request_id = ids.lock().unwrap_or_else(PoisonError::into_inner).draw(&*service.server.clock);
        let answering = answering.clone();
        async move {
            let (response, ended) = service.answer(request, peer, request_id).await;
            answering.end(ended);
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .max_headers(limits.headers)
        .max_header_size(limits.head)
        .max_buf_size(limits.head.max(8 * 1024))
        .header_read_timeout(None)
        // Answers are small: one piece is cheaper than a list of pieces.
        .writev(false)
        .serve_connection(TokioIo::new(line), answer);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.told() => {
            answering.stop();
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Whoever closes in the middle, or sends what is no HTTP, does so every day.
        tracing::debug!(%error, "a connection ended early");
    }
}
