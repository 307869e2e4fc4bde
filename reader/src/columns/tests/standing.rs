//! Who and what is no longer there, where accounts are by another address, and ids and currencies that are not what they
//! look like.

use super::{faults, measure, read, warnings};
use carve_solver::finding::Code;
use carve_solver::input::RawPlace;

#[test]
fn a_bare_sign_beside_a_marked_one_is_another_currency() {
    let scores = |one: &str, other: &str| warnings(&format!("account_id,score\na,\"{one}\"\nb,\"{other}\"\n"));
    for (one, other) in [("$1,000.00", "CA$2.00"), ("A$5", "$6"), ("$5", "MXN 6"), ("kr 5", "SEK 6"), ("¥5", "CN¥6")]
    {
        assert_eq!(scores(one, other), [Code::CurrencyMixed], "{one} {other}");
    }
    for (one, other) in [("CA$1,000.00", "CA$2.00"), ("A$5", "AUD 6"), ("$5", "$6"), ("$5", "USD 6")] {
        assert_eq!(scores(one, other), [], "{one} {other}");
    }
    let file = read("account_id,score\na,$5\nb,US$6\n");
    assert!(file.book.columns[1].detail.contains("$ alone read as US dollars"), "{:?}", file.book.columns[1]);
    // A heading, or a column of currencies, says what a bare sign is.
    assert_eq!(read("account_id,Score (CAD)\na,$5\n").book.measures[0].unit, "CAD");
    assert_eq!(read("account_id,arr,Currency\na,$5,AUD\n").book.measures[0].unit, "AUD");
}

#[test]
fn text_as_a_formula_is_text_in_every_column() {
    let text = "=\"Account ID\",=\"Account Name\",=\"Parent Account ID\",=\"ARR\",Owner,Zip\n\
                =\"001\",\"=\"\"Ann\"\"\",,=\"1,5\",=\"Eve\",=\"02139\"\n\
                =\"002\",=\"Bob\",=\"001\",=\"7\",Eve,=\"02139\"\n";
    // What stands between the quotes has no delimiter in it, or the whole cell is quoted.
    let file = read(&text.replace("=\"1,5\"", "=\"15\""));
    assert_eq!(
        (file.book.account_ids, file.book.parents),
        (vec!["001".into(), "002".into()], vec!["".into(), "001".into()])
    );
    assert_eq!(
        (file.book.names, file.book.current_owners),
        (vec!["Ann".into(), "Bob".into()], vec!["Eve".into(), "Eve".into()])
    );
    assert_eq!(file.book.measures[0].amounts, [15, 7]);
    assert_eq!(file.address.postal_code.map(|zip| zip.get(1).to_owned()).as_deref(), Some("02139"));
}

#[test]
fn ids_that_became_numbers_are_refused_once_a_column() {
    let text = "account_id,score\n9.00012E+09,1\n9.00013E+09,2\n\"9,00014E+09\",3\n17,4\n";
    assert_eq!(faults(text.as_bytes()), [(Code::IdsMangled, 2, 1)]);
    assert_eq!(faults(b"Id,OwnerId\na,1.23457E+11\nb,1.23457E+11\n"), [(Code::IdsMangled, 2, 2)]);
    assert_eq!(faults(b"Id,ParentId\na,\nb,1.23457E+11\n"), [(Code::IdsMangled, 3, 2)]);
    assert_eq!(warnings("account_id,score\n9000120001,1\n9000120002,2\n"), []);
}

#[test]
fn deleted_accounts_are_left_out_wherever_the_file_speaks_of_accounts() {
    let text = "Id,Name,ParentId,IsDeleted,ARR,Segment,BillingLatitude,BillingLongitude,Billing City,OwnerId\n\
                a,Ann,,false,1,smb,1,2,Rome,x\nb,Bob,,TRUE,2,mid,3,4,Oslo,y\nc,Cy,a,,3,ent,5,6,Bonn,#N/A\nd,Dee,a,1,4,smb,7,8,Bern,y\n";
    let file = read(text);
    let book = &file.book;
    assert_eq!((book.account_ids.join(" "), book.names.join(" ")), ("a c".into(), "Ann Cy".into()));
    assert_eq!((book.parents.join(" "), book.current_owners.join(" ")), (" a".into(), "x ".into()));
    assert_eq!(measure(book, "arr"), Some(&[1, 3][..]));
    assert_eq!(book.places[1], Some(RawPlace { latitude: 5.0, longitude: 6.0 }));
    assert_eq!(file.address.city.as_ref().map(|city| city.get(1)), Some("Bonn"));
    assert!(book.attributes.iter().all(|attribute| attribute.values.len() == 2));
    let told: Vec<(Code, u64)> = file.warnings.iter().map(|found| (found.finding.code, found.line)).collect();
    assert_eq!(told, [(Code::AccountsDeleted, 3), (Code::OwnerNobody, 4)]);
    assert!(file.warnings[0].finding.message.starts_with("2 accounts of 4 are deleted by \"IsDeleted\" (lines 3, 5)"));
    let place = |at: usize| file.warnings[at].finding.place.to_string();
    assert_eq!((place(0), place(1)), ("accounts".into(), "accounts[1].current_owner".into()));
    assert_eq!(file.origin.locate(&file.warnings[1].finding.place), (4, 10));
    assert_eq!(book.columns[3].used_for, ["what is deleted"]);
    // Nobody is deleted, or the column says something else.
    for accepted in ["Id,IsDeleted\na,false\nb,FALSE\n", "Id,Deleted\na,2025-01-01\nb,\n", "Id,Archived\na,no\nb,\n"] {
        let file = read(accepted);
        assert_eq!((file.book.account_ids.len(), file.warnings.len()), (2, 0), "{accepted}");
    }
}

