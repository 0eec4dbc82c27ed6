//! Addresses of machines: IP and MAC.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::{EntityKind, View};

/// An IPv4 or IPv6 address, without its port or prefix length.
pub(super) const IP: EntityKind = EntityKind {
    name: "ip",
    patterns: &[
        // What stands in front decides: versions and sections have four numbers too.
        concat!(
            r"(?:(?:(?-u:\b)(?:versions?|ver|v|release[ds]?|rel|rev|revision|build|firmware|driver|sdk|section|",
            r"sections|chapter|figure|table|appendix|clause|upgrade[ds]? to|update[ds]? to|patch|oid)[ .:\-=]{0,3}|",
            r"(?:版本号?|固件|章节|第|图|表|§|升级到|更新到|==|[~><!]=|\^|~)[ :为是]{0,2}|",
            r"[0-9a-z_][\-./_,+]|\.)(?:ver|v)?\.? ?|",
            r"(?:(?-u:\b)(?:ip|ipv4|host|server|addr|address|dns|gateway|ping|ssh|at|from)|地址|服务器|主机|网关|//|@)",
            r"(?: is| address| at)?[ :=是为]{0,3})?",
            r"(?-u:\b)[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?-u:\b)(?:[\-_+][a-z]|\.[0-9a-z]|[:/][0-9]|版| ?(?:版本|release|beta|rc))?"
        ),
        r"(?-u:\b)[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){2,7}(?:(?:\.[0-9]{1,3}){3})?(?:[:.][0-9a-z:]|[g-z_])?",
        r"[0-9a-z_>)\].:]?::(?:[0-9a-f]{1,4}:){0,6}[0-9a-f]{1,4}(?:(?:\.[0-9]{1,3}){3})?(?:[:.(<][0-9a-z:]?|[g-z_])?",
    ],
    view: View::Folded,
    longest: 53,
    refine: ip,
};

fn ip(matched: &str) -> Option<Range<usize>> {
    if matched.contains("::") || matched.bytes().filter(|&byte| byte == b':').count() >= 2 {
        return v6(matched);
    }
    // The address is the last four numbers; a port or the length of a prefix may follow.
    let (body, tail) = match matched.char_indices().rev().nth(1) {
        Some((at, ':' | '/')) if matched.ends_with(|c: char| c.is_ascii_digit()) => matched.split_at(at),
        _ => (matched, ""),
    };
    let start = body
        .rfind(|c: char| c != '.' && !c.is_ascii_digit())
        .map_or(0, |at| at + body.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let (lead, text) = body.split_at(start);
    let address: Ipv4Addr = text.parse().ok()?;
    let announced = !lead.is_empty() && is_host_word(lead);
    // Four small numbers are a version or a section, unless something says otherwise or everybody
    // knows them (1.1.1.1, 8.8.8.8, 8.8.4.4).
    let octets = address.octets();
    let known = octets == [8, 8, 4, 4] || octets.iter().all(|octet| Some(octet) == octets.first());
    let small = octets.iter().all(|&octet| octet < 10) && !known;
    let plausible = (lead.is_empty() || announced) && (!small || announced || !tail.is_empty());
    (plausible && !address.is_unspecified()).then_some(start..body.len())
}

/// Whether a machine is spoken of.
fn is_host_word(lead: &str) -> bool {
    const WORDS: [&str; 17] = [
        "ip",
        "ipv4",
        "host",
        "server",
        "addr",
        "address",
        "dns",
        "gateway",
        "ping",
        "ssh",
        "at",
        "from",
        "地址",
        "服务器",
        "主机",
        "网关",
        "@",
    ];
    let word = lead.trim_end_matches([' ', ':', '=', '是', '为']);
    let first = word.split(' ').next().unwrap_or(word);
    lead.starts_with("//") || WORDS.contains(&first)
}

fn v6(matched: &str) -> Option<Range<usize>> {
    let address: Ipv6Addr = matched.parse().ok()?;
    // `a::b` is a path in many languages: a short one must look like an address.
    let groups: Vec<&str> = matched.split(':').filter(|group| !group.is_empty()).collect();
    let digits = groups.iter().filter(|group| group.contains(|c: char| c.is_ascii_digit())).count();
    let first = groups.first()?;
    let convincing = match groups.len() {
        1 => address.is_loopback(),
        2 => {
            matched.starts_with("::") || first.len() >= 3 && first.starts_with(['2', '3', 'f']) && digits > 0
        }
        _ => digits > 0,
    };
    convincing.then_some(0..matched.len())
}

/// An EUI-48 address: six octets with dashes or colons, or three groups with dots.
pub(super) const MAC: EntityKind = EntityKind {
    name: "mac",
    patterns: &[
        // Longer runs are fingerprints and dumps; they are taken in whole, to be refused.
        r"(?-u:\b)[0-9a-f]{2}(?:[:\-][0-9a-f]{2}){5,40}(?-u:\b)(?:[:\-][0-9a-z])?",
        r"(?:[0-9a-z]\.)?(?-u:\b)[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}(?-u:\b)(?:[.\-_][0-9a-z])?",
    ],
    view: View::Folded,
    longest: 124,
    refine: mac,
};

fn mac(matched: &str) -> Option<Range<usize>> {
    let octets = matched.len() == 17
        && [':', '-'].iter().any(|&c| matched.split(c).filter(|o| o.len() == 2).count() == 6);
    let dotted = matched.len() == 14 && matched.split('.').filter(|group| group.len() == 4).count() == 3;
    let hex = matched.bytes().filter(u8::is_ascii_hexdigit);
    let letters = matched.bytes().any(|byte| byte.is_ascii_alphabetic());
    // Six pairs of decimal digits with dashes are a draw of the lottery, and with dots a number.
    let plausible = letters || (octets && matched.contains(':'));
    let first = matched.bytes().next();
    let varied = hex.clone().any(|byte| Some(byte) != first);
    (hex.count() == 12 && (octets || dotted) && plausible && varied).then_some(0..matched.len())
}
