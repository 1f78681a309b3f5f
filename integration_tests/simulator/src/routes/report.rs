//! `/report/integrated/get/` (`docs/tiktok-api.md` 4.1–4.3 [DOC 1740302848100353][SDK report_integrated_get.yml]).

mod bc;
mod question;
mod several;
mod shop;

pub(super) use question::{conflict, metrics, range, within};

use super::page::Page;
use super::{Route, get, sandbox};
use crate::answer::{Answer, Outcome, Refusal, canned};
use crate::call::Call;
use crate::report::{Parts, Report, prepare, total};
use crate::state::Shared;
use crate::world::{Account, World};
use question::question;

pub(super) static ROUTES: &[Route] = &[get("/report/integrated/get/", integrated)];

const TYPES: &[&str] = &["BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP"];
const THROTTLED: &str = "Number of ad ids is equal or more than 20k, only return the top 20k id's \
                         results, sorting by create time desc order.";

fn integrated(world: &World, call: &Call, shared: &Shared) -> Outcome {
    call.params.require(&["report_type", "dimensions"])?;
    let kind = call.params.choice("report_type", TYPES)?;
    if let (Some("BC" | "TT_SHOP"), Some(sandbox)) = (kind, shared.options.access.sandbox) {
        return Err(sandbox::no_report(sandbox.code));
    }
    match kind {
        Some("BC") => bc::report(world, call, shared),
        Some("TT_SHOP") => shop::report(world, call, shared),
        _ => on_ads(world, call, shared),
    }
}

fn on_ads(world: &World, call: &Call, shared: &Shared) -> Outcome {
    let question = question(call, &shared.options.reports)?;
    let page = Page::of(call, 1_000)?;
    let totals = call.params.flag("enable_total_metrics")?;
    let accounts = several::accounts(world, call, question.kind, shared.options.reports.together)?;
    if let (Some(sandbox), [account]) = (shared.options.access.sandbox, accounts.as_slice()) {
        return sandbox::report(call, account, page, sandbox.code);
    }
    let many = several::is_asked(call, question.kind);
    let each: Vec<Parts> =
        accounts.iter().map(|account| Parts { advertiser: account.id, ..question.clone() }).collect();
    let pairs = accounts.iter().zip(&each);
    let reports: Vec<_> = pairs.map(|(account, parts)| prepare(world, account, parts, &shared.reports)).collect();
    let count = reports.iter().map(|report| report.len()).sum();
    bearable(count, question.metrics.len(), shared.options.reports.max_size)?;
    let mut data = b"{\"list\":[".to_vec();
    list(&reports, &accounts, page, many.then_some(&question), &mut data);
    data.push(b']');
    if totals {
        data.extend_from_slice(format!(",\"total_metrics\":{}", total(&reports)).as_bytes());
    }
    data.extend_from_slice(page.info(count).as_bytes());
    data.push(b'}');
    let mut answer = Answer::from(data);
    if reports.iter().any(Report::is_cut) {
        answer.headers.push(("x-tt-ads-throttle", THROTTLED.to_owned()));
    }
    Ok(answer)
}

/// Too many values in all are refused, whatever page is asked for.
fn bearable(rows: usize, metrics: usize, most: Option<usize>) -> Result<(), Refusal> {
    if most.is_some_and(|most| rows * metrics > most) {
        return Err(Refusal::new(40067, canned(40067, "")));
    }
    Ok(())
}

fn list(reports: &[Report<'_>], accounts: &[&Account], page: Page, many: Option<&Parts>, data: &mut Vec<u8>) {
    let rows = page.rows(reports.iter().map(Report::len).sum());
    data.reserve(rows.len() * 256);
    let mut before = 0;
    for (report, account) in reports.iter().zip(accounts) {
        for at in rows.clone().skip_while(|at| *at < before).take_while(|at| at - before < report.len()) {
            if at > rows.start {
                data.push(b',');
            }
            let start = data.len();
            report.write(at - before, data);
            if let Some(question) = many {
                several::mark(account, question, data, start);
            }
        }
        before += report.len();
    }
}
