// A short explanation on hover and focus. Never the only place where something is said.
import { Tooltip as Base } from "@base-ui/react/tooltip";
import type { ReactElement, ReactNode } from "react";

interface TooltipProps {
  words: ReactNode;
  /** The element that is explained; it must accept a ref and event handlers. */
  children: ReactElement;
  side?: "top" | "bottom" | "left" | "right";
}

/** Shows `words` near `children` while it is hovered or focused. */
export function Tooltip({ words, children, side = "top" }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="layer-motion max-w-80 rounded-control border border-line bg-fg px-2.5 py-1.5 text-meta text-bg shadow-float">
            {words}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Shares the opening delay between neighbours. */
export const TooltipProvider = Base.Provider;
