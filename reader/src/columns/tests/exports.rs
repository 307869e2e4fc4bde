//! Exports as people really have them, and how a person would read each of their headings.

use super::super::read_accounts;
use carve_solver::column::{Column, Meaning};

/// An export, and how its columns are read, one each.
pub(super) struct Export {
    origin: &'static str,
    text: &'static str,
    read_as: &'static [&'static str],
}

pub(super) const fn export(origin: &'static str, text: &'static str, read_as: &'static [&'static str]) -> Export {
    Export { origin, text, read_as }
}

/// `owner`, `measure open_pipeline USD.2 default`, `attribute`, `unused`.
fn said(column: &Column) -> String {
    let mut said = format!("{:?}", column.meaning).to_lowercase();
    if column.meaning == Meaning::Measure {
        said += &format!(" {}", column.name);
        if !column.unit.is_empty() || column.decimals > 0 {
            said += &format!(" {}.{}", column.unit, column.decimals);
        }
        if column.balanced_by_default {
            said += " default";
        }
    }
    said
}

#[test]
fn exports_are_read_as_a_person_would_read_them() {
    let all = [SALESFORCE, HUBSPOT, DYNAMICS, EXCEL];
    assert!(all.iter().map(|exports| exports.len()).sum::<usize>() >= 40);
    all.into_iter().for_each(check);
}

