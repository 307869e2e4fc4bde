//! What can be read at once: functions of at most 70 lines, and a reason beside every constant.

use super::{CRATES, Source, none, rust, sources};

/// Lines of a function, its braces among them, at most.
const FUNCTION_LINES_MAX: usize = 70;

/// Whether a line begins a function.
fn begins_function(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with("//")).collect();
    let before = words.iter().position(|word| *word == "fn").map(|at| &words[..at]);
    let is_prefix =
        |word: &&str| ["pub", "const", "async", "in"].contains(word) || word.starts_with("pub(") || word.ends_with(')');
    before.is_some_and(|before| before.iter().all(is_prefix))
}

/// Functions with their lines: name and count. rustfmt puts a function's last brace below the start of its first line.
fn functions(source: &Source) -> Vec<(String, usize)> {
    let lines: Vec<(usize, &str)> = source.code().collect();
    let mut found = Vec::new();
    for (at, (number, line)) in lines.iter().enumerate() {
        if !begins_function(line) || line.ends_with('}') || line.ends_with(';') {
            continue;
        }
        let indent = &line[..line.len() - line.trim_start().len()];
        let end = format!("{indent}}}");
        // A function of a trait may have no body.
        let bodiless =
            |line: &str| line.ends_with(';') && line.strip_prefix(indent).is_some_and(|l| l.starts_with(')'));
        let last = lines[at + 1..].iter().find(|(_, line)| *line == end || bodiless(line));
        let last = last.map_or(*number, |(last, _)| *last);
        found.push((format!("{}:{number}: {}", source.path, line.trim()), last + 1 - number));
    }
    found
}

/// Lines that state a constant without a doc of its own right above.
fn bare_constants(source: &Source) -> Vec<String> {
    let lines: Vec<&str> = source.text.lines().collect();
    let is_constant = |line: &str| {
        let line = line.trim_start();
        let line = match line.strip_prefix("pub") {
            Some(rest) if rest.starts_with('(') => rest.split_once(") ").map_or("", |(_, rest)| rest),
            Some(rest) => rest.trim_start(),
            None => line,
        };
        let name = line.strip_prefix("const ").or_else(|| line.strip_prefix("static ")).unwrap_or_default();
        name.starts_with(|c: char| c.is_ascii_uppercase())
    };
    let has_doc = |number: usize| {
        let above = lines[..number - 1].iter().rev().find(|line| !line.trim_start().starts_with("#["));
        above.is_some_and(|line| line.trim_start().starts_with("///"))
    };
    let bare = source.code().filter(|(number, line)| is_constant(line) && !has_doc(*number));
    bare.map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim())).collect()
}

#[test]
fn no_function_is_long() {
    let all: Vec<(String, usize)> = rust().iter().filter(|s| !s.is_test()).flat_map(functions).collect();
    assert!(all.len() > 100 * CRATES.len(), "only {} functions are seen", all.len());
    let long = all.iter().filter(|(_, lines)| *lines > FUNCTION_LINES_MAX);
    none("split by step", &long.map(|(name, lines)| format!("{name} has {lines} lines")).collect::<Vec<String>>());
}

#[test]
fn every_constant_of_the_solver_has_a_doc_of_its_own() {
    let sources = sources("solver/src", ".rs");
    let product = sources.iter().filter(|s| !s.is_test());
    none("one doc, one constant", &product.flat_map(bare_constants).collect::<Vec<String>>());
}

#[test]
fn long_functions_and_bare_constants_are_seen() {
    let body = "    x();\n".repeat(FUNCTION_LINES_MAX - 1);
    let text = format!(
        "//! A file.\n\n/// Doc.\npub(crate) const A: usize = 1;\nconst B: usize = 2;\n/// Doc.\n#[rustfmt::skip]\nstatic C: u8 = 0;\n\npub(super) async fn f(\n    a: usize,\n) -> usize {{\n{body}}}\n\nimpl X {{\n    fn g() {{\n    {body}    }}\n}}\n\n#[cfg(test)]\nmod tests {{\n    const D: usize = 4;\n}}\n"
    );
    let source = Source { path: "a.rs".into(), text };
    assert_eq!(bare_constants(&source), ["a.rs:5: const B: usize = 2;"]);
    let lengths: Vec<usize> = functions(&source).into_iter().map(|(_, lines)| lines).collect();
    assert_eq!(lengths, [FUNCTION_LINES_MAX + 3, FUNCTION_LINES_MAX + 1]);
}
