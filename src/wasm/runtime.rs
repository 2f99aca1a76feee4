//! What `std` would bring along, smaller: memory, and the end after a panic. A panic traps and says nothing, so that the
//! module does not carry the words; js/engine.ts drops the instance then.

use core::arch::wasm32::unreachable;
use core::panic::PanicInfo;

use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

#[global_allocator]
static MEMORY: WasmDynamicTalc = new_wasm_dynamic_allocator();

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unreachable()
}
