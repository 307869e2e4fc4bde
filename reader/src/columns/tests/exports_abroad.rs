//! More exports as people really have them: other languages, other tools, other habits.

use super::exports::{Export, check, export};

#[test]
fn exports_from_elsewhere_are_read_as_a_person_would_read_them() {
    assert!(ABROAD.len() >= 28, "{}", ABROAD.len());
    check(ABROAD);
}

const ABROAD: &[Export] = &[
    export(
        "Salesforce, Brazil",
        "\"ID da conta\",\"Nome da conta\",\"Proprietário da conta\",\"Cidade de cobrança\",\"Estado/Província de cobrança\",\"CEP de cobrança\",\"País de cobrança\",\"Receita anual\",\"Funcionários\",\"Telefone\"\n\
         \"0015e00000AxAAA\",\"Padaria São João\",\"Ana Souza\",\"São Paulo\",\"SP\",\"01310-100\",\"BR\",\"R$ 1.234.567,89\",\"1.200\",\"(11) 5555-0100\"\n\
         \"0015e00000AxABA\",\"Açaí Ltda\",\"Caio Lima\",\"Curitiba\",\"PR\",\"80010-000\",\"BR\",\"R$ 950,00\",\"80\",\"\"\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "city",
            "state",
            "postalcode",
            "country",
            "measure annual_revenue BRL.2 default",
            "measure employees",
            "contact",
        ],
    ),
    export(
        "HubSpot, Brazil",
        "ID do registro,Nome da empresa,Proprietário da empresa,Cidade,Estado/Região,CEP,Receita anual,Número de funcionários\n\
         101,Acme,Ana,Recife,PE,50010-000,100000,12\n102,Bolt,Caio,Natal,RN,59010-000,,\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "city",
            "state",
            "postalcode",
            "measure annual_revenue default",
            "measure employees",
        ],
    ),
    export(
        "Dynamics, Brazil",
        "(Não Modificar) Conta,(Não Modificar) Soma de Verificação da Linha,(Não Modificar) Modificado Em,Nome da Conta,Proprietário,Conta Pai,Receita Anual\n\
         b1-1,x==,01/11/2026 10:00,A,Ana,,\"R$ 1.000,00\"\nb1-2,y==,02/11/2026 10:00,B,Caio,A,\"R$ 2.500,50\"\n",
        &["accountid", "code", "date", "name", "currentowner", "parent", "measure annual_revenue BRL.2 default"],
    ),
    export(
        "Excel, Brazil",
        "Código do cliente;Razão social;CNPJ;Vendedor;UF;Faturamento 2025;Ativo\n1001;Açaí Ltda;12.345.678/0001-90;Ana;SP;1.234.567,89;Sim\n1002;Padaria;98.765.432/0001-10;Caio;PR;950,00;Sim\nTotal geral;;;;;1.235.517,89;\n",
        &["accountid", "name", "code", "currentowner", "state", "measure revenue .2 default", "flag"],
    ),
    export(
        "Excel, Brazil, in reais and with a pipeline",
        "Cliente;Cód. cliente;Responsável;Pipeline aberto (R$);Fechado ganho;Leads\nA;1;Ana;10.000,50;1.000,00;3\nB;2;Caio;99,00;0,00;5\n",
        &[
            "name",
            "accountid",
            "currentowner",
            "measure open_pipeline BRL.2 default",
            "measure closed_won default",
            "measure lead_volume default",
        ],
    ),
    export(
        "Excel, Portugal",
        "N.º de cliente;Empresa;Comercial;Distrito;Código postal;Volume de negócios\n1;A;Rui;Porto;4000-001;1 234,50 €\n2;B;Ana;Lisboa;1000-001;99,00 €\n",
        &["accountid", "name", "currentowner", "attribute", "postalcode", "measure revenue EUR.2 default"],
    ),
    export(
        "Salesforce, Germany, all of the address",
        "Account-ID;Accountname;Accountinhaber;Straße (Rechnungsanschrift);Ort (Rechnungsanschrift);Postleitzahl (Rechnungsanschrift);Land (Rechnungsanschrift);Branche;Telefon\n\
         0015e00000AxAAA;Müller AG;Ana Weiß;Ring 1;Köln;50667;Deutschland;Handel;0221 5550100\n0015e00000AxABA;Söhne;Bo Groß;Weg 2;Bonn;53111;Deutschland;Bau;\n",
        &["accountid", "name", "currentowner", "street", "city", "postalcode", "country", "attribute", "contact"],
    ),
    export(
        "Dynamics, Germany",
        "(Nicht ändern) Firma,(Nicht ändern) Zeilenprüfsumme,(Nicht ändern) Geändert am,Firmenname,Besitzer,Übergeordnete Firma,Adresse 1: Ort,Adresse 1: Postleitzahl,Jahresumsatz\n\
         b1-1,x==,01.11.2026 10:00,A,Ana,,Köln,50667,\"1.000,00 €\"\nb1-2,y==,02.11.2026 10:00,B,Bo,A,Bonn,53111,\"2.500,50 €\"\n",
        &[
            "accountid",
            "code",
            "date",
            "name",
            "currentowner",
            "parent",
            "city",
            "postalcode",
            "measure annual_revenue EUR.2 default",
        ],
    ),
    export(
        "Dynamics, France",
        "(Ne pas modifier) Compte,(Ne pas modifier) Somme de contrôle de la ligne,(Ne pas modifier) Modifié le,Nom du compte,Propriétaire,Compte parent,Adresse 1 : Ville,Adresse 1 : Code postal,Chiffre d'affaires annuel\n\
         b1-1,x==,01/11/2026 10:00,A,Ana,,Lyon,69001,\"1 000,00 €\"\nb1-2,y==,02/11/2026 10:00,B,Luc,A,Nice,06000,\"2 500,50 €\"\n",
        &[
            "accountid",
            "code",
            "date",
            "name",
            "currentowner",
            "parent",
            "city",
            "postalcode",
            "measure annual_revenue EUR.2 default",
        ],
    ),
    export(
        "HubSpot, Germany, with its own words for owners",
        "Datensatz-ID,Unternehmensname,Für Unternehmen zuständiger Mitarbeiter,Bundesland/Region,Anzahl der zugehörigen Deals,Erstelldatum\n1,A,Ana,Bayern,3,2026-01-05 10:00\n2,B,Bo,Hessen,0,2026-01-06 10:00\n",
        &["accountid", "name", "currentowner", "state", "measure opportunities default", "date"],
    ),
    export(
        "Excel, Germany, amounts in thousands of euros",
        "Kd.-Nr.;Kunde;Außendienst;Umsatz (TEUR);Plan;Offene Angebote\n0017;A;Ana;1.234,5;10,0;3\n0018;B;Bo;99,0;5,5;1\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "measure revenue TEUR.1 default",
            "measure Plan .1",
            "measure Offene Angebote",
        ],
    ),
    export(
        "Excel, Austria",
        "Kundennr.;Firma;Gebietsleiter;Bundesland;PLZ;Umsatz\n1;A;Ana;Tirol;6020;€ 1.234,50\n2;B;Bo;Wien;1010;€ 99,-\n",
        &["accountid", "name", "currentowner", "state", "postalcode", "measure revenue EUR.2 default"],
    ),
    export(
        "Excel, France, spaces that do not break",
        "N° de compte;Client;Commercial(e);Dép.;CA annuel HT\n1;A;Anne;69;1\u{202f}234\u{202f}567,50\u{a0}€\n2;B;Luc;06;10\u{a0}000,00\u{a0}€\n",
        &["accountid", "name", "currentowner", "state", "measure annual_revenue EUR.2 default"],
    ),
    export(
        "Salesforce, France, all of the address",
        "ID de compte,Nom du compte,Propriétaire du compte,Rue de facturation,Ville de facturation,État/Province de facturation,Code postal de facturation,Pays de facturation,Employés\n\
         0015e00000AxAAA,A,Ana,1 rue A,Lyon,Rhône,69001,France,12\n0015e00000AxABA,B,Luc,2 rue B,Nice,,06000,France,3\n",
        &["accountid", "name", "currentowner", "street", "city", "state", "postalcode", "country", "measure employees"],
    ),
    export(
        "Excel, Italy",
        "Codice cliente;Ragione sociale;Agente;Provincia;CAP;Fatturato;Dipendenti\n1;A;Anna;MI;20121;1.234,50 €;12\n2;B;Luca;RM;00184;99,00 €;3\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "state",
            "postalcode",
            "measure revenue EUR.2 default",
            "measure employees",
        ],
    ),
    export(
        "Excel, the Netherlands",
        "Klantnummer;Klantnaam;Accountmanager;Plaats;Postcode;Omzet\n1;A;Anna;Utrecht;3511 AB;€ 1.234,50\n2;B;Daan;Delft;2611 CD;€ 99,00\n",
        &["accountid", "name", "currentowner", "city", "postalcode", "measure revenue EUR.2 default"],
    ),
    export(
        "Excel, Britain",
        "Account Ref,Company,Account Mgr,County,Postcode,Turnover (£)\nACM001,Acme,Ann,Kent,CT1 2AB,\"£1,234.50\"\nBOL002,Bolt,Bob,Devon,EX1 1AA,£99.00\n",
        &["accountid", "name", "currentowner", "attribute", "postalcode", "measure revenue GBP.2 default"],
    ),
    export(
        "Excel, Canada",
        "Customer Number,Customer,Territory Manager,Prov,Postal Code,Sales (CAD)\n1,A,Ann,ON,M5V 2T6,\"1,234.50\"\n2,B,Bob,QC,H2X 1Y4,99.00\n",
        &["accountid", "name", "currentowner", "state", "postalcode", "measure revenue CAD.2 default"],
    ),
    export(
        "Excel, numbers stored as text, negatives behind",
        "Account ID,Owner,Open Pipeline,Margin\n1,Ana,'1200,100.50-\n2,Bo,'950,20.00\n",
        &["accountid", "currentowner", "measure open_pipeline default", "measure Margin .2"],
    ),
    export(
        "Salesforce, a report of opportunities grouped by account",
        "Account ID,Account Name,Account Owner,Sum of Amount,Sum of Amount (converted) Currency,Sum of Amount (converted),Record Count\n\
         0015e00000AxAAA,A,Ana,100.00,USD,110.00,3\n0015e00000AxABA,B,Bo,50.00,USD,55.25,1\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "measure Sum of Amount",
            "currency",
            "measure amount USD.2 default",
            "measure Record Count",
        ],
    ),
    export(
        "Salesforce, SOQL from a developer's console",
        "Id,Name,Owner.Id,Owner.Name,Owner.IsActive,BillingAddress.city,BillingAddress.postalCode,Type,Rating,LastModifiedDate,Open_Pipeline_Amount__c\n\
         0015e00000AxAAAQA3,A,0055e000001AbcDAAS,Ana,true,Reno,89501,Customer,Hot,2026-11-01T10:00:00.000+0000,1000.0\n\
         0015e00000AxABAQA3,B,0055e000001AbcEAAS,Bo,true,Elko,89801,,,2026-11-02T10:00:00.000+0000,2000.0\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "ownerlabel",
            "flag",
            "city",
            "postalcode",
            "attribute",
            "attribute",
            "date",
            "measure open_pipeline default",
        ],
    ),
    export(
        "Salesforce, Data Loader with what a package adds",
        "ID,NAME,OWNERID,BILLINGSTREET,ACME__ARR__C,ACME__SEGMENT__C,PHOTOURL,SYSTEMMODSTAMP,ISPARTNER,JIGSAW\n\
         0015e00000AxAAAQA3,A,0055e000001AbcDAAS,\"1 Main St\nSuite 2\",1200.5,SMB,/services/images/photo/001,2026-11-01T10:00:00.000Z,false,\n\
         0015e00000AxABAQA3,B,0055e000001AbcEAAS,2 Main St,99.25,ENT,/services/images/photo/001,2026-11-02T10:00:00.000Z,false,\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "street",
            "measure arr .2 default",
            "attribute",
            "attribute",
            "date",
            "flag",
            "unused",
        ],
    ),
    export(
        "Salesforce, territories beside owners",
        "Account ID,Account Name,Account Owner,Territory,Sales Region,Last Modified By,Created By,Account Record Type\n\
         0015e00000AxAAA,A,Ana,West 1,West,Admin,Admin,Customer\n0015e00000AxABA,B,Bo,East 2,East,Admin,Admin,Customer\n",
        &["accountid", "name", "currentowner", "attribute", "attribute", "attribute", "attribute", "attribute"],
    ),
    export(
        "HubSpot, by API names",
        "hs_object_id,name,hubspot_owner_id,city,state,zip,country,annualrevenue,numberofemployees,hs_lead_status,lifecyclestage,hs_num_open_deals\n\
         8571203941,A,77,Reno,NV,89501,US,1000000,50,OPEN,customer,2\n8571203942,B,78,Elko,NV,89801,US,,,,lead,0\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "city",
            "state",
            "postalcode",
            "country",
            "measure annual_revenue default",
            "measure employees",
            "attribute",
            "attribute",
            "measure opportunities default",
        ],
    ),
    export(
        "HubSpot, deals and scores",
        "Record ID,Company name,Company owner,Total Revenue,Recent Deal Amount,Number of Pageviews,Ideal Customer Profile Tier,Days to Close\n\
         8571203941,A,Ana,1000.50,200,15,Tier 1,30\n8571203942,B,Bo,99.25,100,3,Tier 2,\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "measure revenue .2 default",
            "measure Recent Deal Amount",
            "measure Number of Pageviews",
            "attribute",
            "measure Days to Close",
        ],
    ),
    export(
        "Dynamics, a view with option sets and lookups",
        "Account Number,Account Name,Owner,Owner Type,Territory,Industry,Annual Revenue,No. of Employees,Address 1: State/Province,Created On,Status\n\
         b1-1,A,Ana,User,West,Retail,\"$1,000.00\",\"1,200\",WA,11/1/2026 10:00 AM,Active\nb1-2,B,Bo,User,East,Media,\"$2,500.50\",80,OR,11/2/2026 10:00 AM,Active\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "attribute",
            "attribute",
            "attribute",
            "measure annual_revenue $.2 default",
            "measure employees",
            "state",
            "date",
            "attribute",
        ],
    ),
    export(
        "Dynamics, formatted values of its interface",
        "accountid,name,_ownerid_value,_ownerid_value@OData.Community.Display.V1.FormattedValue,_parentaccountid_value,revenue,revenue_base,numberofemployees\n\
         b1-1,A,u-1,Ana,,100.0000,110.0000,12\nb1-2,B,u-2,Bo,b1-1,200.0000,220.5000,80\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "ownerlabel",
            "parent",
            "unused",
            "measure revenue .4 default",
            "measure employees",
        ],
    ),
    export(
        "Pipedrive",
        "Organization - ID,Organization - Name,Organization - Owner,Organization - Address,Organization - Open deals,Organization - Won deals\n1,A,Ana,\"1 Main St, Reno\",3,1\n2,B,Bo,\"2 Main St, Elko\",0,2\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "street",
            "measure opportunities default",
            "measure Organization - Won deals",
        ],
    ),
    export(
        "Zoho",
        "Record Id,Account Name,Account Owner.id,Account Owner,Billing City,Billing State,Billing Code,Annual Revenue,Employees\n\
         zcrm_1,A,zcrm_77,Ana,Reno,NV,89501,1000,12\nzcrm_2,B,zcrm_78,Bo,Elko,NV,89801,2000,80\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "ownerlabel",
            "city",
            "state",
            "postalcode",
            "measure annual_revenue default",
            "measure employees",
        ],
    ),
    export(
        "a warehouse's query",
        "account_key,account_name,owner_email,territory_name,arr_usd,pipeline_usd,is_customer,loaded_at\n\
         k-1,A,ana@x.com,West,1200.50,10.25,true,2026-11-01 10:00:00\nk-2,B,bo@x.com,East,99.00,20.50,false,2026-11-01 10:00:00\n",
        &[
            "accountid",
            "name",
            "currentowner",
            "attribute",
            "measure arr USD.2 default",
            "measure open_pipeline USD.2 default",
            "flag",
            "date",
        ],
    ),
];
