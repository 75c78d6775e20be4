// One filter of a list: a dashed chip that adds it, a filled one that shows and removes it.
// Holds no list and no meaning.
import { Combobox as Base } from "@base-ui/react/combobox";
import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cx } from "@/components/classes";
import { OptionItem } from "@/components/Combobox";
import { FLOATING, type Option } from "@/components/Select";
import { CONTROL } from "@/components/TextInput";

interface FilterChipProps {
  /** The filter's name: `Tenant`. */
  name: string;
  /** What it says while it narrows: `Tenant: acme`. */
  words: string;
  options: readonly Option[];
  value: readonly string[];
  onChange: (value: string[]) => void;
  /** Only one may be chosen. */
  single?: boolean;
  nothing: string;
}

/** A filter. */
export function FilterChip({
  name,
  words,
  options,
  value,
  onChange,
  single = false,
  nothing,
}: FilterChipProps) {
  const { t } = useTranslation();
  const on = value.length > 0;
  const chosen = options.filter((option) => value.includes(option.value));
  return (
    <span
      className={cx(
        "inline-flex h-6.5 items-center rounded-control text-meta",
        on
          ? "bg-accent-tint font-medium text-accent-text"
          : "border border-dashed border-line-strong text-fg-2",
      )}
    >
      <Base.Root
        items={options}
        multiple
        value={chosen}
        locale="en"
        isItemEqualToValue={(one: Option, other: Option) => one.value === other.value}
        onValueChange={(next: Option[]) => {
          const values = next.map((option) => option.value);
          onChange(single ? values.slice(-1) : values);
        }}
      >
        <Base.Trigger
          // A button that opens a dialog with a list in it; the field in there is the combobox.
          role="button"
          aria-label={on ? words : name}
          className={cx("flex h-full items-center gap-1 rounded-control px-2 hover:text-fg", on && "pr-1")}
        >
          {!on && <Plus aria-hidden="true" className="size-3" />}
          {on ? words : name}
        </Base.Trigger>
        <Base.Portal>
          <Base.Positioner sideOffset={4} align="start" className="z-50 outline-none">
            <Base.Popup aria-label={name} className={cx(FLOATING, "w-60")}>
              <div className="px-2 pt-1 pb-1.5">
                <Base.Input
                  aria-label={name}
                  placeholder={name}
                  autoComplete="off"
                  spellCheck={false}
                  className={CONTROL}
                />
              </div>
              <Base.Empty className="text-meta text-fg-3 not-empty:px-3 not-empty:py-1.5">
                {nothing}
              </Base.Empty>
              <Base.List className="max-h-72 overflow-y-auto outline-none">
                {(option: Option) => <OptionItem key={option.value} option={option} />}
              </Base.List>
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
      {on && (
        <button
          type="button"
          aria-label={t("keys.remove_filter", { filter: name })}
          onClick={() => onChange([])}
          className="flex h-full w-6 items-center justify-center rounded-control hover:text-fg"
        >
          <X className="size-3" />
        </button>
      )}
    </span>
  );
}
