//! Writes the UI's TypeScript types into the directory that is its only argument: one file a type,
//! and `operations.ts` with every operation's name, request, answer and effect. `cargo xtask
//! generate` runs it; `cargo xtask check` compares. Writes nothing else.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use latchkey_core::operation::{Answer, Effect, Operation};
use latchkey_core::operations::{TypesVisitor, every_type};
use latchkey_core::profile::{KnownPermission, RoleTemplate, role_templates};
use latchkey_core::{AdminError, ErrorCode};
use ts_rs::{Config, ExportError, TS};

const HEAD: &str = "// Generated from latchkey-core by `cargo xtask generate`. Do not edit.\n";

struct Generator {
    config: Config,
    imports: Vec<String>,
    rows: String,
    effects: String,
    failed: Option<ExportError>,
}

impl Generator {
    fn export<T: TS + 'static>(&mut self) {
        if let Err(error) = T::export_all(&self.config) {
            self.failed = Some(error);
        }
    }

    /// Exports a type and everything it names; answers how TypeScript names it.
    fn name<T: TS + 'static>(&mut self) -> String {
        self.export::<T>();
        let name = T::name(&self.config);
        for dependency in T::dependencies(&self.config) {
            self.imports.push(dependency.ts_name);
        }
        let ident = T::ident(&self.config);
        if T::output_path().is_some() {
            self.imports.push(ident);
        }
        name
    }
}

impl TypesVisitor for Generator {
    fn visit<O: Operation>(&mut self) {
        let request = self.name::<O>();
        let answer = self.name::<<O::Answer as Answer>::Shown>();
        let answer = if O::EFFECT == Effect::Mints { format!("Revealed<{answer}>") } else { answer };
        let _ = writeln!(self.rows, "  \"{}\": {{ request: {request}; answer: {answer} }};", O::NAME);
        let _ = writeln!(self.effects, "  \"{}\": \"{}\",", O::NAME, O::EFFECT.word());
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out: PathBuf = std::env::args_os().nth(1).ok_or("usage: generate_types DIRECTORY")?.into();
    std::fs::create_dir_all(&out)?;
    let config = Config::new().with_large_int("number").with_out_dir(&out);
    let mut generator =
        Generator { config, imports: Vec::new(), rows: String::new(), effects: String::new(), failed: None };
    every_type(&mut generator);
    generator.export::<AdminError>();
    generator.export::<ErrorCode>();
    generator.export::<KnownPermission>();
    generator.export::<RoleTemplate>();
    if let Some(error) = generator.failed {
        return Err(error.into());
    }
    write_table(&out, &generator)?;
    write_templates(&out)?;
    Ok(())
}

fn write_table(out: &Path, generator: &Generator) -> std::io::Result<()> {
    let mut imports = generator.imports.clone();
    imports.sort();
    imports.dedup();
    imports.retain(|name| generator.rows.split(|c: char| !c.is_alphanumeric()).any(|word| word == name));
    let mut text = HEAD.to_owned();
    for name in imports {
        let _ = writeln!(text, "import type {{ {name} }} from \"./{name}\";");
    }
    text.push_str(
        "\n/** A minting answer as the window gets it: a handle to the reveal slot, never a plaintext. */\n\
         export type Revealed<T> = T & { reveal: { handle: string; preview: string; until: string } | null };\n",
    );
    let _ = write!(
        text,
        "\n/** Every operation: its request and its answer. */\nexport type Operations = {{\n{}}};\n",
        generator.rows
    );
    let _ = write!(
        text,
        "\n/** What each does to the store. */\nexport const EFFECTS: Record<keyof Operations, \"reads\" | \"changes\" | \"mints\"> = {{\n{}}};\n",
        generator.effects
    );
    std::fs::write(out.join("operations.ts"), text)
}

fn write_templates(out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let json = serde_json::to_string_pretty(&role_templates())?;
    let text = format!(
        "{HEAD}import type {{ RoleTemplate }} from \"./RoleTemplate\";\n\n/** The roles to start from. */\nexport const ROLE_TEMPLATES: RoleTemplate[] = {json};\n"
    );
    std::fs::write(out.join("templates.ts"), text)?;
    Ok(())
}