/// Reads the exports; every column that is not read as it should be is named.
#[track_caller]
pub(super) fn check(exports: &[Export]) {
    let mut wrong = Vec::new();
    for export in exports {
        let book = match read_accounts(export.text.as_bytes()) {
            Ok(file) => file.book,
            Err(faults) => {
                wrong.push(format!("{}: {faults}", export.origin));
                continue;
            }
        };
        let found: Vec<String> = book.columns.iter().map(said).collect();
        let headings = book.columns.iter().map(|column| &column.heading);
        for ((heading, found), expected) in headings.zip(&found).zip(export.read_as) {
            if found != expected {
                wrong.push(format!("{}: {heading} is {found}, and should be {expected}", export.origin));
            }
        }
        if found.len() != export.read_as.len() {
            wrong.push(format!("{}: {} columns, {} expected", export.origin, found.len(), export.read_as.len()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const SALESFORCE: &[Export] = &[
    export(
        "report of accounts",
        "\"Account ID\",\"Account Name\",\"Account Owner\",\"Billing Street\",\"Billing City\",\"Billing State/Province\",\"Billing Zip/Postal Code\",\"Billing Country\",\"Phone\",\"Annual Revenue\",\"Employees\",\"Type\"\n\
         \"0015e00000AxAAA\",\"Firm 0\",\"Ana Diaz\",\"1 Main\",\"Reno\",\"NV\",\"89501\",\"US\",\"(555) 010-2030\",\"$1,200,000.00\",\"120\",\"Customer\"\n\
         \"0015e00000AxABA\",\"Firm 1\",\"Bo Chen\",\"2 Main\",\"Reno\",\"NV\",\"89502\",\"US\",\"\",\"$950,000.50\",\"80\",\"Prospect\"\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "street",
            "city",
            "state",
            "postalcode",
            "country",
            "contact",
            "measure annual_revenue $.2 default",
            "measure employees",
            "attribute",
        ],
    ),
    export(
        "report with parents and an owner's alias",
        "Account ID,Account Name,Parent Account,Account Owner,Account Owner Alias,Last Activity,Open Pipeline\n\
         0015e00000AxAAA,Firm 0,,Ana Diaz,adiaz,11/26/2026,75214\n0015e00000AxABA,Firm 1,Firm 0,Bo Chen,bchen,,19812\n",
        &["accountid", "name", "parent", "currentowner", "ownerlabel", "date", "measure open_pipeline default"],
    ),
    export(
        "report of many currencies",
        "Account ID,Account Owner,Annual Revenue Currency,Annual Revenue,Annual Revenue (converted) Currency,Annual Revenue (converted)\n\
         1,Ana,EUR,100.00,USD,110.00\n2,Bo,GBP,100.00,USD,125.50\n",
        &["accountid", "currentowner", "currency", "attribute", "currency", "measure annual_revenue USD.2 default"],
    ),
    export(
        "report with codes as prefixes",
        "Account ID,Account Owner,Open Pipeline,Closed Won\n1,Ana,\"USD 10,000.00\",USD 5.25\n2,Bo,USD 0.50,USD 1.00\n",
        &["accountid", "currentowner", "measure open_pipeline USD.2 default", "measure closed_won USD.2 default"],
    ),
    export(
        "report of a custom report type",
        "Account: Account ID,Account: Account Name,Account: Account Owner,ARR\n1,Firm,Ana,12\n2,Firma,Bo,13\n",
        &["accountid", "name", "currentowner", "measure arr default"],
    ),
    export(
        "Data Loader",
        "\"ID\",\"NAME\",\"PARENTID\",\"OWNERID\",\"BILLINGSTATE\",\"BILLINGPOSTALCODE\",\"ANNUALREVENUE\",\"NUMBEROFEMPLOYEES\",\"ISDELETED\",\"SIC\",\"CREATEDDATE\"\n\
         \"0015e00000AxAAAQA3\",\"A\",\"\",\"0055e000001AbcDAAS\",\"NY\",\"10001\",\"5000000.0\",\"40\",\"false\",\"7372\",\"2020-01-05T10:00:00.000Z\"\n\
         \"0015e00000AxABAQA3\",\"B\",\"0015e00000AxAAAQA3\",\"0055e000001AbcDAAS\",\"NJ\",\"07102\",\"\",\"\",\"false\",\"\",\"2021-03-05T10:00:00.000Z\"\n",
        &[
            "accountid",
            "name",
            "parent",
            "currentowner",
            "state",
            "postalcode",
            "measure annual_revenue default",
            "measure employees",
            "flag",
            "code",
            "date",
        ],
    ),
    export(
        "SOQL with relations",
        "Id,Name,Parent.Id,Parent.Name,OwnerId,Owner.Name,Owner.Email,BillingLatitude,BillingLongitude,AnnualRevenue\n\
         1,A,,,005x,Ana,ana@x.com,40.5,-73.25,10\n2,B,1,A,005y,Bo,bo@x.com,41.5,-74.25,20\n",
        &[
            "accountid",
            "name",
            "parent",
            "attribute",
            "currentowner",
            "ownerlabel",
            "ownerlabel",
            "latitude",
            "longitude",
            "measure annual_revenue default",
        ],
    ),
    export(
        "SOQL with custom fields",
        "Id,Owner.Name,Open_Pipeline__c,Closed_Won__c,ARR__c,Lead_Score__c,Segment__c,Is_Target__c,Renewal_Date__c\n\
         1,Ana,1000.5,20,30,5,SMB,true,2026-12-31\n2,Bo,2000,21,31,6,ENT,false,\n",
        &[
            "accountid",
            "currentowner",
            "measure open_pipeline .1 default",
            "measure closed_won default",
            "measure arr default",
            "measure score default",
            "attribute",
            "flag",
            "date",
        ],
    ),
    export(
        "SOQL of opportunities by account",
        "Account.Id,Account.Name,Account.Owner.Name,Account.BillingState,Amount\n1,A,Ana,NY,10\n2,B,Bo,CA,20\n",
        &["accountid", "name", "currentowner", "state", "measure amount default"],
    ),
    export(
        "two forms of the id",
        "Account ID,Case Safe ID,Account Name,Owner Full Name\n001A0000006Vm9u,001A0000006Vm9uIAC,A,Ana\n",
        &["attribute", "accountid", "name", "currentowner"],
    ),
    export(
        "codes of states beside their names",
        "Id,Owner ID,BillingState,BillingStateCode,BillingCountry,BillingCountryCode\n1,005,New York,NY,United States,US\n",
        &["accountid", "currentowner", "state", "attribute", "country", "attribute"],
    ),
    export(
        "shipping beside billing, which is empty",
        "Id,Account Owner,Billing City,Billing Zip/Postal Code,Shipping City,Shipping Zip/Postal Code\n1,Ana,,,Reno,89501\n2,Bo,,,Elko,89801\n",
        &["accountid", "currentowner", "attribute", "attribute", "city", "postalcode"],
    ),
    export(
        "German",
        "Account-ID,Accountname,Accountinhaber,Übergeordneter Account,Rechnungsort,Jahresumsatz,Mitarbeiter\n\
         1,Müller,Ana,,Köln,\"1.234.567,89 €\",12\n2,Söhne,Bo,Müller,Bonn,\"10.000,00 €\",1.200\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "parent",
            "city",
            "measure annual_revenue EUR.2 default",
            "measure employees",
        ],
    ),
    export(
        "French",
        "ID du compte,Nom du compte,Propriétaire du compte,Compte principal,Ville de facturation,Code postal,Chiffre d'affaires annuel\n\
         1,Société A,Ana,,Lyon,69001,\"1 234 567,50\"\n2,Société B,Bo,Société A,Nice,06000,\"10 000,00\"\n",
        &["accountid", "name", "currentowner", "parent", "city", "postalcode", "measure annual_revenue .2 default"],
    ),
    export(
        "Spanish",
        "ID de la cuenta,Nombre de la cuenta,Propietario de la cuenta,Cuenta principal,Estado/Provincia,Ingresos anuales\n\
         1,Empresa A,Ana,,Madrid,\"1.234,50\"\n2,Empresa B,Bo,,Soria,\"99,00\"\n",
        &["accountid", "name", "currentowner", "parent", "state", "measure annual_revenue .2 default"],
    ),
];

const HUBSPOT: &[Export] = &[
    export(
        "companies",
        "Record ID,Company name,Company owner,Create Date,Phone Number,Last Activity Date,City,Country/Region,Industry\n\
         101,Acme,Ana Diaz,2024-01-05 10:00,+1 555 0100,2026-10-01,Reno,United States,COMPUTER_SOFTWARE\n\
         102,Bolt,Bo Chen,2024-02-05 10:00,,,Elko,United States,\n",
        &["accountid", "name", "currentowner", "date", "contact", "date", "city", "country", "attribute"],
    ),
    export(
        "companies with deals",
        "Record ID,Company name,Company owner,HubSpot Team,Parent Company,State/Region,Postal Code,Associated Deals,Total open deal value,Annual Revenue,Number of Employees\n\
         101,Acme,Ana,East,,NV,89501,3,1500.25,1000000,50\n102,Bolt,Bo,West,Acme,NV,89801,0,0,,\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "attribute",
            "parent",
            "state",
            "postalcode",
            "measure opportunities default",
            "measure open_pipeline .2 default",
            "measure annual_revenue default",
            "measure employees",
        ],
    ),
    export(
        "internal names",
        "hs_object_id,name,hubspot_owner_id,domain,num_associated_deals,hs_total_deal_value\n1,A,77,a.com,2,10\n2,B,78,b.com,0,0\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "contact",
            "measure opportunities default",
            "measure open_pipeline default",
        ],
    ),
    export(
        "owner by id and by e-mail",
        "Record ID - Company,Company Domain Name,hubspot_owner_id,Owner Email,HubSpot Score\n1,a.com,77,ana@x.com,40\n2,b.com,78,bo@x.com,\n",
        &["accountid", "contact", "currentowner", "ownerlabel", "measure score default"],
    ),
    export(
        "owners left blank",
        "Record ID,Company owner,Lifecycle Stage,Is Public,Number of times contacted\n1,Ana,Customer,true,5\n2,(No value),Lead,false,\n",
        &["accountid", "currentowner", "attribute", "flag", "measure Number of times contacted"],
    ),
    export(
        "German",
        "Datensatz-ID,Name des Unternehmens,Zuständig für das Unternehmen,Ort,Postleitzahl,Land/Region,Jahresumsatz\n1,A,Ana,Köln,50667,DE,100\n",
        &["accountid", "name", "currentowner", "city", "postalcode", "country", "measure annual_revenue default"],
    ),
    export(
        "French",
        "ID d'enregistrement,Nom de l'entreprise,Propriétaire de l'entreprise,Ville,Pays/Région,Revenu annuel\n1,A,Ana,Lyon,France,100\n",
        &["accountid", "name", "currentowner", "city", "country", "measure annual_revenue default"],
    ),
    export(
        "Spanish",
        "ID de registro,Nombre de la empresa,Propietario de la empresa,Ciudad,Código postal,Número de empleados\n1,A,Ana,Soria,42001,3\n",
        &["accountid", "name", "currentowner", "city", "postalcode", "measure employees"],
    ),
];

const DYNAMICS: &[Export] = &[
    export(
        "active accounts",
        "(Do Not Modify) Account,(Do Not Modify) Row Checksum,(Do Not Modify) Modified On,Account Name,Owner,Parent Account,Address 1: City,Address 1: ZIP/Postal Code,Annual Revenue\n\
         b1a2-1,x==,2026-11-01 10:00,A,Ana,,Reno,89501,\"$1,000.00\"\nb1a2-2,y==,2026-11-02 10:00,B,Bo,A,Elko,89801,\"$2,500.50\"\n",
        &[
            "accountid",
            "code",
            "date",
            "name",
            "currentowner",
            "parent",
            "city",
            "postalcode",
            "measure annual_revenue $.2 default",
        ],
    ),
    export(
        "coordinates",
        "Account GUID,Account Name,Owner,Address 1: Latitude,Address 1: Longitude,Open Revenue\n1,A,Ana,40.5,-73.25,10\n2,B,Bo,41.5,-74.25,20\n",
        &["accountid", "name", "currentowner", "latitude", "longitude", "measure open_pipeline default"],
    ),
    export(
        "base currency",
        "Account GUID,Owner,Currency,Annual Revenue,Annual Revenue (Base)\n1,Ana,Euro,100.00,110.00\n2,Bo,US Dollar,200.00,200.00\n",
        &["accountid", "currentowner", "currency", "attribute", "measure annual_revenue default"],
    ),
    export(
        "logical names",
        "accountid,name,ownerid,parentaccountid,address1_city,address1_stateorprovince,address1_postalcode,address1_latitude,address1_longitude,openrevenue,opendeals\n\
         1,A,u1,,Reno,NV,89501,39.5,-119.8,10,1\n2,B,u2,1,Elko,NV,89801,40.8,-115.7,20,2\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "parent",
            "city",
            "state",
            "postalcode",
            "latitude",
            "longitude",
            "measure open_pipeline default",
            "measure opportunities default",
        ],
    ),
    export(
        "potential and relations",
        "Account GUID,Owner,Account Number,Potential Revenue,Relationship Type,Credit Hold\n1,Ana,A-1,500,Customer,No\n2,Bo,A-2,600,Prospect,Yes\n",
        &["accountid", "currentowner", "attribute", "measure potential default", "attribute", "flag"],
    ),
];

