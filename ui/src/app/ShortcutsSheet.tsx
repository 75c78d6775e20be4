// The list of shortcuts, read from what is registered, so that it cannot drift from the truth.
import { useHotkeyRegistrations } from "@tanstack/react-hotkeys";
import { Fragment, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Checkbox } from "@/components/Checkbox";
import { Kbd } from "@/components/Details";
import { Dialog } from "@/components/Dialog";
import { useLayer, useLayers } from "./layers";
import { chord, useShortcutSettings } from "./shortcuts";

interface Entry {
  name: string;
  keys: string[][];
}

/** Keyboard shortcuts. */
export function ShortcutsSheet() {
  const { t } = useTranslation();
  const open = useLayer("shortcuts") !== null;
  const close = useLayers((layers) => layers.close);
  const { singleKeys, setSingleKeys } = useShortcutSettings();
  const entries = useEntries();
  const settings = useRef<HTMLElement>(null);
  const list: Entry[] = [
    { name: t("shortcuts.list_move"), keys: [["↑"], ["↓"]] },
    { name: t("shortcuts.list_page"), keys: [["PgUp"], ["PgDn"], ["Home"], ["End"]] },
    { name: t("shortcuts.list_open"), keys: [["Enter"]] },
    { name: t("shortcuts.list_rotate"), keys: [["R"]] },
    { name: t("shortcuts.list_edit"), keys: [["E"]] },
    { name: t("shortcuts.list_copy"), keys: [["C"]] },
    { name: t("shortcuts.list_revoke"), keys: [["Del"]] },
  ];
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && close()}
      title={t("shortcuts.title")}
      closable
      initialFocus={settings}
    >
      <Group title={t("shortcuts.group_everywhere")} entries={entries.everywhere} />
      {entries.page.length > 0 && <Group title={t("shortcuts.group_page")} entries={entries.page} />}
      <Group title={t("shortcuts.group_list")} entries={list} />
      <div className="mt-4">
        <Checkbox
          ref={settings}
          label={t("shortcuts.single_keys_off")}
          detail={t("shortcuts.single_keys")}
          checked={singleKeys}
          onChange={setSingleKeys}
        />
      </div>
    </Dialog>
  );
}

function Group({ title, entries }: { title: string; entries: Entry[] }) {
  const { t } = useTranslation();
  return (
    <section className="mt-4">
      <h3 className="m-0 mb-1 text-meta text-fg-3">{title}</h3>
      <dl className="m-0">
        {entries.map((entry) => (
          <div key={entry.name} className="flex items-center justify-between gap-4 py-1">
            <dt>{entry.name}</dt>
            <dd className="m-0 flex items-center gap-2">
              {entry.keys.map((steps, at) => (
                <span key={at} className="flex items-center gap-1 text-tiny text-fg-3">
                  {steps.map((step, index) => (
                    <Fragment key={step + String(index)}>
                      {index > 0 && t("shortcuts.then")}
                      <Kbd>{step}</Kbd>
                    </Fragment>
                  ))}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function useEntries(): { everywhere: Entry[]; page: Entry[] } {
  const { hotkeys, sequences } = useHotkeyRegistrations();
  const found = { everywhere: new Map<string, string[][]>(), page: new Map<string, string[][]>() };
  const note = (meta: { name?: string; group?: string } | undefined, steps: string[]) => {
    if (meta?.name === undefined) return;
    const group = meta.group === "page" ? found.page : found.everywhere;
    group.set(meta.name, [...(group.get(meta.name) ?? []), steps]);
  };
  for (const one of hotkeys) note(one.options.meta, [chord(one.hotkey)]);
  for (const one of sequences) note(one.options.meta, one.sequence.map(chord));
  const list = (group: Map<string, string[][]>) => [...group].map(([name, keys]) => ({ name, keys }));
  return { everywhere: list(found.everywhere), page: list(found.page) };
}
