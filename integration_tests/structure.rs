//! The drawing of the house: which file uses which, read from the code, and what it must not look like.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use syn::visit::Visit;

use crate::tidy::{read, rust_files};

/// Rooms, each with those that it may use.
type Rooms = &'static [(&'static str, &'static [&'static str])];

/// Which sub-room may use which, below a folder. Files beside the sub-rooms may use all of them.
const INSIDE: &[(&str, Rooms)] = &[(
    "src/source",
    &[("audit", &["plan", "read"]), ("plan", &["record"]), ("read", &["plan", "record"]), ("record", &[])],
)];

/// Which room of the simulator may use which. A file beside the rooms is one, too.
const SIMULATOR: Rooms = &[
    ("answer", &["assumptions", "rng"]),
    ("assumptions", &[]),
    ("body", &["answer", "assumptions", "call"]),
    ("brief", &[]),
    ("call", &["answer", "assumptions", "brief", "params", "world"]),
    ("call_back", &["world"]),
    ("clock", &[]),
    ("faults", &["call", "rng"]),
    ("lag", &[]),
    ("log", &[]),
    ("options", &["assumptions", "faults", "world"]),
    ("params", &["answer"]),
    ("portal", &["assumptions", "call", "world"]),
    ("quota", &["options"]),
    ("report", &["answer", "assumptions", "params", "rng", "world"]),
    ("rng", &[]),
    (
        "routes",
        &["answer", "assumptions", "body", "call", "lag", "options", "params", "report", "rng", "state", "world"],
    ),
    (
        "server",
        &[
            "answer",
            "assumptions",
            "body",
            "brief",
            "call",
            "clock",
            "faults",
            "log",
            "params",
            "portal",
            "routes",
            "state",
            "wire",
            "world",
        ],
    ),
    ("simulator", &["call_back", "clock", "faults", "log", "options", "portal", "server", "state", "wire", "world"]),
    ("state", &["faults", "lag", "log", "options", "quota", "report", "world"]),
    ("wire", &[]),
    ("world", &["assumptions", "rng"]),
];
/// The simulator's program, a crate of its own beside the library.
const PROGRAM: [&str; 5] = ["access", "ads", "events", "expect", "main"];
const SIMULATOR_FOLDER: &str = "integration_tests/simulator/src";

/// A module as its path from the crate's root.
type Module = Vec<String>;

/// The files of one crate and what each uses.
struct House {
    files: BTreeMap<Module, String>,
    /// Names that a module hands on, and where they come from.
    handed_on: BTreeMap<Module, BTreeMap<String, Module>>,
    paths: Vec<(Module, Module)>,
}

impl House {
    fn draw(folder: &str) -> Self {
        let files: BTreeMap<Module, String> =
            rust_files(folder).into_iter().map(|file| (module_of(&file, folder), file)).collect();
        let mut house = Self { files, handed_on: BTreeMap::new(), paths: Vec::new() };
        for (module, file) in house.files.clone() {
            let text = read(&file);
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            let mut reading = Reading { house: &mut house, module };
            reading.visit_file(&parsed);
        }
        house
    }

    /// The file that defines what a path leads to.
    fn target(&self, path: &[String]) -> Option<&str> {
        let mut path = path.to_vec();
        // A name is handed on a few times at most.
        for _ in 0..8 {
            let depth = (0..=path.len()).rev().find(|depth| self.files.contains_key(&path[..*depth]))?;
            let (module, name) = (&path[..depth], path.get(depth));
            let next = name.and_then(|name| self.handed_on.get(module)?.get(name));
            match next {
                Some(next) if *next != path[..=depth] => {
                    path = [next.as_slice(), &path[depth + 1..]].concat();
                }
                _ => return self.files.get(module).map(String::as_str),
            }
        }
        None
    }

    /// Who uses whom.
    fn arrows(&self) -> BTreeSet<(&str, &str)> {
        let arrow = |(from, to): &(Module, Module)| Some((self.files.get(from)?.as_str(), self.target(to)?));
        self.paths.iter().filter_map(arrow).filter(|(from, to)| from != to).collect()
    }

    fn circles(&self) -> Vec<Vec<&str>> {
        let graph: DiGraphMap<&str, ()> = DiGraphMap::from_edges(self.arrows());
        let mut circles: Vec<Vec<&str>> = tarjan_scc(&graph).into_iter().filter(|files| files.len() > 1).collect();
        circles.iter_mut().for_each(|files| files.sort_unstable());
        circles.sort();
        circles
    }
}

/// Reads one file's paths.
struct Reading<'h> {
    house: &'h mut House,
    module: Module,
}