const EXCEL: &[Export] = &[
    export(
        "by hand, English",
        "Cust #,Customer,Rep,City,ST,Zip,Pipeline,Closed Won 2025,Leads\n17,Acme,Ana,Boston,MA,2139,\"12,500\",\"1,100,200\",4\n18,Bolt,Bo,Reno,NV,89501,950,200,0\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "city",
            "state",
            "postalcode",
            "measure open_pipeline default",
            "measure closed_won default",
            "measure lead_volume default",
        ],
    ),
    export(
        "by hand, other words",
        "Acct ID,Account,AE,HQ State,Total ARR ($),White Space,Tier\n1,A,Ana,NY,$10.50,5,1\n2,B,Bo,CA,$20.00,6,2\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "state",
            "measure arr $.2 default",
            "measure potential default",
            "measure Tier",
        ],
    ),
    export(
        "by hand, roles",
        "Account ID,Account Executive,Account Manager,MRR,Growth %\n1,Ana,Zoe,100,5%\n2,Bo,Zoe,200,-3%\n",
        &["accountid", "currentowner", "attribute", "measure mrr default", "percentage"],
    ),
    export(
        "by hand, years and codes",
        "Account ID,Assigned To,Bookings,Founded,NAICS,Rank,Store Number\n1,Ana,100,1998,541511,1,007\n2,Bo,200,2010,511210,2,012\n",
        &["accountid", "currentowner", "measure bookings default", "code", "code", "code", "measure Store Number"],
    ),
    export(
        "by hand, shortened amounts",
        "Account ID,Seller,TCV,ACV\n1,Ana,$1.2M,$350K\n2,Bo,$800K,\"$1,100K\"\n",
        &["accountid", "currentowner", "measure tcv $.0 default", "measure acv $.0 default"],
    ),
    export(
        "by hand, in parentheses and dashes",
        "Account ID,Sales Rep,Revenue\n1,Ana,\"$ 1,200.00 \"\n2,Bo,$ -   \n3,Bo,#N/A\n",
        &["accountid", "currentowner", "measure revenue $.0 default"],
    ),
    export(
        "by hand, ranges are no amounts",
        "Account ID,Owner,Revenue,Score\n1,Ana,$1M-$10M,A\n2,Bo,$10M-$50M,B\n",
        &["accountid", "currentowner", "attribute", "attribute"],
    ),
    export(
        "by hand, amounts of several years",
        "Account ID,Owner,FY24 Revenue,FY25 Revenue,Revenue Year\n1,Ana,10,11,2025\n2,Bo,20,21,2025\n",
        &["accountid", "currentowner", "measure FY24 Revenue", "measure revenue default", "measure Revenue Year"],
    ),
    export(
        "by hand, dates and flags",
        "Account ID,Owner,Renewal,Closed,Active,Potential\n1,Ana,20260105,01/05/2026,Y,10\n2,Bo,20260301,02/05/2026,N,20\n",
        &["accountid", "currentowner", "date", "date", "flag", "measure potential default"],
    ),
    export(
        "Germany",
        "Kundennummer;Firma;Vertriebsmitarbeiter;PLZ;Ort;Umsatz;Potenzial\n1;Müller;Ana;01067;Dresden;1.234,56;10.000\n2;Söhne;Bo;80331;München;99,90;1.500\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "postalcode",
            "city",
            "measure revenue .2 default",
            "measure potential default",
        ],
    ),
    export(
        "Germany, with a currency",
        "Kunden-ID;Kunde;Betreuer;Jahresumsatz in EUR;Breitengrad;Längengrad\n1;A;Ana;1.000.000;50,94;6,96\n2;B;Bo;250.000;48,14;11,58\n",
        &["accountid", "name", "currentowner", "measure annual_revenue EUR.0 default", "latitude", "longitude"],
    ),
    export(
        "France",
        "Numéro de client;Raison sociale;Commercial;Code postal;CA\n1;A;Ana;75001;1 234,50 €\n2;B;Bo;06000;99,00 €\n",
        &["accountid", "name", "currentowner", "postalcode", "measure revenue EUR.2 default"],
    ),
    export(
        "Spain",
        "Número de cliente;Cliente;Vendedor;Provincia;Ventas;Oportunidades\n1;A;Ana;Soria;1.234,50;3\n2;B;Bo;Jaén;99,00;0\n",
        &["accountid", "name", "currentowner", "state", "measure revenue .2 default", "measure opportunities default"],
    ),
    export(
        "Switzerland",
        "Kunden-ID;Kunde;Verkäufer;Kanton;Umsatz\n1;A;Ana;ZH;CHF 1'234.50\n2;B;Bo;BE;CHF 99.00\n",
        &["accountid", "name", "currentowner", "state", "measure revenue CHF.2 default"],
    ),
    export(
        "India",
        "Account ID,Sales Person,Revenue (INR)\n1,Ana,\"12,34,567.50\"\n2,Bo,\"1,000.00\"\n",
        &["accountid", "currentowner", "measure revenue INR.2 default"],
    ),
];
