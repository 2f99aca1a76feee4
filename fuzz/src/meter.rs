//! An allocator that counts what the present thread asks for, so that a target can bound it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// What any execution may allocate in all, whatever its input.
pub const BASE: usize = 256 << 10;

/// Octets that were allocated since [`start`].
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// In all, freed ones too.
    pub total: usize,
    /// At once, at most.
    pub peak: usize,
    /// Now.
    pub now: usize,
}

thread_local! {
    static TOTAL: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
    static NOW: Cell<usize> = const { Cell::new(0) };
}

/// Begins to count from zero.
pub fn start() {
    TOTAL.set(0);
    PEAK.set(0);
    NOW.set(0);
}

/// What was counted.
pub fn read() -> Used {
    Used { total: TOTAL.get(), peak: PEAK.get(), now: NOW.get() }
}

fn grow(octets: usize) {
    let _ = TOTAL.try_with(|total| total.set(total.get().saturating_add(octets)));
    let _ = NOW.try_with(|now| {
        now.set(now.get().saturating_add(octets));
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(now.get())));
    });
}

/// What was allocated before [`start`] may be freed after it.
fn shrink(octets: usize) {
    let _ = NOW.try_with(|now| now.set(now.get().saturating_sub(octets)));
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

// SAFETY: every call is the system allocator's; counting touches no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        shrink(layout.size());
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        shrink(layout.size());
        grow(size);
        unsafe { System.realloc(pointer, layout, size) }
    }
}
