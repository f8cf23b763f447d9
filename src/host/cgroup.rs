//! `/proc/self/cgroup`: which groups the process is in.

/// One line: `4:memory:/a/b`, or `0::/a/b` for the unified hierarchy (v2).
#[derive(Debug, PartialEq, Eq)]
pub struct Membership<'text> {
    /// Empty for the unified hierarchy.
    pub controllers: Vec<&'text str>,
    /// As this process sees it; begins with `/`.
    pub path: &'text str,
}

impl Membership<'_> {
    /// Whether the line is the one of cgroup v2.
    pub fn is_unified(&self) -> bool {
        self.controllers.is_empty()
    }
}

/// Lines that are none are left out.
pub fn parse(text: &str) -> Vec<Membership<'_>> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<Membership<'_>> {
    // A path may have colons of its own.
    let mut fields = line.splitn(3, ':');
    let id: u32 = fields.next()?.parse().ok()?;
    let names = fields.next()?;
    let path = fields.next().filter(|path| path.starts_with('/'))?;
    let controllers: Vec<&str> = names.split(',').filter(|name| !name.is_empty()).collect();
    // Only hierarchy 0 has no controllers.
    (controllers.is_empty() == (id == 0)).then_some(Membership { controllers, path })
}
