//! Keys, tokens and passwords. All of them are made up.

use super::{by_name, check};

#[test]
fn api_key() {
    check(
        "api_key",
        &[
            "aws ⟦AK¦IAIOSFODNN7EXAMPLE⟧",
            "密钥⟦LT¦AI5tDNEXgzgv1XiPti6vj8⟧。",
            "⟦AK¦IDRsnqDXyCUshN6toSWSp6oBB92AezWtiA⟧",
            "token=⟦gh¦p_gufXjPAcc921toi7ap9UxDuxE2HEKZGqeMHb⟧",
            "⟦glp¦at-o8c4MkaacXsr7yc4GDJ3⟧",
            "⟦h¦f_r7ZVc2qz5VMgZfZDmJVZbtXZGmayyHczDv⟧",
            "⟦np¦m_V9T8SVM5jGU5EjLs8zrAnijQAHy9WFp7SyYB⟧",
            "⟦sk_l¦ive_jvFBnUZSNTDPM6oQ2NcWVn2R⟧",
            "\"⟦sk-p¦roj-NagKZ58sFy76HJ3zrCJq9uUwkuHSAbZdYmM6J4tmCUz5J2h6tH6fwF5Hx8W1NcTJ⟧\"",
            "⟦sk-ant¦-api03-g93anG8BH4CDLhLaqEKVZkCJPt2H312oZcDZXGV7juiUjYbvySZLmEFNDvynoh9SP4⟧",
            "⟦AI¦za1HQNcMG3yLEPC1NR6XJZiDGZr16Hu6ASe3S⟧",
            "⟦xo¦xb-123456789012-1234567890123-2LLhF6eawqAjznsyfRqMoYAK⟧",
            "DASHSCOPE ⟦sk-¦d34562b9d497639eb407aaa4347b0e25⟧",
            "bot ⟦1234567¦890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1⟧",
            "⟦S¦K84562b9d497639eb407aaa4347b0e251⟧",
            "⟦S¦G.ngeVfQFYQlKU0ufo8x5d1A.TwL2iGABf9DHoTf-09kqeF8tAmbihYzrnopKc-1s5cr⟧",
            "AccountKey=⟦m7vdu3w6eLM7lO3PMiNrgdqpqSOhZe7oBPUUhu3mu8AWdh6BQt+HkVp4vtVMkRrQHFr/zZTNHQRFjI/TqZy8rw==⟧;",
            "Authorization: Bearer ⟦qNA5XZL9YXmrlnIfw86HHSbuU9kkB82vo7⟧",
            "API_KEY = \"⟦f81d4fae7dec11d0a76500a0c91e6bf6⟧\"",
            "aws_secret_access_key=⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1⟧",
            "x-api-key: ⟦7QmZp2LkV9tRw4XbN8sYc3Hd⟧",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "sk-learn-tutorial-for-beginners",
            "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIA",
            "AKIAIOSFODNN7",
            "xAKIAIOSFODNN7EXAMPLEx",
            "commit d34562b9d497639eb407aaa4347b0e2512345678",
            "550e8400-e29b-41d4-a716-446655440000",
            "api_key = os.environ[\"OPENAI_API_KEY\"]",
            "api_key=YOUR_API_KEY_GOES_HERE",
            "access token authentication-with-oauth2",
            "bearer of bad news everywhere",
            "class=\"sk-spinner-double-bounce\"",
            "2024050612:30",
            "hf_transfer is a package",
            "SKU84562B9D4976",
            "Authorization: Bearer <token>",
            "private key cryptography",
            "client_secret: ${CLIENT_SECRET_FROM_VAULT1}",
        ],
    );
}

#[test]
fn private_key() {
    check(
        "private_key",
        &[
            "⟦-----BEGIN PRIVATE KEY-----⟧",
            "⟦-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaGSwl5Y\n-----END RSA PRIVATE KEY-----⟧ end",
            "⟦-----BEGIN OPENSSH PRIVATE KEY-----⟧ is how it starts",
            "key: ⟦-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEEIIGBDVuP6eJlYBvHHkBBBBBBBBB0\\n-----END EC PRIVATE KEY-----⟧\\n",
            "⟦-----BEGIN ENCRYPTED PRIVATE KEY-----⟧",
            "⟦-----BEGIN PGP PRIVATE KEY BLOCK-----⟧",
            "⟦-----BEGIN DSA PRIVATE KEY-----⟧ 以下",
            "⟦-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaGSwl5Y⟧ cut off",
            "⟦-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\nMIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaGSwl5Y⟧",
            "⟦PuTTY-User-Key-File-3:⟧ ssh-rsa",
            "⟦PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: rsa-key-20200101\nPublic-Lines: 2\nAAAAB3NzaC1yc2EAAAABJQAAAQEAiPVUpONjGeVrwgRPOqy3Ym6kF\nAAAAB3NzaC1yc2EAAAABJQAAAQEAiPVUpONjGeVrwgRPOqy3Ym6kF==\nPrivate-Lines: 1\nAAABADKdaqFSHRfF7xYXIIZQGlLnSCYPNBk4nAa6fTlIDPqdvQUXnLKz\nPrivate-MAC: 50c45751d18d74c00fca395deb7b7695e3ed6f77⟧\n",
            "⟦5JsT5pq49cMJ2ytvhqtxt5nTFywmSXPNHUthBk6QiDhJcgn7KR6⟧",
            "⟦KzdCmmwPNXqFTakUR82zTkrWrSQgsG4fKfSzECbu5KT9TDnNcbNA⟧",
            "⟦xprv9s21ZrQH143K295UeBbJnJzTf9nrStBL4P9hE8UMPp5hC2Ys4wskw282nkkKhyquqCCo4Bw7zYkSwhdPTdeWtt14FPwpNeE1fAQHrAqV8oh⟧",
            "⟦-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJ\n-----END PRIVATE KEY-----⟧\n⟦-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Z3VS5JJ\n-----END PRIVATE KEY-----⟧",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN RSA PUBLIC KEY-----",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----",
            "BEGIN PRIVATE KEY",
            "-----END PRIVATE KEY-----",
            "a private key begins with dashes",
            "--BEGIN PRIVATE KEY--",
            "5JsT5pq49cMJ2ytvhqtxt5nTFywmSXPNHUthBk6QiDhJcgn7KR7",
            "KzdCmmwPNXqFTakUR82zTkrWrSQgsG4fKfSzECbu5KT9TDnNcbNB",
            "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
            "-----BEGIN CERTIFICATE REQUEST-----",
            "ssh-keygen -t ed25519",
            "PuTTY-User-Key-File",
        ],
    );
}

