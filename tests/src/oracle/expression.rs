//! Expressions of a small part of CEL over exact ratios: numbers, names, `+ - * /`, brackets, and `a > b ? c : d`.

use super::ratio::Ratio;

/// What reads a name.
type Names<'a> = &'a dyn Fn(&str) -> Option<Ratio>;

/// The value of an expression; names are those of measures.
pub fn value(text: &str, names: Names) -> Ratio {
    let mut reader = Reader { text, names };
    let value = reader.choice();
    assert!(reader.text.trim().is_empty(), "the oracle does not read {:?} of {text:?}", reader.text);
    value
}

struct Reader<'a> {
    text: &'a str,
    names: Names<'a>,
}

impl Reader<'_> {
    fn take(&mut self, sign: &str) -> bool {
        let rest = self.text.trim_start().strip_prefix(sign);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn choice(&mut self) -> Ratio {
        let left = self.sum();
        let holds: fn(i128) -> bool = match () {
            () if self.take(">=") => |difference| difference >= 0,
            () if self.take("<=") => |difference| difference <= 0,
            () if self.take(">") => |difference| difference > 0,
            () if self.take("<") => |difference| difference < 0,
            () if self.take("==") => |difference| difference == 0,
            () => return left,
        };
        let right = self.sum();
        assert!(self.take("?"), "a comparison chooses: {:?}", self.text);
        // Both are read; the one not chosen may divide by 0, which gives 0 here.
        let then = self.choice();
        assert!(self.take(":"), "a choice has two sides: {:?}", self.text);
        let otherwise = self.choice();
        if holds(left.plus(right.times(Ratio::whole(-1))).num) { then } else { otherwise }
    }

    fn sum(&mut self) -> Ratio {
        let mut sum = self.product();
        loop {
            if self.take("+") {
                sum = sum.plus(self.product());
            } else if self.take("-") {
                sum = sum.plus(self.product().times(Ratio::whole(-1)));
            } else {
                return sum;
            }
        }
    }

    fn product(&mut self) -> Ratio {
        let mut product = self.factor();
        loop {
            if self.take("*") {
                product = product.times(self.factor());
            } else if self.take("/") {
                let by = self.factor();
                product = if by.num == 0 { Ratio::whole(0) } else { product.over(by) };
            } else {
                return product;
            }
        }
    }

    fn factor(&mut self) -> Ratio {
        if self.take("-") {
            return self.factor().times(Ratio::whole(-1));
        }
        if self.take("(") {
            let inner = self.choice();
            assert!(self.take(")"), "a bracket is not closed before {:?}", self.text);
            return inner;
        }
        let text = self.text.trim_start();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').unwrap_or(text.len());
        let word = &text[..end];
        self.text = &text[end..];
        match word.starts_with(|c: char| c.is_ascii_digit()) {
            true => Ratio::written(word),
            false => (self.names)(word).unwrap_or_else(|| panic!("the oracle knows no {word:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_products_and_choices_are_exact() {
        let names = |name: &str| (name == "x").then(|| Ratio::written("1250.50"));
        for (text, expected) in [
            ("x * 0.3 + 1", "376.15"),
            ("-(x - 1251) / 2", "0.25"),
            ("x > 1250.49 ? 1 : 0", "1"),
            ("x >= 1250.51 ? 1 : 0.5", "0.5"),
            ("1 - 2 - 3", "-4"),
        ] {
            let expected = match expected.strip_prefix('-') {
                Some(size) => Ratio::written(size).times(Ratio::whole(-1)),
                None => Ratio::written(expected),
            };
            assert_eq!(value(text, &names), expected, "{text}");
        }
        assert_eq!(Ratio::written("2.5").nearest(), 3);
        assert_eq!(Ratio::written("2.5").times(Ratio::whole(-1)).nearest(), -3);
        assert_eq!(Ratio::new(7, 3).nearest(), 2);
    }
}
