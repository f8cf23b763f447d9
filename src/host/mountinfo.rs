//! `/proc/self/mountinfo`: where the hierarchies of control groups are mounted.

/// One mount.
#[derive(Debug, PartialEq, Eq)]
pub struct Mount {
    /// What of the file system is mounted: `/`, or a folder of it.
    pub root: String,
    /// Where.
    pub point: String,
    /// `cgroup` (v1), `cgroup2`, ….
    pub kind: String,
    /// Options of the file system: the controllers, for v1.
    pub options: Vec<String>,
}

/// The mounts of control groups, in the file's order. Lines that are none are left out.
pub fn parse_cgroup_mounts(text: &str) -> Vec<Mount> {
    text.lines()
        .filter(|line| line.contains("cgroup"))
        .filter_map(parse_line)
        .filter(|mount| mount.kind == "cgroup" || mount.kind == "cgroup2")
        .collect()
}

/// `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/sda rw`, with any number of fields before the hyphen.
fn parse_line(line: &str) -> Option<Mount> {
    let (place, system) = line.split_once(" - ")?;
    let mut place = place.split(' ').skip(3);
    let root = unescape(place.next()?);
    let point = unescape(place.next()?);
    let mut system = system.split(' ');
    let kind = system.next()?.to_owned();
    let options = system.nth(1).unwrap_or_default();
    (root.starts_with('/') && point.starts_with('/')).then(|| Mount {
        root,
        point,
        kind,
        options: options.split(',').map(str::to_owned).collect(),
    })
}

/// The kernel writes blanks, line ends and backslashes as three octal digits.
fn unescape(field: &str) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'\\')
            .then(|| after.get(..3).and_then(octal))
            .flatten();
        rest = if let Some(byte) = escaped {
            bytes.push(byte);
            &after[3..]
        } else {
            bytes.push(first);
            after
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}
