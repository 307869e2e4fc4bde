//! Texts that stand for no value.

/// Texts that exports and people write where there is no value; those of spreadsheets in several languages.
const NOTHING: &[&str] = &[
    "#n/a",
    "n/a",
    "na",
    "n.a.",
    "n.a",
    "n/d",
    "nd",
    "s/o",
    "#nv",
    "k.a.",
    "k. a.",
    "null",
    "(null)",
    "<null>",
    "[null]",
    "nil",
    "none",
    "(none)",
    "[none]",
    "blank",
    "(blank)",
    "(blanks)",
    "(leer)",
    "(vide)",
    "(en blanco)",
    "(em branco)",
    "(vuoto)",
    "empty",
    "(empty)",
    "\\n",
    "-",
    "--",
    "---",
    "–",
    "—",
    "−",
    ".",
    "?",
    "tbd",
    "unknown",
    "(unknown)",
    "undefined",
    "not available",
    "not applicable",
    "not set",
    "(not set)",
    "no value",
    "(no value)",
    "#value!",
    "#ref!",
    "#div/0!",
    "#name?",
    "#num!",
    "#null!",
    "#error!",
    "#calc!",
    "#spill!",
    "#field!",
    "#getting_data",
    "#wert!",
    "#bezug!",
    "#zahl!",
    "#valeur!",
    "#n/d",
    "#¡valor!",
    "#valor!",
    "#nome?",
    "#valore!",
    "#####",
];

/// Texts that people write for an owner where there is none.
const NOBODY: &[&str] = &[
    "unassigned",
    "(unassigned)",
    "not assigned",
    "unowned",
    "no owner",
    "(no owner)",
    "nobody",
    "no one",
    "vacant",
    "open territory",
    "unallocated",
    "to be assigned",
    "tba",
    "orphan",
    "orphaned",
    "no rep",
    "nan",
    "0",
    "nicht zugewiesen",
    "unzugewiesen",
    "keiner",
    "kein besitzer",
    "niemand",
    "non attribué",
    "non assigné",
    "aucun",
    "sans propriétaire",
    "sin asignar",
    "no asignado",
    "ninguno",
    "sin propietario",
    "não atribuído",
    "sem proprietário",
    "sem responsável",
    "nenhum",
    "non assegnato",
    "nessuno",
    "inactive",
    "(inactive)",
    "inactive user",
    "inactive owner",
    "deactivated user",
    "deactivated owner",
    "former employee",
    "former employees",
    "former rep",
    "former owner",
    "ex-employee",
    "ex employee",
    "terminated",
    "terminated employee",
    "departed",
    "left company",
    "left the company",
    "ausgeschieden",
    "ehemaliger mitarbeiter",
];

/// Longest text of the lists, in bytes; anything longer is looked at no further.
const BYTES_MAX: usize = 24;

/// Whether the text, trimmed, stands for no value. Empty text does.
pub(crate) fn is_nothing(text: &str) -> bool {
    text.is_empty() || (text.len() <= BYTES_MAX && is_among(text, NOTHING))
}

fn is_among(text: &str, list: &[&str]) -> bool {
    list.iter().any(|entry| entry.len() == text.len() && entry.eq_ignore_ascii_case(text))
}

/// Whether the text, trimmed and with single spaces, names nobody as an owner.
pub(crate) fn is_nobody(text: &str) -> bool {
    if is_nothing(text) {
        return true;
    }
    let lower = text.to_lowercase();
    let queue = lower.ends_with(" queue")
        || lower.ends_with("-queue")
        || lower.ends_with("_queue")
        || lower == "queue"
        || lower.starts_with("queue:");
    let queue_id =
        matches!(text.len(), 15 | 18) && text.starts_with("00G") && text.bytes().all(|b| b.is_ascii_alphanumeric());
    queue || queue_id || is_among(text, NOBODY)
}

