//! Made-up texts that every kind must keep its hands off.

use crate::planted::grouped;
use crate::random::{HEX, Random, UPPER};
use crate::sums;

/// What every kind must keep its hands off, with the name of the sort.
pub(crate) fn common(random: &mut Random) -> (&'static str, String) {
    let (year, month, day) = random.day(1950, 2030);
    let (hour, minute, second) = (random.between(0, 23), random.between(0, 59), random.between(0, 59));
    let length = [7, 12, 32, 40, 64].get(random.between(0, 4) as usize).copied().unwrap_or(40);
    let places = random.between(2, 16);
    match random.between(0, 27) {
        0 => (
            "order",
            format!("order {}{}", random.pick(&["#", "no. ", "number ", ""]), random_number(random)),
        ),
        1 => (
            "order",
            format!(
                "{}{}",
                random.pick(&["订单号：", "订单号", "运单号 ", "流水号:"]),
                random_number(random)
            ),
        ),
        2 => ("order", format!("{}-{}-{}", random.of(UPPER, 3), year, random.digits(6))),
        3 => (
            "version",
            format!("v{}.{}.{}", random.between(0, 20), random.between(0, 30), random.between(0, 99)),
        ),
        4 => (
            "version",
            format!(
                "{}{}.{}.{}.{}",
                random.pick(&[
                    "v",
                    "version ",
                    "Version: ",
                    "build ",
                    "版本",
                    "版本号：",
                    "firmware ",
                    "release "
                ]),
                random.between(0, 20),
                random.between(0, 30),
                random.between(0, 99),
                random.between(0, 250)
            ),
        ),
        5 => ("hash", format!("commit {}", random.of(HEX, 40))),
        6 => ("hash", random.of(HEX, length)),
        7 => ("uuid", grouped(&random.of(HEX, 32), &[8, 4, 4, 4, 12], "-")),
        8 => ("date", format!("{year}-{month:02}-{day:02}")),
        9 => ("date", format!("{day:02}{0}{month:02}{0}{year}", random.pick(&["/", ".", "-"]))),
        10 => ("date", format!("{year}年{month}月{day}日")),
        11 => (
            "timestamp",
            format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{}", random.digits(3)),
        ),
        12 => ("timestamp", format!("1{}", random.digits(9))),
        13 => ("timestamp", format!("17{}", random.digits(11))),
        14 => ("timestamp", format!("{year}{month:02}{day:02}{hour:02}{minute:02}{second:02}")),
        15 => {
            let isbn = sums::isbn_13(&format!("978{}", random.digits(9)));
            (
                "isbn",
                if random.chance(50) {
                    format!("ISBN {}", grouped(&isbn, &[3, 1, 2, 6, 1], "-"))
                } else {
                    isbn
                },
            )
        }
        16 => ("isbn", grouped(&random.digits(10), &[1, 3, 5, 1], "-")),
        17 => ("tracking", format!("1Z{}{}", random.of(UPPER, 3), random.digits(13))),
        18 => ("tracking", format!("{}{}", random.pick(&["SF", "YT", "JD", "ZTO"]), random.digits(13))),
        19 => ("tracking", format!("94{}", random.digits(20))),
        20 => ("time", format!("{hour:02}:{minute:02}:{second:02}")),
        21 => (
            "math",
            format!(
                "{} {} {} = {}",
                random.between(2, 99_999),
                random.pick(&["+", "-", "*", "/"]),
                random.between(2, 99_999),
                random.between(2, 9_999_999)
            ),
        ),
        22 => ("math", format!("{}.{}", random.between(0, 99), random.digits(places))),
        23 => ("years", format!("{year}-{}", year + random.between(1, 20))),
        24 => (
            "price",
            format!(
                "{},{},{}.{}",
                random.of("123456789", 3),
                random.digits(3),
                random.digits(3),
                random.digits(2)
            ),
        ),
        25 => (
            "place",
            format!(
                "{}.{}, -{}.{}",
                random.between(0, 89),
                random.digits(6),
                random.between(0, 179),
                random.digits(6)
            ),
        ),
        26 => (
            "section",
            format!("section {}.{}.{}", random.between(1, 12), random.between(1, 30), random.between(1, 30)),
        ),
        _ => ("serial", grouped(&random.of("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 25), &[5; 5], "-")),
    }
}

fn random_number(random: &mut Random) -> String {
    let length = random.between(8, 18);
    random.of("123456789", 1) + &random.digits(length - 1)
}
