//! The program: arguments in, two streams and an exit status out.

use scrm_calc::{app, error::exit, output};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let lang = app::language(&args);
    // A panic is a defect: it is told as one, not shown as a trace.
    std::panic::set_hook(Box::new(|_| {}));
    let run = std::panic::catch_unwind(|| app::run(&args)).unwrap_or_else(|cause| app::Run {
        err: app::defect(cause.as_ref(), lang),
        status: exit::DEFECT,
        ..app::Run::default()
    });
    output::to_stderr(run.err.as_bytes());
    match output::to_stdout(&run.out) {
        Ok(()) => ExitCode::from(run.status),
        Err(e) => {
            output::to_stderr(app::not_arrived(&e, lang).as_bytes());
            ExitCode::from(exit::FILE)
        }
    }
}
