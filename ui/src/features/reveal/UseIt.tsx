// Tabs that show how a program uses the key, and copy that with the key filled in (in Rust).
// Holds no plaintext: the texts name `$LATCHKEY_API_KEY`.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/components/Button";
import { KeySnippet } from "@/components/Details";
import { Tabs } from "@/components/Tabs";
import { snippet, SNIPPETS, type SnippetFormat } from "./snippets";

/** How to use the key, in six forms. */
export function UseIt({ name, onCopy }: { name: string; onCopy: (format: SnippetFormat) => void }) {
  const { t } = useTranslation();
  const [tab, setTab] = useState<SnippetFormat>("curl");
  return (
    <Tabs
      label={t("reveal.use")}
      className="mt-3.5"
      panelClassName="mt-2.5"
      value={tab}
      onChange={setTab}
      tabs={SNIPPETS.map(({ format, label, code }) => ({
        value: format,
        label,
        panel: (
          <KeySnippet
            label={t("reveal.snippet", { label })}
            code={snippet(code, name)}
            actions={
              <Button size="compact" kind="quiet" onClick={() => onCopy(format)}>
                {t("reveal.copy_filled")}
              </Button>
            }
          />
        ),
      }))}
    />
  );
}
