//! Who may call: a file of tokens and certificates, each by its BLAKE3 hash with a tenant and rights. Lines are only ever
//! added: a line that takes a token back stands after the one that gave it.
//!
//! ```text
//! # a comment
//! token 64-HEX-DIGITS acme read,solve 2026-11-27T10:00:00Z
//! certificate 64-HEX-DIGITS acme read 2026-11-27T10:00:00Z
//! revoked 64-HEX-DIGITS 2026-11-28T10:00:00Z
//! ```

use super::policy::Rights;
use rand::TryRng;
use rand::rngs::SysRng;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bytes of a file of tokens.
pub const TOKEN_FILE_BYTES_MAX: u64 = 16 << 20;
/// Bytes of a tenant's name.
pub const TENANT_BYTES_MAX: usize = 63;
/// What every token begins with, so that people and scanners for secrets know one.
const TOKEN_PREFIX: &str = "carve_";
/// Random bytes of a token.
const TOKEN_BYTES: usize = 32;
/// Digits of the hash that are enough to name a token.
const ID_DIGITS: usize = 12;

/// What shows who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A secret text.
    Token,
    /// The certificate of a client.
    Certificate,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Token => "token",
            Kind::Certificate => "certificate",
        }
    }
}

/// A line that gives somebody rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What is shown.
    pub kind: Kind,
    hash: blake3::Hash,
    /// Whose it is.
    pub tenant: String,
    /// What it allows.
    pub rights: Rights,
    /// When it was made, as it is written.
    pub made: String,
}

impl Grant {
    /// The first digits of its hash.
    pub fn id(&self) -> String {
        self.hash.to_hex()[..ID_DIGITS].to_owned()
    }
}

/// Why a file of tokens cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It cannot be read or written.
    #[error("the file of tokens {0} cannot be used: {1}")]
    File(PathBuf, #[source] io::Error),
    /// It is not what it should be.
    #[error("line {line}: {what}")]
    Line {
        /// From 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// It is larger than such a file may be.
    #[error("it has more than {TOKEN_FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// What is in it is wrong.
    #[error("the file of tokens {0}: {1}")]
    Content(PathBuf, Box<TokenError>),
    /// Another tenant has the certificate.
    #[error(
        "the certificate is in the file already, as {id} of the tenant {tenant}, who would lose it; take it back first: carve \
         token revoke {id}"
    )]
    Taken {
        /// By which it is known.
        id: String,
        /// Whose it is.
        tenant: String,
    },
    /// A certificate cannot be read.
    #[error("the certificate {0} cannot be read: {1}")]
    CertificateFile(PathBuf, io::Error),
    /// No id was given.
    #[error("the id is empty; give the beginning of one, as carve token list shows them")]
    IdEmpty,
    /// A tenant's name cannot be.
    #[error("{0:?} is no name of a tenant; use 1 to {TENANT_BYTES_MAX} letters, digits, dots, dashes and underscores")]
    Tenant(String),
    /// No token has this id, or several.
    #[error("{found} tokens of the file begin with {id:?}; carve token list shows them")]
    Id {
        /// As it was given.
        id: String,
        /// How many.
        found: usize,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
    /// A certificate cannot be read.
    #[error("{0} is no certificate in PEM: {1}")]
    Certificate(PathBuf, String),
}

impl TokenError {
    /// The same, of a file of this name.
    #[must_use]
    pub fn in_file(self, path: &Path) -> TokenError {
        TokenError::Content(path.to_owned(), Box::new(self))
    }
}

/// Those that are valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// In the order of the file.
    pub grants: Vec<Grant>,
}

