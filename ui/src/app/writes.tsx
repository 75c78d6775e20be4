// The controls that change the store. Each is off, with the reason, while no change is possible, and left
// out where the operator's role never allows it; both are said in one place (data/writes.ts). A button
// that only reads must not come through here.
import { useTranslation } from "react-i18next";
import { Button, type ButtonProps } from "@/components/Button";
import { BannerAction } from "@/components/Notices";
import type { MenuAction } from "@/components/Menu";
import type { Change } from "@/data/change";
import { useMayChange, useWhyNoWrites, type Subject } from "@/data/writes";
import type { OperationName } from "@/platform/platform";

/** What a form or question shows of its change. */
export type ChangeLook = Pick<Change<OperationName>, "isPending" | "isUnknown" | "error">;

/** What the change is about; keys, when nothing is said. */
interface About {
  of?: Subject;
}

/** A button that leads to a change. */
export function WriteButton({ disabledReason, of, ...rest }: ButtonProps & About) {
  const reason = useWhyNoWrites(of);
  if (!useMayChange(of)) return null;
  return <Button {...rest} disabledReason={reason ?? disabledReason} />;
}

/** The same inside a banner. */
export function WriteAction({ disabledReason, of, ...rest }: Parameters<typeof BannerAction>[0] & About) {
  const reason = useWhyNoWrites(of);
  if (!useMayChange(of)) return null;
  return <BannerAction {...rest} disabledReason={reason ?? disabledReason} />;
}

/** The same in a menu; the rest of the menu goes on working. */
export function writeItem<A extends MenuAction>(action: A, reason: string | undefined): A {
  return reason === undefined ? action : { ...action, disabledReason: reason };
}

interface ChangeButtonProps extends Omit<ButtonProps, "children"> {
  change: ChangeLook;
  /** What pressing does. */
  words: string;
  /** What stands there while it is done. */
  busyWords: string;
}

/** The button that sends a change. */
export function ChangeButton({ change, words, busyWords, disabled, ...rest }: ChangeButtonProps) {
  const { t } = useTranslation();
  const busy = change.isPending || change.isUnknown;
  const props = { ...rest, disabled: busy || Boolean(disabled) };
  const label = change.isUnknown ? t("lost.finding_out") : change.isPending ? busyWords : words;
  // While it is under way the words say what happens; a reason besides would be about the next one.
  return busy ? <Button {...props}>{label}</Button> : <WriteButton {...props}>{label}</WriteButton>;
}
