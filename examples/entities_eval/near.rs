//! Made-up texts that look like an entity of a kind and are none.

use crate::planted::{grouped, plant};
use crate::random::{ALNUM, HEX, LOWER, Random, UPPER};

/// Almost one of a kind: a wrong check digit, a part that cannot be, the wrong surroundings.
pub(crate) fn near(kind: &str, random: &mut Random) -> (&'static str, String) {
    let (_, real, _) = plant(kind, random);
    match kind {
        "credit_card" | "bank_card_cn" | "iban" | "cn_resident_id" => match random.between(0, 4) {
            0 => ("joined", format!("{}{real}{}", random.of(LOWER, 2), random.of(LOWER, 1))),
            1 => ("longer", format!("{real}{}", random.digits(9))),
            2 => (
                "fraction",
                format!(
                    "0.{}",
                    real.replace([' ', '-'], "")
                        .to_ascii_lowercase()
                        .replace(|c: char| c.is_ascii_lowercase(), "7")
                ),
            ),
            _ => ("check digit", bump(&real)),
        },
        "us_ssn" => match random.between(0, 4) {
            0 => (
                "never issued",
                format!("{}-{:02}-{}", random.between(900, 999), random.between(1, 99), random.digits(4)),
            ),
            1 => ("never issued", format!("666-{:02}-{}", random.between(1, 99), random.digits(4))),
            2 => ("never issued", format!("{:03}-00-{}", random.between(1, 899), random.digits(4))),
            3 => ("longer", format!("{}-{real}", random.digits(2))),
            _ => ("bare", random.digits(9)),
        },
        "uk_nino" => match random.between(0, 3) {
            0 => (
                "never issued",
                format!(
                    "{}{}{}",
                    random.pick(&["GB", "BG", "ZZ", "DA", "QQ", "AO"]),
                    random.digits(6),
                    random.of("ABCD", 1)
                ),
            ),
            1 => ("suffix", format!("AB{}{}", random.digits(6), random.of("EFGHXYZ", 1))),
            2 => ("longer", format!("AB{}{}", random.digits(7), random.of("ABCD", 1))),
            _ => (
                "prose",
                format!(
                    "as {} {} {} a",
                    random.between(10, 99),
                    random.between(10, 99),
                    random.between(10, 99)
                ),
            ),
        },
        "passport" => match random.between(0, 3) {
            0 => ("no context", real),
            1 => ("too short", format!("passport {}", random.digits(6))),
            2 => ("too long", format!("护照{}", random.digits(12))),
            _ => (
                "date",
                format!(
                    "passport expires {}-{:02}-{:02}",
                    random.between(2020, 2030),
                    random.between(1, 12),
                    random.between(1, 28)
                ),
            ),
        },
        "phone" => match random.between(0, 6) {
            0 => (
                "order",
                format!("订单号{real}")
                    .replace("号+", "号")
                    .replace("号(", "号1")
                    .chars()
                    .filter(|c| !" -/().+".contains(*c))
                    .collect(),
            ),
            1 => ("longer", format!("{}{}", random.of("13579", 1), random.digits(13))),
            2 => (
                "pages",
                format!(
                    "pp. {}-{}, {}-{}",
                    random.between(1, 99),
                    random.between(100, 199),
                    random.between(200, 299),
                    random.between(300, 399)
                ),
            ),
            3 => ("sum", format!("{}+{}", random.between(2, 99), random.digits(9))),
            4 => (
                "part",
                format!(
                    "{}-{}-{}-{}",
                    random.of(UPPER, 3),
                    random.digits(3),
                    random.digits(3),
                    random.digits(4)
                ),
            ),
            5 => (
                "scores",
                format!(
                    "{} {} {} {} {}",
                    random.between(1, 99),
                    random.between(1, 99),
                    random.between(1, 99),
                    random.between(1, 99),
                    random.between(1, 99)
                ),
            ),
            _ => (
                "score",
                format!(
                    "{}-{}, {}-{}",
                    random.between(0, 9),
                    random.between(0, 9),
                    random.between(0, 130),
                    random.between(0, 130)
                ),
            ),
        },
        "email" => (
            "almost",
            match random.between(0, 5) {
                0 => format!("git@github.com:{}/{}.git", random.of(LOWER, 5), random.of(LOWER, 6)),
                1 => format!(
                    "{}@{}.{}.{}",
                    random.of(LOWER, 5),
                    random.between(1, 20),
                    random.between(0, 9),
                    random.between(0, 9)
                ),
                2 => format!("@{}_{}", random.of(LOWER, 6), random.of(LOWER, 3)),
                3 => format!("icon@{}x.png", random.between(2, 4)),
                4 => format!("{}@localhost", random.of(LOWER, 5)),
                _ => format!("{} @ {}.{}", random.between(2, 9), random.between(1, 99), random.digits(2)),
            },
        ),
        "ip" => match random.between(0, 5) {
            0 => (
                "too large",
                format!(
                    "{}.{}.{}.{}",
                    random.between(256, 999),
                    random.digits(2),
                    random.between(1, 9),
                    random.between(1, 9)
                ),
            ),
            1 => ("five", format!("{0}.{0}.1.2.{0}", random.between(1, 99))),
            2 => (
                "package",
                format!(
                    "lib-{}.{}.{}.{}.tar.gz",
                    random.between(1, 9),
                    random.between(1, 9),
                    random.between(1, 9),
                    random.between(1, 9)
                ),
            ),
            3 => (
                "agent",
                format!(
                    "Chrome/{}.0.{}.{}",
                    random.between(80, 120),
                    random.between(100, 200),
                    random.between(1, 200)
                ),
            ),
            4 => ("path", format!("std::{}::{}", random.of(LOWER, 4), random.of(LOWER, 5))),
            _ => (
                "pin",
                format!(
                    "requests=={}.{}.{}.{}",
                    random.between(1, 3),
                    random.between(0, 30),
                    random.between(0, 9),
                    random.between(0, 9)
                ),
            ),
        },
        "mac" => match random.between(0, 3) {
            0 => ("fingerprint", grouped(&random.of(HEX, 32), &[2; 16], ":")),
            1 => ("five", grouped(&random.of(HEX, 10), &[2; 5], ":")),
            2 => ("lottery", grouped(&random.digits(12), &[2; 6], "-")),
            _ => (
                "mixed",
                format!(
                    "{}:{}",
                    grouped(&random.of(HEX, 6), &[2; 3], "-"),
                    grouped(&random.of(HEX, 6), &[2; 3], ":")
                ),
            ),
        },
        "url" => (
            "almost",
            match random.between(0, 5) {
                0 => format!("{}/{}", random.of(LOWER, 3), random.of(LOWER, 4)),
                1 => format!("src/{}/{}.rs", random.of(LOWER, 4), random.of(LOWER, 4)),
                2 => format!("{}.{}()", random.of(LOWER, 5), random.of(LOWER, 5)),
                3 => format!("C:\\{}\\{}", random.of(LOWER, 4), random.of(LOWER, 4)),
                4 => format!("{}.js", random.of(LOWER, 5)),
                _ => "http://...".to_owned(),
            },
        ),
        "crypto_wallet" => match random.between(0, 2) {
            0 => ("hash", random.of(HEX, 40)),
            1 => {
                ("random", format!("1{}", random.of("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 33)))
            }
            _ => ("check", swap(&real)),
        },
        "api_key" => match random.between(0, 4) {
            0 => {
                ("placeholder", format!("{}{}", random.pick(&["ghp_", "sk-", "hf_", "npm_"]), "x".repeat(36)))
            }
            1 => (
                "class",
                format!(
                    "sk-{}-{}-{}",
                    random.pick(&["fading", "folding", "rotating"]),
                    random.pick(&["circle", "cube"]),
                    random.pick(&["wrapper", "container"])
                ),
            ),
            2 => (
                "code",
                format!(
                    "api_key = {}",
                    random.pick(&[
                        "os.environ[\"API_KEY\"]",
                        "settings.API_KEY_VALUE",
                        "YOUR_API_KEY_GOES_HERE",
                        "get_secret(\"key-name\")"
                    ])
                ),
            ),
            3 => ("blob", random.of(ALNUM, 44)),
            _ => ("name", format!("{}_{}_{}", random.of(LOWER, 8), random.of(LOWER, 8), random.of(LOWER, 8))),
        },
        "private_key" => (
            "public",
            format!(
                "-----BEGIN {}-----\n{}\n-----END-----",
                random.pick(&["PUBLIC KEY", "CERTIFICATE", "RSA PUBLIC KEY", "PGP MESSAGE"]),
                random.of(ALNUM, 64)
            ),
        ),
        "jwt" => match random.between(0, 2) {
            0 => (
                "no header",
                format!("ey{}.{}.{}", random.of(ALNUM, 20), random.of(ALNUM, 30), random.of(ALNUM, 43)),
            ),
            1 => ("two parts", real.rsplit_once('.').map(|(head, _)| head.to_owned()).unwrap_or_default()),
            _ => (
                "dotted",
                format!("{}.{}.{}", random.of(LOWER, 20), random.of(LOWER, 10), random.of(LOWER, 5)),
            ),
        },
        _ => (
            "no password",
            random
                .pick(&[
                    "password: ****",
                    "password=<password>",
                    "password: changeme",
                    "password=${DB_PASSWORD}",
                    "密码学",
                    "忘记密码了怎么办",
                    "password is required",
                    "password must have 8 characters",
                    "token = tokenizer.encode(text)",
                    "\"password\": \"string\"",
                    "password = getpass.getpass()",
                    "password=password",
                    "tokens: 100000",
                    "密码至少8位",
                    "secret: ${{ secrets.TOKEN }}",
                    "<input type=\"password\" name=\"password\">",
                    "password_hash VARCHAR(255)",
                    "secret ingredient: 3 eggs",
                    "密码：请输入",
                ])
                .to_owned(),
        ),
    }
}

/// The text with its last digit raised by one.
fn bump(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    if let Some(digit) = characters.iter_mut().rev().find(|c| c.is_ascii_digit()) {
        *digit = char::from_digit((digit.to_digit(10).unwrap_or(0) + 1) % 10, 10).unwrap_or('0');
    }
    characters.into_iter().collect()
}

/// The text with two neighbours near its end exchanged, or its last character doubled; a hash of
/// one case has no check to fail, so there the last digit goes.
fn swap(text: &str) -> String {
    if text.starts_with("0x") {
        return text.get(..41).unwrap_or(text).to_owned();
    }
    let mut characters: Vec<char> = text.chars().collect();
    let at = characters.len().saturating_sub(5);
    if characters.get(at) == characters.get(at + 1) {
        characters.pop();
    } else {
        characters.swap(at, at + 1);
    }
    characters.into_iter().collect()
}
