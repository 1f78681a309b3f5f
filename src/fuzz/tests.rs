//! Every seed, whole and damaged, without a fuzzer.

use std::path::Path;

use super::TARGETS;

/// Places at which a seed is cut, and bytes of it that are changed.
const DAMAGES: usize = 24;

#[test]
fn every_seed_holds_whole_and_damaged() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    std::thread::scope(|scope| {
        for (name, target) in TARGETS {
            let folder = seeds.join(name);
            scope.spawn(move || {
                let files = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
                let files: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
                assert!(!files.is_empty(), "{name} has no seed");
                for seed in files {
                    target(&seed);
                    for at in (0..seed.len()).step_by(seed.len().div_ceil(DAMAGES).max(1)) {
                        target(&seed[..at]);
                        let mut other = seed.clone();
                        other[at] ^= 1 << (at % 8);
                        target(&other);
                    }
                }
            });
        }
    });
}

#[test]
fn there_is_a_folder_of_seeds_for_each_target_and_no_other() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut folders: Vec<String> =
        std::fs::read_dir(seeds).unwrap().map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect();
    let mut names = TARGETS.map(|(name, _)| name.to_owned()).to_vec();
    folders.sort_unstable();
    names.sort_unstable();
    assert_eq!(folders, names);
}
