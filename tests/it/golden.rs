//! What people and machines see, kept as files beside the tests: every report in every format and language.
//!
//! The figures of money in them are checked elsewhere against independent arithmetic; here it is the look that is
//! kept. To accept a new look: `INSTA_UPDATE=always cargo test golden`, then read the difference.

use scrm_calc::app::run;
use std::ffi::OsString;

/// Runs a command line from the crate's root and returns everything it said.
fn said(line: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let demo = format!("{root}/examples/demo-shop");
    let args = std::iter::once("scrm-calc").chain(line.split_whitespace());
    let args: Vec<OsString> = args.map(|a| a.replace("DEMO", &demo).replace("ROOT", root).into()).collect();
    let r = run(&args);
    let out = String::from_utf8(r.out).expect("reports are UTF-8");
    let (out, err) = (out.replace(root, ""), r.err.replace(root, ""));
    format!("$ scrm-calc {line}\nexit {}\n--- stdout\n{out}--- stderr\n{err}", r.status)
}

fn check(name: &str, line: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../golden");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, said(line)));
}

#[test]
fn statements_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            check(
                &format!("pnl-monthly-{format}-{lang}"),
                &format!("pnl DEMO -M -O {format} --lang {lang} --today 2026-04-15"),
            );
        }
    }
}

#[test]
fn payouts_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let common = format!("-O {format} --lang {lang} --today 2026-04-15");
            check(&format!("payouts-{format}-{lang}"), &format!("payouts DEMO {common}"));
            check(&format!("payouts-march-{format}-{lang}"), &format!("payouts DEMO -p 2026-03 {common}"));
            check(
                &format!("payouts-lines-{format}-{lang}"),
                &format!("payouts DEMO --lines --top 40 {common}"),
            );
            let compared = format!("payouts DEMO --compare-plan ROOT/examples/other-plan.toml {common}");
            check(&format!("payouts-compared-{format}-{lang}"), &compared);
        }
    }
}

#[test]
fn distributors_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let common = format!("-O {format} --lang {lang} --today 2026-04-15");
            check(&format!("distributors-{format}-{lang}"), &format!("distributors DEMO {common}"));
        }
        for (name, options) in [
            ("upline", "--by upline -b 2026-02-01"),
            ("people", "--by distributor --top 12"),
            ("people-json", "--by distributor -O json -p 2026-01"),
            ("people-csv", "--by distributor -O csv --sort commission"),
            ("colour", "--by grade --sort revenue --top 2 --color always -p 2026-03"),
            ("nobody", "--by motive -p 2025-12"),
        ] {
            let line = format!("distributors DEMO {options} --lang {lang} --today 2026-04-15");
            check(&format!("distributors-{name}-{lang}"), &line);
        }
    }
}

#[test]
fn exports_inspected_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let line =
                format!("inspect ROOT/examples/exports-shop -O {format} --lang {lang} --today 2026-04-15");
            check(&format!("inspect-{format}-{lang}"), &line);
        }
    }
}

#[test]
fn bridges_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        let common = format!("--lang {lang} --today 2026-04-15");
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            check(&format!("bridge-{format}-{lang}"), &format!("bridge DEMO -O {format} {common}"));
            let channels = format!("bridge DEMO -M --by channel -O {format} {common}");
            check(&format!("bridge-channels-{format}-{lang}"), &channels);
        }
        for (name, options) in [
            ("monthly", "-M"),
            ("chain", "--from 2026-03 --to 2026-01 --method chain"),
            ("any-days", "--from 2026-01-05..2026-01-25 --to 2026-W10"),
            ("days", "--from 2026-01-01 --to 2026-01-04 --by channel"),
            ("colour", "-p 2026-02 --color always"),
            ("held", "-q --by channel --fail-if traffic.mix>0"),
        ] {
            check(&format!("bridge-{name}-{lang}"), &format!("bridge DEMO {options} {common}"));
        }
        let open = format!("bridge DEMO -q --lang {lang} --today 2026-03-31");
        check(&format!("bridge-not-over-{lang}"), &open);
        let two = format!("bridge DEMO --from 2026-01 --to 2026-04 {common}");
        check(&format!("bridge-nothing-{lang}"), &two);
    }
}

#[test]
fn cohorts_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        let common = format!("--lang {lang} --today 2026-04-15");
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            check(&format!("cohort-{format}-{lang}"), &format!("cohort DEMO -O {format} {common}"));
        }
        for (name, options) in [
            ("channels", "--by channel --system both"),
            ("quarters", "-Q --value repeat_share -b 2026-01-20 -e 2026-03-20"),
            ("cumulative", "--value buyers --cumulative --system distribution --color always"),
            ("held", "-q --fail-if ltv_to_loaded_cost<1"),
        ] {
            check(&format!("cohort-{name}-{lang}"), &format!("cohort DEMO {options} {common}"));
        }
    }
}