impl Tokens {
    /// Reads the lines of a file.
    ///
    /// # Errors
    /// At the first line that is wrong: a file that is half understood lets nobody in.
    pub fn parse(bytes: &[u8]) -> Result<Tokens, TokenError> {
        if bytes.len() as u64 > TOKEN_FILE_BYTES_MAX {
            return Err(TokenError::TooLarge);
        }
        let mut tokens = Tokens::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let fault = |what: String| TokenError::Line { line: index + 1, what };
            let line = std::str::from_utf8(line).map_err(|_| fault("it is not UTF-8".into()))?.trim();
            if !line.is_empty() && !line.starts_with('#') {
                tokens.take(line).map_err(fault)?;
            }
        }
        Ok(tokens)
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let no_hash = || "the hash is not 64 hexadecimal digits".to_owned();
        let hash = |text: &str| blake3::Hash::from_hex(text).map_err(|_| no_hash());
        let (kind, rest) = match words.as_slice() {
            ["revoked", of, _] => {
                let of = hash(of)?;
                self.grants.retain(|grant| grant.hash != of);
                return Ok(());
            }
            ["token", rest @ ..] => (Kind::Token, rest),
            ["certificate", rest @ ..] => (Kind::Certificate, rest),
            _ => return Err("it begins with none of token, certificate and revoked, or is cut off".into()),
        };
        let [of, tenant, rights, made] = rest else {
            return Err("it is not a hash, a tenant, rights and a time with spaces between them".into());
        };
        let grant = Grant {
            kind,
            hash: hash(of)?,
            tenant: named(tenant).map_err(|error| error.to_string())?,
            rights: rights.parse()?,
            made: (*made).to_owned(),
        };
        // Of two lines for the same token the later one holds.
        self.grants.retain(|other| other.hash != grant.hash);
        self.grants.push(grant);
        Ok(())
    }

    /// Whom a token belongs to.
    pub fn of_token(&self, token: &str) -> Option<&Grant> {
        self.of(Kind::Token, token.as_bytes())
    }

    /// Whom a client's certificate belongs to.
    pub fn of_certificate(&self, der: &[u8]) -> Option<&Grant> {
        self.of(Kind::Certificate, der)
    }

    /// Compares with every line, whichever fits, and each in constant time: how long it takes tells nothing.
    fn of(&self, kind: Kind, shown: &[u8]) -> Option<&Grant> {
        let hash = blake3::hash(shown);
        let mut found = None;
        for grant in &self.grants {
            if grant.hash == hash && grant.kind == kind {
                found = Some(grant);
            }
        }
        found
    }

    /// The one whose hash begins so.
    ///
    /// # Errors
    /// When there is none or there are several.
    pub fn by_id(&self, id: &str) -> Result<&Grant, TokenError> {
        if id.is_empty() {
            return Err(TokenError::IdEmpty);
        }
        let mut fitting = self.grants.iter().filter(|grant| grant.hash.to_hex().starts_with(id));
        match (fitting.next(), fitting.count()) {
            (Some(grant), 0) => Ok(grant),
            (first, others) => Err(TokenError::Id { id: id.into(), found: others + usize::from(first.is_some()) }),
        }
    }
}

/// A tenant's name, if it can be one.
fn named(tenant: &str) -> Result<String, TokenError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let can_be = !tenant.is_empty() && tenant.len() <= TENANT_BYTES_MAX && tenant.bytes().all(plain);
    if can_be { Ok(tenant.to_owned()) } else { Err(TokenError::Tenant(tenant.into())) }
}

/// A file of tokens on the disk.
#[derive(Debug, Clone, Copy)]
pub struct TokenFile<'a>(pub &'a Path);

impl TokenFile<'_> {
    /// What is valid.
    ///
    /// # Errors
    /// When the file cannot be read or has a line that is wrong.
    pub fn read(self) -> Result<Tokens, TokenError> {
        let mut bytes = Vec::new();
        let read = File::open(self.0).and_then(|file| file.take(TOKEN_FILE_BYTES_MAX + 1).read_to_end(&mut bytes));
        read.map_err(|error| self.fault(error))?;
        Tokens::parse(&bytes).map_err(|error| error.in_file(self.0))
    }

    /// Makes a token, and the file where it is missing, for its owner alone. Gives the token, which is kept nowhere.
    ///
    /// # Errors
    /// When the tenant's name cannot be, or the file cannot be written.
    pub fn new_token(self, tenant: &str, rights: Rights) -> Result<String, TokenError> {
        let mut bytes = [0; TOKEN_BYTES];
        SysRng.try_fill_bytes(&mut bytes).map_err(|error| TokenError::Random(error.to_string()))?;
        let mut token = String::from(TOKEN_PREFIX);
        for byte in bytes {
            // Writing to a text cannot fail.
            let _ = write!(token, "{byte:02x}");
        }
        self.grant(Kind::Token, token.as_bytes(), tenant, rights)?;
        Ok(token)
    }

    /// Lets the holder of a certificate in.
    ///
    /// # Errors
    /// When the tenant's name cannot be, or the file cannot be written.
    pub fn new_certificate(self, der: &[u8], tenant: &str, rights: Rights) -> Result<(), TokenError> {
        self.grant(Kind::Certificate, der, tenant, rights)
    }

    fn grant(self, kind: Kind, shown: &[u8], tenant: &str, rights: Rights) -> Result<(), TokenError> {
        let tenant = named(tenant)?;
        let before = match self.read() {
            // It is made now.
            Err(TokenError::File(_, error)) if error.kind() == io::ErrorKind::NotFound => Tokens::default(),
            // A line added to a file that no server takes would count for nothing.
            read => read?,
        };
        if let Some(other) = before.of(kind, shown).filter(|other| other.tenant != tenant) {
            return Err(TokenError::Taken { id: other.id(), tenant: other.tenant.clone() });
        }
        let line = format!("{} {} {tenant} {rights} {}", kind.name(), blake3::hash(shown).to_hex(), now());
        self.append(&line)
    }

    /// Takes back what begins with this id.
    ///
    /// # Errors
    /// When there is none or several, or the file cannot be read or written.
    pub fn revoke(self, id: &str) -> Result<Grant, TokenError> {
        let grant = self.read()?.by_id(id)?.clone();
        self.append(&format!("revoked {} {}", grant.hash.to_hex(), now()))?;
        Ok(grant)
    }

    /// Adds a line in one write: who reads meanwhile sees all of it or none.
    fn append(self, line: &str) -> Result<(), TokenError> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let appended = options.open(self.0).and_then(|mut file| {
            // A line that was cut off by a crash ends here.
            let cut = file.seek(SeekFrom::End(-1)).is_ok() && {
                let mut last = [0];
                file.read_exact(&mut last)?;
                last != *b"\n"
            };
            file.write_all(format!("{}{line}\n", if cut { "\n" } else { "" }).as_bytes())?;
            file.sync_all()
        });
        appended.map_err(|error| self.fault(error))
    }

    fn fault(self, error: io::Error) -> TokenError {
        TokenError::File(self.0.to_owned(), error)
    }
}

