// Mounts the questions about one key: revoke, suspend, resume, reactivate, set expiry.
import { useLingeringLayer } from "@/app/layers";
import { PlainQuestion } from "./PlainQuestion";
import { RevokeDialog } from "./RevokeDialog";
import { SetExpiryDialog } from "./SetExpiryDialog";

/** Whichever of them is open. */
export function EndKeyDialogs() {
  const { shown, times, open, closed } = useLingeringLayer(
    "revoke",
    "suspend",
    "resume",
    "reactivate",
    "set-expiry",
  );
  if (shown === null) return null;
  const props = { opened: shown.key, open, onClosed: closed };
  switch (shown.kind) {
    case "revoke":
      return <RevokeDialog key={times} {...props} />;
    case "set-expiry":
      return <SetExpiryDialog key={times} {...props} />;
    case "suspend":
    case "resume":
    case "reactivate":
      return <PlainQuestion key={times} kind={shown.kind} {...props} />;
  }
}
