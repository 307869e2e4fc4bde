//! `carve depth`: how many territories a market supports, when each is to hold at least so much of a measure.

use crate::cli::{DepthArgs, ShapeArgs};
use crate::exit::{CommandError, Exit};
use crate::files::{self, Loaded};
use crate::findings::{Findings, printable};
use crate::plan_file::Spot;
use crate::summary::grid;
use crate::terminal::Terminal;
use crate::{interrupt, json, output};
use carve_proto::v1 as proto;
use carve_proto::v1::depth_count::Verdict;
use carve_proto::v1::rule::Kind;
use carve_solver::counting::many;
use carve_solver::depth::Supply;
use carve_solver::limits::LEAVES_MAX;
use carve_solver::plan::Reason;
use carve_solver::{Amount, Code, Control, Plan, carve};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// The id of the rule that asks each territory for the minimum.
const RULE: &str = "depth";
/// Numbers of territories below what arithmetic allows that are tried for the largest, at most.
const TRIES_MAX: usize = 4;

/// Reads, reckons, solves what arithmetic does not tell, prints.
///
/// # Errors
/// Bad input, or what cannot be printed.
pub fn run(args: &DepthArgs) -> Result<Exit, CommandError> {
    let market = Market::read(args).map_err(CommandError::Input)?;
    let stop = interrupt::stop_flag()?;
    let depth = market.depth(args, &stop).map_err(CommandError::Input)?;
    let text = match args.json {
        true => json::text("carve.v1.Depth", &depth)?,
        false => text(&depth, Terminal::of_stdout()),
    };
    output::print_text(&text)?;
    let has = |verdict: Verdict| depth.counts.iter().any(|count| count.verdict() == verdict);
    Ok(match (has(Verdict::NotSupported), has(Verdict::Undecided)) {
        (true, _) => Exit::Infeasible,
        (false, true) => Exit::NoPlanFound,
        (false, false) => Exit::Done,
    })
}

/// The accounts, and what is asked of them.
struct Market {
    /// What is asked for, without a shape, with the measure in balance alone.
    request: proto::SolveRequest,
    rules_left_out: Vec<String>,
    minimum: i64,
    decimals: u8,
    supply: Supply,
}

impl Market {
    fn read(args: &DepthArgs) -> Result<Market, Findings> {
        let shape = ShapeArgs { plan: args.plan.clone(), ..ShapeArgs::default() };
        let asked = files::load(&args.book, &shape, &args.options)?.request;
        let (request, rules_left_out) = without_shape(asked, &args.measure);
        let loaded = load(args, &request, 2, None)?;
        let flag = |message: String| {
            let spot = Spot { source: format!("--min {}", args.min), ..Spot::default() };
            Findings::from(vec![spot.finding(Code::FlagInvalid, message)])
        };
        let decimals = loaded.problem.decimals(&args.measure).unwrap_or(0);
        let minimum = Amount::read(&args.min, decimals).ok().filter(|minimum| *minimum > 0);
        let minimum = minimum.ok_or_else(|| {
            flag(format!("{:?} is no amount above 0 of {}, which has {decimals} decimals", args.min, args.measure))
        })?;
        let supply = loaded.problem.supply(&args.measure, minimum);
        let supply = supply.ok_or_else(|| flag(format!("{} is 0 on every account", args.measure)))?;
        Ok(Market { request, rules_left_out, minimum, decimals, supply })
    }

    fn depth(&self, args: &DepthArgs, stop: &AtomicBool) -> Result<proto::Depth, Findings> {
        let time = args.options.time_limit.map(|time| time / u32::try_from(args.counts.len() + TRIES_MAX).unwrap_or(1));
        let mut counts = Vec::new();
        for &count in &args.counts {
            counts.push(self.count(args, count, time, stop)?);
        }
        let most = self.supply.most().min(LEAVES_MAX);
        let is = |verdict: Verdict| move |count: &&proto::DepthCount| count.verdict() == verdict;
        let number = |count: &proto::DepthCount| usize::try_from(count.count).unwrap_or(0);
        let mut supported = counts.iter().filter(is(Verdict::Supported)).map(number).max().unwrap_or(0);
        let refuted =
            counts.iter().filter(is(Verdict::NotSupported)).map(number).filter(|count| *count > supported).min();
        let mut not_refuted = refuted.map_or(most, |refuted| most.min(refuted - 1)).max(supported);
        for _ in 0..TRIES_MAX {
            if supported >= not_refuted {
                break;
            }
            let tried = self.count(args, i32::try_from(not_refuted).unwrap_or(i32::MAX), time, stop)?;
            match tried.verdict() {
                Verdict::Supported => supported = not_refuted,
                Verdict::NotSupported => not_refuted -= 1,
                Verdict::Undecided | Verdict::Unspecified => break,
            }
        }
        let mut depth = proto::Depth {
            measure: args.measure.clone(),
            decimals: self.decimals.into(),
            minimum: self.minimum,
            total: self.supply.total,
            counted: self.supply.counted,
            large_units: i64::try_from(self.supply.large).unwrap_or(i64::MAX),
            most_by_arithmetic: i64::try_from(self.supply.most()).unwrap_or(i64::MAX),
            supported: i64::try_from(supported).unwrap_or(i64::MAX),
            not_refuted: i64::try_from(not_refuted).unwrap_or(i64::MAX),
            counts,
            rules_left_out: self.rules_left_out.clone(),
            summary: String::new(),
        };
        depth.summary = self.summary(&depth);
        Ok(depth)
    }

