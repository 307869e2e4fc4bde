//! Salesforce's files: owners of accounts by day, and territories (Sales Territories, formerly Enterprise Territory
//! Management) with their accounts and users.
//!
//! Facts from the object reference: Territory2 has no field that a row could name another by but its id, so ids that
//! Salesforce has not given yet stay empty beside the DeveloperName that tells which is meant; ForecastUserId cannot be
//! set while a territory is created; ObjectTerritory2Association is created and deleted, never updated. An empty field
//! is left as it is, `#N/A` would make it empty.

use super::calendar::{Day, change, days};
use super::developer_name::{Called, called};
use super::parts::Load;
use super::{FOLDER, counted, folder, ids, missing, readme, soql};
use crate::ReportError;
use crate::answer::{Answer, waits};
use crate::output::{Format, Output, write_file};
use crate::staging::Staging;
use carve_solver::counting::{has, is, many};
use carve_solver::plan::{Assignment, NodeResult, StageResult};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// Owners, territories, and who and what is in them, by day and by stage.
pub(crate) const OUTPUT: Output = Output::staged(FOLDER, Format::Salesforce, write);

/// Rows are limited by bytes alone.
const ROWS_MAX: usize = usize::MAX;
/// Characters of a territory's Description.
const DESCRIPTION_CHARS_MAX: usize = 1_000;
/// Why an account is in a territory: somebody said so, no rule.
const CAUSE: &str = "Territory2Manual";
/// The role of a seller in a territory, one of Salesforce's own values.
const ROLE: &str = "Owner";
/// What a change of owner does that a file cannot say otherwise.
const SIDE_EFFECTS: &str = "A change of OwnerId deletes the account team unless OwnerChangeOptions.KeepAccountTeam is \
                            set, which no CSV can do (Data Loader and the Bulk API cannot either): export AccountTeamMember \
                            first; open opportunities and contacts keep their owners unless the header asks to transfer them.";

fn write(answer: &Answer<'_>, staging: &Staging) -> Result<(), ReportError> {
    let days = days(answer);
    let called = called(&answer.plan.nodes);
    let files = Files { answer, staging, days: &days, called: &called };
    for (number, day) in days.iter().enumerate() {
        files.day(number, day)?;
    }
    let today = answer.plan.stages.iter().find(|stage| stage.current).map(|stage| stage.level);
    let planned = answer.plan.stages.iter().filter(|stage| today.is_some_and(|today| stage.level > today));
    planned.into_iter().try_for_each(|stage| files.stage(stage))
}

struct Files<'a, 'b> {
    answer: &'a Answer<'b>,
    staging: &'a Staging,
    days: &'a [Day],
    called: &'a [Called],
}

/// What could not be written, by name.
#[derive(Default)]
struct Lacking {
    /// Seats without a user id.
    users: BTreeSet<String>,
    /// Accounts that change their owner and whose id is none of Salesforce's.
    foreign: usize,
    /// The same of those that come into a territory.
    unheld: usize,
    /// Territories without an id of Salesforce's.
    territories: BTreeSet<String>,
}

/// What is left out because Salesforce could not know it.
fn foreign(accounts: usize) -> Option<String> {
    let count = many(accounts, "account id");
    let what = "of a Salesforce account (001 and 15 or 18 characters in all), and the rows are left out";
    (accounts > 0).then(|| format!("{count} {} none {what}: export the book with its Account ID", is(accounts)))
}

