//! Points in time as the host counts them: the engine has no clock.

/// Milliseconds since an origin of the host's choice; must not go backwards (`performance.now()`, `Instant`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Millis(u64);

impl Millis {
    /// `milliseconds` after the origin.
    pub const fn new(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// The milliseconds since the origin.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The point `milliseconds` later.
    #[must_use]
    pub const fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}