fn now() -> String {
    prost_types::Timestamp::from(SystemTime::now()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_until_it_is_taken_back_and_is_not_in_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens");
        let file = TokenFile(&path);
        let (read, both) = ("read".parse().expect("a right"), "read,solve".parse().expect("rights"));
        let (a, b) = (file.new_token("acme", both).expect("made"), file.new_token("b.corp", read).expect("made"));
        file.new_certificate(b"a certificate", "acme", read).expect("made");
        assert!(a.len() > 64 && a != b);
        let tokens = file.read().expect("read");
        let known = tokens.of_token(&a).expect("known");
        assert_eq!((known.tenant.as_str(), known.rights), ("acme", both));
        assert_eq!(tokens.of_token(&b).expect("known").tenant, "b.corp");
        assert_eq!(tokens.of_certificate(b"a certificate").expect("known").tenant, "acme");
        // Neither is taken for the other, and a hash is no token.
        assert!(tokens.of_token("a certificate").is_none() && tokens.of_certificate(a.as_bytes()).is_none());
        let text = std::fs::read_to_string(&path).expect("read");
        assert!(!text.contains(&a) && !text.contains(&a[TOKEN_PREFIX.len()..]));
        assert!(tokens.of_token(&known.hash.to_hex()).is_none() && tokens.of_token("").is_none());
        assert_eq!(file.revoke(&known.id()).expect("there").tenant, "acme");
        let tokens = file.read().expect("read");
        assert!(tokens.of_token(&a).is_none() && tokens.of_token(&b).is_some());
        assert!(matches!(file.revoke(""), Err(TokenError::IdEmpty)));
        let taken = file.new_certificate(b"a certificate", "other", read);
        assert!(matches!(taken, Err(TokenError::Taken { tenant, .. }) if tenant == "acme"));
        file.new_certificate(b"a certificate", "acme", both).expect("its own tenant may have other rights");
        for id in ["zz", &known.id()] {
            assert!(matches!(file.revoke(id), Err(TokenError::Id { .. })), "{id}");
        }
        for tenant in ["", "a b", "a/b", "\u{e4}", &"x".repeat(64)] {
            assert!(matches!(file.new_token(tenant, read), Err(TokenError::Tenant(_))), "{tenant}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_its_owners_alone_and_a_line_that_was_cut_off_harms_no_other() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens");
        let file = TokenFile(&path);
        let rights = Rights::ALL;
        let first = file.new_token("a", rights).expect("made");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let mut text = std::fs::read_to_string(&path).expect("read");
        text += "# cut o";
        std::fs::write(&path, text).expect("written");
        let second = file.new_token("b", rights).expect("made");
        let tokens = file.read().expect("read");
        assert!(tokens.of_token(&first).is_some() && tokens.of_token(&second).is_some());
        // To a file that no server takes nothing is added.
        let broken = std::fs::read_to_string(&path).expect("read") + "tok";
        std::fs::write(&path, &broken).expect("written");
        let refused = file.new_token("c", rights).expect_err("refused").to_string();
        assert!(refused.contains(path.to_str().expect("UTF-8")) && refused.contains("line 4"), "{refused}");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), broken);
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let hash = blake3::hash(b"x").to_hex();
        for (text, line) in [
            (format!("token {hash} acme read 2026"), 0),
            (format!("# note\n\ntoken {hash} acme read 2026\nrevoked {hash} 2026\n"), 0),
            (format!("token {hash} acme read"), 1),
            (format!("# note\ntoken {hash} acme write 2026"), 2),
            (format!("token {}0 acme read 2026", &hash[..62]), 1),
            (format!("token {hash} a$b read 2026"), 1),
            ("bearer".into(), 1),
            (format!("revoked {hash}"), 1),
        ] {
            match Tokens::parse(text.as_bytes()) {
                Ok(_) => assert_eq!(line, 0, "{text}"),
                Err(TokenError::Line { line: at, .. }) => assert_eq!(at, line, "{text}"),
                Err(other) => panic!("{other}"),
            }
        }
        assert!(Tokens::parse(&[0xff]).is_err());
    }
}