#[test]
fn accounts_that_a_status_calls_inactive_are_kept_and_told() {
    for text in [
        "Account,Name,Status\na,x,Active\nb,y,Inactive\n",
        "Id,statecode\na,0\nb,1\n",
        "Id,Is Active\na,true\nb,false\n",
    ] {
        let text = text.replace("Account,", "accountid,");
        let file = read(&text);
        assert_eq!(file.book.account_ids, ["a", "b"], "{text}");
        let told: Vec<(Code, u64)> = file.warnings.iter().map(|found| (found.finding.code, found.line)).collect();
        assert_eq!(told, [(Code::AccountsInactive, 3)], "{text}");
    }
    assert_eq!(warnings("Id,Status\na,Customer\nb,Prospect\n"), []);
}

#[test]
fn owners_who_left_get_no_territory_and_houses_are_told() {
    let file = read("Id,Owner.Name,Owner.IsActive\na,Eve,true\nb,Fay,false\nc,Fay,FALSE\nd,Gil,false\ne,Gil,true\n");
    assert_eq!(file.book.current_owners, ["Eve", "", "", "Gil", "Gil"]);
    let told: Vec<Code> = file.warnings.iter().map(|found| found.finding.code).collect();
    assert_eq!(told, [Code::OwnerInactive]);
    assert!(file.warnings[0].finding.message.contains("\"Fay\" 2"), "{:?}", file.warnings);
    assert_eq!(warnings("Id,Owner.Name,Owner.IsActive\na,Eve,true\nb,Fay,1\n"), []);
    assert_eq!(warnings("Id,Account Owner,Inactive Owner\na,Eve,no\nb,Fay,yes\n"), [Code::OwnerInactive]);
    let file = read("Id,Account Owner\na,Eve\nb,House Account\nc,Fay (Inactive)\nd,Inactive\ne,Former Employee\n");
    assert_eq!(file.book.current_owners, ["Eve", "House Account", "Fay (Inactive)", "", ""]);
    assert_eq!(warnings("Id,Account Owner\na,Eve\nb,Deactivated User (bo@x.com)\n"), [Code::OwnerNoSeller]);
    let told: Vec<Code> = file.warnings.iter().map(|found| found.finding.code).collect();
    assert_eq!(told, [Code::OwnerNoSeller, Code::OwnerNobody]);
    assert!(file.warnings[0].finding.message.contains("--drop-owner"), "{:?}", file.warnings);
}

#[test]
fn accounts_without_an_address_of_their_own_are_placed_by_the_other() {
    let text = "Id,Billing City,Billing Zip/Postal Code,Billing Country,Shipping City,Shipping Zip/Postal Code,Shipping Country\n\
                a,Reno,89501,US,Elko,89801,US\nb,,,US,Elko,89801,US\nc,Reno,,US,,,\nd,,,US,,,\n";
    let file = read(text);
    let texts = |column: &Option<crate::TextColumn>| {
        let column = column.clone().expect("there is one");
        (0..4).map(|row| column.get(row).to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(texts(&file.address.postal_code), "89501 89801  ");
    assert_eq!(texts(&file.address.city), "Reno Elko Reno ");
    assert_eq!(texts(&file.address.country), "US US US US");
    let told: Vec<(Code, u64)> = file.warnings.iter().map(|found| (found.finding.code, found.line)).collect();
    assert_eq!(told, [(Code::AddressFallback, 3)]);
    // Coordinates go with the address that they belong to.
    let text = "Id,BillingLatitude,BillingLongitude,ShippingLatitude,ShippingLongitude\na,1,2,9,9\nb,,,3,4\nc,,,,\n";
    let at = |latitude: f64, longitude: f64| Some(RawPlace { latitude, longitude });
    assert_eq!(read(text).book.places, [at(1.0, 2.0), at(3.0, 4.0), None]);
    assert_eq!(warnings("Id,Billing City,Shipping City\na,Reno,Elko\nb,Elko,\n"), []);
}