    /// Whether so many territories can each hold the minimum, and which of them is thinnest.
    fn count(
        &self,
        args: &DepthArgs,
        count: i32,
        time: Option<Duration>,
        stop: &AtomicBool,
    ) -> Result<proto::DepthCount, Findings> {
        let territories = usize::try_from(count).unwrap_or(0);
        if territories > self.supply.most() {
            let even = self.solve(args, count, None, time, stop)?;
            return Ok(self.told(args, count, Verdict::NotSupported, &even, self.arithmetic(territories)));
        }
        let plan = self.solve(args, count, Some(self.minimum), time, stop)?;
        match plan.termination.reason {
            Reason::Optimal | Reason::WithinGap | Reason::Feasible => {
                Ok(self.told(args, count, Verdict::Supported, &plan, "A plan is there.".into()))
            }
            reason => {
                let verdict = if reason == Reason::Infeasible { Verdict::NotSupported } else { Verdict::Undecided };
                let even = self.solve(args, count, None, time, stop)?;
                Ok(self.told(args, count, verdict, &even, plan.termination.detail.clone()))
            }
        }
    }

    /// Why arithmetic refuses so many territories.
    fn arithmetic(&self, count: usize) -> String {
        let Supply { total, counted, least, large } = self.supply;
        let shown = |whole: i64| Amount::new(whole, self.decimals);
        let rounded = match least > self.minimum {
            true => format!(", which whole units make {},", shown(least)),
            false => String::new(),
        };
        if count > self.supply.most_by_total() {
            return format!(
                "{count} times {}{rounded} is more than the {} that there are.",
                shown(self.minimum),
                shown(total)
            );
        }
        format!(
            "{} hold more than a territory needs; where they count as {}, {} of {} are left, which is less than {count} times that.",
            many(large, "account or family"),
            shown(least),
            shown(counted),
            shown(total)
        )
    }

    fn solve(
        &self,
        args: &DepthArgs,
        count: i32,
        minimum: Option<i64>,
        time: Option<Duration>,
        stop: &AtomicBool,
    ) -> Result<Plan, Findings> {
        let problem = load(args, &self.request, count, minimum)?.problem;
        let deadline = Instant::now() + time.unwrap_or(problem.time_limit());
        Ok(carve(&problem, &Control { deadline, stop }, &()))
    }

    /// The territory of a plan that holds least.
    fn told(&self, args: &DepthArgs, count: i32, verdict: Verdict, plan: &Plan, detail: String) -> proto::DepthCount {
        let at = plan.measures.iter().position(|described| described.measure == args.measure);
        let held =
            |node: &carve_solver::plan::NodeResult| at.and_then(|at| node.measures.get(at)).map_or(0, |m| m.amount);
        let territories = plan.nodes.iter().filter(|node| node.territory && !node.outside_balance);
        let thinnest = territories.min_by_key(|node| held(node));
        proto::DepthCount {
            count,
            verdict: verdict.into(),
            thinnest: thinnest.map_or_else(String::new, |node| node.node_id.clone()),
            thinnest_amount: thinnest.map_or(0, held),
            detail,
        }
    }

