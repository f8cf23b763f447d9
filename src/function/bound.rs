//! The text that gives a piece the names that it needs.

use std::fmt::Write;

use super::javascript::{access, property_key, quote};
use super::needs::{Cell, Found, Given, Needs};

const NAME_HELPER_SOURCE: &str = "const __name=(f)=>f;";

/// What `import.meta` is called where no script may say it: as many characters.
pub(super) const IMPORT_META: &str = "import_meta";

/// `require`, `import.meta` and the like, out of the link, which is the wrapper's first argument.
pub(super) fn given(needs: &Needs, text: &mut String) {
    if needs.name_helper {
        text.push_str(NAME_HELPER_SOURCE);
    }
    let mut fields = String::new();
    for Found { name, what, .. } in &needs.given {
        match what {
            Given::Link(field) => {
                let name = if name == "import.meta" {
                    IMPORT_META
                } else {
                    name
                };
                // What the module exports by name comes from its cells.
                if exports_named(needs, name).next().is_some() {
                    continue;
                }
                if !fields.is_empty() {
                    fields.push(',');
                }
                if name == *field {
                    fields.push_str(name);
                } else {
                    let _ = write!(fields, "{field}:{name}");
                }
            }
            Given::Import => {
                let _ = write!(text, "const {name}=(s)=>import(s);");
            }
            Given::Slot => {
                let _ = write!(text, "let {name};");
            }
        }
    }
    if !fields.is_empty() {
        let _ = write!(text, "const{{{fields}}}=arguments[0];");
    }
}

/// The variables that hold cells: names, and `exports` or `module` for what is read off them.
pub(super) fn variables(needs: &Needs) -> Vec<&str> {
    let mut names: Vec<&str> = plain(needs).map(|(name, _)| name).collect();
    for object in ["exports", "module"] {
        if exports_named(needs, object).next().is_some() {
            names.push(object);
        }
    }
    names
}

/// A pattern and a value that fill the variables from `cells`, an expression that is cheap to repeat.
pub(super) fn fill(needs: &Needs, cells: &str, key_of: impl Fn(&Cell) -> String) -> String {
    let mut pattern = String::new();
    for (name, cell) in plain(needs) {
        push_comma(&mut pattern);
        let key = key_of(cell);
        if key == *name {
            pattern.push_str(name);
        } else {
            let _ = write!(pattern, "{}:{name}", quote(&key));
        }
    }
    let mut objects = String::new();
    for object in ["exports", "module"] {
        let mut fields = String::new();
        for (property, cell) in exports_named(needs, object) {
            push_comma(&mut fields);
            let (key, _) = property_key(property);
            let _ = write!(fields, "{key}:{cells}{}", access(&key_of(cell)));
        }
        if fields.is_empty() {
            continue;
        }
        push_comma(&mut pattern);
        pattern.push_str(object);
        push_comma(&mut objects);
        let value = if object == "module" {
            format!("{{exports:{{{fields}}}}}")
        } else {
            format!("{{{fields}}}")
        };
        let _ = write!(objects, "{object}:{value}");
    }
    if objects.is_empty() {
        format!("{{{pattern}}}={cells}")
    } else {
        format!("{{{pattern}}}={{__proto__:{cells},{objects}}}")
    }
}

fn push_comma(text: &mut String) {
    if !text.is_empty() {
        text.push(',');
    }
}

fn plain(needs: &Needs) -> impl Iterator<Item = (&str, &Cell)> {
    needs.cells.iter().filter_map(|found| match found.what {
        Cell::Variable(_) => Some((found.name.as_str(), &found.what)),
        Cell::Export(_) => None,
    })
}

/// What is read off `exports`, or off `module.exports`.
fn exports_named<'n>(
    needs: &'n Needs,
    object: &str,
) -> impl Iterator<Item = (&'n str, &'n Cell)> + use<'n> {
    let prefix = match object {
        "exports" => "exports.",
        "module" => "module.exports.",
        _ => "\0",
    };
    needs
        .cells
        .iter()
        .filter_map(move |found| match &found.what {
            Cell::Export(property) => found
                .name
                .starts_with(prefix)
                .then_some((property.as_str(), &found.what)),
            Cell::Variable(_) => None,
        })
}
