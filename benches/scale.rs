//! What large lists cost before the first text is read: time and memory of the whole way from the
//! files of a policies folder to a judge, counted by the allocator.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot start says why"
)]
#![allow(missing_docs)]

mod data;

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use qwarden::policy::{self, Options};
use qwarden::screen::Screen;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

const COUNTS: [usize; 4] = [10, 1_000, 10_000, 100_000];
const ROUNDS: usize = 5;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn main() {
    println!(
        "| keywords | policies compiled | screen built | heap kept, MB | of it engines | most on the way |"
    );
    println!("|---|---|---|---|---|---|");
    for count in COUNTS {
        let keywords = data::keywords(count);
        let sources = data::sources(&keywords);
        let (mut compiling, mut building) = (Vec::new(), Vec::new());
        let mut memory = (0.0, 0.0, 0.0);
        for _ in 0..ROUNDS {
            let before = HEAP.current_usage_as_mb();
            HEAP.reset_peak_usage();
            let began = Instant::now();
            let compiled = policy::compile(&sources, &Options::default());
            compiling.push(began.elapsed());
            let policies = compiled.policies.unwrap_or_else(|| panic!("{:#?}", compiled.diagnostics));
            let found: usize = policies
                .detectors()
                .map(|(_, detector)| match &detector.kind {
                    policy::DetectorKind::Keywords { keywords, .. } => keywords.len(),
                    _ => 0,
                })
                .sum();
            assert_eq!(found, count);
            let began = Instant::now();
            let screen = Screen::build(policies.into()).unwrap();
            building.push(began.elapsed());
            let (kept, most) = (HEAP.current_usage_as_mb(), HEAP.peak_usage_as_mb());
            memory = (kept - before, screen.heap_bytes() as f32 / 1e6, most - before);
        }
        let (compiled, built) = (median(compiling), median(building));
        let (kept, engines, most) = memory;
        println!("| {count} | {compiled:.1?} | {built:.1?} | {kept:.1} | {engines:.1} | {most:.1} |");
    }
}
