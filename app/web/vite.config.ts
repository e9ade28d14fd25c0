import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    // The page's policy allows fonts from its own origin only, so none may become a data: address.
    assetsInlineLimit: 0,
    // One script: the pages are small beside the library that they share.
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { "/api": "http://127.0.0.1:3001" } },
});
