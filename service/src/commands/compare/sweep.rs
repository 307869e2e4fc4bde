//! `--sweep`: one plan for each of several values.

use crate::cli::ShapeArgs;

/// What is tried, in the order of its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    what: What,
    /// As they are written on the command line.
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Seats,
    Tolerance,
}

impl Sweep {
    /// `seats=5..8`, `seats=5,7`, `tolerance=0.03,0.05`.
    ///
    /// # Errors
    /// What to write instead.
    pub fn read(text: &str) -> Result<Sweep, String> {
        let (what, values) = text.split_once('=').ok_or("write seats=5..8 or tolerance=0.03,0.05")?;
        let what = match what.trim() {
            "seats" => What::Seats,
            "tolerance" => What::Tolerance,
            other => return Err(format!("{other:?} cannot be swept; sweep seats or tolerance")),
        };
        let values = match (what, values.split_once("..")) {
            (What::Seats, Some((first, last))) => {
                let (first, last) = (seats(first)?, seats(last)?);
                if first > last || last - first >= 100 {
                    return Err(format!("{first}..{last} is no range upwards of at most 100 values"));
                }
                (first..=last).map(|count| count.to_string()).collect()
            }
            (What::Seats, None) => {
                values.split(',').map(|count| seats(count).map(|count| count.to_string())).collect::<Result<_, _>>()?
            }
            (What::Tolerance, _) => values.split(',').map(|part| part.trim().to_owned()).collect::<Vec<String>>(),
        };
        Ok(Sweep { what, values })
    }

    /// The shape with each of the values.
    pub fn over(&self, shape: &ShapeArgs) -> Vec<(Swept, ShapeArgs)> {
        let with = |value: &String| {
            let mut shape = shape.clone();
            match self.what {
                What::Seats => shape.counts.seats = value.parse().ok(),
                What::Tolerance => shape.wishes.tolerance = Some(value.clone()),
            }
            (Swept { what: self.what, value: value.clone() }, shape)
        };
        self.values.iter().map(with).collect()
    }
}

/// One value of a sweep. Shown it is `seats=5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swept {
    what: What,
    value: String,
}

impl std::fmt::Display for Swept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.what.name(), self.value)
    }
}

impl Swept {
    /// A text that speaks of the flag for one value, with the sweep in its place.
    pub fn renamed(&self, text: &str) -> String {
        let name = self.what.name();
        text.replace(&format!("--{name} "), &format!("--sweep {name}="))
    }
}

impl What {
    fn name(self) -> &'static str {
        match self {
            What::Seats => "seats",
            What::Tolerance => "tolerance",
        }
    }
}

fn seats(text: &str) -> Result<i32, String> {
    let count = text.trim().parse::<i32>().ok().filter(|count| *count >= 1);
    count.ok_or_else(|| format!("{text:?} is no number of seats of 1 or more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_listed_or_a_range() {
        let names = |text: &str| -> Result<Vec<String>, String> {
            Ok(Sweep::read(text)?.over(&ShapeArgs::default()).into_iter().map(|(value, _)| value.to_string()).collect())
        };
        assert_eq!(names("seats=5..7"), Ok(["seats=5", "seats=6", "seats=7"].map(String::from).to_vec()));
        assert_eq!(names("seats=5, 9"), Ok(["seats=5", "seats=9"].map(String::from).to_vec()));
        assert_eq!(names("tolerance=0.03,5%"), Ok(["tolerance=0.03", "tolerance=5%"].map(String::from).to_vec()));
        for text in ["seats", "seats=", "seats=0", "seats=8..5", "seats=1..1000", "seats=a..b", "colour=red"] {
            assert!(names(text).is_err(), "{text}");
        }
        let five = &Sweep::read("seats=5").expect("a number").over(&ShapeArgs::default())[0].0;
        assert_eq!(five.renamed("--seats 5: ask for --seats 7"), "--sweep seats=5: ask for --sweep seats=7");
        let swept = Sweep::read("tolerance=0.1").expect("a tolerance").over(&ShapeArgs::default());
        assert_eq!(swept[0].1.wishes.tolerance.as_deref(), Some("0.1"));
    }
}
