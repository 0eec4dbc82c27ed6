#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| qwarden_fuzz::restore::check(data));
