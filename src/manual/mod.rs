//! The manual: how to drive the engines, what they keep to and what they withstand. Documentation only: no build has it.
//!
//! | chapter | what |
//! |---|---|
//! | [`driving`] | the loops around both engines: sockets, threads, time, TLS, back-pressure, content, outcomes |
//! | [`states`] | the states of both engines and the ways between them, drawn from `TRANSITIONS` |
//! | [`limits`] | every timeout and every limit, with its default and where it comes from |
//! | [`attacks`] | each attack on mail that is known, what in the code stops it, and the tests that show it |
//! | [`rules`] | every rule of the linter for mail: the reason, the document that says so, a message that passes and one that fails |
//! | [`coverage`] | every document and extension that is spoken, by which side, and the tests that show it |

#[doc = include_str!("driving.md")]
pub mod driving {}

#[doc = include_str!("states.md")]
pub mod states {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("attacks.md")]
pub mod attacks {}

#[doc = include_str!("rules.md")]
pub mod rules {}

#[doc = include_str!("coverage.md")]
pub mod coverage {}
