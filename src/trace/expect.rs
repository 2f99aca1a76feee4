//! The replies that the server still owes, in order: what makes a reply's meaning known under pipelining (RFC 2920).

use alloc::collections::VecDeque;

/// What a reply will answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// A command, or the end of content; nothing depends on the answer. None when the verb is unknown.
    Command(Option<&'static str>),
    /// AUTH, which takes challenges and answers before its final reply.
    Auth,
    /// DATA, whose content follows when the answer is 354.
    Data,
    /// STARTTLS, after which comes TLS when the answer is 220.
    StartTls,
}

impl Expect {
    pub const fn verb(self) -> Option<&'static str> {
        match self {
            Self::Command(verb) => verb,
            Self::Auth => Some("AUTH"),
            Self::Data => Some("DATA"),
            Self::StartTls => Some("STARTTLS"),
        }
    }

    /// What only this code answers.
    const fn of(code: u16) -> Option<Self> {
        match code {
            235 | 334 => Some(Self::Auth),
            354 => Some(Self::Data),
            220 => Some(Self::StartTls),
            _ => None,
        }
    }
}

/// The queue, equal neighbours together: a thousand RCPT take the room of one.
#[derive(Debug, Default)]
pub(super) struct Expectations {
    runs: VecDeque<(Expect, u32)>,
}

/// A client whose server is silent, or not seen, must not fill the memory; then the oldest are forgotten.
const RUNS: usize = 4096;

impl Expectations {
    pub fn push(&mut self, expect: Expect) {
        match self.runs.back_mut() {
            Some((last, count)) if *last == expect && *count < u32::MAX => *count += 1,
            _ => {
                if self.runs.len() == RUNS {
                    self.runs.pop_front();
                }
                self.runs.push_back((expect, 1));
            }
        }
    }

    /// The latest.
    pub fn last(&self) -> Option<Expect> {
        self.runs.back().map(|&(expect, _)| expect)
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub fn clear(&mut self) {
        self.runs.clear();
    }

    /// The client gave AUTH up: its answers end, its reply is still to come.
    pub fn cancel_auth(&mut self) {
        if self.last() == Some(Expect::Auth) {
            self.runs.pop_back();
            self.push(Expect::Command(Some("AUTH")));
        }
    }

    /// What a reply with this code answers. A code that answers only one thing puts a count that went wrong right.
    pub fn answer(&mut self, code: u16) -> Option<Expect> {
        if Expect::of(code).is_some_and(|expect| self.last() == Some(expect)) {
            self.runs.drain(..self.runs.len() - 1);
        }
        if code == 334 {
            // Whatever was asked: an answer to a challenge comes next, and a final reply after it.
            self.runs.clear();
            self.runs.push_back((Expect::Auth, 1));
            return Some(Expect::Auth);
        }
        let (expect, count) = self.runs.front_mut()?;
        let expect = *expect;
        *count -= 1;
        if *count == 0 {
            self.runs.pop_front();
        }
        Some(expect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: Expect = Expect::Command(Some("MAIL"));
    const RCPT: Expect = Expect::Command(Some("RCPT"));

    fn queue(expected: &[Expect]) -> Expectations {
        let mut queue = Expectations::default();
        expected.iter().for_each(|&expect| queue.push(expect));
        queue
    }

    #[test]
    fn replies_answer_in_order() {
        let mut queue = queue(&[MAIL, RCPT, RCPT, Expect::Data]);
        let answered: std::vec::Vec<_> =
            [250, 250, 550, 354, 250].into_iter().map(|code| queue.answer(code)).collect();
        assert_eq!(answered, [Some(MAIL), Some(RCPT), Some(RCPT), Some(Expect::Data), None]);
    }

    #[test]
    fn a_code_with_one_meaning_puts_the_count_right() {
        assert_eq!(queue(&[MAIL, RCPT, Expect::Data]).answer(354), Some(Expect::Data));
        assert_eq!(queue(&[RCPT, Expect::StartTls]).answer(220), Some(Expect::StartTls));
        let mut queue = queue(&[MAIL, MAIL]);
        assert_eq!(queue.answer(334), Some(Expect::Auth));
        assert_eq!(queue.last(), Some(Expect::Auth));
        assert_eq!((queue.answer(535), queue.answer(250)), (Some(Expect::Auth), None));
    }

    #[test]
    fn replies_that_never_come_do_not_fill_the_memory() {
        let mut queue = Expectations::default();
        for _ in 0..10 * RUNS {
            queue.push(MAIL);
            queue.push(RCPT);
        }
        assert_eq!(queue.runs.len(), RUNS);
    }
}
