//! The shipped policies, built in, so that the demo works away from the repository too.

use std::path::{Path, PathBuf};

const FILES: &[(&str, &str)] = &[
    ("cyber.yaml", include_str!("../../../policies/cyber.yaml")),
    ("harmful-replies.yaml", include_str!("../../../policies/harmful-replies.yaml")),
    ("harmful-requests.yaml", include_str!("../../../policies/harmful-requests.yaml")),
    ("hate-and-harassment.yaml", include_str!("../../../policies/hate-and-harassment.yaml")),
    ("house-topics.yaml", include_str!("../../../policies/house-topics.yaml")),
    ("illegal.yaml", include_str!("../../../policies/illegal.yaml")),
    ("jailbreak-phrases.yaml", include_str!("../../../policies/jailbreak-phrases.yaml")),
    ("misinformation.yaml", include_str!("../../../policies/misinformation.yaml")),
    ("model-refusals.yaml", include_str!("../../../policies/model-refusals.yaml")),
    ("pii-replies.yaml", include_str!("../../../policies/pii-replies.yaml")),
    ("pii.yaml", include_str!("../../../policies/pii.yaml")),
    ("privacy.yaml", include_str!("../../../policies/privacy.yaml")),
    ("prompt-injection-documents.yaml", include_str!("../../../policies/prompt-injection-documents.yaml")),
    ("prompt-injection.yaml", include_str!("../../../policies/prompt-injection.yaml")),
    ("secrets.yaml", include_str!("../../../policies/secrets.yaml")),
    ("self-harm.yaml", include_str!("../../../policies/self-harm.yaml")),
    ("sexual-content.yaml", include_str!("../../../policies/sexual-content.yaml")),
    ("unsafe-replies.yaml", include_str!("../../../policies/unsafe-replies.yaml")),
    ("violence.yaml", include_str!("../../../policies/violence.yaml")),
    ("weapons.yaml", include_str!("../../../policies/weapons.yaml")),
];

const LISTS: &[(&str, &str)] = &[
    ("house-secrets.txt", include_str!("../../../policies/lists/house-secrets.txt")),
    ("injection-addressed.txt", include_str!("../../../policies/lists/injection-addressed.txt")),
    ("jailbreak-override.txt", include_str!("../../../policies/lists/jailbreak-override.txt")),
    ("jailbreak-personas.txt", include_str!("../../../policies/lists/jailbreak-personas.txt")),
    ("making.txt", include_str!("../../../policies/lists/making.txt")),
    ("self-harm-crisis.txt", include_str!("../../../policies/lists/self-harm-crisis.txt")),
    ("self-harm-methods.txt", include_str!("../../../policies/lists/self-harm-methods.txt")),
    ("sexual-minors.txt", include_str!("../../../policies/lists/sexual-minors.txt")),
    ("weapons-harmless.txt", include_str!("../../../policies/lists/weapons-harmless.txt")),
    ("weapons-improvised.txt", include_str!("../../../policies/lists/weapons-improvised.txt")),
    ("weapons-mass-casualty.txt", include_str!("../../../policies/lists/weapons-mass-casualty.txt")),
    ("weapons-phrases.txt", include_str!("../../../policies/lists/weapons-phrases.txt")),
];

/// Writes them into a folder.
pub(super) fn write(dir: &Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(dir.join("lists"))?;
    for (name, content) in FILES {
        std::fs::write(dir.join(name), content)?;
    }
    for (name, content) in LISTS {
        std::fs::write(dir.join("lists").join(name), content)?;
    }
    Ok(dir.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_built_in() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let names = |dir: &Path| {
            let mut names: Vec<String> = std::fs::read_dir(dir)
                .expect("the folder")
                .filter_map(|entry| entry.ok().filter(|entry| entry.path().is_file()))
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            names
        };
        assert_eq!(names(&root), FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert_eq!(names(&root.join("lists")), LISTS.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
