//! The binary. See the library for the map.

fn main() -> std::process::ExitCode {
    tiktok_ads::main(std::env::args_os())
}
