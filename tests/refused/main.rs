//! What has to be refused: attacks on mail as they are known, each by itself, at every cut where cutting can matter.
//!
//! The manual's chapter on attacks says which construct in the code stops each of them.

mod addresses;
mod escapes;
mod floods;
mod injection;
mod names;
mod peer;
mod smuggling;
mod tls;
