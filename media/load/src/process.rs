//! What /proc knows of a process: CPU time and memory.

use std::collections::HashMap;
use std::fs;

/// The kernel's unit of CPU time towards programs. Always a hundredth of a second on Linux.
pub const TICKS_PER_SECOND: f64 = 100.0;

/// Whether there is such a process.
pub fn exists(process: u32) -> bool {
    stat(process).is_some()
}

/// CPU time of this process alone.
pub fn own_cpu_seconds() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> = fields
        .split_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    [11, 12]
        .iter()
        .filter_map(|at| fields.get(*at))
        .sum::<f64>()
        / TICKS_PER_SECOND
}

/// A process with everything it started, also what it has waited for already.
pub fn cpu_seconds(root: u32) -> f64 {
    family(root)
        .into_iter()
        .filter_map(stat)
        .map(|stat| stat.ticks / TICKS_PER_SECOND)
        .sum()
}

/// Memory of a process and what it started, in bytes: what it holds itself, and with files and libraries.
pub fn memory(root: u32) -> Memory {
    let mut memory = Memory::default();
    for process in family(root) {
        let Ok(status) = fs::read_to_string(format!("/proc/{process}/status")) else {
            continue;
        };
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace()
                .next()?
                .parse::<f64>()
                .ok()
                .map(|kib| kib * 1024.0)
        };
        memory.anonymous += bytes("RssAnon:").unwrap_or_default();
        memory.resident += bytes("VmRSS:").unwrap_or_default();
    }
    memory
}

/// Memory in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory {
    /// Heap and stacks.
    pub anonymous: f64,
    /// With mapped files and libraries.
    pub resident: f64,
}

struct Stat {
    parent: u32,
    ticks: f64,
}

fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses may hold anything; what follows the last one is plain.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        // utime, stime, and those of children that have ended.
        ticks: ticks(11)? + ticks(12)? + ticks(13)? + ticks(14)?,
    })
}

fn family(root: u32) -> Vec<u32> {
    let Ok(folder) = fs::read_dir("/proc") else {
        return vec![root];
    };
    let parents: HashMap<u32, u32> = folder
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|process| Some((process, stat(process)?.parent)))
        .collect();
    let mut family = vec![root];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(
            parents
                .iter()
                .filter(|(_, of)| **of == parent)
                .map(|(process, _)| *process),
        );
        next += 1;
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_uses_time() {
        let own = std::process::id();
        assert!(exists(own) && memory(own).resident > 0.0);
        let before = own_cpu_seconds();
        while own_cpu_seconds() <= before {
            std::hint::black_box((0..100_000_u64).sum::<u64>());
        }
        assert!(cpu_seconds(own) >= before);
    }
}