#[test]
fn plans_in_every_format_and_language() {
    let given =
        "--users 10000 --conversion 3% --revenue-per-buyer 199 --cost-per-user 8 --team 50000 --other 5000";
    for lang in ["en", "zh"] {
        let common = format!("--lang {lang} --today 2026-04-15");
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            for (name, options) in [
                ("set", "-p 2026-03 --set conversion=+10% --set users=+500"),
                ("even", "--break-even --target direct.profit=0"),
                ("grid", "--vary conversion=16%..20%/2% --vary cost_per_user=15..20/2.5 --of direct.profit"),
                ("scenarios", "--scenario ROOT/examples/scenarios.toml"),
            ] {
                let line = format!("plan DEMO {options} -O {format} {common}");
                check(&format!("plan-{name}-{format}-{lang}"), &line);
            }
            let line = format!("plan {given} --solve conversion -O {format} {common}");
            check(&format!("plan-solve-{format}-{lang}"), &line);
        }
        for (name, options) in [
            ("data", "DEMO -p 2026-03"),
            ("tornado", "DEMO --tornado"),
            ("tornado-csv", "DEMO --tornado -O csv"),
            ("given", given),
            ("given-even", &format!("{given} --break-even")),
            ("given-vary", &format!("{given} --vary conversion=1%..5%/1%")),
            ("given-some", "--users 10000 --distributor-rate 2% --solve users"),
            ("colour", "DEMO --set team_cost=-5000 --color always"),
            ("held", "DEMO -q --fail-if direct.profit<0"),
            ("refused", "DEMO --set conversion=150%"),
        ] {
            check(&format!("plan-{name}-{lang}"), &format!("plan {options} {common}"));
        }
    }
}

#[test]
fn targets_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let line = format!("pnl DEMO -p 2026-03 --targets -O {format} --lang {lang} --today 2026-04-15");
            check(&format!("pnl-targets-{format}-{lang}"), &line);
        }
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let line = format!(
                "bridge DEMO --from 2026-03 --to targets -O {format} --lang {lang} --today 2026-04-15"
            );
            check(&format!("bridge-targets-{format}-{lang}"), &line);
            let line = format!(
                "bridge DEMO --from 2026-03 --to targets --by channel -O {format} --lang {lang} --today 2026-04-15"
            );
            check(&format!("bridge-targets-channels-{format}-{lang}"), &line);
        }
        for (name, options) in [
            ("chain", "--from 2026-02 --to targets --method chain --today 2026-04-15"),
            ("not-over", "--from 2026-03 --to targets --today 2026-03-10"),
            ("by", "--from 2026-02 --to targets --by channel --today 2026-04-15"),
            ("quarter", "--from 2026Q1 --to targets --today 2026-04-15"),
        ] {
            check(&format!("bridge-targets-{name}-{lang}"), &format!("bridge DEMO {options} --lang {lang}"));
        }
        for (name, options) in [
            ("monthly", "-M --targets --today 2026-04-15"),
            ("channels", "-p 2026-03 --by channel --targets --today 2026-04-15"),
            ("not-over", "-p 2026Q1 --targets --today 2026-03-10"),
            ("days", "--targets --today 2026-03-10"),
            ("cohort", "-M --basis cohort --targets"),
            ("future", "-p 2026-05 --targets --today 2026-03-10"),
        ] {
            check(&format!("pnl-targets-{name}-{lang}"), &format!("pnl DEMO {options} --lang {lang}"));
        }
    }
}

#[test]
fn changes_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let line = format!(
                "pnl DEMO -p 2026-03 --compare previous -O {format} --lang {lang} --today 2026-04-15"
            );
            check(&format!("pnl-change-{format}-{lang}"), &line);
        }
        for (name, options) in [
            ("monthly", "-M --compare previous --today 2026-04-15"),
            ("channels", "-p 2026-03 --by channel --compare 2026-01 --today 2026-04-15"),
            ("not-over", "-p 2026-03 --compare previous --today 2026-03-10"),
            ("nothing", "-M -q --compare year --today 2026-04-15"),
            (
                "held",
                "-p 2026-02 -q --compare previous --today 2026-04-15 --fail-if change(direct.conversion)<-5pp",
            ),
        ] {
            check(&format!("pnl-change-{name}-{lang}"), &format!("pnl DEMO {options} --lang {lang}"));
        }
        for (name, options) in [
            ("days", "--compare previous"),
            ("columns", "-M --compare 2026-01"),
            ("not-over", "-p 2026-03 --compare previous --today 2026-03-01"),
            ("condition", "-p 2026-03 --fail-if change(direct.profit)<0"),
            ("share", "-p 2026-03 --compare year --fail-if change(direct.conversion)<-20%"),
        ] {
            check(&format!("usage-change-{name}-{lang}"), &format!("pnl DEMO {options} --lang {lang}"));
        }
    }
}

