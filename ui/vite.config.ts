// How the front end is built: relative paths (it is served from inside the program), no inline
// scripts (the content security policy allows none). `--mode mock` builds the in-memory stand-in
// for the desktop; it must never end up in the normal bundle.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "safari16.4",
    // The polyfill would be an inline script's job; every engine we meet preloads modules itself.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1300,
  },
  server: { port: 1420, strictPort: true },
  test: {
    environment: "jsdom",
    setupFiles: ["./tests/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
    css: false,
    restoreMocks: true,
    // Whole windows in jsdom, on machines that build Rust at the same time.
    testTimeout: 60_000,
    env: { TZ: "Europe/Berlin" },
  },
});
