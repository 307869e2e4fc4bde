//! The paths that Rust code writes, and the files that they lead to.

use std::collections::BTreeMap;

/// The module of a file, by its path from `src`: `problem/mod.rs` and `problem.rs` are `problem`.
pub fn module(file: &str) -> Vec<String> {
    let parts: Vec<String> = file.trim_end_matches(".rs").split('/').map(String::from).collect();
    match parts.last().map(String::as_str) {
        Some("mod") => parts[..parts.len() - 1].to_vec(),
        Some("lib") if parts.len() == 1 => Vec::new(),
        _ => parts,
    }
}

/// The paths of a file's code.
pub struct Paths {
    /// What `use` brings in: the path, and the name that it has here.
    used: Vec<(Vec<String>, String)>,
    /// Paths of two names or more in the rest of the code.
    written: Vec<Vec<String>>,
}

impl Paths {
    /// Of code without test modules; comments and text in quotes count for nothing.
    pub fn of(code: &str) -> Paths {
        let tokens = tokens(code);
        let mut paths = Paths { used: Vec::new(), written: Vec::new() };
        let mut at = 0;
        while at < tokens.len() {
            if tokens[at] == "use" {
                let end = (at..tokens.len()).find(|&i| tokens[i] == ";").unwrap_or(tokens.len());
                paths.tree(&tokens[at + 1..end], &[]);
                at = end;
            } else if is_name(&tokens[at]) {
                let mut path = vec![tokens[at].clone()];
                while at + 2 < tokens.len() && tokens[at + 1] == "::" && is_name(&tokens[at + 2]) {
                    path.push(tokens[at + 2].clone());
                    at += 2;
                }
                if path.len() > 1 {
                    paths.written.push(path);
                }
            }
            at += 1;
        }
        paths
    }

    /// Takes in a tree of `use`: `a::b`, `a::{b, c as d, self}`.
    fn tree(&mut self, tokens: &[String], before: &[String]) {
        let mut path = before.to_vec();
        let mut name = None;
        let mut at = 0;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" => {
                    let inner = &tokens[at + 1..tokens.len() - 1];
                    branches(inner).into_iter().for_each(|branch| self.tree(branch, &path));
                    return;
                }
                "as" => {
                    name = tokens.get(at + 1).cloned();
                    at += 1;
                }
                "self" if !path.is_empty() => {}
                text if is_name(text) => path.push(text.to_string()),
                _ => {}
            }
            at += 1;
        }
        if let Some(last) = path.last().cloned() {
            self.used.push((path, name.unwrap_or(last)));
        }
    }

    /// The files that the paths lead to from module `own`, each with one of the paths. A module that is brought in as a
    /// whole counts where it is used.
    pub fn resolved(&self, own: &[String], modules: &BTreeMap<Vec<String>, String>) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut brought: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (path, name) in &self.used {
            match lead(path, own, modules) {
                Some((module, true)) => _ = brought.insert(name, module),
                Some((module, false)) => _ = found.insert(modules[&module].clone(), path.join("::")),
                None => {}
            }
        }
        for path in &self.written {
            let through = brought.get(path[0].as_str()).map(|module| {
                let absolute: Vec<String> = std::iter::once("crate".to_string())
                    .chain(module.iter().cloned())
                    .chain(path[1..].to_vec())
                    .collect();
                lead(&absolute, own, modules)
            });
            if let Some((module, false)) = through.unwrap_or_else(|| lead(path, own, modules)) {
                found.insert(modules[&module].clone(), path.join("::"));
            }
        }
        found
    }
}

/// The module that a path leads into, and whether it ends with it; `None`: it leads out of the crate.
fn lead(path: &[String], own: &[String], modules: &BTreeMap<Vec<String>, String>) -> Option<(Vec<String>, bool)> {
    let (mut module, mut rest) = (own.to_vec(), path);
    match path[0].as_str() {
        "crate" => (module, rest) = (Vec::new(), &path[1..]),
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                module.pop();
                rest = &rest[1..];
            }
        }
        name => {
            module.push(name.to_string());
            modules.get(&module)?;
            rest = &path[1..];
        }
    }
    while let Some(name) = rest.first() {
        module.push(name.clone());
        if !modules.contains_key(&module) {
            module.pop();
            return Some((module, false));
        }
        rest = &rest[1..];
    }
    Some((module, true))
}

/// Splits at the commas that stand in no braces.
fn branches(tokens: &[String]) -> Vec<&[String]> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            "," if depth == 0 => {
                found.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&tokens[start..]);
    found
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single signs; what stands in quotes or comments is left out.
fn tokens(code: &str) -> Vec<String> {
    let text: Vec<char> = code.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let long = match rest {
            ['/', '/', ..] => rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
            ['"', ..] => quoted(rest),
            ['\'', '\\', ..] => 3 + rest[3.min(rest.len())..].iter().position(|&c| c == '\'').unwrap_or(0) + 1,
            ['\'', _, '\'', ..] => 3,
            [':', ':', ..] => 2,
            [first, ..] if first.is_alphanumeric() || *first == '_' => {
                rest.iter().position(|&c| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            _ => 1,
        };
        let token: String = rest[..long].iter().collect();
        if !token.starts_with(['"', '\'', '/']) && !token.trim().is_empty() {
            found.push(token);
        }
        at += long;
    }
    found
}

/// Characters of a text in quotes.
fn quoted(text: &[char]) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}
