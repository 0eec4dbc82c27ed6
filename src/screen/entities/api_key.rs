//! Keys of the programming interfaces of common vendors, and keys that an assignment names.
//!
//! Owns their formats. A format that is loose asks for entropy as well, so that `sk-learn-tutorial`
//! and `ghp_xxxxxxxx` are none; a vendor's documentation examples count, as they look like keys.

use std::ops::Range;

use super::checks::entropy;
use super::{EntityKind, View, range_of};

/// A key of an API, a token of a bot, a secret of a cloud account.
pub(super) const KIND: EntityKind = EntityKind {
    name: "api_key",
    patterns: &[
        // Amazon; Alibaba; Tencent; Baidu
        r"(?-u:\b)(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)",
        r"(?-u:\b)(?:LTAI[A-Za-z0-9]{12,24}|AKID[A-Za-z0-9]{13,40}|bce-v3/ALTAK-[A-Za-z0-9]{16,32}/[a-f0-9]{40})(?-u:\b)",
        // Git hosts, package registries, model hubs
        r"(?-u:\b)(?:gh[opusr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,120})(?-u:\b)",
        r"(?-u:\b)gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent)-[A-Za-z0-9_\-]{19,63}[A-Za-z0-9_](?-u:\b)",
        r"(?-u:\b)(?:npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,40}|r8_[A-Za-z0-9]{37,40}|dckr_pat_[A-Za-z0-9_\-]{24,40})(?-u:\b)",
        r"(?-u:\b)pypi-[A-Za-z0-9_\-]{49,255}[A-Za-z0-9_](?-u:\b)",
        // Messengers
        r"(?-u:\b)(?:xox[abeoprs]-[A-Za-z0-9\-]{9,250}[A-Za-z0-9]|xapp-[0-9]-[A-Za-z0-9\-]{20,150}[A-Za-z0-9])(?-u:\b)",
        r"(?-u:\b)hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{16,32}(?-u:\b)",
        r"(?-u:\b)[0-9]{8,10}:[A-Za-z0-9_\-]{34}[A-Za-z0-9_](?-u:\b)",
        r"(?-u:\b)[MNO][A-Za-z0-9_\-]{22,27}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{26,38}[A-Za-z0-9_](?-u:\b)",
        // Payments and mail
        r"(?-u:\b)(?:[sr]k_(?:live|test|prod)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9]{32,64}|sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,43})(?-u:\b)",
        r"(?-u:\b)SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{15,63}[A-Za-z0-9_](?-u:\b)",
        r"(?-u:\b)(?:(?:SK|AC)[0-9a-f]{32}|key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2})(?-u:\b)",
        // Models: OpenAI, Anthropic, DashScope, DeepSeek, OpenRouter; Groq, xAI, Perplexity
        r"(?-u:\b)sk-[A-Za-z0-9_\-]{19,255}[A-Za-z0-9_](?-u:\b)",
        r"(?-u:\b)(?:gsk_[A-Za-z0-9]{40,64}|xai-[A-Za-z0-9]{64,96}|pplx-[A-Za-z0-9]{40,64})(?-u:\b)",
        // Google; Microsoft; other clouds
        r"(?-u:\b)(?:AIza[A-Za-z0-9_\-]{34}[A-Za-z0-9_]|GOCSPX-[A-Za-z0-9_\-]{27}[A-Za-z0-9_]|ya29\.[A-Za-z0-9_\-]{19,255}[A-Za-z0-9_])(?-u:\b)",
        r"(?i-u:AccountKey|SharedAccessKey) ?= ?[A-Za-z0-9+/]{42,86}={1,2}",
        r"(?-u:\b)(?:do[opr]_v1_[a-f0-9]{64}|dapi[a-f0-9]{32}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}|hvs\.[A-Za-z0-9_\-]{23,127}[A-Za-z0-9_]|lin_api_[A-Za-z0-9]{32,48}|ntn_[A-Za-z0-9]{40,50}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|NRAK-[A-Z0-9]{27})(?-u:\b)",
        // Named by what they are assigned to, or sent in a header
        concat!(
            r#"(?i-u:(?:api|access|secret|auth|app|client|consumer|service|account|encryption|signing|private)[_\- ]?"#,
            r#"(?:secret[_\- ]?)?(?:access[_\- ]?)?(?:key|token|secret)|apikey|authorization|bearer)["'\]]{0,2}"#,
            r#"(?: ?(?:=>|:=|=|:)| is|是|为)? ?(?:(?i-u:bearer|basic|token) )?["'`]?"#,
            r#"[A-Za-z0-9_./+\-]{16,255}={0,2}"#
        ),
    ],
    view: View::Width,
    longest: 302,
    refine,
};

