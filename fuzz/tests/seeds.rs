//! The seeds, and pieces of them put together at random, through every target: what a machine without
//! a nightly toolchain runs instead of the fuzzer.

use std::path::Path;

/// Inputs of each target beside its seeds.
const ROUNDS: usize = 1_000;

/// SplitMix64: the same inputs in every run.
fn random(state: &mut u64, end: usize) -> usize {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("seeds").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_iter().map(|path| std::fs::read(path).expect("a seed")).collect()
}

fn run(target: &str, check: fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| check(seed));
    let mut state = 1;
    for _ in 0..ROUNDS {
        let mut input = seeds[random(&mut state, seeds.len())].clone();
        for _ in 0..1 + random(&mut state, 4) {
            let other = &seeds[random(&mut state, seeds.len())];
            let (from, to) = (random(&mut state, other.len()), random(&mut state, other.len()));
            let piece = other[from.min(to)..from.max(to)].to_vec();
            let at = random(&mut state, input.len());
            match random(&mut state, 3) {
                0 => drop(input.splice(at..at, piece)),
                1 => drop(input.splice(at.., piece)),
                _ => {
                    let byte = random(&mut state, 256) as u8;
                    input.splice(at..at, [byte]);
                }
            }
        }
        check(&input);
    }
}

#[test]
fn fold() {
    run("fold", qwarden_fuzz::fold::check);
}

#[test]
fn keywords() {
    run("keywords", qwarden_fuzz::keywords::check);
}

#[test]
fn patterns() {
    run("patterns", qwarden_fuzz::patterns::check);
}

#[test]
fn bodies() {
    run("bodies", qwarden_fuzz::bodies::check);
}

#[test]
fn restore() {
    run("restore", qwarden_fuzz::restore::check);
}