/// D003 has an adjustment, D004 owes something back, and a payment to D005 failed.
#[test]
fn pages_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            for id in ["D001", "D003", "D004", "D005"] {
                let line =
                    format!("payouts DEMO --statement {id} -O {format} --lang {lang} --today 2026-04-15");
                check(&format!("statement-{id}-{format}-{lang}"), &line);
            }
        }
    }
}

#[test]
fn why_an_order_pays_what_it_pays() {
    for lang in ["en", "zh"] {
        let common = format!("--lang {lang} --today 2026-04-15");
        for (name, order) in [
            ("settled", "3729922815835133390"),
            ("refunded", "3730523282816591965"),
            ("pending", "3737171592916377956"),
            ("not-paid", "3729757331913305109"),
            ("direct", "3729462469943930031"),
            ("unknown-user", "3730076040079114251"),
        ] {
            check(&format!("why-{name}-{lang}"), &format!("payouts DEMO --why {order} {common}"));
        }
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let line = format!("payouts DEMO --why 3734649522979550344 -O {format} {common}");
            check(&format!("why-rate-{format}-{lang}"), &line);
        }
        let line = format!("payouts DEMO --why 3734649522979550344 --as-of 2026-03-01 {common}");
        check(&format!("why-later-{lang}"), &line);
        check(&format!("why-nobody-knows-{lang}"), &format!("payouts DEMO --why 42 {common}"));
    }
}

#[test]
fn where_figures_come_from_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        let common = format!("-p 2026-03 --lang {lang} --today 2026-04-15");
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            let line = format!("explain DEMO direct.conversion --rows 3 -O {format} {common}");
            check(&format!("explain-{format}-{lang}"), &line);
        }
        for (name, options) in [
            ("profit", "total.profit --rows 2"),
            ("commission", "distribution.commission --rows 3"),
            ("commission-csv", "distribution.commission --rows 3 -O csv"),
            ("team", "traffic.team_cost -b 2026-03-10 -e 2026-03-17"),
            ("channel", "动销率 --channel douyin --rows 1"),
            ("colour", "direct.profit --rows 1 --color always"),
            ("nothing", "direct.margin"),
            ("no-channel", "direct.revenue --channel doyin"),
        ] {
            let common = if name == "team" { common.replace("-p 2026-03 ", "") } else { common.clone() };
            check(&format!("explain-{name}-{lang}"), &format!("explain DEMO {options} {common}"));
        }
    }
}

#[test]
fn terms_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            check(&format!("define-{format}-{lang}"), &format!("define 客单价 -O {format} --lang {lang}"));
        }
        check(&format!("define-all-{lang}"), &format!("define --lang {lang}"));
        check(&format!("define-shared-name-{lang}"), &format!("define gross sales --lang {lang}"));
        check(&format!("define-near-{lang}"), &format!("define convresion --lang {lang}"));
    }
}

#[test]
fn findings_in_every_format_and_language() {
    for lang in ["en", "zh"] {
        for format in ["table", "markdown", "csv", "tsv", "json"] {
            check(
                &format!("check-{format}-{lang}"),
                &format!("check DEMO -v -O {format} --lang {lang} --today 2026-03-20"),
            );
        }
    }
}

#[test]
fn the_shapes_of_a_statement() {
    for lang in ["en", "zh"] {
        for (name, options) in [
            ("single", ""),
            ("channels", "--by channel"),
            ("allocated", "--by channel --allocate revenue"),
            ("cohort", "-M --basis cohort -b 2026-02-01"),
            ("colour", "-Q --color always"),
            ("held", "-M -q --fail-if direct.profit<0"),
        ] {
            let line = format!("pnl DEMO {options} --lang {lang} --today 2026-04-15");
            check(&format!("pnl-{name}-{lang}"), &line);
        }
    }
}

#[test]
fn help() {
    for lang in ["en", "zh"] {
        check(&format!("help-{lang}"), &format!("--help --lang {lang}"));
        check(&format!("help-pnl-{lang}"), &format!("pnl --help --lang {lang}"));
        check(&format!("help-check-{lang}"), &format!("check --help --lang {lang}"));
        check(&format!("help-payouts-{lang}"), &format!("payouts --help --lang {lang}"));
        check(&format!("usage-run-{lang}"), &format!("payouts DEMO --payment-file p.csv --lang {lang}"));
        check(&format!("help-explain-{lang}"), &format!("explain --help --lang {lang}"));
        check(&format!("help-define-{lang}"), &format!("define --help --lang {lang}"));
        check(&format!("help-bridge-{lang}"), &format!("bridge --help --lang {lang}"));
        check(&format!("help-cohort-{lang}"), &format!("cohort --help --lang {lang}"));
        check(&format!("help-plan-{lang}"), &format!("plan --help --lang {lang}"));
        check(&format!("help-distributors-{lang}"), &format!("distributors --help --lang {lang}"));
        check(&format!("usage-{lang}"), &format!("pnl DEMO --basis month --lang {lang}"));
    }
}
