import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { compress } from "./compress.ts";

// Entry points by name; the server finds their hashed files in dist/.vite/manifest.json by `name`.
// All styles are in the one stylesheet: islands bring none of their own, because a style element would break the content security policy.
export default defineConfig({
  base: "/assets/",
  plugins: [svelte(), compress()],
  build: {
    outDir: "dist",
    assetsDir: "",
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    target: ["chrome123", "firefox121", "safari17.5"],
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    rollupOptions: {
      input: {
        styles: "styles/main.css",
        enhance: "src/enhance.ts",
        live: "src/live/main.ts",
        studio: "src/studio/main.ts",
        wall: "src/wall/main.ts",
        slates: "src/slates/main.ts",
        golive: "src/golive/main.ts",
        passkey: "src/passkey/main.ts",
        encodertest: "src/encodertest/main.ts",
      },
      output: { entryFileNames: "[name]-[hash].js", chunkFileNames: "[name]-[hash].js", assetFileNames: "[name]-[hash][extname]",
        codeSplitting: { groups: [{ name: "hls", test: /hls\.js/ }] },
      },
    },
  },
  server: { fs: { allow: [".."] } },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
