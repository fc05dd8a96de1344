//! Once warm, parsing and looking allocate nothing: counted, not timed.

#![expect(clippy::unwrap_used, reason = "a helper of tests that fails has failed the test")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use fhirkit_tape::{Span, Tape};

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes to the system allocator unchanged; counting touches a thread-local without destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System` through `alloc` or `realloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        // SAFETY: the pointer came from `System` through `alloc` or `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One chunk: fill the buffer, parse every line, look around, give the buffer back.
fn chunk(tape: &mut Tape, mut buffer: Vec<u8>, line: &str) -> Vec<u8> {
    for _ in 0..1000 {
        buffer.extend_from_slice(line.as_bytes());
        buffer.push(b'\n');
    }
    let spare = tape.load(buffer);
    let step = line.len() as u32 + 1;
    for number in 0..1000 {
        let root = tape.parse(Span::new(number * step, (number + 1) * step)).unwrap();
        let node = tape.node(root);
        assert_eq!(node.get("code").get("coding").item(0).get("code").as_str().as_deref(), Some("8302-2"));
        assert_eq!(node.get("valueQuantity").get("value").number(), Some("170.10"));
        assert!(node.get("note").str_is("a \"b\" \u{e9}"));
        assert!(tape.parse(Span::new(number * step, (number + 1) * step - 4)).is_err());
    }
    spare
}

#[test]
fn a_warm_tape_allocates_nothing() {
    let line = r#"{"resourceType":"Observation","code":{"coding":[{"code":"8302-2"}]},"valueQuantity":{"value":170.10,"unit":"cm"},"note":"a \"b\" \u00e9"}"#;
    let mut tape = Tape::new();
    let mut spare = Vec::new();
    for _ in 0..2 {
        spare = chunk(&mut tape, spare, line);
    }
    let before = COUNT.get();
    for _ in 0..10 {
        spare = chunk(&mut tape, spare, line);
    }
    assert_eq!(COUNT.get() - before, 0, "allocations for 10,000 resources");
}
