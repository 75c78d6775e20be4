// Choosing one of many by typing. Can offer to make what does not exist yet.
// Holds no loading: the caller passes what there is.
import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronDown, Plus } from "lucide-react";
import { useState } from "react";
import { cx } from "./classes";
import { FLOATING, ITEM, type Option } from "./Select";
import { CONTROL } from "./TextInput";

interface ComboboxProps {
  options: readonly Option[];
  /** The chosen option's value; empty when none is. */
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  /** What the list says when nothing matches. */
  nothing: string;
  /** Offers to make a new one: its words, and what to do. */
  create?: { words: (query: string) => string; run: (query: string) => void };
  /** Called with what is typed, for lists that are searched elsewhere. */
  onSearch?: (query: string) => void;
  openLabel: string;
  disabled?: boolean;
}

const CREATE = "\u0000create";

/** A text field with a list that narrows while typing. */
export function Combobox({
  options,
  value,
  onChange,
  placeholder,
  nothing,
  create,
  onSearch,
  openLabel,
  disabled,
}: ComboboxProps) {
  const [query, setQuery] = useState("");
  const chosen = options.find((option) => option.value === value) ?? null;
  const typed = query.trim();
  const fresh = typed !== "" && !options.some((option) => option.label.toLowerCase() === typed.toLowerCase());
  const offer: Option[] = create && fresh ? [{ value: CREATE, label: create.words(typed) }] : [];
  return (
    <Base.Root
      items={[...options, ...offer]}
      value={chosen}
      disabled={disabled}
      locale="en"
      autoHighlight
      filter={(option: Option, words) => option.value === CREATE || matches(option, words)}
      isItemEqualToValue={(one: Option, other: Option) => one.value === other.value}
      onValueChange={(option: Option | null) => {
        if (option?.value === CREATE) {
          create?.run(typed);
        } else {
          onChange(option?.value ?? "");
        }
      }}
      onInputValueChange={(words, details) => {
        const byHand = details.reason === "input-change";
        setQuery(byHand ? words : "");
        if (byHand) onSearch?.(words);
      }}
    >
      <Base.InputGroup className="relative">
        <Base.Input
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={false}
          className={cx(CONTROL, "pr-8")}
        />
        <Base.Trigger
          aria-label={openLabel}
          className="absolute inset-y-0 right-0 flex w-8 items-center justify-center rounded-control text-fg-3"
        >
          <ChevronDown className="size-4" />
        </Base.Trigger>
      </Base.InputGroup>
      <Base.Portal>
        <Base.Positioner sideOffset={4} className="z-50 outline-none">
          <Base.Popup className={cx(FLOATING, "w-(--anchor-width)")}>
            <Base.Empty className="text-meta text-fg-3 not-empty:px-3 not-empty:py-1.5">{nothing}</Base.Empty>
            <Base.List className="max-h-72 overflow-y-auto outline-none">
              {(option: Option) => (
                <OptionItem key={option.value} option={option} added={option.value === CREATE} />
              )}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

interface OptionItemProps {
  option: Option;
  /** It makes what is not there yet. */
  added?: boolean;
}

/** One option in a list of a combobox; marked where it is chosen. */
export function OptionItem({ option, added = false }: OptionItemProps) {
  return (
    <Base.Item value={option} className={ITEM}>
      <span className="w-4 shrink-0">
        {added ? (
          <Plus className="size-4" />
        ) : (
          <Base.ItemIndicator>
            <Check className="size-4" />
          </Base.ItemIndicator>
        )}
      </span>
      <span className="min-w-0">
        <span className="block truncate">{option.label}</span>
        {option.detail !== undefined && (
          <span className="block truncate text-meta text-fg-3">{option.detail}</span>
        )}
      </span>
    </Base.Item>
  );
}

function matches(option: Option, words: string): boolean {
  const wanted = words.trim().toLowerCase();
  const text = `${option.label} ${typeof option.detail === "string" ? option.detail : ""}`.toLowerCase();
  return text.includes(wanted);
}
