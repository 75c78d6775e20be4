//! One verification, from the text to the verdict: what memory says, what core decides about it, and what is counted.
//! Waits for nothing; what must wait is told to `cold.rs` and asked again.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use latchkey_core::Timestamp;
use latchkey_core::key_format::{is_well_spelled, public_part};
use latchkey_core::operations::EventKind;
use latchkey_core::plaintext::PLAINTEXT_MAX;
use latchkey_core::verification::{AskedRef, Found, Outcome, decide};
use latchkey_store::{Happened, VerifyEntry};
use siphasher::sip128::Hash128;

use crate::cold::Unproven;
use crate::entry::Hot;
use crate::memory::Id;
use crate::question::{Audience, ClientIp, Question, Verdict};
use crate::shared::Shared;

/// What memory says.
pub(crate) enum Said {
    /// The answer, counted.
    Verdict(Verdict),
    /// Memory is too old to be believed.
    Strict,
    /// The id must be looked up.
    Cold(Id),
    /// The text must be checked by argon2id.
    Unproven(Unproven, Hash128),
}

impl Shared {
    /// Answers from memory, as far as it can.
    #[inline]
    pub(crate) fn ask(&self, key: &str, question: &Question, from: ClientIp) -> Said {
        let shown = self.hands.shown();
        let now = self.hands.counted(shown);
        let Some(public) = public_part(key).filter(|_| key.len() <= PLAINTEXT_MAX) else {
            return Said::Verdict(self.refuse(Outcome::Malformed, question.blames(from), now));
        };
        if self.feed.is_strict(shown) {
            return if is_well_spelled(key) {
                Said::Strict
            } else {
                Said::Verdict(self.refuse(Outcome::Malformed, question.blames(from), now))
            };
        }
        let id = Id::new(public);
        let print = self.memory.print(key);
        let looked = self.memory.with(id, |hot| match hot.lasting.proof.get() {
            Some(proof) if *proof == print => Some(Said::Verdict(self.judge(hot, question, from, now))),
            // The text of this secret is known, and it is another.
            Some(_) => None,
            None => Some(self.ask_cold(key, print, hot, question, from, now)),
        });
        match looked {
            Some(Some(said)) => said,
            Some(None) => Said::Verdict(self.refuse(spelled(key), question.blames(from), now)),
            None => self.ask_unknown(key, id, question.blames(from), now),
        }
    }

    /// The text of this secret was never proved here.
    #[cold]
    fn ask_cold(
        &self,
        key: &str,
        print: Hash128,
        hot: &Hot,
        question: &Question,
        from: ClientIp,
        now: Timestamp,
    ) -> Said {
        let blamed = question.blames(from);
        if !is_well_spelled(key) {
            return Said::Verdict(self.refuse(Outcome::Malformed, blamed, now));
        }
        if let Some(until) = self.failures.refused_until(blamed, now) {
            return Said::Verdict(self.unheard(until));
        }
        match self.prove_by_tag(key, print, &hot.look, &hot.lasting) {
            Some(true) => Said::Verdict(self.judge(hot, question, from, now)),
            Some(false) => Said::Verdict(self.refuse(Outcome::NotFound, blamed, now)),
            None => {
                let unproven = Unproven { look: Arc::clone(&hot.look), lasting: Arc::clone(&hot.lasting) };
                Said::Unproven(unproven, print)
            }
        }
    }

    /// The id is not in memory.
    #[cold]
    fn ask_unknown(&self, key: &str, id: Id, blamed: ClientIp, now: Timestamp) -> Said {
        let spelled = spelled(key);
        if spelled == Outcome::Malformed || self.memory.is_unknown(id) {
            return Said::Verdict(self.refuse(spelled, blamed, now));
        }
        match self.failures.refused_until(blamed, now) {
            Some(until) => Said::Verdict(self.unheard(until)),
            None => Said::Cold(id),
        }
    }

    /// The text is none of ours: counted against the address, and refused unheard once it is too much.
    #[cold]
    pub(crate) fn refuse(&self, outcome: Outcome, blamed: ClientIp, now: Timestamp) -> Verdict {
        if let Some(until) = self.failures.refused_until(blamed, now) {
            return self.unheard(until);
        }
        self.counters.ended(outcome);
        if let Some(failures) = self.failures.count(blamed, now) {
            self.raise(EventKind::FailuresByAddress, outcome, blamed, now, None, failures.into());
        }
        Verdict { outcome, entry: None, rate_limit: None, retry_at: None }
    }

