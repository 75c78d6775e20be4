// A list of short texts typed one after the other: address ranges, tags. What is a valid range
// is decided in Rust; here only blanks and doubles are left out.
import { X } from "lucide-react";
import { useState, type ClipboardEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "./Field";
import { cx } from "./classes";
import { TextInput } from "./TextInput";

interface ChipListProps {
  label: string;
  value: readonly string[];
  onChange: (value: string[]) => void;
  placeholder?: string;
  description?: string;
  error?: string | undefined;
  mono?: boolean;
}

/** Chips with a field that adds more: Enter, comma, blur or paste add, Backspace takes the last back. */
export function ChipList({ label, value, onChange, placeholder, description, error, mono }: ChipListProps) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const add = (words: string) => {
    const fresh = words.split(/[\s,;]+/).filter((word) => word !== "");
    if (fresh.length > 0) onChange([...new Set([...value, ...fresh])]);
    setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const adds =
      event.key === "," || event.key === ";" || (event.key === "Enter" && !event.ctrlKey && !event.metaKey);
    if (adds) {
      event.preventDefault();
      add(text);
    } else if (event.key === "Backspace" && text === "" && value.length > 0) {
      setText(value.at(-1) ?? "");
      onChange(value.slice(0, -1));
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const words = event.clipboardData.getData("text");
    if (/[\s,;]/.test(words.trim())) {
      event.preventDefault();
      add(text + words);
    }
  };
  return (
    <div className="flex flex-col gap-1.5">
      <Field label={label} description={description} error={error}>
        <TextInput
          value={text}
          placeholder={placeholder}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
          onBlur={() => add(text)}
        />
      </Field>
      {value.length > 0 && (
        <ul aria-label={label} className="m-0 flex list-none flex-wrap gap-1.5 p-0">
          {value.map((word) => (
            <li
              key={word}
              className="flex h-6 max-w-full items-center rounded-tag bg-neutral-tint pl-2 text-meta text-fg"
            >
              <span className={cx("truncate", mono && "secret-text")}>{word}</span>
              <button
                type="button"
                aria-label={t("action.remove_item", { item: word })}
                onClick={() => onChange(value.filter((other) => other !== word))}
                className="flex size-6 shrink-0 items-center justify-center rounded-tag text-fg-3 hover:text-fg"
              >
                <X className="size-3" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Address ranges; says when one of them lets everybody in. */
export function CidrList({
  label,
  value,
  onChange,
  error,
  about,
}: Pick<ChipListProps, "label" | "value" | "onChange" | "error"> & {
  /** What the ranges limit, once there are some. */
  about?: string;
}) {
  const { t } = useTranslation();
  const everybody = value.find((range) => range.endsWith("/0"));
  return (
    <div className="flex flex-col gap-1.5">
      <ChipList
        label={label}
        value={value}
        onChange={onChange}
        placeholder="10.0.0.0/8"
        description={value.length === 0 ? t("cidr.any") : about}
        error={error}
        mono
      />
      {everybody !== undefined && (
        <p className="m-0 text-meta text-warn">{t("cidr.excludes_nothing", { range: everybody })}</p>
      )}
    </div>
  );
}
