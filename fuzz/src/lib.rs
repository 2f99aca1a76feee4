//! What is fuzzed: functions that take any octets, make what they need of them, and panic when a promise is broken.
//!
//! | file | what |
//! |---|---|
//! | [`targets`] | the table of targets, one file for each |
//! | [`grammar`] | values built by the grammar, from octets that choose |
//! | [`cuts`] | how octets are cut into pieces |
//! | [`meter`] | an allocator that counts: bounded memory and linear work are promises too |
//! | [`seeds`] | where coverage begins: the transcripts and vectors under `tests/` |
//! | [`smoke`] | a short run without coverage, the same on every machine |
//!
//! `npm run fuzz` runs the targets under libFuzzer; `npm test` runs [`smoke`].

pub mod cuts;
pub mod grammar;
pub mod meter;
pub mod seeds;
pub mod smoke;
pub mod targets;

/// Something to fuzz.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// What must not happen, in one line.
    pub promise: &'static str,
    /// Takes any octets; panics when the promise is broken.
    pub body: fn(&[u8]),
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Octets of the longest input that libFuzzer is to try.
    pub longest: usize,
    /// Executions in a smoke run: about a second of them.
    pub smoke: u32,
    /// Octets that may be allocated for each octet of input, in all and not at once, beyond [`meter::BASE`]:
    /// work that grows faster than its input shows here.
    pub allocated: usize,
}

impl Target {
    /// Runs the target once, and checks what it allocated.
    pub fn run(&self, octets: &[u8]) {
        meter::start();
        (self.body)(octets);
        let used = meter::read();
        let limit = meter::BASE + self.allocated * octets.len();
        assert!(
            used.total <= limit,
            "{} octets allocated for {} of input; {limit} would be linear",
            used.total,
            octets.len()
        );
    }
}

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    targets::ALL.iter().find(|target| target.name == name)
}
