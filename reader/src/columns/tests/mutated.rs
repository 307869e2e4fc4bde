//! Files that something happened to: bytes, cells and headings changed, lost, doubled and swapped. Whatever is left, it
//! is read or refused at once, and with the columns wherever there is a heading.

use super::super::*;

/// Mutated files of the short form; `CARVE_MUTATIONS=10000 cargo test` runs the long one.
const MUTATIONS: u64 = 2_000;

/// Files to begin with.
const FILES: [&str; 4] = [
    "\"Account ID\",\"Account Name\",\"Account Owner\",\"Billing Zip/Postal Code\",\"Open Pipeline\"\n\
     \"0015e00000AxAAA\",\"Firm 0\",\"Ana Diaz\",\"00901\",\"$75,214.50\"\n\
     \"0015e00000AxABA\",\"Firm 1\",\"ana diaz \",\"00901\",\"#N/A\"\n\
     \"0015e00000AxACA\",\"Firm 2\",\"Queue\",\"07102\",\"(19.812)\"\n",
    "account_id;current_owner;Umsatz;PLZ\r\nA0;a;1.234,56;80331\r\nA1;b;1.234;01067\r\nA2;;-5;\r\n",
    "Id,Owner.Name,Parent.Id,BillingLatitude,BillingLongitude,AnnualRevenue,IsDeleted,Amount Currency,Amount\n\
     000,ana,001,41.149,-78.259,1.1E+06,FALSE,USD,5\n001,ben,001,33.3,,71000,TRUE,EUR,6\n002,cy,x,y,z,10%,,,\n",
    "Record ID\tCompany name\tCompany owner\tTotal open deal value\tNumber of Employees\n1\tA\tr1\t1,2M\t10\n2\tB\tr2\t350K\t\n",
];

/// Pieces that mutations put in.
const PIECES: [&str; 24] = [
    "\"",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "'",
    "(",
    "-",
    "1e999",
    "9223372036854775807",
    "\u{feff}",
    "é",
    "#N/A",
    "NaN",
    "account_id",
    "Owner",
    "Parent",
    "1.234,5",
    "1,234.5",
    "€",
    "ZZZ 5",
    "   ",
];

/// Numbers drawn one after the other.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

fn mutated(seed: u64) -> Vec<u8> {
    let mut draw = Draw(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut bytes = FILES[draw.below(FILES.len())].as_bytes().to_vec();
    for _ in 0..1 + draw.below(6) {
        let (at, other) = (draw.below(bytes.len()), draw.below(bytes.len()));
        let (start, end) = (at.min(other), at.max(other));
        match draw.below(6) {
            0 if !bytes.is_empty() => bytes[at] = draw.below(256) as u8,
            1 => drop(bytes.splice(at..at, PIECES[draw.below(PIECES.len())].bytes())),
            2 => drop(bytes.drain(start..end.min(start + 12))),
            3 => {
                let part = bytes[start..end].to_vec();
                bytes.splice(at..at, part);
            }
            4 if !bytes.is_empty() => bytes.swap(at, other),
            _ => {
                // A cell becomes another one.
                let from = bytes[..at].iter().rposition(|b| b",;\t\n".contains(b)).map_or(0, |found| found + 1);
                let to = bytes[at..].iter().position(|b| b",;\t\n".contains(b)).map_or(bytes.len(), |found| at + found);
                bytes.splice(from..to, PIECES[draw.below(PIECES.len())].bytes());
            }
        }
    }
    bytes
}

#[test]
fn whatever_happened_to_a_file_it_is_read_or_refused() {
    let count = option_env!("CARVE_MUTATIONS").and_then(|count| count.parse().ok()).unwrap_or(MUTATIONS);
    let (mut sound, mut refused) = (0, 0);
    for seed in 1..=count {
        let bytes = mutated(seed);
        match read_accounts(&bytes) {
            Ok(file) => {
                sound += 1;
                let accounts = file.book.account_ids.len();
                assert!(!file.book.columns.is_empty(), "seed {seed}: no columns");
                let short = file.book.measures.iter().find(|measure| measure.amounts.len() != accounts);
                assert_eq!(short, None, "seed {seed}: {:?}", String::from_utf8_lossy(&bytes));
                assert!(file.book.attributes.iter().all(|attribute| attribute.values.len() == accounts), "seed {seed}");
                assert_eq!(
                    [file.book.parents.len(), file.book.current_owners.len(), file.book.places.len()],
                    [accounts; 3]
                );
            }
            Err(faults) => {
                refused += 1;
                assert!(
                    faults.findings.iter().any(|f| f.finding.severity == Severity::Error),
                    "seed {seed}: {faults:?}"
                );
                let no_table =
                    [Code::BookEmpty, Code::InvalidUtf8, Code::FileSyntax, Code::ColumnsTooMany, Code::FileUnreadable];
                let is_table = faults.findings.iter().all(|f| !no_table.contains(&f.finding.code));
                assert!(!is_table || !faults.columns.is_empty(), "seed {seed}: no columns: {faults:?}");
            }
        }
    }
    assert!(sound > count / 20 && refused > count / 20, "{sound} sound, {refused} refused");
}
