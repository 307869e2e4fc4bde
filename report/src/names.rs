//! Names of accounts, held in one text: a book of a million has many short ones.

/// The names of a book's accounts, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    text: String,
    /// Where in the text the name of each account ends.
    ends: Vec<usize>,
}

impl Names {
    /// Those of a book.
    pub fn of(names: &[String]) -> Names {
        let mut held = Names { text: String::new(), ends: Vec::with_capacity(names.len()) };
        for name in names {
            held.text.push_str(name);
            held.ends.push(held.text.len());
        }
        held
    }

    /// The name of an account; empty where it has none.
    pub fn get(&self, account: usize) -> &str {
        let start = account.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        start.zip(self.ends.get(account)).map_or("", |(start, end)| &self.text[start..*end])
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_come_back_as_they_went() {
        let names = Names::of(&["Ann".into(), String::new(), "Zoë".into()]);
        assert_eq!([0, 1, 2, 3, usize::MAX].map(|account| names.get(account)), ["Ann", "", "Zoë", "", ""]);
        assert_eq!(Names::default().get(0), "");
    }
}
