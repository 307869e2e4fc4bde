//! The committed books: each a folder under `datasets/books` with its story, made here from a seed.

mod amer_17;

mod growth;

mod smb_500;

mod parts;

use crate::write_accounts;
use carve_solver::input::Book;
use std::io;
use std::path::Path;

/// A committed book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookName {
    /// 500 small businesses, five sellers, no owners yet.
    Smb500,
    /// 2,000 accounts, 15 sellers with unequal books, two hires to come.
    Amer17,
    /// 1,200 accounts, two territories today, sixteen planned.
    Growth,
}

impl BookName {
    /// Every book.
    pub const ALL: [BookName; 3] = [BookName::Smb500, BookName::Amer17, BookName::Growth];

    /// The name of its folder.
    pub fn folder(self) -> &'static str {
        match self {
            BookName::Smb500 => "smb-500",
            BookName::Amer17 => "amer-17",
            BookName::Growth => "growth",
        }
    }
}

/// What a book's folder holds beside its story.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedBook {
    /// The accounts.
    pub book: Book,
    /// The plan file.
    pub plan_yaml: String,
    /// The plan file of a later day, with a seat less, if the book has one.
    pub recarve_yaml: Option<String>,
}

/// Makes a book; always the same.
pub fn named_book(name: BookName) -> NamedBook {
    match name {
        BookName::Smb500 => smb_500::make(),
        BookName::Amer17 => amer_17::make(),
        BookName::Growth => growth::make(),
    }
}

/// Writes `accounts.csv`, `plan.yaml` and, where there is one, `recarve.yaml` into `folder`, which must exist.
///
/// # Errors
/// When a file cannot be written.
pub fn write_book(name: BookName, folder: &Path) -> io::Result<()> {
    let NamedBook { book, plan_yaml, recarve_yaml } = named_book(name);
    let mut accounts = Vec::new();
    write_accounts(&book, &mut accounts)?;
    std::fs::write(folder.join("accounts.csv"), accounts)?;
    if let Some(recarve_yaml) = recarve_yaml {
        std::fs::write(folder.join("recarve.yaml"), recarve_yaml)?;
    }
    std::fs::write(folder.join("plan.yaml"), plan_yaml)
}

#[cfg(test)]
mod tests;