/// Bits a byte below which a text is a placeholder or made of words, by its length.
fn is_random(text: &str) -> bool {
    let least = match text.len() {
        0..24 => 2.8,
        24..40 => 3.0,
        _ => 3.3,
    };
    entropy(text) >= least
}

fn refine(matched: &str) -> Option<Range<usize>> {
    let lower = matched.get(..24.min(matched.len())).unwrap_or(matched).to_ascii_lowercase();
    if lower.starts_with("accountkey") || lower.starts_with("sharedaccesskey") {
        let value = matched.split_once('=')?.1.trim_start();
        return is_random(value).then(|| range_of(value, matched)).flatten();
    }
    if let Some(range) = vendor(matched) {
        return Some(range);
    }
    assigned(matched)
}

/// Prefixes of vendors; behind the loose ones, words must not pass for keys.
const STRICT: [&str; 50] = [
    "AKIA",
    "ASIA",
    "ABIA",
    "ACCA",
    "LTAI",
    "bce-v3/ALTAK-",
    "gho_",
    "ghp_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "npm_",
    "hf_",
    "r8_",
    "dckr_pat_",
    "xapp-",
    "hooks.slack.com/services/",
    "sk_live_",
    "sk_test_",
    "sk_prod_",
    "rk_live_",
    "rk_test_",
    "rk_prod_",
    "whsec_",
    "sq0atp-",
    "sq0csp-",
    "SG.",
    "key-",
    "gsk_",
    "xai-",
    "pplx-",
    "AIza",
    "GOCSPX-",
    "ya29.",
    "dapi",
    "hvs.",
    "lin_api_",
    "ntn_",
    "PMAK-",
    "NRAK-",
    "glpat-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glsoat-",
    "glagent-",
    "pypi-",
];
const LOOSE: [&str; 11] =
    ["sk-", "xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "AKID", "shp", "do"];

/// A key with the prefix of a vendor.
fn vendor(matched: &str) -> Option<Range<usize>> {
    if matched.contains([' ', '=', '"', '\'', '`']) {
        return None;
    }
    let behind = |prefixes: &[&str]| prefixes.iter().find_map(|prefix| matched.strip_prefix(prefix));
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let is_key = if let Some(secret) = behind(&STRICT) {
        is_random(secret)
    } else if let Some(secret) = behind(&LOOSE) {
        // `sk-` and its like begin names of style sheets too: words between dashes have no digits.
        digits(secret) >= 2 && is_random(secret)
    } else if let Some((bot, secret)) = matched.split_once(':') {
        bot.bytes().all(|byte| byte.is_ascii_digit()) && has_digit_and_cases(secret)
    } else if matched.len() == 34 && (matched.starts_with("SK") || matched.starts_with("AC")) {
        is_random(matched)
    } else if let Some((hex, _)) = matched.split_once("-us").filter(|(hex, _)| hex.len() == 32) {
        is_random(hex)
    } else {
        matched.split('.').count() == 3
            && matched.starts_with(['M', 'N', 'O'])
            && has_digit_and_cases(matched)
    };
    is_key.then_some(0..matched.len())
}

fn has_digit_and_cases(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// A value that a name such as `api_key` or `Authorization: Bearer` announces: it must look random.
fn assigned(matched: &str) -> Option<Range<usize>> {
    let body = matched.trim_end_matches(['=', '.', '-', '/']);
    let start = body.rfind(|c: char| !(c.is_ascii_alphanumeric() || "_./+-".contains(c)))?;
    let start = start + body.get(start..)?.chars().next()?.len_utf8();
    let value = body.get(start..)?;
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.bytes().filter(u8::is_ascii_alphabetic).count();
    // Words joined by dots, slashes or dashes are code and paths.
    let joints = value.bytes().filter(|byte| b"./-_".contains(byte)).count();
    let capitals = value.bytes().filter(u8::is_ascii_uppercase).count();
    // Without digits, capitals must be scattered as no name in code has them.
    let scattered =
        value.len() >= 24 && capitals * 4 >= value.len() && (letters - capitals) * 4 >= value.len();
    let random = value.len() >= 16
        && (digits >= 2 && letters >= 2 || scattered)
        && joints * 6 <= value.len()
        && entropy(value) >= if value.len() >= 24 { 3.3 } else { 3.0 };
    let padded = matched.len() - body.len();
    random.then(|| {
        start..body.len() + padded.min(matched.get(body.len()..).map_or(0, |tail| tail.matches('=').count()))
    })
}
