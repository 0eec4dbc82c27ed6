//! The admin token, kept as its Argon2id hash.
//!
//! Owns where the token comes from: the configuration, as it is or as a hash, or a file beside the audit
//! log that is made at the first start. The token itself is told once and never written down. Refuses to
//! know sessions.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

/// Name of the file with the hash, in the folder of the audit log.
pub const FILE: &str = "console.hash";
/// Characters that a token must have: it is the only secret between a stranger and the log.
pub const SHORTEST: usize = 16;
/// Longest token that is hashed; nobody types more.
const LONGEST: usize = 1024;
/// What every hash begins with.
const PREFIX: &str = "$argon2id$";
/// Most memory that a hash from the configuration may ask for, in KiB.
const MOST_MEMORY: u32 = 1 << 20;

/// Why there is no token to log in with.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file with the hash cannot be read or made.
    #[error("could not {attempt} {}", path.display())]
    Io {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// What should be a hash is none.
    #[error("{origin} is no Argon2id hash: {reason}")]
    NotAHash {
        /// Where it stands.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The hash could not be computed.
    #[error("the token could not be hashed: {0}")]
    Hash(String),
    /// The system has no random numbers.
    #[error("the system has no random numbers")]
    Random(#[source] getrandom::Error),
}

/// The hash of the admin token.
#[derive(Clone)]
pub struct Keyring {
    hash: Arc<str>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// The keyring for a setting, which is a token or its hash.
    ///
    /// # Errors
    /// When it begins as a hash and is none.
    pub fn of_setting(setting: &str) -> Result<Self, TokenError> {
        if setting.starts_with('$') {
            checked(setting, "console.token")?;
            return Ok(Self { hash: setting.into() });
        }
        Ok(Self { hash: hash(setting)?.into() })
    }

    /// The keyring that is kept in the folder of the audit log. Where there is none a token is made, kept
    /// as its hash, and handed out: this is the only time that anybody sees it.
    ///
    /// # Errors
    /// When the file can be neither read nor made.
    pub fn of_folder(dir: &Path) -> Result<(Self, Option<String>), TokenError> {
        let path = dir.join(FILE);
        let failed = |attempt| {
            let path = path.clone();
            move |source| TokenError::Io { attempt, path, source }
        };
        match fs::read_to_string(&path) {
            Ok(found) => {
                let found = found.trim();
                checked(found, &path.display().to_string())?;
                return Ok((Self { hash: found.into() }, None));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed("read")(error)),
        }
        let token = new_token()?;
        let hash = hash(&token)?;
        // Beside it and then in its place, so that a crash leaves no half of it.
        let beside = dir.join(format!("{FILE}.new"));
        let _ = fs::remove_file(&beside);
        let write = || {
            let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&beside)?;
            writeln!(file, "{hash}")?;
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(failed("make"))?;
        Ok((Self { hash: hash.into() }, Some(token)))
    }

    /// Whether this is the token. Takes some milliseconds, and 19 MiB.
    #[must_use]
    pub fn opens(&self, token: &str) -> bool {
        let token = token.trim();
        if token.is_empty() || token.len() > LONGEST {
            return false;
        }
        // The parameters are those of the hash; the comparison takes the same time wherever they differ.
        PasswordHash::new(&self.hash)
            .is_ok_and(|hash| Argon2::default().verify_password(token.as_bytes(), &hash).is_ok())
    }
}

/// A token that nobody can guess, in a form that can be typed.
///
/// # Errors
/// When the system has no random numbers.
pub fn new_token() -> Result<String, TokenError> {
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(TokenError::Random)?;
    // Crockford's alphabet has no characters that look like others: 160 bits in 32 of them.
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut token = String::with_capacity(39);
    let (mut held, mut bits) = (0u32, 0);
    for byte in bytes {
        held = held << 8 | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            if token.len() % 9 == 8 {
                token.push('-');
            }
            let digit = (held >> bits & 31) as usize;
            token.push(ALPHABET.get(digit).copied().map_or('0', char::from));
        }
    }
    Ok(token)
}

/// The hash of a token in PHC form, with a salt of its own.
///
/// # Errors
/// When it cannot be computed.
pub fn hash(token: &str) -> Result<String, TokenError> {
    let hashed = Argon2::default().hash_password(token.trim().as_bytes());
    hashed.map(|hash: PasswordHash| hash.to_string()).map_err(|error| TokenError::Hash(error.to_string()))
}

/// Whether a text is a hash that can be asked.
///
/// # Errors
/// What is wrong with it.
pub fn checked(hash: &str, origin: &str) -> Result<(), TokenError> {
    let wrong = |reason: String| TokenError::NotAHash { origin: origin.to_owned(), reason };
    if !hash.starts_with(PREFIX) {
        return Err(wrong(format!("it does not begin with {PREFIX}")));
    }
    let parsed = PasswordHash::new(hash).map_err(|error| wrong(error.to_string()))?;
    let params = argon2::Params::try_from(&parsed).map_err(|error| wrong(error.to_string()))?;
    if params.m_cost() > MOST_MEMORY {
        return Err(wrong(format!("it asks for {} KiB of memory", params.m_cost())));
    }
    if parsed.hash.is_none() {
        return Err(wrong("it has parameters and no hash".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_hash_and_nothing_else_does() {
        let token = new_token().unwrap();
        assert_eq!((token.len(), token.matches('-').count()), (35, 3), "{token}");
        let hash = hash(&token).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let keyring = Keyring::of_setting(&hash).unwrap();
        assert!(keyring.opens(&token) && keyring.opens(&format!(" {token}\n")));
        for wrong in ["", " ", &hash, &token[1..], &"x".repeat(10_000)] {
            assert!(!keyring.opens(wrong), "{wrong}");
        }
        assert!(!format!("{keyring:?}").contains("argon2"));
    }

    #[test]
    fn what_is_no_hash_is_told() {
        let check = |setting: &str, expected: &str| {
            let error = Keyring::of_setting(setting).unwrap_err().to_string();
            assert!(error.contains(expected), "{setting}: {error}");
        };
        check("$2b$12$abcdefghijklmnopqrstuv", "does not begin with $argon2id$");
        check("$argon2id$v=19$m=99999999,t=2,p=1$YWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYWFhYWE", "KiB");
        check("$argon2id$nonsense", "no Argon2id hash");
    }

    #[test]
    fn a_folder_gets_a_token_once_and_keeps_its_hash() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (keyring, token) = Keyring::of_folder(dir.path()).unwrap();
        let token = token.unwrap();
        assert!(keyring.opens(&token));
        let kept = fs::read_to_string(dir.path().join(FILE)).unwrap();
        assert!(kept.starts_with(PREFIX) && !kept.contains(&token));
        let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let (again, none) = Keyring::of_folder(dir.path()).unwrap();
        assert!(none.is_none() && again.opens(&token));
        fs::write(dir.path().join(FILE), "nonsense").unwrap();
        assert!(Keyring::of_folder(dir.path()).is_err());
    }
}
