//! The help in Chinese: a text for every command and argument. A test sees to it that none is missing.

use clap::Command;
use clap::error::{ContextKind, ErrorKind};

const TOP: &str = "私域两套体系（直销与分销）各赚了多少：精确到分，且说得清来由。";

const COMMANDS: [(&str, &str); 12] = [
    ("pnl", "两套体系的损益，可按期间、渠道、批次（cohort）分列"),
    ("payouts", "应付每名分销员多少：已结算、待结算、已付、本次应付，精确到分，且有依据"),
    ("distributors", "谁在卖、谁在得：按动机、等级、上级或逐人列出分销员，以及漏斗与集中度"),
    ("bridge", "收益为何变化：把两期收益之差逐项分解到各驱动因素，分毫不余"),
    ("cohort", "各月新增用户花了多少、此后逐月带来多少：多久回本，值多少"),
    ("plan", "正向测算：如果……会怎样，怎样才能保本，哪个因素最要紧；基准取自数据或参数"),
    ("explain", "一个指标从何而来：公式，直至各文件的每一行；哪些计入、哪些未计入及原因"),
    ("define", "一个术语的含义与算法，以及阿里、Shopify、GA4 用同一个词指什么"),
    ("check", "检查数据：一切正常则不输出，否则逐条列出问题及其位置"),
    ("profiles", "读取各平台导出所用的配置；show 名称 显示其中一个"),
    ("inspect", "看清文件：写法、识别为哪张表及把握、每一列与每一行如何处理"),
    ("init", "新建数据目录：带注释的 scrm.toml，以及只有表头的各表，或原地读取的导出文件"),
];

