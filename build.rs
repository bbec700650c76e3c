//! Rebuilds when what is embedded in the binary changes.
fn main() {
    for folder in ["migrations", "locales", "static", "templates"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
