//! Repeated rows: columns of a group, and what buttons without a script do to them.

/// Columns by name.
pub(super) type Values = Vec<(String, Vec<String>)>;

/// The unit that a field belongs to: the group of a column, else the field itself.
pub(super) fn unit_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// Every unit once, in order.
pub(super) fn units(values: &Values) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for (name, _) in values {
        let unit = unit_of(name);
        if !units.iter().any(|own| own == unit) {
            units.push(unit.to_owned());
        }
    }
    units
}

/// The columns of a unit.
pub(super) fn of_unit(values: &Values, unit: &str) -> Values {
    values
        .iter()
        .filter(|(name, _)| unit_of(name) == unit)
        .cloned()
        .collect()
}

/// Does what a row's button asks for: `more:link`, `drop:link:2`, `up:link:2`, `down:link:2`. Whether it was one.
pub(super) fn rearrange(values: &mut Values, act: &str) -> bool {
    let mut parts = act.split(':');
    let (Some(verb), Some(group)) = (parts.next(), parts.next()) else {
        return false;
    };
    let index: Option<usize> = parts.next().and_then(|text| text.parse().ok());
    let columns = values
        .iter_mut()
        .filter(|(name, _)| name != group && unit_of(name) == group)
        .map(|(_, column)| column);
    let mut columns: Vec<&mut Vec<String>> = columns.collect();
    let count = columns.iter().map(|column| column.len()).max().unwrap_or(0);
    for column in &mut columns {
        column.resize(count, String::new());
        match (verb, index) {
            // An empty group shows one empty row already, so one more of them are two.
            ("more", _) => column.resize((count + 1).max(2), String::new()),
            ("drop", Some(index)) if index < count => drop(column.remove(index)),
            ("up", Some(index)) if index > 0 && index < count => column.swap(index - 1, index),
            ("down", Some(index)) if index + 1 < count => column.swap(index, index + 1),
            _ => {}
        }
    }
    ["more", "drop", "up", "down"].contains(&verb)
}