/// Whether an owner's name is that of a program rather than a seller.
pub(crate) fn is_program(text: &str) -> bool {
    let lower = text.to_lowercase();
    let whole =
        ["admin", "administrator", "system", "system administrator", "automated process", "data loader", "api user"];
    let parts = [
        "integration user",
        "integrations user",
        "api user",
        "system user",
        "service account",
        "data.com clean",
        "automation user",
        "platform integration",
        "salesforce admin",
        "crm admin",
        "marketing cloud",
        "pardot",
    ];
    whole.contains(&lower.as_str()) || parts.iter().any(|part| lower.contains(part))
}

/// Whether an owner's name is that of a house account, or says of somebody that they left.
pub(crate) fn is_house_or_gone(text: &str) -> bool {
    const HOUSE: [&str; 14] = [
        "house account",
        "house accounts",
        "house",
        "house acct",
        "inside house",
        "corporate account",
        "default owner",
        "account pool",
        "open pool",
        "holding account",
        "parking lot",
        "parked accounts",
        "placeholder",
        "dummy user",
    ];
    const GONE: [&str; 12] = [
        "(inactive)",
        "[inactive]",
        "- inactive",
        "(deactivated",
        "(terminated",
        "(former",
        "(left",
        "former employee",
        "do not use",
        "(ausgeschieden)",
        "(inaktiv)",
        "house account",
    ];
    let lower = text.to_lowercase();
    HOUSE.contains(&lower.as_str())
        || GONE.iter().any(|part| lower.contains(part))
        || ["inactive ", "deactivated ", "former ", "ex-"].iter().any(|start| lower.starts_with(start))
        || lower.starts_with("zz_")
        || lower.starts_with("zzz")
}

/// What a cell of yes or no says; `None`: neither.
pub(crate) fn truth(text: &str) -> Option<bool> {
    const YES: [&str; 20] = [
        "true",
        "yes",
        "y",
        "t",
        "x",
        "1",
        "wahr",
        "ja",
        "vrai",
        "oui",
        "verdadero",
        "si",
        "sí",
        "sim",
        "verdadeiro",
        "vero",
        "sì",
        "deleted",
        "archived",
        "active",
    ];
    const NO: [&str; 14] = [
        "false",
        "no",
        "n",
        "f",
        "0",
        "falsch",
        "nein",
        "faux",
        "non",
        "falso",
        "não",
        "nao",
        "inactive",
        "deactivated",
    ];
    let lower = text.trim().to_lowercase();
    match (YES.contains(&lower.as_str()), NO.contains(&lower.as_str())) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_nobody_are_known() {
        for text in ["", "#N/A", "N/A", "NULL", "-", "—", "(blank)", "#NV", "#DIV/0!"] {
            assert!(is_nothing(text) && is_nobody(text), "{text}");
        }
        for text in ["Unassigned", "EMEA Queue", "00G5e000001AbcD", "nicht zugewiesen"] {
            assert!(!is_nothing(text) && is_nobody(text), "{text}");
        }
        for text in ["0055e000001AbcD", "Ana Diaz", "Nadine", "House Account", "McQueue", "x"] {
            assert!(!is_nobody(text), "{text}");
        }
        for text in ["Inactive", "Former Employee", "left company"] {
            assert!(is_nobody(text), "{text}");
        }
        for text in ["House Account", "HOUSE ACCOUNT - EMEA", "Ana Diaz (Inactive)", "zz_Bo Chen", "Inactive Rep 3"] {
            assert!(is_house_or_gone(text) && !is_nobody(text), "{text}");
        }
        for text in ["Ana House", "Greg Houser", "Leftwich", "Formery"] {
            assert!(!is_house_or_gone(text), "{text}");
        }
        assert_eq!(
            [truth("TRUE"), truth(" no "), truth("0"), truth("maybe")],
            [Some(true), Some(false), Some(false), None]
        );
        assert!(is_program("Integration User") && !is_program("Adminah Jones"));
        assert!(NOTHING.iter().chain(NOBODY).all(|text| text.len() <= BYTES_MAX && **text == text.to_lowercase()));
    }
}