#[test]
fn the_end_of_a_long_block_is_within_reach() {
    let search = super::Search::new(by_name("private_key").unwrap()).unwrap();
    let line = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn/ygWyF8PbnGy0AHB7MaGSwl5YAAAAAAAA\n";
    let block = format!("-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----", line.repeat(120));
    assert_eq!(search.find(&block), vec![std::ops::Range { start: 0, end: block.len() }]);
}

#[test]
fn jwt() {
    let head = "ey¦JhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    let body = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ";
    let sign = "qNA5XZL9YXmrlnIfw86HHSbuU9kkB_J82vo7_qObUvo";
    let long = "1xVLd2gs-3qLltx7vo3VT56J_BVa4uQks_coGlWh6r9--7ZXZaiHvZobx0Oi94Z6u90v1PahKrFuClQpwn8uhA";
    let rs = "ey¦J0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6ImExIn0";
    let none = "ey¦JhbGciOiJub25lIn0";
    let cases = [
        format!("token ⟦{head}.{body}.{sign}⟧"),
        format!("Authorization: Bearer ⟦{rs}.{body}.{long}⟧"),
        format!("⟦{none}.{body}.⟧"),
        format!("\"⟦{rs}.{body}.{sign}⟧\""),
        format!("令牌⟦{head}.{body}.{sign}⟧。"),
        format!("?jwt=⟦{head}.{body}.{sign}⟧&x=1"),
        format!("⟦{head}.{body}.{sign}⟧\n⟦{rs}.{body}.{long}⟧"),
        format!("'⟦{head}.{body}.{long}⟧'"),
        format!("(⟦{rs}.{body}.{sign}⟧)"),
        format!("jwt:⟦{none}.{body}.{sign}⟧"),
        format!("⟦{head}.{sign}.{sign}⟧"),
        format!("cookie=⟦{rs}.{body}.{long}⟧;"),
        head.to_owned(),
        format!("{head}.{body}"),
        format!("ey¦J0eXAiOiJKV1QiLCJraWQiOiJhMSJ9.{body}.{sign}"),
        format!("ey¦JhbGciOjV9.{body}.{sign}"),
        format!("WyJhbGciXQ.{body}.{sign}"),
        format!("eyJub3QganNvbiBhdCBhbGwgaGVyZQ.{body}.{sign}"),
        "eyes.wide.shut".to_owned(),
        "eyJabcdefghijk.x.y".to_owned(),
        "1.2.3".to_owned(),
        "www.example.com".to_owned(),
        "eyjafjallajokull.is.a.volcano".to_owned(),
        format!("x{head}.{body}.{sign}"),
        "eyebrows-and-lashes.tutorial.html".to_owned(),
    ];
    check("jwt", &cases.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn password() {
    check(
        "password",
        &[
            "password: ⟦hunter22⟧",
            "DB_PASSWORD=⟦supersecret⟧",
            "\"password\": \"⟦letmeinplease⟧\"",
            "密码 ⟦P994145!a⟧，为什么",
            "密码：⟦123456⟧",
            "密码是⟦Abc@12345⟧。",
            "password = '⟦s3cr3tValue⟧'",
            "pwd: ⟦Tr0ub4dor&3⟧",
            "my password is ⟦P@ssw0rd⟧.",
            "postgres://app:⟦s3cret⟧@db.example.com/x",
            "Server=x;Pwd=⟦qwerty99⟧;",
            "secret: ⟦a1b2c3d4e5⟧",
            "パスワードは⟦hogehoge1⟧です",
            "**Password:** ⟦letmein99⟧",
            "contraseña: ⟦Gato2024⟧",
            "token=⟦8f14e45fceea167a⟧",
            "?user=x&password=⟦abc12345⟧&y=1",
            "Passwort: ⟦Sommer2024!⟧",
            "password to ⟦Winter99x⟧",
            "{\"pwd\":\"⟦n0tforyou⟧\"}",
            "password: ****",
            "password=<password>",
            "password: changeme",
            "password=${DB_PASSWORD}",
            "password: string",
            "password = getpass.getpass()",
            "password is required",
            "password: your_password_here",
            "the password must be long",
            "token = tokenizer.encode(text)",
            "secret = os.environ['SECRET1']",
            "token: Token",
            "tokens: 100000",
            "password=password",
            "密码学2024",
            "password: {password}",
            "forgot your password? click here",
            "self.password = password1",
            "password_hash: abc123def",
            "https://user:password@example.com",
            "password = settings.DB_PASSWORD2",
            "<input type=\"password\" placeholder=\"abc123\">",
            "token limit 4096",
            "CredsToken is ERC1155, Ownable",
            "secret: /run/secrets/db1",
        ],
    );
}