/// `command.argument` where a command's argument differs from others of its name.
const ARGS: [(&str, &str); 99] = [
    ("dir", "数据目录：用户、订单及其它 CSV 表或工作簿 [默认: .]"),
    ("format", "报表格式；-o 的扩展名也可决定格式"),
    ("output", "写入文件（要么完整，要么不写），代替标准输出"),
    ("lang", "给人看的文字所用语言 [默认: 取自 SCRM_CALC_LANG、LC_ALL、LANG]"),
    ("color", "终端颜色"),
    ("quiet", "标准错误上不显示说明与警告"),
    ("strict", "有任何警告就拒绝数据"),
    ("max_errors", "最多显示多少条错误，其余只计数；0 表示全部"),
    ("profile", "该配置所属的表一律按它读取，不看表头是否相符；可重复"),
    ("today", "以此日期为今天，不看时钟"),
    ("threads", "读取线程数 [默认: 每核一个]"),
    ("chunk_bytes", "每次读取的字节数"),
    ("daily", "每天一列"),
    ("weekly", "每周一列（ISO 周）"),
    ("monthly", "每月一列"),
    ("quarterly", "每季一列"),
    ("yearly", "每年一列"),
    ("begin", "第一天 [默认: 数据中最早的一天]"),
    ("end", "最后一天的次日 [默认: 数据中最晚一天的次日]"),
    ("period", "2026、2026-03、2026Q1、2026-W09、上月、最近7天、2026-01..2026-04（不含末端）"),
    ("by", "每个渠道一列"),
    ("allocate", "把不属于任何渠道的成本分摊到各渠道：按用户、收入、投放或订单"),
    ("basis", "period：期间内发生的；cohort：期间内新增用户带来的全部"),
    ("compare", "每列有何变动：与上一期（previous）、上年同期（year）或指定期间相比"),
    ("targets", "与 targets.csv 的目标相比：差额与完成率"),
    (
        "fail_if",
        "某列或合计满足条件时以 3 退出，如 'direct.profit < 0'，或配合 --compare 写 'change(direct.profit) < -20%'；可重复",
    ),
    ("as_of", "截至该日终了的状态 [默认: 数据中的最后一天]"),
    ("payouts.begin", "余额变动的第一天，须同时给出 --end"),
    ("payouts.end", "余额变动最后一天的次日，须同时给出 --begin"),
    ("payouts.period", "该期间的余额变动：2026、2026-03、2026Q1、上月、2026-01..2026-04（不含末端）"),
    ("distributors.by", "只列一张表，按此分组 [默认: 按动机、按等级各一张]"),
    ("from", "基期：2026-02、2026Q1、上月、2026-01..2026-04（不含末端），须同时给出 --to"),
    ("to", "报告期，可与基期不相邻；或写 targets，即该月的目标；须同时给出 --from"),
    ("bridge.daily", "每天与前一天相比"),
    ("bridge.weekly", "每周与上一周相比（ISO 周）"),
    ("bridge.monthly", "每月与上月相比"),
    ("bridge.quarterly", "每季与上季相比"),
    ("bridge.yearly", "每年与上年相比"),
    ("last", "只列最后 N 个已结束的期间 [默认: 全部；什么都不指定时为最近一个月]"),
    ("bridge.by", "另按渠道分解，并单列渠道结构、新渠道与关闭渠道的影响"),
    ("method", "shapley：各因素取两期平均；chain：连环替代法，逐个因素替代"),
    ("bridge.fail_if", "某项影响满足条件时以 3 退出，如 'direct.conversion < -1000'；可重复"),
    ("cohort.monthly", "每月新增用户为一批（默认）"),
    ("cohort.quarterly", "每季新增用户为一批，仍按加入后的月数"),
    ("cohort.yearly", "每年新增用户为一批，仍按加入后的月数"),
    ("cohort.by", "每个渠道单列一批"),
    ("system", "direct：自己购买的；distribution：作为分销员卖出的，收入减佣金；both：两者之和"),
    ("value", "各月显示的指标；ltv 为人均累计收入。CSV 与 JSON 含全部指标"),
    ("cumulative", "各月显示截至该月末的累计，而不是当月"),
    ("cohort.fail_if", "某批次满足条件时以 3 退出，如 'ltv_to_cost < 1'；可重复"),
    ("users", "不用数据，自定基准：用户量"),
    ("new_users", "其中新增用户，只有他们有获客成本 [默认: 全部]"),
    ("cost_per_user", "单个用户成本：投放 ÷ 新增用户"),
    ("team", "团队成本"),
    ("other", "其它成本"),
    ("conversion", "转化率，如 3% 或 0.03"),
    ("revenue_per_buyer", "客单价：销售收入 ÷ 付费用户"),
    ("distributor_rate", "分销员占比：分销员 ÷ 用户量"),
    ("active_rate", "动销率：动销分销员 ÷ 分销员"),
    ("revenue_per_active", "人均分销额：分销收入 ÷ 动销分销员"),
    ("commission_rate", "佣金率：佣金 ÷ 分销收入"),
    (
        "set",
        "改动一个因素：conversion=4%、conversion=+10%（按现值的比例）、conversion=+1pp（百分点）、team_cost=-5000；可重复",
    ),
    ("solve", "该因素须为多少才能达到 --target？"),
    ("target", "指标及其数值，如 direct.profit=0 [默认: total.profit=0]"),
    ("word", "与目录并列的 break-even 一词即同名选项"),
    ("break_even", "每个因素（其余不变）须为多少才能保本，或达到 --target？"),
    ("vary", "按因素取值列表，含两端：conversion=1%..5%/1%、users=-20%..+20%/10%；给出两次则成二维表"),
    ("tornado", "每个因素下调、上调 10 %，按影响大小排列"),
    ("of", "--vary 与 --tornado 显示的指标 [默认: total.profit]"),
    ("scenario", "并列此文件中的各方案"),
    ("plan.fail_if", "方案（没有方案时为基准）满足条件时以 3 退出，如 'total.profit < 0'；可重复"),
    ("lines", "每单每级一行，并注明所依据的规则"),
    ("compare_plan", "若按此文件的 [commission] 计佣，各人应得多少（行为不变）"),
    ("why", "解释一单：归谁及原因、费率、基数、取整、结算，以及落选的各项"),
    ("sort", "按此列排序：数值从大到小，名称从前到后"),
    ("top", "只列前 N 行，合计仍为全部"),
    ("statement", "一名分销员的对账单：佣金明细、调整、付款及其合计，可直接发给本人"),
    ("statements", "所有分销员的对账单，每人一个文件，写入此目录；格式由 -O 决定，否则为 Markdown"),
    ("payment_file", "写出供财务上传的付款文件：应付大于 0 的每名分销员一行；须同时给出 --run"),
    ("run", "本次付款批次的编号，每批一个新的；每个付款流水号以它开头"),
    ("payments_csv", "与 --payment-file 同用：写出付款后应加入 payments.csv 的各行"),
    ("key", "指标：损益表的键，如 direct.conversion，或其任一中英文名称"),
    ("channel", "只看属于此渠道的部分"),
    ("rows", "每个指标、每个文件列出前 N 行，或 all 列出全部"),
    ("term", "损益表的指标，或术语的任一中英文名称 [默认: 列出全部]"),
    ("what", "不写则列出全部；show 名称 显示该配置，可照此写自己的文件"),
    ("profiles.dir", "一并列出此数据目录自己的配置"),
    ("profiles.format", "列表格式；-o 的扩展名也可决定格式"),
    ("verbose", "另列出每个文件的行数、日期范围、金额合计、未读的列"),
    ("paths", "数据目录、存放导出文件的目录，或任意位置的文件 [默认: .]"),
    ("inspect.quiet", "标准错误上不显示说明"),
    ("inspect.profile", "该配置所属的表一律按它读取，不看表头是否相符；可重复"),
    ("write_config", "另把全部结论写成设置，写入一个新文件 [默认: 数据目录中的 scrm.toml]"),
    ("init.from", "在原处读取这些导出文件（或存放它们的目录），不复制，也不改动"),
    ("init.profile", "该配置所属的表一律按它读取，不看表头是否相符；可重复"),
    ("init.dir", "要新建的目录；可以已存在，但不能有数据 [默认: .]"),
    ("init.quiet", "标准错误上不显示说明"),
    ("help", "显示帮助"),
    ("version", "显示版本"),
];

