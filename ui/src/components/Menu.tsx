// A list of actions behind a button, as at the end of a row. Holds no action.
import { Menu as Base } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./classes";
import { FLOATING, ITEM } from "./Select";

export interface MenuAction {
  label: string;
  run: () => void;
  icon?: ReactNode;
  /** Shown at the right: the key that does the same. */
  hint?: ReactNode;
  danger?: boolean;
  /** Under the label, for telling entries apart. */
  detail?: ReactNode;
  /** What stands now; it is marked. */
  current?: boolean;
  /** Why it cannot be chosen; shown under the label. */
  disabledReason?: string | undefined;
}

interface MenuProps {
  /** The button that opens it. */
  trigger: ReactElement;
  /** Groups of actions, with a line between. */
  groups: readonly (readonly MenuAction[])[];
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "end";
  className?: string;
}

/** A menu. */
export function Menu({ trigger, groups, open, onOpenChange, align = "end", className }: MenuProps) {
  const shown = groups.filter((group) => group.length > 0);
  return (
    <Base.Root open={open} onOpenChange={(next) => onOpenChange?.(next)}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align={align} className="z-50 outline-none">
          <Base.Popup
            className={cx(FLOATING, "max-h-(--available-height) min-w-48 overflow-y-auto", className)}
          >
            {shown.map((group, index) => (
              <Base.Group key={group[0]?.label ?? index}>
                {index > 0 && <Base.Separator className="my-1 h-px bg-line" />}
                {group.map((action) => (
                  <Base.Item
                    key={action.label}
                    onClick={action.run}
                    disabled={action.disabledReason !== undefined}
                    className={cx(
                      ITEM,
                      action.danger && "text-bad data-highlighted:bg-bad-tint data-highlighted:text-bad",
                      action.disabledReason !== undefined && "text-off-fg",
                    )}
                  >
                    {action.icon}
                    <span
                      className="min-w-0 flex-1"
                      aria-current={action.current === true ? "true" : undefined}
                    >
                      {/* A name that is written from the right begins at the right, and ends cut off. */}
                      <span
                        dir="auto"
                        className={cx("block truncate text-left", action.current && "font-semibold")}
                      >
                        {action.label}
                      </span>
                      {action.detail !== undefined && (
                        <span className="block truncate text-meta text-fg-3">{action.detail}</span>
                      )}
                      {action.disabledReason !== undefined && (
                        <span className="block max-w-64 text-meta text-fg-3">{action.disabledReason}</span>
                      )}
                    </span>
                    {action.hint}
                  </Base.Item>
                ))}
              </Base.Group>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** The menu at the end of a row; the row itself is what the keyboard stops at. */
export function RowMenu({ groups }: Pick<MenuProps, "groups">) {
  const { t } = useTranslation();
  return (
    <Menu
      groups={groups}
      trigger={
        <IconButton label={t("action.more")} size="compact" tabIndex={-1}>
          <Ellipsis className="size-4" />
        </IconButton>
      }
    />
  );
}
