// The operator a question is about stays the one it was opened for, and whether it is oneself. Holds no question.
import { usePinned } from "@/data/pinned";
import { useRead } from "@/data/queries";
import type { OperatorDetails } from "@/generated/OperatorDetails";
import { usePlatform } from "@/platform/context";
import type { AdminError } from "@/platform/platform";
import { readOperator } from "./values";

/** The operator as it was opened, and what stands now once `error` tells of a conflict. */
export function usePinnedOperator(opened: OperatorDetails, error: AdminError | null) {
  const platform = usePlatform();
  const me = useRead("operators.current", {}).data?.operator?.id;
  const pin = usePinned(opened, error, () => readOperator(platform, opened.key.id));
  return { pin, own: me === opened.key.id };
}
