// The search field of a list: debounced; a whole key pasted into it never enters the field.
// Holds no list.
import { Search } from "lucide-react";
import { useEffect, useRef, useState, type Ref } from "react";
import { TextInput } from "@/components/TextInput";
import { Field } from "@/components/Field";
import { looksLikeKey } from "./filters";

const WAIT_MS = 150;

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (search: string) => void;
  /** Given a whole key that was pasted or typed; it must not be kept. */
  onKey?: (plaintext: string) => void;
  ref?: Ref<HTMLInputElement>;
  className?: string;
}

/** A search field. */
export function SearchField({ label, value, onChange, onKey, ref, className }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  useEffect(() => {
    // Changed from outside: Back, or "Clear filters".
    if (value !== told.current) {
      told.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => {
    if (text.trim() === told.current) return;
    const timer = setTimeout(() => {
      told.current = text.trim();
      onChange(told.current);
    }, WAIT_MS);
    return () => clearTimeout(timer);
  }, [text, onChange]);
  const takeKey = (typed: string): boolean => {
    if (onKey === undefined || !looksLikeKey(typed)) return false;
    setText("");
    onKey(typed.trim());
    return true;
  };
  return (
    <Field label={label} hideLabel className={className}>
      <TextInput
        ref={ref}
        type="search"
        icon={<Search className="size-4" />}
        placeholder={label}
        value={text}
        onPaste={(event) => {
          if (takeKey(event.clipboardData.getData("text"))) event.preventDefault();
        }}
        onChange={(event) => {
          const typed = event.currentTarget.value;
          if (!takeKey(typed)) setText(typed);
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape" && text !== "") {
            event.preventDefault();
            setText("");
          }
        }}
      />
    </Field>
  );
}