impl Reading<'_> {
    /// A path from the crate's root; none for other crates' and for local names.
    fn absolute(&self, path: &[String]) -> Option<Module> {
        let mut module = self.module.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                module.clear();
                rest = &path[1..];
            }
            "self" => rest = &path[1..],
            "super" => {}
            child => {
                let below = [module.as_slice(), &[child.to_owned()]].concat();
                self.house.files.contains_key(&below).then_some(())?;
            }
        }
        while rest.first().is_some_and(|first| first == "super") {
            module.pop();
            rest = &rest[1..];
        }
        module.extend(rest.iter().cloned());
        Some(module)
    }

    fn used(&mut self, path: &[String]) {
        if let Some(path) = self.absolute(path) {
            self.house.paths.push((self.module.clone(), path));
        }
    }

    fn imports(&mut self, tree: &syn::UseTree, before: &[String], hands_on: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (path, name) = match tree {
            syn::UseTree::Path(part) => return self.imports(&part.tree, &with(&part.ident), hands_on),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.imports(tree, before, hands_on));
            }
            syn::UseTree::Glob(_) => (before.to_vec(), None),
            syn::UseTree::Name(name) if name.ident == "self" => (before.to_vec(), before.last().cloned()),
            syn::UseTree::Name(name) => (with(&name.ident), Some(name.ident.to_string())),
            syn::UseTree::Rename(rename) => (with(&rename.ident), Some(rename.rename.to_string())),
        };
        // Who hands a name on does not use it.
        match (name.filter(|_| hands_on), self.absolute(&path)) {
            (Some(name), Some(path)) => {
                self.house.handed_on.entry(self.module.clone()).or_default().insert(name, path);
            }
            _ => self.used(&path),
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}

impl<'ast> Visit<'ast> for Reading<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        // A module in braces that is no test's only hands names on to other crates.
        if item.content.is_none() && is_for_tests(&item.attrs) {
            let module = [self.module.as_slice(), &[item.ident.to_string()]].concat();
            self.house.files.remove(&module);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.imports(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    /// `pub(super)` uses nobody.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if matches!(names.first().map(String::as_str), Some("crate" | "super")) {
            self.used(&names);
        }
        syn::visit::visit_path(self, path);
    }
}

fn module_of(file: &str, folder: &str) -> Module {
    let path = Path::new(file).strip_prefix(folder).unwrap().with_extension("");
    let mut module: Module = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
    module.pop_if(|last| matches!(last.as_str(), "mod" | "lib"));
    module
}

#[test]
fn no_file_stands_in_a_circle() {
    let house = House::draw("src");
    let tied = |files: &[&str]| {
        let arrows = house.arrows().into_iter();
        arrows.filter(|(from, to)| files.contains(from) && files.contains(to)).collect::<Vec<_>>()
    };
    let ties: Vec<_> = house.circles().iter().map(|files| tied(files)).collect();
    assert!(ties.is_empty(), "{ties:#?}");
}

#[test]
fn no_file_of_the_simulator_stands_in_a_circle() {
    let house = House::draw(SIMULATOR_FOLDER);
    assert!(house.circles().is_empty(), "{:#?}", house.circles());
}

#[test]
fn rooms_of_the_simulator_use_only_what_they_may() {
    let house = House::draw(SIMULATOR_FOLDER);
    let room = |file| Path::new(file).strip_prefix(SIMULATOR_FOLDER).unwrap().to_str()?.split(['/', '.']).next();
    for (from, to) in house.arrows() {
        let (Some(user), Some(used)) = (room(from), room(to)) else { continue };
        if user == used || PROGRAM.contains(&user) {
            continue;
        }
        let may = SIMULATOR.iter().find(|(name, _)| *name == user).map(|(_, may)| *may);
        let may = may.unwrap_or_else(|| panic!("the room `{user}` is not in SIMULATOR"));
        assert!(may.contains(&used), "{from}: `{user}` may not use `{used}` ({to})");
    }
}

#[test]
fn sub_rooms_use_only_what_they_may() {
    let house = House::draw("src");
    for (folder, rooms) in INSIDE {
        let room_of = |file: &str| {
            let (room, _) = Path::new(file).strip_prefix(folder).ok()?.to_str()?.split_once('/')?;
            Some(room.to_owned())
        };
        for (from, to) in house.arrows() {
            let (Some(user), Some(used)) = (room_of(from), room_of(to)) else { continue };
            let may = rooms.iter().find(|(name, _)| *name == user).map(|(_, may)| *may);
            let may = may.unwrap_or_else(|| panic!("`{folder}/{user}` is not in INSIDE"));
            assert!(user == used || may.contains(&used.as_str()), "{from}: `{user}` may not use `{used}` ({to})");
        }
    }
}
