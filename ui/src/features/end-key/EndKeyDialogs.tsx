// Mounts the questions about one key: revoke, suspend, resume, reactivate, set expiry.
import { useLayer } from "@/app/layers";
import { useKept } from "./kept";
import { PlainQuestion } from "./PlainQuestion";
import { RevokeDialog } from "./RevokeDialog";
import { SetExpiryDialog } from "./SetExpiryDialog";

/** Whichever of them is open. */
export function EndKeyDialogs() {
  const layer = useLayer("revoke", "suspend", "resume", "reactivate", "set-expiry");
  const { shown, open, forget } = useKept(layer);
  if (shown === null) return null;
  const props = { opened: shown.key, open, onClosed: forget };
  switch (shown.kind) {
    case "revoke":
      return <RevokeDialog key={shown.key.id} {...props} />;
    case "set-expiry":
      return <SetExpiryDialog key={shown.key.id} {...props} />;
    case "suspend":
    case "resume":
    case "reactivate":
      return <PlainQuestion key={`${shown.kind} ${shown.key.id}`} kind={shown.kind} {...props} />;
  }
}