impl<'a> Files<'a, '_> {
    fn node(&self, node: usize) -> &'a NodeResult {
        &self.answer.plan.nodes[node]
    }

    /// The user on a seat: given in the plan file, or the seat's own id where the book names owners by their user ids.
    fn user(&self, node: usize) -> Option<Cow<'a, str>> {
        let node = self.node(node);
        let given = node.seat.as_ref().map_or("", |seat| &seat.external_ids.user_id);
        let own = ids::is(&node.node_id, ids::USER).then_some(node.node_id.as_str());
        let id = if given.is_empty() { own? } else { given };
        Some(ids::long(id))
    }

    /// One day's files. The first day has the territories with all they hold; later ones who comes.
    fn day(&self, number: usize, day: &Day) -> Result<(), ReportError> {
        let folder = folder(&day.folder, "salesforce");
        let mut lacking = Lacking::default();
        let owners = self.owners(&folder, number, &mut lacking)?;
        let users = self.users(&folder, number, &mut lacking)?;
        let mut order = vec![format!("accounts_owner.csv (update Account, {owners} rows)")];
        if number > 0 {
            order.push("the rows of UserTerritory2Association of those who covered (delete)".to_owned());
        } else {
            let nodes: Vec<usize> = (0..self.called.len()).filter(|&n| self.in_force(n)).collect();
            let territories = self.territories(&folder, &nodes)?;
            order.push(format!("territory2.csv (insert Territory2, {territories} rows, level by level)"));
            let arriving = |a: &&Assignment| self.answer.holder_in_book(a) != Some(a.territory);
            let held = self.holdings(&folder, &nodes, arriving, |a| a.territory, &mut lacking)?;
            let left = self.left(&folder)?;
            order.push(format!("the rows that object_territory2_delete.soql fetches (delete, of {left} accounts)"));
            order.push(format!("object_territory2_insert.csv (insert ObjectTerritory2Association, {held} rows)"));
        }
        order.push(format!("user_territory2.csv (insert UserTerritory2Association, {users} rows)"));
        let lines = [
            format!("From {} on. Load in this order: {}.", day.folder, order.join(", ")),
            SIDE_EFFECTS.to_owned(),
            self.missing(number == 0, lacking),
        ];
        readme(self.staging, &folder, lines.each_ref().map(String::as_str))
    }

    /// A planned stage: its territories and what they will hold, for a model that is still in planning.
    fn stage(&self, stage: &StageResult) -> Result<(), ReportError> {
        let folder = folder(&format!("stage-{}", stage.count), "salesforce");
        let mut lacking = Lacking::default();
        let nodes: Vec<usize> = (0..self.called.len()).filter(|&n| self.node(n).level == stage.level).collect();
        let territories = self.territories(&folder, &nodes)?;
        let at = |a: &Assignment| a.path.get(stage.level - 1).copied().unwrap_or(a.territory);
        let held = self.holdings(&folder, &nodes, |_| true, at, &mut lacking)?;
        let lines = [
            format!(
                "The stage of {} territories, whose day is not known. Load into a Territory2Model whose state is Planning, and activate it on the day: territory2.csv (insert Territory2, {territories} rows), object_territory2_insert.csv (insert ObjectTerritory2Association, {held} rows).",
                stage.count
            ),
            "Users do not see a model in Planning, and nothing changes for accounts and their teams before it is activated; who will own the accounts is not planned, so there is no accounts_owner.csv.".to_owned(),
            self.missing(true, lacking),
        ];
        readme(self.staging, &folder, lines.each_ref().map(String::as_str))
    }

    /// Whether a node is a territory today, or holds some.
    fn in_force(&self, node: usize) -> bool {
        let plan = self.answer.plan;
        let below = plan.nodes[node + 1..].iter().take_while(|other| other.level > plan.nodes[node].level);
        plan.nodes[node].level > 0 && (plan.nodes[node].territory || below.into_iter().any(|other| other.territory))
            || plan.nodes.len() == 1
    }

    fn owners(&self, folder: &str, number: usize, lacking: &mut Lacking) -> Result<usize, ReportError> {
        let load = Load { folder, name: "accounts_owner", headings: &["Id", "OwnerId"], rows_max: ROWS_MAX };
        let rows = self.answer.plan.assignments.iter().filter_map(|assignment| {
            let (_, to) = change(self.answer, self.days, number, assignment)?;
            let Some(user) = self.user(to) else {
                lacking.users.insert(self.node(to).node_id.clone());
                return None;
            };
            // The book names owners by user id, and this one stays.
            if ids::long(self.answer.owner_in_book(assignment)) == user && number == 0 {
                return None;
            }
            if !ids::is(&assignment.account_id, ids::ACCOUNT) {
                lacking.foreign += 1;
                return None;
            }
            Some(vec![ids::long(&assignment.account_id), user])
        });
        load.write(self.staging, rows)
    }

    fn territories(&self, folder: &str, nodes: &[usize]) -> Result<usize, ReportError> {
        let headings =
            ["Name", "DeveloperName", "Territory2ModelId", "Territory2TypeId", "ParentTerritory2Id", "Description"];
        let load = Load { folder, name: "territory2", headings: &headings, rows_max: ROWS_MAX };
        let position: BTreeMap<&str, usize> =
            self.answer.plan.nodes.iter().enumerate().map(|(n, node)| (node.node_id.as_str(), n)).collect();
        let mut nodes: Vec<usize> = nodes.iter().copied().filter(|&n| self.called[n].id.is_none()).collect();
        // A territory is created after the one that it lies in.
        nodes.sort_by_key(|&n| self.node(n).level);
        let rows = nodes.iter().map(|&n| {
            let called = &self.called[n];
            let parent = position.get(self.node(n).parent_node_id.as_str()).filter(|&&p| self.node(p).level > 0);
            let inside = parent.map_or(String::new(), |&p| format!(", inside {}", self.called[p].developer_name));
            let description = format!("Territory {} of carve{inside}", self.node(n).node_id);
            let description: String = description.chars().take(DESCRIPTION_CHARS_MAX).collect();
            let parent_id = parent.and_then(|&p| self.called[p].id.as_deref()).unwrap_or_default();
            let cells = [called.name.as_str(), &called.developer_name, "", "", parent_id, &description];
            Vec::from(cells.map(|cell| Cow::from(cell.to_owned())))
        });
        load.write(self.staging, rows)
    }

    /// Which accounts come into which territory.
    fn holdings(
        &self,
        folder: &str,
        nodes: &[usize],
        arriving: impl Fn(&&Assignment) -> bool + Clone,
        at: impl Fn(&Assignment) -> usize,
        lacking: &mut Lacking,
    ) -> Result<usize, ReportError> {
        let unknown = nodes.iter().any(|&n| self.called[n].id.is_none());
        let headings = ["ObjectId", "Territory2Id", "AssociationCause", "Territory2DeveloperName"];
        let headings = if unknown { &headings[..] } else { &headings[..3] };
        let load = Load { folder, name: "object_territory2_insert", headings, rows_max: ROWS_MAX };
        let is_account = |assignment: &&Assignment| ids::is(&assignment.account_id, ids::ACCOUNT);
        let all = self.answer.plan.assignments.iter().filter(arriving);
        lacking.unheld += all.clone().filter(|assignment| !is_account(assignment)).count();
        let rows = all.filter(is_account).map(|assignment| {
            let called = &self.called[at(assignment)];
            if called.id.is_none() {
                lacking.territories.insert(called.developer_name.clone());
            }
            let id = called.id.as_deref().unwrap_or_default();
            let mut row = vec![ids::long(&assignment.account_id), Cow::from(id), Cow::from(CAUSE)];
            row.extend(unknown.then(|| Cow::from(called.developer_name.as_str())));
            row
        });
        let count = load.write(self.staging, rows)?;
        if unknown {
            let names = nodes.iter().filter(|&&n| self.called[n].id.is_none());
            let names = names.map(|&n| Cow::from(self.called[n].developer_name.as_str()));
            write_file(self.staging, &format!("{folder}/territory2_ids.soql"), |out| {
                soql::queries(out, "SELECT Id, DeveloperName FROM Territory2 WHERE DeveloperName IN", names)
            })?;
        }
        Ok(count)
    }

    /// Queries for the associations of accounts with the territories that they leave. Gives how many accounts leave one.
    fn left(&self, folder: &str) -> Result<usize, ReportError> {
        let mut by_territory: BTreeMap<Option<usize>, Vec<&str>> = BTreeMap::new();
        let is_account = |assignment: &&Assignment| ids::is(&assignment.account_id, ids::ACCOUNT);
        let moved = self.answer.plan.assignments.iter().filter(|assignment| self.answer.leaves_book(assignment));
        for assignment in moved.filter(is_account) {
            by_territory.entry(self.answer.holder_in_book(assignment)).or_default().push(&assignment.account_id);
        }
        write_file(self.staging, &format!("{folder}/object_territory2_delete.soql"), |out| {
            for (territory, accounts) in &by_territory {
                let from = match territory.map(|n| &self.called[n]) {
                    // Whose owner the plan does not know may be in any territory.
                    None => String::new(),
                    Some(Called { id: Some(id), .. }) => format!(" AND Territory2Id = {}", soql::literal(id)),
                    Some(Called { developer_name, .. }) => {
                        format!(" AND Territory2.DeveloperName = {}", soql::literal(developer_name))
                    }
                };
                let head = format!(
                    "SELECT Id, ObjectId, Territory2Id FROM ObjectTerritory2Association WHERE AssociationCause = '{CAUSE}'{from} AND ObjectId IN"
                );
                soql::queries(out, &head, accounts.iter().map(|id| ids::long(id)))?;
            }
            out.flush()
        })?;
        Ok(by_territory.values().map(Vec::len).sum())
    }

    /// Who comes into which territory on a day: on the first everybody who holds one.
    fn users(&self, folder: &str, number: usize, lacking: &mut Lacking) -> Result<usize, ReportError> {
        let headings = ["UserId", "Territory2Id", "RoleInTerritory2", "Territory2DeveloperName"];
        let comes = |&(n, _): &(usize, &NodeResult)| {
            let before = number.checked_sub(1).and_then(|before| self.days[before].holders[n]);
            self.days[number].holders[n].filter(|_| before != self.days[number].holders[n]).is_some()
        };
        let coming: Vec<(usize, &NodeResult)> = self.answer.nodes_in_force().filter(comes).collect();
        let unknown = coming.iter().any(|&(n, _)| self.called[n].id.is_none());
        let headings = if unknown { &headings[..] } else { &headings[..3] };
        let load = Load { folder, name: "user_territory2", headings, rows_max: ROWS_MAX };
        let rows = coming.iter().filter_map(|&(n, _)| {
            let holder = self.days[number].holders[n]?;
            let Some(user) = self.user(holder) else {
                lacking.users.insert(self.node(holder).node_id.clone());
                return None;
            };
            let called = &self.called[n];
            if called.id.is_none() {
                lacking.territories.insert(called.developer_name.clone());
            }
            let mut row = vec![user, Cow::from(called.id.as_deref().unwrap_or_default()), Cow::from(ROLE)];
            row.extend(unknown.then(|| Cow::from(called.developer_name.as_str())));
            Some(row)
        });
        load.write(self.staging, rows)
    }

    fn missing(&self, creates: bool, lacking: Lacking) -> String {
        let users: Vec<String> = lacking.users.into_iter().collect();
        let territories: Vec<String> = lacking.territories.into_iter().collect();
        let open = |node: &&String| self.answer.territory(node).is_some_and(|n| waits(self.node(n)));
        let hired: Vec<String> = users.iter().filter(open).cloned().collect();
        let filled: Vec<String> = users.iter().filter(|node| !open(node)).cloned().collect();
        let remade: Vec<String> = self.called.iter().filter(|c| c.remade).map(|c| c.developer_name.clone()).collect();
        let create = "Territory2ModelId, Territory2TypeId and ParentTerritory2Id are Salesforce's own: fill them in before territory2.csv is loaded (Description names the territory that one lies in)";
        missing(vec![
            counted(&filled, |n| {
                format!(
                    "{} {} no user id of Salesforce, and the rows are left out: give them with --seats-file (columns name and user id)",
                    many(n, "seat"),
                    has(n)
                )
            }),
            counted(&hired, |n| {
                format!(
                    "{} {} nobody yet, and the rows are left out until the user id is known",
                    many(n, "seat"),
                    has(n)
                )
            }),
            foreign(lacking.foreign.max(lacking.unheld)),
            creates.then(|| create.to_owned()),
            counted(&territories, |n| {
                format!(
                    "{} {} no id yet: fill in Territory2Id with what territory2_ids.soql fetches after territory2.csv is loaded, and drop the column Territory2DeveloperName",
                    many(n, "territory"),
                    has(n)
                )
            }),
            counted(&remade, |n| {
                format!("{} {} no DeveloperName, and another was made of each", many(n, "territory_api_name"), is(n))
            }),
        ])
    }
}