const TEMPLATE: &str = "{about-with-newline}\n用法: {usage}\n\n{all-args}";

fn help_of(command: &str, arg: &str) -> Option<&'static str> {
    let find = |key: &str| ARGS.iter().find(|(id, _)| *id == key).map(|(_, help)| *help);
    find(&format!("{command}.{arg}")).or_else(|| find(arg))
}

/// The same commands with their help in Chinese.
pub fn translated(command: Command) -> Command {
    let mut command = one(command).about(TOP).subcommand_help_heading("命令").subcommand_value_name("命令");
    for (name, about) in COMMANDS {
        command = command.mut_subcommand(name, |sub| one(sub).about(about));
    }
    command
}

fn one(command: Command) -> Command {
    let is_sub = command.get_subcommands().next().is_none();
    let name = command.get_name().to_string();
    let mut command = command.help_template(TEMPLATE).disable_help_flag(true);
    let flag = |id: &'static str, short, action| clap::Arg::new(id).short(short).long(id).action(action);
    command = command.arg(flag("help", 'h', clap::ArgAction::Help));
    if !is_sub {
        command = command.disable_version_flag(true).arg(flag("version", 'V', clap::ArgAction::Version));
    }
    command.mut_args(|arg| {
        let heading = if arg.is_positional() { "参数" } else { "选项" };
        let help = help_of(&name, arg.get_id().as_str());
        // Clap's own English notes of defaults and values would stand between; the texts say what matters.
        let possible: Vec<String> = match arg.get_action() {
            clap::ArgAction::Set | clap::ArgAction::Append => {
                arg.get_possible_values().iter().map(|v| v.get_name().to_string()).collect()
            }
            _ => Vec::new(),
        };
        let default: Vec<String> =
            arg.get_default_values().iter().map(|v| v.to_string_lossy().into_owned()).collect();
        let mut text = help.unwrap_or_default().to_string();
        if !possible.is_empty() {
            text += &format!(" [可选: {}]", possible.join(", "));
        }
        if !default.is_empty() && !text.contains("默认") {
            text += &format!(" [默认: {}]", default.join(", "));
        }
        let takes_value = matches!(arg.get_action(), clap::ArgAction::Set | clap::ArgAction::Append);
        let arg = arg.help_heading(heading).help(text);
        if takes_value { arg.hide_possible_values(true).hide_default_value(true) } else { arg }
    })
}

/// What was typed wrong, in Chinese as far as its kind is known; else as clap says it.
pub fn usage_error(e: &clap::Error, said: &str) -> String {
    let context = |kind| e.get(kind).map(ToString::to_string).unwrap_or_default();
    let (arg, value) = (context(ContextKind::InvalidArg), context(ContextKind::InvalidValue));
    let other = context(ContextKind::PriorArg);
    let known = context(ContextKind::ValidValue);
    let what = match e.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("{arg} 缺少取值"),
        ErrorKind::InvalidValue => format!("{arg} 的取值 {value:?} 无效，可选：{known}"),
        ErrorKind::ValueValidation => format!("{arg} 的取值 {value:?} 无效"),
        ErrorKind::UnknownArgument => format!("不认识参数 {arg:?}"),
        ErrorKind::InvalidSubcommand => format!("没有命令 {:?}", context(ContextKind::InvalidSubcommand)),
        ErrorKind::ArgumentConflict => format!("{arg} 不能与 {other} 同用"),
        ErrorKind::MissingRequiredArgument => format!("缺少参数 {arg}"),
        _ => return said.to_string(),
    };
    format!("错误: {what}\n\n详情请用 --help")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn nothing_lacks_its_help_in_chinese() {
        let command = crate::cli::Cli::command();
        for sub in command.get_subcommands() {
            assert!(COMMANDS.iter().any(|(name, _)| *name == sub.get_name()), "{}", sub.get_name());
            for arg in sub.get_arguments().chain(command.get_arguments()) {
                let (command, arg) = (sub.get_name(), arg.get_id().as_str());
                assert!(help_of(command, arg).is_some(), "{command} {arg}");
            }
        }
        let known = |id: &str| {
            let (of, id) = id.split_once('.').map_or((None, id), |(of, id)| (Some(of), id));
            let mut subs = command.get_subcommands().filter(|s| of.is_none_or(|of| s.get_name() == of));
            ["help", "version", "lang"].contains(&id)
                || subs.any(|s| s.get_arguments().any(|a| a.get_id() == id))
        };
        assert!(ARGS.iter().all(|(id, _)| known(id)), "a help without an argument");
    }
}
