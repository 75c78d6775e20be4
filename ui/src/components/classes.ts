// Joins class names and lets a caller's class win over a component's own, with our token names known.
// Holds no class names itself.
import { clsx, type ClassValue } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const merge = extendTailwindMerge({
  extend: {
    theme: {
      text: ["tiny", "meta", "body", "title", "page", "secret"],
      radius: ["tag", "control", "table", "dialog"],
      shadow: ["float"],
    },
  },
});

/** Class names from strings, arrays and conditions; of two that clash the later one stays. */
export function cx(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
