//! libFuzzer's way in: the target that `EDGEPOST_FUZZ` names, on octets that coverage has chosen.
#![no_main]

use std::sync::LazyLock;

use edgepost_fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<&'static Target> = LazyLock::new(|| {
    let name = std::env::var("EDGEPOST_FUZZ").expect("EDGEPOST_FUZZ names the target");
    edgepost_fuzz::find(&name).unwrap_or_else(|| panic!("there is no target {name}"))
});

fuzz_target!(|octets: &[u8]| {
    TARGET.run(octets);
});
