// The box into which a connection URL is pasted. The text goes to the program at once and the box is
// emptied before that: only the place, without the password, comes back into it. Keeps no URL.
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "@/components/Field";
import { TextInput } from "@/components/TextInput";
import type { PostgresPlace } from "@/platform/connections";
import { useCommand } from "./useCommand";
import { newDraft, placeOf } from "./values";

interface PasteUrlProps {
  /** What the URL says; the password is for the password's field and nothing else. */
  onRead: (place: PostgresPlace, password: string | null) => void;
}

/** A box that fills in the fields below it. */
export function PasteUrl({ onRead }: PasteUrlProps) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement | null>(null);
  const read = useCommand("connection_read_url");
  const [notes, setNotes] = useState<readonly string[]>([]);
  const shown = useRef("");
  const show = (text: string) => {
    shown.current = text;
    if (input.current !== null) input.current.value = text;
  };
  const take = async (text: string) => {
    show("");
    setNotes([]);
    const answer = await read.run({ text });
    if (answer === null) return;
    const { place, password } = answer;
    show(`postgres://${placeOf({ ...newDraft("postgres"), kind: "postgres", ...place })}`);
    setNotes(password === null ? answer.notes : [t("connections.url_password_moved"), ...answer.notes]);
    onRead(place, password);
  };
  const takeTyped = () => {
    const text = input.current?.value.trim() ?? "";
    if (text !== "" && text !== shown.current) void take(text);
  };
  const error = read.error === null ? undefined : t("connections.url_not_read", { why: read.error.message });
  return (
    <div className="flex flex-col gap-1">
      <Field label={t("connections.paste_url")} description={t("connections.paste_url_about")} error={error}>
        <TextInput
          ref={input}
          placeholder="postgres://"
          onPaste={(event) => {
            event.preventDefault();
            void take(event.clipboardData.getData("text"));
          }}
          onBlur={takeTyped}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            takeTyped();
          }}
        />
      </Field>
      <ul role="status" className="m-0 flex list-none flex-col gap-0.5 p-0 text-meta text-fg-2">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </div>
  );
}