    fn summary(&self, depth: &proto::Depth) -> String {
        let each = format!("{} {} each", Amount::new(self.minimum, self.decimals), depth.measure);
        let territories = |count: i64| many(usize::try_from(count).unwrap_or(0), "territory");
        let first = depth.counts.iter().find(|count| count.verdict() == Verdict::NotSupported);
        let fails = first.filter(|count| !count.thinnest.is_empty()).map_or_else(String::new, |count| {
            let held = Amount::new(count.thinnest_amount, self.decimals);
            format!(" At {} {} fails first, with {held}.", count.count, count.thinnest)
        });
        let supports = match (depth.supported, depth.not_refuted) {
            (0, 0) => format!("The market supports no territory with {each}, proved"),
            (a, b) if a == b && b as usize == LEAVES_MAX => {
                format!("The market supports {} with {each} and perhaps more", territories(a))
            }
            (a, b) if a == b => format!("The market supports {} with {each} and no more, proved", territories(a)),
            (0, b) => format!(
                "The market supports at most {b} territories with {each}, proved; of how many it does, nothing is tried: give \
                 --counts"
            ),
            (a, b) => format!("The market supports at least {} with {each}, and at most {b}, proved", territories(a)),
        };
        format!("{supports}.{fails}")
    }
}

/// The request without its shape and without the rules that speak of territories or owners, with the measure in balance
/// alone; and the ids of those rules.
fn without_shape(asked: proto::SolveRequest, measure: &str) -> (proto::SolveRequest, Vec<String>) {
    let mut request = asked;
    request.split = None;
    let stays = |rule: &proto::Rule| match &rule.kind {
        Some(Kind::KeepTogether(_) | Kind::KeepApart(_)) => true,
        Some(Kind::Bounds(bounds)) => bounds.node_ids.is_empty(),
        _ => false,
    };
    let left_out = request.rules.iter().filter(|rule| !stays(rule)).map(|rule| rule.rule_id.clone()).collect();
    request.rules.retain(stays);
    let balance = proto::Balance { measure: measure.to_owned(), tolerance: Some(0.0), ..Default::default() };
    let criterion = proto::Criterion { kind: Some(proto::criterion::Kind::Balance(balance)) };
    request.tiers = vec![proto::Tier { criteria: vec![criterion], ..Default::default() }];
    request.measures.iter_mut().for_each(|measure| measure.report_only = false);
    (request, left_out)
}

/// The accounts with so many territories alike, each of which is to hold the minimum, where one is asked for.
fn load(args: &DepthArgs, request: &proto::SolveRequest, count: i32, minimum: Option<i64>) -> Result<Loaded, Findings> {
    let mut request = request.clone();
    let digits = count.to_string().len();
    let seat = |number: i32| proto::Seat { seat_id: format!("territory-{number:0digits$}"), ..Default::default() };
    let seats = proto::Seats { max_children: 0, seats: (1..=count).map(seat).collect() };
    request.split = Some(proto::Split { shape: Some(proto::split::Shape::Seats(seats)) });
    if let Some(minimum) = minimum {
        let bounds = proto::Bounds { measure: args.measure.clone(), min: Some(minimum), ..Default::default() };
        request.rules.push(proto::Rule { rule_id: RULE.into(), kind: Some(Kind::Bounds(bounds)) });
    }
    let shape = ShapeArgs::default();
    files::load_request(&args.book, &shape, request)
}

fn text(depth: &proto::Depth, terminal: Terminal) -> String {
    let mut text = terminal.bold(terminal.wrapped("", "  ", &printable(&depth.summary)).trim_end()) + "\n\n";
    let decimals = u8::try_from(depth.decimals).unwrap_or(0);
    let labels: Vec<String> =
        depth.counts.iter().map(|count| many(usize::try_from(count.count).unwrap_or(0), "territory")).collect();
    let verdict = |count: &proto::DepthCount| match count.verdict() {
        Verdict::Supported => "supported",
        Verdict::NotSupported => "not supported (proved)",
        Verdict::Undecided | Verdict::Unspecified => "none found",
    };
    let column = |cell: &dyn Fn(&proto::DepthCount) -> String| depth.counts.iter().map(cell).collect::<Vec<String>>();
    let columns = vec![
        (String::new(), column(&|count| verdict(count).to_owned())),
        ("thinnest".to_owned(), column(&|count| printable(&count.thinnest))),
        (printable(&depth.measure), column(&|count| Amount::new(count.thinnest_amount, decimals).to_string())),
    ];
    if !depth.counts.is_empty() {
        text += &grid(&labels, columns, terminal);
        text.push('\n');
    }
    for count in depth.counts.iter().filter(|count| count.verdict() != Verdict::Supported) {
        text += &terminal.wrapped("", "  ", &printable(&format!("{}: {}", count.count, count.detail)));
    }
    if !depth.rules_left_out.is_empty() {
        let ids = depth.rules_left_out.join(", ");
        let line = format!("Left out, as they speak of other territories or of owners: {ids}");
        text += &terminal.wrapped("", "  ", &printable(&line));
    }
    text.trim_end().to_owned() + "\n"
}
