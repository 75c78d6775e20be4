// The line at the top of the window while a production store is open, and above every dialog too.
// Seen, not pressed; screen readers have the badge and the window's title. Holds no decision.
import { createPortal } from "react-dom";

/** Three pixels of red. */
export function ProductionBar() {
  // Beside the dialogs, which lie beside the root: inside it, their shade would lie on the bar.
  return createPortal(
    <div
      aria-hidden="true"
      data-environment-bar="production"
      className="pointer-events-none fixed inset-x-0 top-0 z-50 h-[3px] bg-danger"
    />,
    document.body,
  );
}
