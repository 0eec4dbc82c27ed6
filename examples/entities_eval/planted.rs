//! Made-up entities that count, in the ways people write them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::random::{ALNUM, BASE64URL, DIGITS, HEX, LOWER, Random, UPPER};
use crate::sums;

/// What stands before the entity, the entity, what stands behind it.
pub(crate) type Planted = (String, String, String);

fn bare(text: String) -> Planted {
    (String::new(), text, String::new())
}

/// One entity of a kind.
pub(crate) fn plant(kind: &str, random: &mut Random) -> Planted {
    match kind {
        "email" => bare(email(random)),
        "phone" => phone(random),
        "credit_card" => bare(credit_card(random)),
        "bank_card_cn" => {
            let length = random.between(16, 19);
            let bin = random
                .pick(&["622202", "622848", "621700", "622588", "625800", "623058", "620522", "621226"]);
            let card = sums::with_luhn(format!("{bin}{}", random.digits(length - 7)));
            bare(if random.chance(40) { grouped(&card, &[4, 4, 4, 4, 3], " ") } else { card })
        }
        "iban" => bare(iban(random)),
        "cn_resident_id" => {
            let region = random
                .pick(&["110101", "310115", "440305", "510107", "330106", "420111", "650102", "810000"]);
            let (year, month, day) = random.day(1935, 2018);
            let id = sums::resident_id(&format!("{region}{year}{month:02}{day:02}{}", random.digits(3)));
            bare(if random.chance(15) { grouped(&id, &[6, 8, 4], " ") } else { id })
        }
        "us_ssn" => {
            let area = random.between(1, 899);
            let area = if area == 666 { 667 } else { area };
            let (group, serial) = (random.between(1, 99), random.between(1, 9999));
            match random.between(0, 9) {
                0 => ("SSN ".to_owned(), format!("{area:03}{group:02}{serial:04}"), String::new()),
                1 => bare(format!("{area:03} {group:02} {serial:04}")),
                _ => bare(format!("{area:03}-{group:02}-{serial:04}")),
            }
        }
        "uk_nino" => {
            let prefix = random.pick(&["AB", "CE", "JG", "WK", "YP", "SH", "TW", "PX", "MN", "RS"]);
            let nino = format!("{prefix}{}{}", random.digits(6), random.of("ABCD", 1));
            bare(match random.between(0, 4) {
                0 => grouped(&nino, &[2, 2, 2, 2, 1], " "),
                1 => nino.to_ascii_lowercase(),
                _ => nino,
            })
        }
        "passport" => passport(random),
        "ip" => bare(ip(random)),
        "mac" => {
            let hex: String = format!("{}{}", random.of("abcdef", 1), random.of(HEX, 11));
            let text = match random.between(0, 3) {
                0 => grouped(&hex, &[4, 4, 4], "."),
                1 => grouped(&hex, &[2; 6], "-"),
                _ => grouped(&hex, &[2; 6], ":"),
            };
            bare(if random.chance(40) { text.to_ascii_uppercase() } else { text })
        }
        "url" => bare(url(random)),
        "crypto_wallet" => bare(wallet(random)),
        "api_key" => api_key(random),
        "private_key" => {
            let name = random.pick(&["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "]);
            let length = random.between(40, 1200) as usize;
            let body = STANDARD.encode(random.bytes(length));
            let line = random.pick(&["\n", "\\n", "\r\n"]);
            let lines = grouped(&body, &[64; 64], line);
            bare(format!(
                "-----BEGIN {name}PRIVATE KEY-----{line}{lines}{line}-----END {name}PRIVATE KEY-----"
            ))
        }
        "jwt" => {
            let header = random.pick(&[
                r#"{"alg":"HS256","typ":"JWT"}"#,
                r#"{"typ":"JWT","alg":"RS256","kid":"k1"}"#,
                r#"{"alg":"ES256"}"#,
            ]);
            let payload = format!(r#"{{"sub":"{}","iat":{}}}"#, random.digits(9), random.digits(10));
            let length = *[32, 64, 256].get(random.between(0, 2) as usize).unwrap_or(&32);
            let parts = [header.as_bytes().to_vec(), payload.into_bytes(), random.bytes(length)];
            bare(parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join("."))
        }
        _ => password(random),
    }
}

/// A text cut into groups; the last size takes the rest.
pub(crate) fn grouped(text: &str, sizes: &[usize], separator: &str) -> String {
    let mut rest = text;
    let mut parts = Vec::new();
    for &size in sizes {
        let (head, tail) = rest.split_at(size.min(rest.len()));
        if !head.is_empty() {
            parts.push(head);
        }
        rest = tail;
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts.join(separator)
}

fn email(random: &mut Random) -> String {
    let first =
        random.pick(&["ada", "li.wei", "zhang_san", "j-muller", "tanaka", "o.brien", "maria", "kim", "x"]);
    let domain = random.pick(&[
        "example.com",
        "qq.com",
        "163.com",
        "mail.example.co.uk",
        "example.de",
        "sub.example.org",
        "uni.example.edu.cn",
        "xn--bcher-kva.example",
        "corp.internal",
        "example.museum",
    ]);
    match random.between(0, 9) {
        0 => format!("{}@{domain}", random.of("123456789", 9)),
        1 => format!("{first}+{}@{domain}", random.of(LOWER, 4)),
        2 => format!("{}@{domain}", first.to_ascii_uppercase()),
        3 => format!("{first} [at] {}", domain.replace('.', " [dot] ")),
        _ => format!("{first}{}@{domain}", random.between(1, 9999)),
    }
}

fn phone(random: &mut Random) -> Planted {
    let second = random.of("3456789", 1);
    let mobile = format!("1{second}{}", random.digits(9));
    let line = random.of("23456789", 1) + &random.digits(3);
    let exchange = random.of("23456789", 1) + &random.digits(2);
    let area = random.of("23456789", 1) + random.pick(&["02", "15", "34", "09", "78"]);
    let last = random.digits(4);
    bare(match random.between(0, 17) {
        0..=2 => mobile,
        3 => grouped(&mobile, &[3, 4, 4], " "),
        4 => grouped(&mobile, &[3, 4, 4], "-"),
        5 => format!("+86 {}", grouped(&mobile, &[3, 4, 4], "-")),
        6 => format!("+1 {area}-{exchange}-{last}"),
        7 => format!("({area}) {exchange}-{last}"),
        8 => format!("{area}-{exchange}-{last}"),
        9 => format!("+44 20 {line} {last}"),
        10 => format!("020 {line} {last}"),
        11 => format!("07{} {}", random.digits(3), random.digits(6)),
        12 => {
            format!("+49 (0){} {}{last}", random.pick(&["30", "89", "171", "221"]), random.of("123456789", 1))
        }
        13 => format!("0{}/{}{last}", random.pick(&["30", "89", "171", "221"]), random.of("123456789", 3)),
        14 => format!("0{}-{line}{last}", random.pick(&["10", "21", "755", "571"])),
        15 => format!("090-{line}-{last}"),
        16 => format!("+33 6 {}", grouped(&random.digits(8), &[2, 2, 2], " ")),
        _ => {
            let words = random.pick(&["call me at ", "Tel: ", "phone number is ", "电话：", "手机号是"]);
            return (words.to_owned(), format!("{area}{exchange}{last}"), String::new());
        }
    })
}

fn credit_card(random: &mut Random) -> String {
    let (bin, length) = *[
        ("4", 16),
        ("4", 16),
        ("51", 16),
        ("55", 16),
        ("2221", 16),
        ("2650", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("65", 16),
        ("3530", 16),
        ("36", 14),
        ("2200", 16),
        ("6225", 16),
        ("4", 19),
    ]
    .get(random.between(0, 14) as usize)
    .unwrap_or(&("4", 16));
    let card = sums::with_luhn(format!("{bin}{}", random.digits(length - 1 - bin.len() as u64)));
    let groups: &[usize] = if length == 15 || length == 14 { &[4, 6, 5] } else { &[4, 4, 4, 4, 3] };
    match random.between(0, 3) {
        0 => grouped(&card, groups, " "),
        1 => grouped(&card, groups, "-"),
        _ => card,
    }
}

fn iban(random: &mut Random) -> String {
    let (country, letters, digits) = *[
        ("DE", 0, 18),
        ("GB", 4, 14),
        ("NL", 4, 10),
        ("FR", 0, 23),
        ("ES", 0, 20),
        ("BE", 0, 12),
        ("CH", 0, 17),
        ("NO", 0, 11),
        ("AE", 0, 19),
        ("PL", 0, 24),
        ("MT", 4, 23),
    ]
    .get(random.between(0, 10) as usize)
    .unwrap_or(&("DE", 0, 18));
    let text = sums::iban(country, &format!("{}{}", random.of(UPPER, letters), random.digits(digits)));
    match random.between(0, 3) {
        0 | 1 => grouped(&text, &[4; 8], " "),
        2 => text.to_ascii_lowercase(),
        _ => text,
    }
}

fn passport(random: &mut Random) -> Planted {
    let number = match random.between(0, 5) {
        0 => format!("E{}", random.digits(8)),
        1 => format!("E{}{}", random.of("ABCDEFGH", 1), random.digits(7)),
        2 => random.of("123456789", 1) + &random.digits(8),
        3 => format!("A{}", random.digits(8)),
        4 => format!("C{}X{}T47", random.of("0123456789", 2), random.digits(2)),
        _ => format!("T{}{}", random.of("KRZGH", 1), random.digits(7)),
    };
    let words = random.pick(&[
        "passport ",
        "passport number is ",
        "Passport No: ",
        "passport no. ",
        "护照号是",
        "护照号码：",
        "护照",
        "Reisepassnummer ",
        "パスポート番号は",
        "passport #",
    ]);
    (words.to_owned(), number, String::new())
}

fn ip(random: &mut Random) -> String {
    match random.between(0, 4) {
        0 => {
            let groups: Vec<String> = (0..8).map(|_| format!("{:x}", random.between(0x10, 0xffff))).collect();
            groups.join(":")
        }
        1 => format!("2001:db8:{:x}::{:x}", random.between(1, 0xffff), random.between(1, 0xffff)),
        _ => {
            let octets: Vec<String> = (0..4).map(|_| random.between(1, 254).to_string()).collect();
            octets.join(".")
        }
    }
}

fn url(random: &mut Random) -> String {
    let host = random.pick(&[
        "example.com",
        "www.example.cn",
        "api.example.org:8443",
        "192.0.2.7",
        "a.b.example.co.uk",
    ]);
    let path = match random.between(0, 4) {
        0 => String::new(),
        1 => format!("/{}", random.of(LOWER, 6)),
        2 => format!(
            "/{}/{}?q={}&p={}",
            random.of(LOWER, 3),
            random.of(ALNUM, 11),
            random.of(LOWER, 4),
            random.digits(2)
        ),
        3 => format!("/wiki/{}_({})", random.of(LOWER, 6), random.of(LOWER, 4)),
        _ => format!("/{}#{}", random.of(BASE64URL, 20) + "x", random.of(LOWER, 5)),
    };
    match random.between(0, 4) {
        0 => format!("www.example.com{path}"),
        1 => format!("ftp://{host}{path}"),
        2 => format!("http://{host}{path}"),
        _ => format!("https://{host}{path}"),
    }
}

fn wallet(random: &mut Random) -> String {
    let bytes = random.bytes(20);
    let versioned = |version: u8| sums::base58_check([vec![version], bytes.clone()].concat());
    match random.between(0, 6) {
        0 => versioned(0),
        1 => versioned(5),
        2 => versioned(0x41),
        3 => bech32::segwit::encode_v0(bech32::hrp::BC, &bytes).unwrap_or_default(),
        4 => bech32::segwit::encode_v1(bech32::hrp::BC, &random.bytes(32)).unwrap_or_default(),
        5 => format!("0x{}", hex::encode(bytes)),
        _ => sums::ethereum(&bytes),
    }
}

fn api_key(random: &mut Random) -> Planted {
    let (prefix, alphabet, length) = *[
        ("AKIA", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        ("ghp_", ALNUM, 36),
        ("gho_", ALNUM, 36),
        ("glpat-", ALNUM, 20),
        ("hf_", ALNUM, 34),
        ("npm_", ALNUM, 36),
        ("sk_live_", ALNUM, 24),
        ("sk-", ALNUM, 48),
        ("sk-proj-", BASE64URL, 80),
        ("sk-ant-api03-", BASE64URL, 93),
        ("AIza", BASE64URL, 35),
        ("LTAI5t", ALNUM, 18),
        ("AKID", ALNUM, 32),
        ("sk-", HEX, 32),
        ("SK", HEX, 32),
        ("xoxb-123456789012-", ALNUM, 24),
        ("pypi-AgEIcHlwaS5vcmc", BASE64URL, 60),
    ]
    .get(random.between(0, 16) as usize)
    .unwrap_or(&("ghp_", ALNUM, 36));
    let mut key = format!("{prefix}{}", random.of(alphabet, length));
    if key.ends_with(['-', '_']) {
        key.pop();
        key.push('a');
    }
    match random.between(0, 9) {
        0 => ("AccountKey=".to_owned(), STANDARD.encode(random.bytes(64)), ";".to_owned()),
        1 => ("api_key = \"".to_owned(), random.of(ALNUM, 32), "\"".to_owned()),
        2 => ("Authorization: Bearer ".to_owned(), random.of(ALNUM, 40), String::new()),
        3 => bare(format!("{}:AA{}", random.of("123456789", 9), random.of(ALNUM, 33))),
        4 => bare(format!("SG.{}.{}", random.of(ALNUM, 22), random.of(ALNUM, 43))),
        _ => bare(key),
    }
}

fn password(random: &mut Random) -> Planted {
    let value = match random.between(0, 3) {
        0 => format!(
            "{}{}{}",
            random.pick(&["Summer", "hunter", "Dragon", "xiaoming"]),
            random.between(10, 2099),
            random.of("!@#", 1)
        ),
        1 => random.of(LOWER, 5) + &random.of(DIGITS, 4),
        2 => random.of(ALNUM, 10) + &random.of(DIGITS, 2) + &random.of(LOWER, 1),
        _ => format!("{}@{}{}", random.of(UPPER, 1), random.of(LOWER, 5), random.digits(3)),
    };
    let (before, after) = *[
        ("password: ", ""),
        ("my password is ", ""),
        ("DB_PASSWORD=", ""),
        ("{\"password\": \"", "\"}"),
        ("pwd='", "'"),
        ("密码：", ""),
        ("密码是", ""),
        ("登录密码 ", ""),
        ("Passwort: ", ""),
        ("?user=a&password=", "&x=1"),
        ("postgres://app:", "@db.example.com/x"),
        ("secret = \"", "\""),
    ]
    .get(random.between(0, 11) as usize)
    .unwrap_or(&("password: ", ""));
    // A bare value behind a space has to look like one; and `@` ends the password of a URL.
    let value = match before {
        "登录密码 " => format!("P{}!a", random.digits(6)),
        "postgres://app:" | "?user=a&password=" => value.replace(['@', '#', '!'], "x"),
        _ => value,
    };
    (before.to_owned(), value, after.to_owned())
}
