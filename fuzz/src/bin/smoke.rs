//! The targets without libFuzzer: `smoke [--runs N] [target...]` runs them for a moment, `smoke --replay FILE target` runs
//! one input, `smoke --seeds FOLDER target` writes the inputs to begin with, `smoke --list` names the targets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use edgepost_fuzz::{Target, find, smoke, targets};

fn main() -> ExitCode {
    match Arguments::read().and_then(|arguments| arguments.act()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

#[derive(Default)]
struct Arguments {
    targets: Vec<&'static Target>,
    runs: Option<u32>,
    replay: Option<PathBuf>,
    seeds: Option<PathBuf>,
    crashes: Option<PathBuf>,
    list: bool,
}

impl Arguments {
    fn read() -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} wants a value"));
            match word.as_str() {
                "--runs" => arguments.runs = Some(value()?.parse().map_err(|_| "--runs wants a number")?),
                "--replay" => arguments.replay = Some(value()?.into()),
                "--seeds" => arguments.seeds = Some(value()?.into()),
                "--crashes" => arguments.crashes = Some(value()?.into()),
                "--list" => arguments.list = true,
                name => arguments.targets.push(find(name).ok_or(format!("there is no target {name}"))?),
            }
        }
        if arguments.targets.is_empty() {
            arguments.targets = targets::ALL.iter().collect();
        }
        Ok(arguments)
    }

    fn act(&self) -> Result<ExitCode, String> {
        let said = |error: std::io::Error| error.to_string();
        if self.list {
            self.targets
                .iter()
                .for_each(|target| println!("{}\t{}\t{}", target.name, target.longest, target.promise));
        } else if let Some(folder) = &self.seeds {
            self.targets.iter().try_for_each(|target| write_seeds(target, folder)).map_err(said)?;
            fs::write(folder.join("words.dict"), dictionary()).map_err(said)?;
        } else if let Some(file) = &self.replay {
            let input = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
            self.targets.iter().for_each(|target| target.run(&input));
        } else {
            let failed = self.targets.iter().filter(|target| !self.smoke(target)).count();
            return Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Ok(ExitCode::SUCCESS)
    }

    /// True when the promise was kept.
    fn smoke(&self, target: &Target) -> bool {
        let runs = self.runs.unwrap_or(target.smoke);
        let began = Instant::now();
        let result = smoke::run(target, runs);
        let seconds = began.elapsed().as_secs_f64();
        match result {
            Ok(()) => println!("kept    {:9} {runs:>9} executions in {seconds:.1} s", target.name),
            Err(smoke::Failure { input, after }) => {
                println!("BROKEN  {:9} after {after} executions: {}", target.name, target.promise);
                let kept = self.crashes.as_ref().map(|folder| keep(folder, target.name, &input));
                match kept {
                    Some(Ok(path)) => println!("        {}", path.display()),
                    _ => println!("        {}", input.escape_ascii()),
                }
                return false;
            }
        }
        true
    }
}

fn keep(folder: &Path, name: &str, input: &[u8]) -> std::io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{name}-smoke"));
    fs::write(&path, input)?;
    Ok(path)
}

fn write_seeds(target: &Target, folder: &Path) -> std::io::Result<()> {
    let folder = folder.join(target.name);
    fs::create_dir_all(&folder)?;
    for (index, seed) in (target.seeds)().iter().enumerate() {
        fs::write(folder.join(format!("{index:04}")), seed)?;
    }
    Ok(())
}

/// The words as libFuzzer reads them.
fn dictionary() -> String {
    let escaped = |word: &&str| word.bytes().map(|octet| format!("\\x{octet:02x}")).collect::<String>();
    smoke::WORDS.iter().map(escaped).map(|word| format!("\"{word}\"\n")).collect()
}
