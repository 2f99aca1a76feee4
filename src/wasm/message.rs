//! Messages for JavaScript.