    fn unheard(&self, until: Timestamp) -> Verdict {
        self.counters.ended(Outcome::RateLimited);
        Verdict { outcome: Outcome::RateLimited, entry: None, rate_limit: None, retry_at: Some(until) }
    }

    /// The text is this secret's: core decides, and what it decides is counted.
    #[inline]
    fn judge(&self, hot: &Hot, question: &Question, from: ClientIp, now: Timestamp) -> Verdict {
        if hot.audience != question.audience {
            return self.of_others(hot, question, from, now);
        }
        let look = &hot.look;
        let found = Found {
            key: &look.key,
            secret: &look.secret,
            digest_matches: true,
            tenant_suspended: look.tenant_suspended,
            tenant_ip: &look.tenant_ip,
            permissions: &look.permissions,
            dialect: hot.dialect,
        };
        let asked = AskedRef {
            requirement: &question.requirement,
            client_ip: from,
            tenant: question.tenant,
            environment: question.environment,
        };
        let decided = decide(Some(found), asked, now);
        let taken = match (decided, &hot.limits) {
            (Outcome::Valid, Some(limits)) => Some(limits.take(now)),
            _ => None,
        };
        let over = taken.filter(|taken| !taken.through);
        let outcome = if over.is_some() { Outcome::RateLimited } else { decided };
        self.counters.ended(outcome);
        self.usage.count(&hot.lasting, outcome, now, question.blames(from));
        if outcome != Outcome::Valid {
            self.tell_of(outcome, look, question, question.blames(from), now);
        } else if look.secret.confirmed_at.is_none() {
            self.first_use(hot, now);
        }
        Verdict {
            outcome,
            entry: Some(Arc::clone(look)),
            rate_limit: taken.map(|taken| taken.closest),
            retry_at: over.map(|over| over.closest.reset_at),
        }
    }

    /// A good text of the other audience: as unknown as any that never was. Only the admin API, which shows nothing of
    /// it, is told whose it was, for the event.
    #[cold]
    fn of_others(&self, hot: &Hot, question: &Question, from: ClientIp, now: Timestamp) -> Verdict {
        let verdict = self.refuse(Outcome::NotFound, question.blames(from), now);
        let entry = match question.audience {
            Audience::Operators if verdict.outcome == Outcome::NotFound => Some(Arc::clone(&hot.look)),
            Audience::Operators | Audience::Customers => None,
        };
        Verdict { entry, ..verdict }
    }

    /// A secret that nobody confirmed is in use: that confirms it, once.
    #[cold]
    fn first_use(&self, hot: &Hot, now: Timestamp) {
        if hot.lasting.confirming.swap(true, Ordering::AcqRel) {
            return;
        }
        if !self.errands.confirm(&hot.lasting, now, hot.look.secret.lapses_at) {
            hot.lasting.confirming.store(false, Ordering::Release);
        }
    }

    #[cold]
    fn tell_of(
        &self,
        outcome: Outcome,
        look: &VerifyEntry,
        question: &Question,
        from: ClientIp,
        now: Timestamp,
    ) {
        let kind = match outcome {
            // The admin API tells of its own refusals.
            Outcome::Revoked | Outcome::Expired | Outcome::Retired
                if question.audience == Audience::Customers =>
            {
                EventKind::DeadSecretUsed
            }
            Outcome::RateLimited => EventKind::LimitHit,
            Outcome::Valid
            | Outcome::Malformed
            | Outcome::NotFound
            | Outcome::WrongTenant
            | Outcome::Revoked
            | Outcome::Suspended
            | Outcome::Expired
            | Outcome::Retired
            | Outcome::WrongEnvironment
            | Outcome::IpDenied
            | Outcome::InsufficientPermissions => return,
        };
        self.raise(kind, outcome, from, now, Some(look), 1);
    }

    pub(crate) fn raise(
        &self,
        kind: EventKind,
        outcome: Outcome,
        ip: ClientIp,
        at: Timestamp,
        look: Option<&VerifyEntry>,
        count: u64,
    ) {
        self.events.raise(Happened {
            at,
            kind,
            tenant: look.map(|look| look.tenant.id),
            key: look.map(|look| look.key.id),
            secret: look.map(|look| look.secret.id),
            ip,
            outcome: outcome.word(),
            count,
        });
    }
}

/// How a text that is none of ours ends.
fn spelled(key: &str) -> Outcome {
    if is_well_spelled(key) { Outcome::NotFound } else { Outcome::Malformed }
}
