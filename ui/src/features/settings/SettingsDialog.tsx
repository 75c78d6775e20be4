// Settings (S13), in sections: the system keychain, the encrypted file, what this program is.
// Holds no setting of a connection: those are in its sheet.
import { useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLayer, useLayers } from "@/app/layers";
import { useShortcut } from "@/app/shortcuts";
import { Button } from "@/components/Button";
import { PropertyList } from "@/components/Details";
import { Dialog } from "@/components/Dialog";
import { useStartState } from "@/data/startState";
import { KeychainLine } from "@/features/connections/KeychainLine";
import { SecretInput, typedIn } from "@/features/connections/SecretInput";
import { useCommand } from "@/features/connections/useCommand";
import { useConnections, useTakeConnections } from "@/features/connections/useConnections";
import { useKeychain } from "@/features/connections/useKeychain";

/** Opens the settings; mounted wherever they can be opened. */
export function SettingsDialog() {
  const { t } = useTranslation();
  const open = useLayer("settings") !== null;
  const { open: show, close } = useLayers();
  useShortcut("Mod+,", t("settings.title"), () => show({ kind: "settings" }));
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={t("settings.title")}
      closable
      width={560}
    >
      <div className="flex flex-col divide-y divide-line">
        <KeychainSection open={open} />
        <EncryptedFileSection open={open} />
        <AboutSection />
      </div>
    </Dialog>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2 py-5 last:pb-2">
      <h3 className="m-0 text-body">{title}</h3>
      {children}
    </section>
  );
}

function KeychainSection({ open }: { open: boolean }) {
  const { t } = useTranslation();
  const keychain = useKeychain(open);
  return (
    <Section title={t("settings.keychain")}>
      <KeychainLine keychain={keychain} />
      <p className="m-0 text-meta text-fg-3">{t("settings.keychain_about")}</p>
    </Section>
  );
}

function EncryptedFileSection({ open }: { open: boolean }) {
  const { t } = useTranslation();
  const list = useConnections();
  const take = useTakeConnections();
  const opening = useCommand("encrypted_file_open");
  const passphrase = useRef<HTMLInputElement | null>(null);
  const again = useRef<HTMLInputElement | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const state = open ? list.data?.encrypted_file : undefined;
  if (state === undefined) return null;
  const send = async () => {
    const text = typedIn(passphrase);
    const differs = state === "absent" && typedIn(again) !== text;
    setWrong(
      text === undefined
        ? t("connections.missing_passphrase")
        : differs
          ? t("connections.passphrase_differs")
          : null,
    );
    if (text === undefined || differs) return;
    const answer = await opening.run({ passphrase: text });
    if (answer !== null) take(answer);
  };
  return (
    <Section title={t("settings.file")}>
      <p className="m-0 text-fg-2">{t(`settings.file_${state}`)}</p>
      {state !== "open" && (
        <form
          noValidate
          className="flex max-w-80 flex-col gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <SecretInput
            label={t("connections.passphrase")}
            input={passphrase}
            error={wrong ?? opening.error?.message}
            disabled={opening.pending}
            onTyped={() => setWrong(null)}
          />
          {state === "absent" && (
            <SecretInput
              label={t("connections.passphrase_again")}
              input={again}
              disabled={opening.pending}
              onTyped={() => setWrong(null)}
            />
          )}
          <Button type="submit" className="self-start" disabled={opening.pending}>
            {t(`settings.file_do_${state}`)}
          </Button>
        </form>
      )}
    </Section>
  );
}

function AboutSection() {
  const { t } = useTranslation();
  const start = useStartState();
  const store = start.data?.store;
  const opened = store?.state === "open" ? [{ label: t("settings.store"), value: store.path }] : [];
  const server = store?.connection?.kind === "server" ? "server" : undefined;
  const engine =
    store?.state === "open" && typeof store.engine === "string"
      ? [{ label: t("settings.engine", { context: server }), value: store.engine }]
      : [];
  return (
    <Section title={t("settings.about")}>
      <PropertyList
        items={[
          { label: t("settings.version"), value: start.data?.version ?? "" },
          ...opened,
          ...engine,
          { label: t("settings.licence"), value: t("settings.licence_words") },
        ]}
      />
    </Section>
  );
}
