//! Exports with something odd in them: what each column is read as, how many accounts are left, and what is told.

use super::super::read_accounts;
use carve_solver::finding::Code::{self, *};

/// Where it comes from, its text, what its columns are read as, its accounts, and the codes of what is told.
type Odd = (&'static str, &'static str, &'static str, usize, &'static [Code]);

#[test]
fn odd_exports_are_read_as_a_person_would_read_them() {
    let mut wrong = Vec::new();
    for (origin, text, read_as, accounts, codes) in ODD {
        let file = match read_accounts(text.as_bytes()) {
            Ok(file) => file,
            Err(faults) => {
                wrong.push(format!("{origin}: {faults}"));
                continue;
            }
        };
        let found: Vec<String> =
            file.book.columns.iter().map(|column| format!("{:?}", column.meaning).to_lowercase()).collect();
        let told: Vec<Code> = file.warnings.iter().map(|found| found.finding.code).collect();
        if (found.join(" ").as_str(), file.book.account_ids.len(), told.as_slice()) != (*read_as, *accounts, *codes) {
            wrong.push(format!("{origin}: {} accounts, {}, {told:?}", file.book.account_ids.len(), found.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const ODD: &[Odd] = &[
    (
        "Salesforce, a report grouped by owner with counts",
        "Account Owner  ↑,Account ID,Account Name,Annual Revenue\nAna,1,Acme,\"$1,200.00\"\nAna,2,Beta,$950.00\nSubtotal,,,\"$2,150.00\"\n,Count,2,\nBo,3,Gamma,$500.00\nSubtotal,,,$500.00\n,Count,1,\nTotal,,,\"$2,650.00\"\n,Count,3,\n",
        "currentowner accountid name measure",
        3,
        &[RowsTotal],
    ),
    (
        "Salesforce, Data Loader with everything that was ever there",
        "ID,ISDELETED,MASTERRECORDID,NAME,OWNERID,OWNER.NAME,OWNER.ISACTIVE,ARR__C\n1,false,,Acme,0055e000001AbcDAAS,Ana,true,1200.5\n2,true,,Old,0055e000001AbcEAAS,Bo,false,95.0\n3,false,,Cy,0055e000001AbcEAAS,Bo,false,\n",
        "accountid flag unused name currentowner ownerlabel flag measure",
        2,
        &[OwnerInactive, AccountsDeleted],
    ),
    (
        "Salesforce, counts beside amounts of several currencies",
        "Id,CurrencyIsoCode,Annual Revenue,Employees\n1,USD,5,10\n2,EUR,6,20\n",
        "accountid currency attribute measure",
        2,
        &[CurrencyMixed],
    ),
    (
        "Salesforce, a Canadian organization",
        "Account ID,Account Owner,Amount\n1,Ana,\"$1,200.00\"\n2,Bo,US$950.00\n3,Bo,CA$10.00\n",
        "accountid currentowner attribute",
        3,
        &[CurrencyMixed],
    ),
    (
        "HubSpot, an owner whose user is gone",
        "Record ID,Company name,Company owner,State/Region,Archived,Total open deal value\n8571203941,Acme,Ana Diaz (ana@x.com),MA,false,50000\n8571203942,Beta,Deactivated User (bo@x.com),TX,false,20000\n8571203943,Gamma,No owner,TX,true,\n",
        "accountid name currentowner state flag measure",
        2,
        &[OwnerNoSeller, AccountsDeleted, OwnerNobody],
    ),
    (
        "Dynamics, with records that were deactivated",
        "(Do Not Modify) Account,(Do Not Modify) Row Checksum,Account Name,Owner,Status,Status Reason,Annual Revenue\na-1,x=,Contoso,Ana,Active,Active,1200\na-2,y=,Fabrikam,Bo,Inactive,Inactive,900\n",
        "accountid code name currentowner attribute attribute measure",
        2,
        &[AccountsInactive],
    ),
    (
        "Dynamics, by the names of its interface",
        "accountid,name,statecode,address1_stateorprovince,address1_city,ownerid\na-1,Contoso,0,WA,Seattle,Ana\na-2,Fabrikam,1,OR,Salem,Bo\n",
        "accountid name measure state city currentowner",
        2,
        &[AccountsInactive],
    ),
    (
        "Excel, German",
        "Kundennr;Firma;PLZ;Vertriebler;Umsatz 2025;Aktiv\n1001;Müller;80331;Weiß;1.234.567,89 €;ja\n1002;Öko;10115;Schön;950.000,50 €;nein\nGesamtergebnis;;;;2.184.568,39 €;\n",
        "accountid name postalcode currentowner measure flag",
        2,
        &[AccountsInactive, DelimiterRead, RowsTotal],
    ),
    (
        "Excel, French",
        "Code client;Société;Code postal;Commercial;CA 2025;Actif\nC-01;Générale;75001;Anne;1 234 567,89;Oui\nC-02;Été;69001;Luc;12 000,00;Oui\n",
        "accountid name postalcode currentowner measure flag",
        2,
        &[DelimiterRead],
    ),
    (
        "Excel, Spanish",
        "Id. de la cuenta;Nombre de la cuenta;Propietario de la cuenta;Ingresos anuales;Eliminado\n001;Ñandú;José;1.200.000,00;falso\n002;Olé;Ana;950.000,00;verdadero\nTotal general;;;2.150.000,00;\n",
        "accountid name currentowner measure flag",
        1,
        &[AccountsDeleted, DelimiterRead, RowsTotal],
    ),
    (
        "a tool that keeps every cell as text",
        "=\"Account ID\",=\"Name\",=\"Rep\",=\"ARR\"\n=\"000123\",=\"A\",=\"Eve\",=\"5\"\n=\"000124\",=\"B\",=\"House Account\",=\"6\"\n",
        "accountid name currentowner measure",
        2,
        &[OwnerNoSeller],
    ),
    (
        "two addresses, each on some accounts",
        "Id,Billing City,Billing State,Shipping City,Shipping State\n1,Reno,NV,Elko,NV\n2,,,Elko,NV\n3,Ely,NV,,\n",
        "accountid city state attribute attribute",
        3,
        &[AddressFallback],
    ),
];
