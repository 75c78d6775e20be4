//! One line to a client, with its patience: a head that comes too slowly, a connection that is idle too long, an
//! answer that nobody reads; and its end, when the server stops. Knows no HTTP beyond "a request is being answered".

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::settings::Limits;

/// How long and how much is read of what still comes after the last answer, so that a client that is still sending
/// reads that answer instead of a broken line.
const LINGER: Duration = Duration::from_secs(1);

/// Says from outside whether a request is being answered on a line, and when the last one was.
#[derive(Clone)]
pub(crate) struct Answering {
    born: Instant,
    told: Arc<Told>,
}

/// What is known of it.
#[derive(Default)]
struct Told {
    /// Nanoseconds from the line's beginning to the end of the last answer; [`NOW`] while there is one.
    ended: AtomicU64,
    /// Whether no further request is answered.
    stops: AtomicBool,
}

/// A request is being answered.
const NOW: u64 = u64::MAX;

impl Answering {
    /// On a line that was just made.
    pub(crate) fn new() -> Self {
        Self { born: Instant::now(), told: Arc::default() }
    }

    /// A request's head is there.
    pub(crate) fn begin(&self) {
        self.told.ended.store(NOW, Ordering::Relaxed);
    }

    /// Its answer has been on its way since `at`.
    pub(crate) fn end(&self, at: std::time::Instant) {
        let after = at.saturating_duration_since(self.born.into_std());
        let after = u64::try_from(after.as_nanos()).unwrap_or(NOW - 1);
        self.told.ended.store(after, Ordering::Relaxed);
    }

    /// No further request is answered: the line ends as soon as nothing is under way on it. Whoever holds it polls it.
    pub(crate) fn stop(&self) {
        self.told.stops.store(true, Ordering::Relaxed);
    }

    fn stops(&self) -> bool {
        self.told.stops.load(Ordering::Relaxed)
    }

    /// When the last answer ended, as it is kept.
    fn ended(&self) -> u64 {
        self.told.ended.load(Ordering::Relaxed)
    }

    /// Since when nothing is answered; none while something is.
    fn since(&self) -> Option<Instant> {
        match self.ended() {
            NOW => None,
            after => Some(self.born + Duration::from_nanos(after)),
        }
    }
}

/// A line with its patience.
pub(crate) struct Line<S> {
    stream: S,
    answering: Answering,
    head_time: Duration,
    idle_time: Duration,
    write_time: Duration,
    /// Since when the next head is waited for, and when it began to come.
    waiting: Waiting,
    /// When the last answer ended that went out whole.
    out: u64,
    /// Since when the other end takes nothing.
    stuck: Option<Instant>,
    /// The end of the last seconds, in which what still comes is thrown away.
    lingering: Option<Instant>,
    /// Wakes whoever polls. It is set again when it has rung, not at every byte.
    alarm: Pin<Box<Sleep>>,
}

enum Waiting {
    /// A request is being answered, so nothing is waited for.
    No,
    /// No byte of the next head has come.
    Idle(Instant),
    /// The head began to come, after the answer that ended then; when, is read off the clock if the rest does not come
    /// with it.
    Begun(Instant),
    /// The head began to come then.
    Head(Instant),
}

impl<S> Line<S> {
    /// A line on which the first head should come soon.
    pub(crate) fn new(stream: S, answering: Answering, limits: &Limits) -> Self {
        let now = Instant::now();
        Self {
            stream,
            out: answering.ended(),
            answering,
            head_time: limits.head_time,
            idle_time: limits.idle_time,
            write_time: limits.write_time,
            waiting: Waiting::Head(now),
            stuck: None,
            lingering: None,
            alarm: Box::pin(sleep_until(now + limits.head_time)),
        }
    }

    /// When patience is at its end.
    fn end(&mut self) -> Option<Instant> {
        if matches!(self.waiting, Waiting::Begun(_)) {
            self.waiting = Waiting::Head(Instant::now());
        }
        let next_head = match self.waiting {
            Waiting::No | Waiting::Begun(_) => None,
            Waiting::Idle(since) => Some(since + self.idle_time),
            Waiting::Head(since) => Some(since + self.head_time),
        };
        let stuck = self.stuck.map(|since| since + self.write_time);
        [next_head, stuck, self.lingering].into_iter().flatten().min()
    }

    /// Whether patience is at its end; makes sure to be polled when it may be. While the alarm is set for no later than
    /// that and has not rung, no clock is read.
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        let Some(end) = self.end() else { return false };
        loop {
            let rung = self.alarm.is_elapsed();
            if rung && end <= Instant::now() {
                return true;
            }
            if rung || self.alarm.deadline() > end {
                self.alarm.as_mut().reset(end);
            }
            if self.alarm.as_mut().poll(context).is_pending() {
                return false;
            }
        }
    }

    /// Whether something is waited for follows from whether a request is being answered.
    fn follow(&mut self) {
        match (self.answering.since(), &self.waiting) {
            (None, _) => self.waiting = Waiting::No,
            (Some(ended), Waiting::No) => self.waiting = Waiting::Idle(ended),
            // It was answered before anybody looked.
            (Some(ended), Waiting::Head(since)) if ended >= *since => self.waiting = Waiting::Idle(ended),
            (Some(ended), Waiting::Begun(before)) if ended > *before => self.waiting = Waiting::Idle(ended),
            (Some(_), Waiting::Idle(_) | Waiting::Begun(_) | Waiting::Head(_)) => {}
        }
    }
}

impl<S> Line<S> {
    /// Whether the server stops and nothing is under way here: no request is answered, and the last answer is out. The
    /// half of a head that may have come is nobody's yet.
    fn is_to_end(&self) -> bool {
        self.answering.stops() && self.out != NOW && self.answering.ended() == self.out
    }
}

fn too_slow() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the other end is too slow")
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.follow();
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            if let Waiting::Idle(since) = self.waiting {
                self.waiting = Waiting::Begun(since);
            }
        } else if read.is_pending() {
            if self.is_to_end() {
                // As if the other end had closed.
                return Poll::Ready(Ok(()));
            }
            if self.is_over(context) {
                return Poll::Ready(Err(too_slow()));
            }
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Line<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.taken(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.taken(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            // An answer is out, and nobody may ask for the next head before it comes: the alarm is set here.
            self.follow();
            self.out = self.answering.ended();
            if self.is_over(context) {
                return Poll::Ready(Err(too_slow()));
            }
        }
        self.taken(flushed, context)
    }

    /// Ends our side, then reads for a moment what the other end is still sending: closing before would tear the last
    /// answer away from under it.
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
            self.waiting = Waiting::No;
            self.stuck = None;
            self.lingering = Some(Instant::now() + LINGER);
        }
        let mut thrown_away = [0; 8 * 1024];
        loop {
            if self.lingering.is_some_and(|end| end <= Instant::now()) {
                return Poll::Ready(Ok(()));
            }
            let mut buffer = ReadBuf::new(&mut thrown_away);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending if self.is_over(context) => return Poll::Ready(Ok(())),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<S> Line<S> {
    /// Notes whether the other end takes what is written.
    fn taken<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stuck = None;
            return written;
        }
        self.stuck.get_or_insert_with(Instant::now);
        if self.is_over(context) { Poll::Ready(Err(too_slow())) } else { Poll::Pending }
    }
}
