// Choosing permissions: the known ones as check boxes by resource, any other by typing.
// The preview of what a wildcard allows is for the eye; what a key may do is decided in Rust.
import { TriangleAlert, X } from "lucide-react";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Checkbox } from "./Checkbox";
import { Field, FieldGroup } from "./Field";
import { allowedOf, isFullAccess, type KnownScope } from "./scopes";
import { TextInput } from "./TextInput";

interface ScopeEditorProps {
  label: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** What the tenant's systems are known to ask for. */
  known: readonly KnownScope[];
  error?: string | undefined;
}

/** Grouped check boxes and a free entry, with a line that says how much is allowed. */
export function ScopeEditor({ label, value, onChange, known, error }: ScopeEditorProps) {
  const { t } = useTranslation();
  const groups = groupByCategory(known);
  const names = new Set(known.map((scope) => scope.permission));
  const extra = value.filter((permission) => !names.has(permission));
  const toggle = (permission: string, on: boolean) =>
    onChange(on ? [...value, permission] : value.filter((other) => other !== permission));
  return (
    <FieldGroup label={label} error={error}>
      {groups.length > 0 && (
        <div className="max-h-72 overflow-y-auto rounded-control border border-line">
          {groups.map(([category, scopes]) => (
            <div
              key={category}
              role="group"
              aria-label={category}
              className="border-b border-line px-3 py-2 last:border-b-0"
            >
              <p className="m-0 mb-1 text-meta font-medium text-fg-3">{category}</p>
              <div className="grid grid-cols-2 gap-x-4">
                {scopes.map((scope) => (
                  <Checkbox
                    key={scope.permission}
                    checked={value.includes(scope.permission)}
                    onChange={(on) => toggle(scope.permission, on)}
                    label={<span className="secret-text text-meta">{scope.permission}</span>}
                    detail={scope.description}
                  />
                ))}
              </div>
            </div>
          ))}
        </div>
      )}
      <FreeEntry onAdd={(permission) => onChange([...new Set([...value, permission])])} />
      {extra.length > 0 && (
        <ul aria-label={t("scopes.others")} className="m-0 flex list-none flex-wrap gap-1.5 p-0">
          {extra.map((permission) => (
            <li
              key={permission}
              className="flex h-6 max-w-full items-center rounded-tag bg-neutral-tint pl-2 text-meta"
            >
              <span className="secret-text truncate">{permission}</span>
              <button
                type="button"
                aria-label={t("action.remove_item", { item: permission })}
                onClick={() => toggle(permission, false)}
                className="flex size-6 shrink-0 items-center justify-center rounded-tag text-fg-3 hover:text-fg"
              >
                <X className="size-3" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <p role="status" className="m-0 text-meta text-fg-2">
        {known.length > 0
          ? t("scopes.allows", { count: allowedOf(value, known), total: known.length })
          : t("scopes.chosen", { count: value.length })}
      </p>
      {isFullAccess(value) && (
        <p className="m-0 flex items-start gap-1.5 rounded-control bg-warn-tint px-2.5 py-1.5 text-meta text-warn">
          <TriangleAlert aria-hidden="true" className="mt-0.5 size-3.5 shrink-0" />
          {t("scopes.full_access")}
        </p>
      )}
    </FieldGroup>
  );
}

function FreeEntry({ onAdd }: { onAdd: (permission: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const add = () => {
    for (const permission of text.split(/[\s,;]+/).filter((word) => word !== "")) onAdd(permission);
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      add();
    }
  };
  return (
    <div className="flex items-end gap-2">
      <Field label={t("scopes.other")} className="flex-1">
        <TextInput
          className="secret-text"
          value={text}
          placeholder="posts:read"
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onBlur={add}
        />
      </Field>
      <Button onClick={add}>{t("scopes.add")}</Button>
    </div>
  );
}

function groupByCategory(known: readonly KnownScope[]): [string, KnownScope[]][] {
  const groups = new Map<string, KnownScope[]>();
  for (const scope of known) {
    groups.set(scope.category, [...(groups.get(scope.category) ?? []), scope]);
  }
  return [...groups];
}
