//! Cases of what columns mean: headings, amounts, owners, ids and parents.

use super::*;

pub(super) fn cases_of_columns() -> Vec<Case> {
    let scores = |first: &str, second: &str| csv(format!("account_id,score\na,{first}\nb,{second}\n"));
    let owners = |first: &str, second: &str| csv(format!("account_id,current_owner\na,{first}\nb,{second}\n"));
    let named = |rows: &str| csv(format!("account_id,name,Parent Account\n{rows}"));
    use Code::*;
    vec![
        case(ColumnAmbiguous, csv("account_id,Id\na,b\nc,d\n"), csv("account_id,Id2\na,b\nc,d\n")),
        case(ColumnNotUsed, csv("account_id,Second Owner\na,x\n"), csv("account_id,Second Opinion\na,x\n")),
        case(ColumnNotAmount, scores("A", "B"), scores("1", "2")),
        case(ColumnNotAmount, scores("10%", "20%"), scores("10", "20")),
        case(ColumnNearlyNumeric, csv("account_id,size\na,1\nb,2\nc,x\n"), csv("account_id,size\na,1\nb,2\nc,3\n")),
        case(AddressFallback, csv("account_id,Shipping City\na,Reno\n"), csv("account_id,Billing City\na,Reno\n")),
        case(AmountPlaceholder, pipeline("#N/A"), pipeline("")),
        case(AmountAmbiguous, scores("\"1,234\"", "\"5,678\""), scores("\"1,234\"", "\"5,678.50\"")),
        case(AmountAmbiguous, scores("1.234", "5.678"), scores("1.234", "950.5")),
        case(AmountLocaleMixed, scores("\"1,5\"", "1.25"), scores("1.5", "1.25")),
        case(AmountInexact, pipeline("0.1234567"), pipeline("0.123456")),
        case(AmountInexact, pipeline("1.1E+06"), pipeline("1100000")),
        case(AmountTooLarge, scores("1000000000000000000", "0.25"), scores("1000000000000000000", "25")),
        case(CurrencyUnknown, pipeline("ZZZ 5"), pipeline("USD 5")),
        case(CurrencyMixed, scores("USD 5", "EUR 6"), scores("USD 5", "USD 6")),
        case(CurrencyMixed, scores("$5", "CA$6"), scores("CA$5", "CA$6")),
        case(IdsMangled, csv("account_id\n9.00012E+09\n"), csv("account_id\n9000120001\n")),
        case(AccountsDeleted, csv("Id,IsDeleted\na,true\nb,\n"), csv("Id,IsDeleted\na,false\nb,\n")),
        case(AccountsInactive, csv("Id,Status\na,Inactive\nb,\n"), csv("Id,Status\na,Active\nb,\n")),
        case(
            OwnerInactive,
            csv("Id,Owner.Name,Owner.IsActive\na,Eve,false\nb,Bo,true\n"),
            csv("Id,Owner.Name,Owner.IsActive\na,Eve,true\nb,Bo,true\n"),
        ),
        case(
            IdsOfTwoForms,
            csv("Id\n001A0000006Vm9uIAC\n001A0000006Vm9v\n"),
            csv("Id\n001A0000006Vm9u\n001A0000006Vm9v\n"),
        ),
        case(
            IdsDifferInCase,
            csv("Id\n001A0000006Vm9u\n001A0000006vm9u\n"),
            csv("Id\n001A0000006Vm9u\n001A0000006vm9v\n"),
        ),
        case(
            AccountIdDuplicate,
            csv("Id\n001A0000006Vm9u\n001A0000006Vm9uIAC\n"),
            csv("Id\n001A0000006Vm9v\n001A0000006Vm9uIAC\n"),
        ),
        case(ParentSelf, family("a,a\nb,\n"), family("a,b\nb,\n")),
        case(ParentByName, named("a,Ann,\nb,Bob,Ann\n"), named("a,Ann,\nb,Bob,a\n")),
        case(ParentAmbiguous, named("a,Ann,\nb,Ann,\nc,Cy,Ann\n"), named("a,Ann,\nb,Ann,\nc,Cy,b\n")),
        case(OwnerNobody, owners("#N/A", "s1"), owners("", "s1")),
        case(OwnerSpellings, owners("s1", "S1 "), owners("s1", "s1")),
        case(OwnerNoSeller, owners("Integration User", "s1"), owners("s2", "s1")),
    ]
}
